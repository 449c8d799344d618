from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "marketplace.events"
    label = "events"

    def ready(self) -> None:
        """Register the handler that queues webhooks."""
        from marketplace.events.webhooks import delivery  # noqa: F401, PLC0415 - after the models
