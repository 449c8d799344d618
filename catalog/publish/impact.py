"""Changes joined with measured use: who would notice, and what nobody can know."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from catalog.extensions import ConsumerUse, Use
from catalog.publish.report import ChangeLine, Consumers

NOBODY_KNOWN = "unobserved"


def with_consumers(
    changes: Iterable[ChangeLine], use: Use, *, events: frozenset[str] = frozenset()
) -> tuple[ChangeLine, ...]:
    """Each change with the consumers of its operation.

    A change of no single operation is everybody's. What passes no gateway (`events`: keys of
    operations on channels) cannot be observed unless something measured it all the same.
    """
    by_key: dict[str, list[ConsumerUse]] = defaultdict(list)
    for line in use.lines:
        by_key[line.operation_key].append(line)
    everybody = summed(use.lines, use)
    found = []
    for change in changes:
        if not change.operation_key:
            consumers = everybody
        elif change.operation_key in events and change.operation_key not in by_key:
            consumers = Consumers("unknown")
        else:
            consumers = summed(by_key.get(change.operation_key, ()), use)
        found.append(replace(change, consumers=consumers))
    return tuple(found)


def summed(lines: Sequence[ConsumerUse], use: Use) -> Consumers:
    """The consumers of some lines of use as one."""
    if not use.observed:
        return Consumers("unknown")
    used = [line for line in lines if line.calls]
    if not used:
        return Consumers("unused", days=use.days)
    return Consumers(
        "used",
        teams=tuple(sorted({line.team for line in used})),
        applications=tuple(sorted({line.application for line in used if line.application})),
        keys=tuple(sorted({key for line in used for key in line.keys})),
        calls=sum(line.calls for line in used),
        last_call_at=max((line.last_call_at for line in used if line.last_call_at), default=None),
        days=use.days,
    )


def names_to_acknowledge(changes: Iterable[ChangeLine]) -> tuple[str, ...]:
    """Whom the publisher of breaking changes must name: the teams that were seen, and those whom
    nobody can see where a change cannot be observed."""
    breaking = [change for change in changes if change.level == "error"]
    names = {team for change in breaking for team in change.consumers.teams}
    if any(change.consumers.observed == "unknown" for change in breaking):
        names.add(NOBODY_KNOWN)
    return tuple(sorted(names))


def without_names(changes: Iterable[ChangeLine]) -> tuple[ChangeLine, ...]:
    """The changes for readers of other tenants: that there are consumers, not who they are."""
    return tuple(
        replace(change, consumers=Consumers(change.consumers.observed, days=change.consumers.days))
        for change in changes
    )
