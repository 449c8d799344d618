"""Seconds of computing."""

from billing.meters import Meter

METER = Meter(slug="seconds", name="Seconds", unit="second", whole=False)
