"""Every rule there is, found by listing the folder `rules`."""

import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType

from . import rules as folder
from .rule import Rule
from .schema import SchemaCheck


def _modules() -> list[ModuleType]:
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    return [importlib.import_module(f"{folder.__name__}.{name}") for name in names]


def _collect(modules: list[ModuleType]) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for module in modules:
        for rule in module.RULES:
            if rules.setdefault(rule.id, rule) != rule:
                raise ValueError(f"two rules are called {rule.id}")
    return rules


_MODULES = _modules()

RULES: Mapping[str, Rule] = _collect(_MODULES)

# What looks at each pair of schemas, a module a family.
SCHEMA_CHECKS: tuple[SchemaCheck, ...] = tuple(
    SchemaCheck(module.KEYWORDS, module.check) for module in _MODULES if hasattr(module, "check")
)

FAMILIES: Mapping[str, tuple[Rule, ...]] = {
    module.__name__.rsplit(".", 1)[-1]: tuple(module.RULES) for module in _MODULES
}
