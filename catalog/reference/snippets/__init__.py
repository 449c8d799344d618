"""The first call, ready to paste, in the languages people call from."""

from catalog.reference.snippets.channels import Channel, channel_samples
from catalog.reference.snippets.http import Call, http_samples

__all__ = ["Call", "Channel", "channel_samples", "http_samples"]
