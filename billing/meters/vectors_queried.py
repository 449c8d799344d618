"""Vectors that queries compared."""

from billing.meters import Meter

METER = Meter(slug="vectors_queried", name="Vectors queried", unit="vector", priced_per=1_000)
