"""Messages sent or received."""

from billing.meters import Meter

METER = Meter(slug="messages", name="Messages", unit="message")
