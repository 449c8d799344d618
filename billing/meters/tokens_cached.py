"""Tokens a model read from its cache."""

from billing.meters import Meter

METER = Meter(slug="tokens_cached", name="Cached tokens", unit="token", priced_per=1_000_000)
