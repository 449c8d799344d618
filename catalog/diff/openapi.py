"""Compare two OpenAPI documents."""

from typing import Any

from .comparison import Comparison
from .rules import descriptions, endpoints

SPOKEN = {
    "openapi",
    "swagger",
    "info",
    "paths",
    "webhooks",
    "servers",
    "tags",
    "security",
    "components",
}


def compare(comparison: Comparison, base: dict[str, Any], revision: dict[str, Any]) -> None:
    """Tell every difference between two documents of OpenAPI 3."""
    endpoints.compare_paths(comparison, base.get("paths"), revision.get("paths"))
    endpoints.compare_webhooks(comparison, base.get("webhooks"), revision.get("webhooks"))
    descriptions.compare_root(comparison, base, revision, SPOKEN)
    descriptions.judge_version(
        comparison, _version(base.get("info")), _version(revision.get("info"))
    )


def _version(info: Any) -> Any:
    return info.get("version") if isinstance(info, dict) else None
