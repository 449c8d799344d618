"""Documents on their way: taken from a file, an address or a text, kept until published."""

import zlib
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from catalog.documents.limits import LIMITS
from catalog.models import Upload
from marketplace import clock
from marketplace.errors import Forbidden, Gone, Invalid, TooLarge
from marketplace.tenants.actor import Actor

KEPT = timedelta(days=1)
COMPRESSION = 1


@transaction.atomic
def keep_upload(*, actor: Actor, data: bytes, source: str) -> Upload:
    """Keep the bytes for a day. Raises Invalid for none, TooLarge, Forbidden for a program."""
    if actor.kind != "user" or actor.id is None or actor.tenant_id is None:
        raise Forbidden("A program publishes by PUT /api/v1/apis/…/versions/….")
    if not data.strip():
        raise Invalid.at("/file", "It is empty.")
    if len(data) > LIMITS.size:
        raise TooLarge(f"{len(data):,} bytes; a document may have {LIMITS.size:,}.")
    now = clock.now()
    Upload.across.filter(tenant_id=actor.tenant_id, created_at__lt=now - KEPT).delete()
    return Upload.across.create(
        tenant_id=actor.tenant_id,
        user_id=actor.id,
        source=source[:500],
        content=zlib.compress(data, COMPRESSION),
        size=len(data),
        created_at=now,
    )


def upload_of(actor: Actor, id: UUID) -> tuple[Upload, bytes]:
    """What one kept, with its bytes. Raises Gone once it is published or a day old."""
    upload = Upload.across.filter(id=id, user_id=actor.id or UUID(int=0)).first()
    if upload is None or upload.created_at < clock.now() - KEPT:
        raise Gone("This document was published, or waited for more than a day. Drop it again.")
    return upload, zlib.decompress(upload.content)
