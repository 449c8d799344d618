"""Calls that were answered."""

from billing.meters import Meter

METER = Meter(slug="requests", name="Requests", unit="call")
