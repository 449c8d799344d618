"""Checking a request against the parameter types that the installed `stripe` package ships.

Stripe generates those TypedDicts from its own description of the API, so what passes here is what
the API of that version takes: no unknown parameter, none missing, none of another type, and where
literals are listed, one of them.
"""

import re
import sys
import types
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from stripe._request_options import RequestOptions
from typing_extensions import is_typeddict

OPTIONS = frozenset(RequestOptions.__annotations__)
PART = re.compile(r"\[([^\]]*)\]")


def decoded(text: str) -> dict[str, Any]:
    """A form-encoded body or query as nested dictionaries: `a[b][0]=1`."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)):
        path = [name.partition("[")[0], *PART.findall(name)]
        place = found
        for part in path[:-1]:
            place = place.setdefault(part, {})
        place[path[-1]] = value
    return found


def violations(given: dict[str, Any], params: Any, where: str = "") -> Iterator[str]:
    """What in a decoded request does not fit a TypedDict of `stripe.params`."""
    top = _hints(params, OPTIONS if not where else frozenset())
    for name in given.keys() - top.keys():
        yield f"{where}{name}: unknown parameter of {params.__name__}"
    for name, hint in top.items():
        optional = get_origin(hint) is NotRequired
        kind = get_args(hint)[0] if get_origin(hint) in {NotRequired, Required} else hint
        if name not in given:
            if not optional:
                yield f"{where}{name}: missing, required by {params.__name__}"
        elif not list(_fits(given[name], kind)):
            continue
        else:
            yield from (f"{where}{name}{why}" for why in _fits(given[name], kind))


@cache
def _hints(params: Any, without: frozenset[str]) -> dict[str, Any]:
    """A TypedDict's types; what the client itself reads (`without`) is no parameter of the API."""
    kept = {n: hint for n, hint in params.__annotations__.items() if n not in without}
    bare = type(params.__name__, (), {"__annotations__": kept, "__module__": params.__module__})
    return get_type_hints(bare, vars(sys.modules[params.__module__]), include_extras=True)


def _fits(value: Any, kind: Any) -> Iterator[str]:
    """Nothing where a decoded value fits a type, else why not."""
    origin = get_origin(kind)
    if isinstance(kind, str):
        yield f": unresolved type {kind!r}"
    elif origin in {Union, types.UnionType}:
        choices = list(get_args(kind))
        literals = {v for c in choices if get_origin(c) is Literal for v in get_args(c)} - {""}
        if literals and str in choices:
            choices.remove(str)  # "or any text" is there for values of later versions
        reasons = [list(_fits(value, choice)) for choice in choices]
        if all(reasons):
            yield from min(reasons, key=len)
    elif origin is Literal:
        if value not in get_args(kind):
            yield f"={value!r}: not one of {get_args(kind)}"
    elif origin is list:
        if not isinstance(value, dict) or sorted(value) != sorted(map(str, range(len(value)))):
            yield ": not a list"
        else:
            for inner in value.values():
                yield from _fits(inner, get_args(kind)[0])
    elif origin is dict:
        if not isinstance(value, dict):
            yield ": not a map"
        else:
            for inner in value.values():
                yield from _fits(inner, get_args(kind)[1])
    elif is_typeddict(kind):
        if isinstance(value, dict):
            yield from violations(value, kind, ".")
        else:
            yield ": not an object"
    elif (why := _plain(value, kind)) is not None:
        yield why


def _plain(value: Any, kind: Any) -> str | None:
    if isinstance(value, dict):
        return ": an object"
    if kind is bool:
        return None if value in {"true", "false"} else f"={value!r}: no boolean"
    if kind is int:
        return None if re.fullmatch(r"-?\d+", value) else f"={value!r}: no whole number"
    if kind is float or kind is Decimal:
        try:
            Decimal(value)
        except InvalidOperation:
            return f"={value!r}: no number"
        return None
    return None if kind is str else f": unknown type {kind}"
