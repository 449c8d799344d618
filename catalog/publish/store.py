"""A publication written down: all its rows, the log and the event, in one transaction."""

import zlib
from dataclasses import dataclass
from uuid import UUID

from catalog.analysis.analyse import Analysis
from catalog.apis import PlanTerms, expected_approval, set_capabilities, set_plans
from catalog.documents.reading import Reading
from catalog.extensions import usage_of
from catalog.models import (
    Acknowledgement as AcknowledgementRow,
)
from catalog.models import (
    Api,
    Change,
    Document,
    Example,
    Finding,
    Fragment,
    ImpactLine,
    Operation,
    Version,
)
from catalog.models.api import Kind, Stage
from catalog.models.version import Format
from catalog.publish.inserts import insert_rows
from catalog.publish.report import Acknowledgement, ChangeLine, FindingLine, PublishReport
from catalog.search.index import index_api
from catalog.versions import rank_of
from marketplace import clock
from marketplace.audit.record import record
from marketplace.events.outbox import emit
from marketplace.ids import new_id
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team
from marketplace.tenants.scope import platform_scope

COMPRESSION = 1
SHOWN_OPERATIONS = 12


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything that is to be published, checked."""

    actor: Actor
    api: Api | None
    slug: str
    team: Team
    label: str
    format: Format
    media: str
    data: bytes
    reading: Reading
    analysis: Analysis
    digest: str
    base: Version | None
    changes: tuple[ChangeLine, ...]
    findings: tuple[FindingLine, ...]
    acknowledgement: Acknowledgement | None

    def report(self, *, dry_run: bool) -> PublishReport:
        """What the publisher is told."""
        return PublishReport(
            api=self.slug,
            name=self.api.name if self.api else self.analysis.title[:200],
            team=self.team.slug,
            version=self.label,
            created=True,
            dry_run=dry_run,
            new_api=self.api is None,
            format=self.reading.kind,
            format_version=self.reading.version,
            title=self.analysis.title,
            digest=self.digest,
            size=len(self.data),
            operations=len(self.analysis.operations),
            url=f"/apis/{self.slug}",
            grade=self.analysis.judgement.grade,
            score=self.analysis.judgement.score,
            next_best_fix=self.analysis.judgement.next_best_fix,
            findings=self.findings,
            base=self.base.version if self.base else "",
            changes=self.changes,
            acknowledgement=self.acknowledgement,
            capabilities=self.analysis.capabilities,
            sample=tuple(
                (row["method"], row["path"], row["title"])
                for row in self.analysis.operations[:SHOWN_OPERATIONS]
            ),
        )


def store(publication: Publication) -> Version:
    """Write it, in the caller's transaction."""
    api = publication.api or _new_api(publication)
    version = _version(publication, api)
    serves = _is_highest(api, version)
    if serves:
        Operation.across.filter(api=api, served=True).update(served=False)
    _rows(publication, version, serves)
    _changes(publication, api, version)
    _update_api(publication, api, version, serves=serves)
    _tell(publication, api, version)
    if serves:
        index_api(api)
    return version


def _new_api(publication: Publication) -> Api:
    analysis = publication.analysis
    now = clock.now()
    api = Api(
        tenant_id=publication.team.tenant_id,
        team=publication.team,
        slug=publication.slug,
        name=analysis.title[:200],
        summary=analysis.summary[:300],
        icon=analysis.icon,
        tone=analysis.tone,
        stage=Stage.BETA if publication.label.lstrip("v").startswith("0") else Stage.GA,
        upstream_url=_upstream(publication),
        created_at=now,
        updated_at=now,
    )
    api.approval = expected_approval(api)
    api.save(force_insert=True)
    set_plans(api, [PlanTerms("standard", "Standard", is_default=True)])
    return api


def _upstream(publication: Publication) -> str:
    """The first server of the document that is a web address."""
    for server in publication.analysis.outline["servers"]:
        url: str = server["url"]
        if url.startswith(("https://", "http://")):
            return url[:500]
    return ""


def _version(publication: Publication, api: Api) -> Version:
    reading, actor = publication.reading, publication.actor
    version = Version(
        tenant_id=api.tenant_id,
        api=api,
        version=publication.label,
        rank=rank_of(publication.label),
        format=publication.format,
        format_version=reading.version[:20],
        digest=publication.digest,
        size=len(publication.data),
        media=publication.media,
        title=publication.analysis.title[:500],
        published_at=clock.now(),
        published_by_id=actor.id if actor.kind == "user" else None,
        published_by_label=actor.label[:200],
        operation_count=len(publication.analysis.operations),
        breaking_count=sum(change.level == "error" for change in publication.changes),
        grade=publication.analysis.judgement.grade,
        score=publication.analysis.judgement.score,
        next_best_fix=publication.analysis.judgement.next_best_fix,
        outline=publication.analysis.outline,
    )
    version.save(force_insert=True)
    Document.across.create(
        tenant_id=api.tenant_id,
        version=version,
        content=zlib.compress(publication.data, COMPRESSION),
        compact=zlib.compress(reading.compact, COMPRESSION),
    )
    return version


def _is_highest(api: Api, version: Version) -> bool:
    others = Version.across.filter(api=api, state="published").exclude(id=version.id)
    return not others.filter(rank__gt=version.rank).exists()


def _rows(publication: Publication, version: Version, serves: bool) -> None:
    analysis = publication.analysis
    whose = {"tenant_id": version.tenant_id, "version_id": version.id}
    ids: dict[str, UUID] = {row["key"]: new_id() for row in analysis.operations}
    insert_rows(
        Operation,
        [
            {"id": ids[row["key"]], **whose, "api_id": version.api_id, "served": serves, **row}
            for row in analysis.operations
        ],
    )
    insert_rows(Fragment, [{"id": new_id(), **whose, **row} for row in analysis.fragments])
    insert_rows(
        Example,
        [
            {
                "id": new_id(),
                **whose,
                "operation_id": ids[row["key"]],
                **{name: value for name, value in row.items() if name != "key"},
            }
            for row in analysis.examples
        ],
    )
    insert_rows(
        Finding,
        [
            {
                "id": new_id(),
                **whose,
                "rule": finding.rule[:80],
                "severity": finding.severity,
                "pointer": finding.pointer,
                "line": finding.line,
                "operation_key": finding.operation[:600],
                "text": finding.text,
                "why": finding.why,
                "mend": finding.mend,
                "fixable": finding.fixable,
                "position": position,
            }
            for position, finding in enumerate(publication.findings)
        ],
    )


def _changes(publication: Publication, api: Api, version: Version) -> None:
    if publication.base is None:
        return
    insert_rows(
        Change,
        [
            {
                "id": new_id(),
                "tenant_id": api.tenant_id,
                "version_id": version.id,
                "base_id": publication.base.id,
                "rule": change.rule[:120],
                "level": change.level,
                "operation_key": change.operation_key[:600],
                "operation_text": change.operation[:600],
                "path": change.path,
                "text": change.text,
                "observed": change.consumers.observed,
                "observed_days": change.consumers.days,
                "position": position,
            }
            for position, change in enumerate(publication.changes)
        ],
    )
    _impact(publication, api, version)
    _warn(publication, api, version)
    if publication.acknowledgement is not None:
        actor = publication.actor
        AcknowledgementRow.across.create(
            tenant_id=api.tenant_id,
            api=api,
            api_tenant_id=api.tenant_id,
            version=version,
            kind=AcknowledgementRow.Kind.BREAKING,
            team=publication.team,
            by_id=actor.id,
            by_label=actor.label[:200],
            named=list(publication.acknowledgement.given),
            at=clock.now(),
        )


def _impact(publication: Publication, api: Api, version: Version) -> None:
    """Who used what changed, for the notices and for the record."""
    touched = {change.operation_key for change in publication.changes}
    if not touched:
        return
    use = usage_of(api, () if "" in touched else sorted(touched))
    insert_rows(
        ImpactLine,
        [
            {
                "id": new_id(),
                "tenant_id": api.tenant_id,
                "version_id": version.id,
                "operation_key": line.operation_key[:600],
                "consumer_tenant_id": line.tenant_id,
                "consumer_team_id": line.team_id,
                "consumer_team": line.team[:120],
                "application": line.application[:200],
                "keys": list(line.keys),
                "calls": line.calls,
                "last_call_at": line.last_call_at,
            }
            for line in use.lines
            if line.calls
        ],
    )


def _warn(publication: Publication, api: Api, version: Version) -> None:
    """One event for each tenant whose teams call what breaks, in that tenant: its people hear of
    it, and its webhooks."""
    broken = {change.operation_key for change in publication.changes if change.level == "error"}
    if not broken:
        return
    hit: dict[UUID, set[UUID]] = {}
    for line in ImpactLine.across.filter(version=version):
        if "" in broken or line.operation_key in broken:
            hit.setdefault(line.consumer_tenant_id, set()).add(line.consumer_team_id)
    # The publisher may publish; whom that hits in other tenants must hear of it there.
    with platform_scope():
        for tenant_id, teams in hit.items():
            emit(
                "version.breaking",
                tenant_id=tenant_id,
                subject=f"api:{api.slug}",
                data={
                    "api": api.slug,
                    "api_id": str(api.id),
                    "version": version.version,
                    "version_id": str(version.id),
                    "breaking": version.breaking_count,
                    "teams": sorted(str(team) for team in teams),
                    "url": f"/apis/{api.slug}/changes?version={version.version}",
                },
            )


def _update_api(publication: Publication, api: Api, version: Version, *, serves: bool) -> None:
    if not serves:
        return
    analysis = publication.analysis
    api.served_version = version
    api.kind = Kind.ASYNCAPI if publication.format == Format.ASYNCAPI else Kind.OPENAPI
    api.description_html = analysis.description_html
    api.summary = api.summary or analysis.summary[:300]
    api.upstream_url = api.upstream_url or _upstream(publication)
    api.revision += 1
    api.updated_at = clock.now()
    api.save()
    if not api.capabilities.exists():
        set_capabilities(api, analysis.capabilities, confirmed=False)


def _tell(publication: Publication, api: Api, version: Version) -> None:
    breaking = version.breaking_count
    details = {
        "version": version.version,
        "digest": version.digest,
        "operations": version.operation_count,
        "breaking": breaking,
        "acknowledged": list(publication.acknowledgement.given)
        if publication.acknowledgement
        else [],
    }
    record(
        actor=publication.actor,
        action="version.published",
        target=f"version:{api.slug}/{version.version}",
        tenant_id=api.tenant_id,
        details=details,
    )
    emit(
        "version.published",
        tenant_id=api.tenant_id,
        subject=f"api:{api.slug}",
        data={
            "api": api.slug,
            "api_id": str(api.id),
            "version": version.version,
            "version_id": str(version.id),
            "base": publication.base.version if publication.base else None,
            "breaking": breaking,
            "changes": len(publication.changes),
            "url": f"/apis/{api.slug}",
        },
    )
