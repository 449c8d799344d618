from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self) -> None:
        """Listen to what the outbox tells."""
        from catalog import notices  # noqa: F401, PLC0415 - apps must be loaded
