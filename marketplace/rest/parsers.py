"""JSON in: strict (RFC 8259), without NaN and without a key twice."""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from marketplace.errors import Malformed

LARGEST = 2_000_000


class StrictJSONParser(BaseParser):
    """Refuse what two readers could read differently."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise Malformed(f"A JSON body has at most {LARGEST:,} bytes.")
        return load_json(raw)


def load_json(raw: bytes) -> Any:
    """The value of a JSON text. Raises Malformed with line and column."""
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_object, parse_constant=_refuse)
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None
    if b"\\u0000" in raw and _has_nul(value):
        raise Malformed("A NUL character cannot be stored.")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Malformed(f"The key {twice!r} stands twice in one object.")
    return found


def _refuse(constant: str) -> None:
    raise Malformed(f"{constant} is not JSON.")


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_has_nul(part) for part in value)
