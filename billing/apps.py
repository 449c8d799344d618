from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        """Tell the catalog what it cannot know, and listen to what keys tells."""
        from billing import consumers, prices, usage  # noqa: F401, PLC0415 - apps must be loaded
        from billing.invoicing import accounts  # noqa: F401, PLC0415 - apps must be loaded
        from catalog import extensions  # noqa: PLC0415 - apps must be loaded

        extensions.measures_use(usage.usage_of)
        extensions.measures_health(usage.health_of)
        extensions.names_prices(prices.price_labels)
