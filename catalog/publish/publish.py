"""Publishing a version: the one way in, for the page, REST, the command and the demo."""

import hashlib
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from catalog.analysis.analyse import Analysis
from catalog.apis import is_slug, may_publish, team_of
from catalog.diff.change import Diff
from catalog.documents.reading import Reading
from catalog.extensions import usage_of
from catalog.models import Api, Operation, Version
from catalog.models.version import Format
from catalog.publish.examine import compare_versions, read_document
from catalog.publish.impact import names_to_acknowledge, with_consumers
from catalog.publish.report import Acknowledgement, ChangeLine, FindingLine, PublishReport
from catalog.publish.store import Publication, store
from catalog.publish.stored import stored_report
from catalog.silences import silences_of
from catalog.versions import LABEL, major_of, rank_of
from marketplace.errors import Conflict, Forbidden, Invalid
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team

MEDIA = {"json": "application/json", "yaml": "application/yaml"}
UNKNOWN_RULE = "unknown-change"


@dataclass(frozen=True, slots=True)
class Examined:
    """A document that was read, against what stands in the catalog already."""

    reading: Reading
    analysis: Analysis
    digest: str
    base: Version | None
    changes: tuple[ChangeLine, ...]
    findings: tuple[FindingLine, ...]


def publish_version(
    *,
    actor: Actor,
    data: bytes,
    slug: str | None = None,
    version: str | None = None,
    team: str | None = None,
    dry_run: bool = False,
    acknowledge: Collection[str] = (),
) -> PublishReport:
    """Publish a document's bytes as a version of an API, which is made where there is none yet.

    `slug` and `version` default to what the document calls itself, `team` (of a new API) to the
    actor's only own one. The same bytes again change nothing; `dry_run` changes nothing at all.
    A breaking change under the same major version is published only when `acknowledge` names the
    consumers that the report's `acknowledgement` asks for.

    Raises TooLarge and Invalid for the document (with pointers and lines), Conflict for other
    bytes under a version that stands, or for a breaking change not acknowledged, Forbidden for
    one who owns no such team.
    """
    digest = hashlib.sha256(data).hexdigest()
    if slug and version:
        standing = _standing(slug, version)
        if standing is not None and standing.digest == digest:
            _check_owner(actor, standing.api)
            return stored_report(standing, dry_run=dry_run)
    silenced = silences_of(slug) if slug else {}
    reading, analysis = read_document(data, full=not dry_run, silenced=silenced)
    slug = slug or analysis.slug
    label = version or analysis.version
    _check_names(slug, label)
    api = Api.across.select_related("team", "served_version").filter(slug=slug).first()
    owner = _owner_of(actor, api, team)
    standing = _standing(slug, label) if api is not None else None
    if standing is not None:
        _refuse_other_bytes(standing, digest)
        return stored_report(standing, dry_run=dry_run)
    examined = _examine(api, label, digest, reading, analysis)
    acknowledgement = _acknowledgement(examined, label, acknowledge)
    publication = Publication(
        actor=actor,
        api=api,
        slug=slug,
        team=owner,
        label=label,
        format=Format(reading.kind),
        media=MEDIA[reading.media],
        data=data,
        reading=reading,
        analysis=analysis,
        digest=digest,
        base=examined.base,
        changes=examined.changes,
        findings=examined.findings,
        acknowledgement=acknowledgement,
    )
    report = publication.report(dry_run=dry_run)
    if dry_run:
        return report
    if acknowledgement is not None and acknowledgement.missing:
        raise Conflict(
            f"It breaks callers under major version {major_of(label)}. Publish it as a new major"
            f" version, or acknowledge: {', '.join(acknowledgement.missing)}.",
            type="breaking-change-not-acknowledged",
            extra={"report": report.as_dict()},
        )
    with transaction.atomic():
        _hold(slug)
        standing = _standing(slug, label)
        if standing is not None:
            _refuse_other_bytes(standing, digest)
            return stored_report(standing, dry_run=False)
        store(publication)
    return report


def _hold(slug: str) -> None:
    """One publish of an API at a time, to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 13))", [f"publish:{slug}"]
        )


def _standing(slug: str, label: str) -> Version | None:
    return (
        Version.across.select_related("api", "api__team")
        .filter(api__slug=slug, version=label)
        .first()
    )


def _refuse_other_bytes(standing: Version, digest: str) -> None:
    if standing.digest != digest:
        raise Conflict(
            f"Version {standing.version} stands already, with other bytes. A published version"
            " never changes; give this document a new version.",
            type="version-exists",
        )


def _check_names(slug: str, label: str) -> None:
    if not is_slug(slug):
        raise Invalid.at(
            "/slug", "Name the API: lower-case letters, digits and hyphens, at most 80."
        )
    if not LABEL.match(label):
        raise Invalid.at(
            "/version", "Name the version: letters, digits, dots and hyphens, at most 80."
        )


def _check_owner(actor: Actor, api: Api) -> None:
    if not may_publish(actor, api.team_id):
        raise Forbidden(
            f"{api.name} belongs to {api.team.name}; its owners publish it.", type="not-an-owner"
        )


def _owner_of(actor: Actor, api: Api | None, team: str | None) -> Team:
    if api is None:
        return team_of(actor, team)
    _check_owner(actor, api)
    if team and team != api.team.slug:
        raise Invalid.at("/team", f"{api.slug} belongs to {api.team.slug} already.")
    return api.team


def _examine(
    api: Api | None, label: str, digest: str, reading: Reading, analysis: Analysis
) -> Examined:
    base = base_of(api, label)
    changes: tuple[ChangeLine, ...] = ()
    if api is not None and base is not None:
        diff = compare_versions(zlib.decompress(base.document.compact), reading.compact)
        after = ((row["key"], row["kind"]) for row in analysis.operations)
        changes = with_impact(api, diff, [*after, *keys_of(base)])
    findings = tuple(FindingLine(**row) for row in analysis.judgement.findings)
    return Examined(reading, analysis, digest, base, changes, findings)


def base_of(api: Api | None, label: str) -> Version | None:
    """The version that callers come from: the highest below this one."""
    if api is None:
        return None
    return (
        Version.across.select_related("document")
        .filter(api=api, state="published", rank__lt=rank_of(label))
        .order_by("-rank", "-published_at")
        .first()
    )


def with_impact(
    api: Api, diff: Diff, operations: Iterable[tuple[str, str]]
) -> tuple[ChangeLine, ...]:
    """The changes with whom they hit now. `operations` (key, kind) are those of both versions."""
    keys = _keys_by_sight(operations)
    lines = [
        ChangeLine(
            rule=change.rule,
            level="unknown" if change.rule == UNKNOWN_RULE else change.level,
            text=change.text,
            path=change.path,
            operation=change.operation or "",
            operation_key=keys.get(_sight(change.operation_key), change.operation_key or ""),
        )
        for change in diff.changes
    ]
    touched = {line.operation_key for line in lines if line.operation_key}
    everything = any(not line.operation_key for line in lines)
    use = usage_of(api, () if everything else sorted(touched))
    events = frozenset(key for key in touched if key.startswith(("SEND ", "RECEIVE ")))
    return with_consumers(lines, use, events=events)


def keys_of(*versions: Version) -> list[tuple[str, str]]:
    """The operations of versions as (key, kind)."""
    return list(Operation.across.filter(version__in=versions).values_list("key", "kind"))


def _sight(key: str | None) -> str:
    """What a comparison and the catalog both call an operation: `send orders/{}`."""
    return (key or "").lower()


def _keys_by_sight(operations: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The catalog's keys by method and address. An event's key names the operation too, which a
    comparison does not; of several on one channel the first stands for all."""
    found: dict[str, str] = {}
    for key, kind in operations:
        found.setdefault(_sight(key), key)
        if kind in ("send", "receive"):
            words = key.split(" ")
            found.setdefault(_sight(" ".join(words[:2])), key)
    return found


def _acknowledgement(
    examined: Examined, label: str, given: Collection[str]
) -> Acknowledgement | None:
    """What must be acknowledged: nothing, unless callers of the same major version break."""
    if examined.base is None or major_of(examined.base.version) != major_of(label):
        return None
    needed = names_to_acknowledge(examined.changes)
    if not needed:
        return None
    said = {name.strip().casefold() for name in given}
    return Acknowledgement(needed, tuple(name for name in needed if name.casefold() in said))
