"""The document's head as pages show it: servers, groups of operations, contact, sign-in schemes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from catalog.analysis.naming import info_of
from catalog.analysis.text import html_of, short
from catalog.documents.operation import OperationSpec

MOST_SERVERS = 12
LONGEST_URL = 2_000  # defaults that name variables again could go on growing
PROTOCOLS = {
    "amqp": "AMQP",
    "amqps": "AMQP",
    "http": "HTTP",
    "https": "HTTP",
    "jms": "JMS",
    "kafka": "Kafka",
    "kafka-secure": "Kafka",
    "mqtt": "MQTT",
    "mqtts": "MQTT",
    "mqtt5": "MQTT",
    "secure-mqtt": "MQTT",
    "nats": "NATS",
    "redis": "Redis",
    "sns": "SNS",
    "sqs": "SQS",
    "sse": "SSE",
    "stomp": "STOMP",
    "ws": "WebSocket",
    "wss": "WebSocket",
}
KINDS = {"webhook": "Webhooks", "callback": "Callbacks"}


def group_of(operation: OperationSpec) -> str:
    """The place of an operation in the tree: its first tag, its kind, or its path's first word;
    of an event, its protocol."""
    if operation.kind in ("send", "receive"):
        return PROTOCOLS.get(operation.protocol.lower(), operation.protocol.title()) or "Channels"
    if operation.tags:
        return short(operation.tags[0], 120)
    if operation.kind in KINDS:
        return KINDS[operation.kind]
    first = next((p for p in operation.path.split("/") if p and not p.startswith("{")), "")
    return short(first.replace("-", " ").replace("_", " ").capitalize(), 120) or "Operations"


def outline_of(tree: Mapping[str, Any], groups: Iterable[str]) -> dict[str, Any]:
    """The head, as JSON. `groups` are those of the operations, in their order."""
    info = info_of(tree)
    contact, licence = _mapping(info.get("contact")), _mapping(info.get("license"))
    docs = _mapping(tree.get("externalDocs")) or _mapping(info.get("externalDocs"))
    return {
        "servers": list(servers_of(tree))[:MOST_SERVERS],
        "groups": _groups(tree, groups),
        "contact": {
            "name": short(contact.get("name")),
            "email": short(contact.get("email")),
            "url": safe_link(contact.get("url")),
        },
        "license": {"name": short(licence.get("name")), "url": safe_link(licence.get("url"))},
        "terms": safe_link(info.get("termsOfService")),
        "docs": {
            "url": safe_link(docs.get("url")),
            "name": short(docs.get("description"), 60) or "Documentation",
        },
        "security": _schemes(tree),
    }


def servers_of(tree: Mapping[str, Any]) -> Iterable[dict[str, str]]:
    """Where the API is served: `url` (for events the host), `description`, `protocol`."""
    rows = tree.get("servers")
    if isinstance(rows, list):
        for row in rows:
            if isinstance(row, dict) and isinstance(row.get("url"), str):
                yield {
                    "url": short(_filled(row), 300),
                    "description": short(row.get("description"), 120),
                    "protocol": "",
                }
    elif isinstance(rows, dict):
        for name, row in rows.items():
            if not isinstance(row, dict):
                continue
            host = row.get("url") or f"{row.get('host', '')}{row.get('pathname', '')}"
            yield {
                "url": short(_filled({**row, "url": host}), 300),
                "description": short(row.get("description"), 120) or short(str(name)),
                "protocol": short(row.get("protocol"), 30),
            }


def _filled(server: Mapping[str, Any]) -> str:
    """The URL with its variables' defaults in."""
    url = str(server.get("url", ""))
    for name, variable in _mapping(server.get("variables")).items():
        if isinstance(variable, dict) and isinstance(variable.get("default"), str):
            url = url.replace("{" + str(name) + "}", variable["default"])[:LONGEST_URL]
    return url


def _groups(tree: Mapping[str, Any], groups: Iterable[str]) -> list[dict[str, Any]]:
    """Each group once, with its count; in the order of the document's tags, then of operations."""
    counts = Counter(groups)
    described: dict[str, Any] = {}
    tags = tree.get("tags") or info_of(tree).get("tags")
    for tag in tags if isinstance(tags, list) else []:
        if isinstance(tag, dict) and isinstance(tag.get("name"), str):
            described.setdefault(short(tag["name"], 120), tag.get("description"))
    order = [name for name in described if name in counts]
    order += [name for name in counts if name not in described]
    return [
        {"name": name, "count": counts[name], "html": html_of(described.get(name))}
        for name in order
    ]


def _schemes(tree: Mapping[str, Any]) -> list[dict[str, str]]:
    components = _mapping(tree.get("components"))
    rows = []
    for name, scheme in _mapping(components.get("securitySchemes")).items():
        if not isinstance(scheme, dict):
            continue
        kind = str(scheme.get("type", ""))
        detail = {
            "apiKey": f"in {scheme.get('in', 'header')} {scheme.get('name', '')}".strip(),
            "http": str(scheme.get("scheme", "")),
            "oauth2": ", ".join(_mapping(scheme.get("flows"))),
            "openIdConnect": str(scheme.get("openIdConnectUrl", "")),
        }.get(kind, "")
        rows.append({"name": short(str(name)), "kind": short(kind), "detail": short(detail)})
    return rows


def safe_link(url: Any) -> str:
    """A web address that a page may link to; nothing for any other."""
    if not isinstance(url, str) or len(url) > 500:
        return ""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.netloc else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
