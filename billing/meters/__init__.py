"""What can be counted: one module a built-in meter, and those that owners define.

The token meters are exclusive buckets: a token that was read from a cache counts as cached and as
nothing else, so that prices add up whatever a tool's own totals include.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from billing.models import OwnMeter
from billing.models.prices import Aggregate

# What senders call them elsewhere. OpenTelemetry's GenAI input tokens include cached ones and are
# therefore no alias: whoever sends those must take the cached ones out first.
ALIASES = {
    "calls": "requests",
    "request": "requests",
    "input_tokens": "tokens_in",
    "output_tokens": "tokens_out",
    "cached_tokens": "tokens_cached",
    "reasoning_tokens": "tokens_reasoning",
}


@dataclass(frozen=True, slots=True)
class Meter:
    """One thing that is counted. `unit` reads after a number and is singular."""

    slug: str
    name: str
    unit: str
    aggregate: str = Aggregate.SUM
    whole: bool = True
    unique_of: str = ""
    priced_per: int = 1

    @property
    def units(self) -> str:
        """The unit after any number but 1."""
        return self.unit if self.unit.endswith("s") else f"{self.unit}s"


@cache
def built_in() -> Mapping[str, Meter]:
    """The meters of this folder by slug."""
    found: dict[str, Meter] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        meter: Meter = importlib.import_module(f"{__name__}.{module.name}").METER
        found[meter.slug] = meter
    return found


def meters(slugs: Iterable[str] | None = None) -> dict[str, Meter]:
    """All meters by slug, or those of `slugs` that exist. One query for the owners' own."""
    wanted = None if slugs is None else set(slugs)
    found = {s: m for s, m in built_in().items() if wanted is None or s in wanted}
    if wanted is not None and wanted <= found.keys():
        return found
    own = OwnMeter.across.all()
    if wanted is not None:
        own = own.filter(slug__in=wanted)
    for meter in own:
        found.setdefault(
            meter.slug,
            Meter(
                slug=meter.slug,
                name=meter.name,
                unit=meter.unit,
                aggregate=meter.aggregate,
                whole=False,
                unique_of=meter.unique_of,
            ),
        )
    return found
