"""Usage events on their way in: decoded, checked, made durable, counted once for ever."""

from billing.intake.drain import drain
from billing.intake.receive import receive_events

__all__ = ["drain", "receive_events"]
