"""Tokens a model wrote while it reasoned."""

from billing.meters import Meter

METER = Meter(slug="tokens_reasoning", name="Reasoning tokens", unit="token", priced_per=1_000_000)
