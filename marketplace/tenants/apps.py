from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "marketplace.tenants"
    label = "tenants"

    def ready(self) -> None:
        """Register the handler that mails new members."""
        from marketplace.tenants import invitations  # noqa: F401, PLC0415 - after the models
