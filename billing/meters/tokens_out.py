"""Tokens a model wrote, those of its reasoning apart."""

from billing.meters import Meter

METER = Meter(slug="tokens_out", name="Output tokens", unit="token", priced_per=1_000_000)
