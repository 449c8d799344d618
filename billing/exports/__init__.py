"""A closed period as a file: one module a format, found by listing this folder.

All are made from the frozen lines alone, row by row in the order of their numbers, so that the
same period gives the same bytes for ever.
"""

import base64
import hashlib
import importlib
import pkgutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import IO, cast

from django.db import transaction

from billing.models import KeptExport, Period
from marketplace.errors import Conflict, Invalid

SPOOL = 1_000_000  # bytes in memory before a file is used


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of export. `write` puts the periods' bytes into an open file; where `keep` is set
    the bytes depend on a library and are therefore kept as they were first."""

    slug: str
    name: str
    media: str
    extension: str
    about: str
    write: Callable[[Sequence[Period], IO[bytes]], None]
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """An export ready to be sent: a file at its beginning, its size and SHA-256 in hex."""

    file: IO[bytes]
    size: int
    sha256: str
    name: str
    format: Format

    @property
    def digest(self) -> str:
        """The `Digest` header (RFC 3230)."""
        return f"SHA-256={self._encoded}"

    @property
    def repr_digest(self) -> str:
        """The `Repr-Digest` header (RFC 9530), which followed it."""
        return f"sha-256=:{self._encoded}:"

    @property
    def _encoded(self) -> str:
        return base64.b64encode(bytes.fromhex(self.sha256)).decode()


@cache
def formats() -> Mapping[str, Format]:
    """The formats of this folder by slug."""
    found: dict[str, Format] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        format_ = getattr(importlib.import_module(f"{__name__}.{module.name}"), "FORMAT", None)
        if format_ is not None:
            found[format_.slug] = format_
    return found


def export_period(period: Period, format_slug: str) -> Exported:
    """Export a closed period. Raises Invalid for an unknown format, Conflict for an open period,
    and for bytes that are not those of the first time (which nothing should bring about)."""
    chosen = _chosen(format_slug)
    if not period.is_closed:
        raise Conflict(f"{period.name} is not closed yet.", type="period-open")
    kept = KeptExport.across.filter(period=period, format=chosen.slug).first()
    written: tuple[str, int] | None = None
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 - handed on
    if kept is not None and kept.content is not None:
        file.write(bytes(kept.content))
    elif not chosen.keep:  # hashed while Postgres works on the rows to come
        through = _Hashing(file)
        with transaction.atomic():
            chosen.write([period], cast(IO[bytes], through))
        written = (through.digest.hexdigest(), through.size)
    else:
        with transaction.atomic():
            chosen.write([period], file)
    sha256, size = written or _hash(file)
    file.seek(0)
    if kept is None:
        content = file.read() if chosen.keep else None
        file.seek(0)
        KeptExport.across.bulk_create(
            [
                KeptExport(
                    tenant_id=period.tenant_id,
                    period=period,
                    format=chosen.slug,
                    sha256=sha256,
                    size=size,
                    content=content,
                )
            ],
            ignore_conflicts=True,
        )
    elif kept.sha256 != sha256:
        file.close()
        raise Conflict(f"{period.name} as {chosen.name} is not what it was; nothing is sent.")
    name = f"{period.frozen['slug']}-{period.name}{chosen.extension}"
    return Exported(file, size, sha256, name, chosen)


def export_together(periods: Sequence[Period], format_slug: str) -> Exported:
    """The closed periods of several tenants in one file, in the order of the tenants' names."""
    chosen = _chosen(format_slug)
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 - handed on
    with transaction.atomic():
        chosen.write(periods, file)
    file.seek(0)
    sha256, size = _hash(file)
    return Exported(file, size, sha256, f"all-{periods[0].name}{chosen.extension}", chosen)


def _chosen(slug: str) -> Format:
    chosen = formats().get(slug)
    if chosen is None:
        raise Invalid.at("/format", f"There are {', '.join(formats())}.")
    return chosen


@dataclass(slots=True)
class _Hashing:
    """What is written goes on to a file, and is hashed and counted on its way."""

    file: IO[bytes]
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    size: int = 0

    def write(self, chunk: bytes) -> int:
        self.digest.update(chunk)
        self.size += len(chunk)
        return self.file.write(chunk)


def _hash(file: IO[bytes]) -> tuple[str, int]:
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(SPOOL):
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    return digest.hexdigest(), size
