"""Gateways that ask the verifier: one module a dialect, found by listing this folder."""

import importlib
import pkgutil

from keys.gateways.dialect import Dialect


def _listed() -> dict[str, Dialect]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names if name != "dialect"]
    return {module.DIALECT.name: module.DIALECT for module in modules}


DIALECTS: dict[str, Dialect] = _listed()
