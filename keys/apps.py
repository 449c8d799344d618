from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "keys"

    def ready(self) -> None:
        """Tell the catalog what it cannot know, and listen to what others tell."""
        from catalog import extensions, palette  # noqa: PLC0415 - apps must be loaded
        from keys import (  # noqa: PLC0415 - apps must be loaded
            catalog_hooks,
            notices,  # noqa: F401
            offboarding,  # noqa: F401
            reactions,  # noqa: F401
        )
        from keys.tokens import bearer  # noqa: F401, PLC0415 - apps must be loaded

        extensions.names_actions(catalog_hooks.main_actions)
        palette.finds(catalog_hooks.find_keys)
