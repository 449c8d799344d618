"""Vectors an index holds: the highest number of the month."""

from billing.meters import Meter

METER = Meter(
    slug="vectors_stored", name="Vectors stored", unit="vector", aggregate="max", priced_per=1_000
)
