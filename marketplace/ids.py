"""The one maker of ids: uuid7 (RFC 9562), so that ids sort by time of making."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A new uuid7."""
    return UUID(bytes=uuid_utils.uuid7().bytes)
