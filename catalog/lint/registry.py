"""Every rule there is, found by listing the folder `rules`."""

import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType

from catalog.lint import rules as folder
from catalog.lint.rule import Rule


def _modules() -> list[ModuleType]:
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    return [importlib.import_module(f"{folder.__name__}.{name}") for name in names]


def _collect(families: Mapping[str, tuple[Rule, ...]]) -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for rules in families.values():
        for rule in rules:
            if found.setdefault(rule.id, rule) is not rule:
                raise ValueError(f"two rules are called {rule.id}")
    return found


_MODULES = _modules()

TITLES: Mapping[str, str] = {
    module.__name__.rpartition(".")[2]: (module.__doc__ or "").strip() for module in _MODULES
}
FAMILIES: Mapping[str, tuple[Rule, ...]] = {
    module.__name__.rpartition(".")[2]: tuple(module.RULES) for module in _MODULES
}
RULES: Mapping[str, Rule] = _collect(FAMILIES)
