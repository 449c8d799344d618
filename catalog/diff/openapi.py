"""Compare two OpenAPI documents."""

from typing import Any

from .comparison import Comparison, Scope
from .rules import descriptions, endpoints
from .values import show

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
    versions = base.get("openapi"), revision.get("openapi")
    if versions[0] != versions[1]:
        comparison.tell(
            "specification-version-changed",
            Scope(),
            ("openapi",),
            f"The document follows OpenAPI {show(versions[1])}, not {show(versions[0])}",
            before=versions[0],
            after=versions[1],
        )
    endpoints.compare_paths(comparison, base.get("paths"), revision.get("paths"))
    endpoints.compare_webhooks(comparison, base.get("webhooks"), revision.get("webhooks"))
    descriptions.compare_root(comparison, base, revision, SPOKEN)
    descriptions.judge_version(
        comparison, _version(base.get("info")), _version(revision.get("info"))
    )


def _version(info: Any) -> Any:
    return info.get("version") if isinstance(info, dict) else None
