"""The report of a version that stands already, from its rows."""

from django.db.models import QuerySet

from catalog.models import Change, Finding, ImpactLine, Version
from catalog.publish.report import ChangeLine, Consumers, FindingLine, PublishReport

MOST_LINES = 2_000


def stored_report(version: Version, *, dry_run: bool) -> PublishReport:
    """The report that publishing gave, as it was measured then."""
    api = version.api
    changes = changes_of(version)
    base = Change.across.filter(version=version).values_list("base__version", flat=True).first()
    return PublishReport(
        api=api.slug,
        name=api.name,
        team=api.team.slug,
        version=version.version,
        created=False,
        dry_run=dry_run,
        new_api=False,
        format=version.format,
        format_version=version.format_version,
        title=version.title,
        digest=version.digest,
        size=version.size,
        operations=version.operation_count,
        url=f"/apis/{api.slug}",
        grade=version.grade,
        score=version.score,
        next_best_fix=version.next_best_fix,
        findings=tuple(as_line(row) for row in findings_of(version)[:MOST_LINES]),
        base=base or "",
        changes=changes,
    )


def findings_of(version: Version) -> QuerySet[Finding]:
    """A version's findings in their order."""
    return Finding.across.filter(version=version).order_by("position")


def as_line(row: Finding) -> FindingLine:
    """A finding's row as a report says it."""
    return FindingLine(
        rule=row.rule,
        severity=row.severity,
        text=row.text,
        pointer=row.pointer,
        line=row.line,
        operation=row.operation_key,
        why=row.why,
        mend=row.mend,
        fixable=row.fixable,
    )


def changes_of(version: Version) -> tuple[ChangeLine, ...]:
    """A version's changes with the consumers measured at publishing. Consumers show only to the
    API's own tenant: for others each change that was used says no more than that."""
    lines: dict[str, list[ImpactLine]] = {}
    for line in ImpactLine.across.filter(version=version):
        lines.setdefault(line.operation_key, []).append(line)
    everybody = [line for rows in lines.values() for line in rows]
    return tuple(
        change_line(row, lines.get(row.operation_key, []) if row.operation_key else everybody)
        for row in Change.across.filter(version=version).order_by("position")[:MOST_LINES]
    )


def change_line(row: Change, lines: list[ImpactLine]) -> ChangeLine:
    """A change's row as a report says it."""
    return ChangeLine(
        rule=row.rule,
        level=row.level,
        text=row.text,
        path=row.path,
        operation=row.operation_text,
        operation_key=row.operation_key,
        consumers=_consumers(row, lines),
    )


def _consumers(row: Change, lines: list[ImpactLine]) -> Consumers:
    return Consumers(
        row.observed,
        teams=tuple(sorted({line.consumer_team for line in lines})),
        applications=tuple(sorted({line.application for line in lines if line.application})),
        keys=tuple(sorted({key for line in lines for key in line.keys})),
        calls=sum(line.calls for line in lines),
        last_call_at=max((line.last_call_at for line in lines if line.last_call_at), default=None),
        days=row.observed_days,
    )
