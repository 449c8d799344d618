"""What still passes while something the verifier stands on is away: by risk, as decided.

ARCHITECTURE.md, "When a dependency is down". The database is down where it does not answer: then
nobody can revoke either, and what was known stands for a while. The feed is stale where the
database answers and the feed does not: then there may be changes that this verifier has not seen.
The audit cannot be written where the database answers and does not take the record of calls; the
journal on disk holds them meanwhile. A journal that cannot be written stops every class, because
an admitted call that nobody counts is worse than a refused one.
"""

from math import inf
from typing import Literal, NamedTuple

Cause = Literal["database-down", "feed-stale", "audit-unwritable"]


class Patience(NamedTuple):
    """For how many seconds calls of a class pass in each case."""

    database_down: float
    feed_stale: float
    audit_unwritable: float


TABLE: dict[str, Patience] = {
    "low": Patience(900, 300, inf),
    "medium": Patience(60, 60, 60),
    "high": Patience(10, 10, 0),
    "restricted": Patience(0, 0, 0),
}
ORDER = {name: place for place, name in enumerate(TABLE)}


def worse(one: str, other: str) -> str:
    """The stricter of two classes; an unknown one counts as high."""
    return max(one, other, key=lambda name: ORDER.get(name, ORDER["high"]))


def bears(risk: str, cause: Cause, seconds: float) -> bool:
    """Whether a call of class `risk` passes after `seconds` of `cause`."""
    patience = TABLE.get(risk, TABLE["high"])
    limit = patience[("database-down", "feed-stale", "audit-unwritable").index(cause)]
    return limit > 0 and seconds <= limit
