"""Any two versions of an API compared, with the use measured now."""

import zlib
from dataclasses import dataclass
from typing import Any

from catalog.models import Document, Version
from catalog.publish.examine import compare_versions
from catalog.publish.impact import without_names
from catalog.publish.publish import base_of, keys_of, with_impact
from catalog.publish.report import ChangeLine
from marketplace.tenants.actor import Actor


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions and what changed between them."""

    version: Version
    base: Version | None
    changes: tuple[ChangeLine, ...]

    @property
    def breaking(self) -> bool:
        return any(change.level == "error" for change in self.changes)

    def as_dict(self) -> dict[str, Any]:
        """As GET …/diff answers it."""
        return {
            "base": self.base.version if self.base else None,
            "version": self.version.version,
            "breaking": self.breaking,
            "changes": [change.as_dict() for change in self.changes],
            "impact": [
                {**change.as_dict(), "consumers": change.consumers.as_dict()}
                for change in self.changes
            ],
        }


def compare_two(*, actor: Actor, version: Version, base: Version | None = None) -> Comparison:
    """`version` against `base`, or the version before it.

    Who the consumers are is told to the API's own tenant; others learn how many there are.
    """
    base = base or base_of(version.api, version.version)
    if base is None or base.id == version.id:
        return Comparison(version, base, ())
    documents = dict(
        Document.across.filter(version__in=[version, base]).values_list("version_id", "compact")
    )
    diff = compare_versions(
        zlib.decompress(documents[base.id]), zlib.decompress(documents[version.id])
    )
    changes = with_impact(version.api, diff, keys_of(version, base))
    if actor.tenant_id != version.api.tenant_id and not actor.is_platform_admin:
        changes = without_names(changes)
    return Comparison(version, base, changes)
