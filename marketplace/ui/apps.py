"""The look, as a Django app."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """No models: tags, the frame and the gallery."""

    name = "marketplace.ui"
    label = "ui"
    verbose_name = "Look"
