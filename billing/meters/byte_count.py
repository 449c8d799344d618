"""Bytes that went over the wire."""

from billing.meters import Meter

METER = Meter(slug="bytes", name="Bytes", unit="byte", priced_per=1_000_000_000)
