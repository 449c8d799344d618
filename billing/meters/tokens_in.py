"""Tokens a model read, those from a cache apart."""

from billing.meters import Meter

METER = Meter(slug="tokens_in", name="Input tokens", unit="token", priced_per=1_000_000)
