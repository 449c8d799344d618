"""Names for the ids that lines of money carry, in one query."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

NAMES = """
SELECT 'api', id, name, slug FROM catalog_api WHERE id = ANY(%(ids)s)
UNION ALL SELECT 'team', id, name, slug FROM tenants_team WHERE id = ANY(%(ids)s)
UNION ALL SELECT 'tenant', id, name, slug FROM tenants_tenant WHERE id = ANY(%(ids)s)
UNION ALL SELECT 'plan', id, name, slug FROM catalog_plan WHERE id = ANY(%(ids)s)
UNION ALL SELECT 'application', application_id, name, '' FROM billing_consumer
  WHERE application_id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class Names:
    """Names and slugs by kind and id."""

    found: Mapping[tuple[str, UUID], tuple[str, str]]

    def name(self, kind: str, id: UUID | str | None, default: str = "") -> str:
        """The name, or `default`."""
        return self._of(kind, id)[0] or default

    def slug(self, kind: str, id: UUID | str | None) -> str:
        """The slug, or an empty text."""
        return self._of(kind, id)[1]

    def _of(self, kind: str, id: UUID | str | None) -> tuple[str, str]:
        if not id:
            return "", ""
        return self.found.get((kind, UUID(str(id))), ("", ""))


def names_of(ids: Iterable[UUID | str | None]) -> Names:
    """The names of all these ids, whatever they are of."""
    wanted = {UUID(str(id)) for id in ids if id}
    with connection.cursor() as cursor:
        cursor.execute(NAMES, {"ids": list(wanted)})
        return Names({(kind, id): (name, slug) for kind, id, name, slug in cursor.fetchall()})
