"""The seal of a closed month: a hash over every line and the month before, signed.

Who holds the public key can check offline that nothing was changed since: `period_digest` says
what is hashed, and docs/billing.md shows how to check it without this product.
"""

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from billing.models import Period, StatementLine
from marketplace import env

FILE = Path("secrets") / "seal-key"
FIELDS = (
    "number", "kind", "usage_month", "adjustment", "corrects", "application_id", "application",
    "team_id", "team", "cost_center", "api_id", "api", "api_slug", "provider_id", "provider",
    "plan_id", "plan", "operation_key", "meter", "meter_name", "unit", "quantity", "amount_micros",
    "amount_minor", "currency", "rule", "credit_cost_center", "entry_id", "line_key", "card_id",
    "price_id", "reason",
)  # fmt: skip


def period_digest(period: Period, lines: Iterable[StatementLine]) -> str:
    """SHA-256 in hex over tenant, month, totals, the hash of the month before, and the lines.

    Each is one line of JSON with sorted keys; lines come in the order of their numbers.
    """
    digest = hashlib.sha256()
    for chunk in _canonical(period, lines):
        digest.update(chunk)
        digest.update(b"\n")
    return digest.hexdigest()


def _canonical(period: Period, lines: Iterable[StatementLine]) -> Iterator[bytes]:
    head = {
        "tenant": {"id": str(period.tenant_id), **period.frozen},
        "month": period.name,
        "totals": period.totals,
        "previous": period.previous_hash,
        "lines": period.line_count,
    }
    yield orjson.dumps(head, option=orjson.OPT_SORT_KEYS)
    for line in lines:
        row = {name: getattr(line, name) for name in FIELDS}
        row["quantity"] = f"{line.quantity:.6f}"
        yield orjson.dumps(row, option=orjson.OPT_SORT_KEYS)


def sign(digest: str) -> tuple[str, str]:
    """The Ed25519 signature over a digest's hex, and the public key, both in base64."""
    key = seal_key()
    public = key.public_key().public_bytes_raw()
    return (
        base64.b64encode(key.sign(digest.encode())).decode(),
        base64.b64encode(public).decode(),
    )


def verify_period(period: Period) -> list[str]:
    """What is wrong with a closed period's seal; an empty list where it holds."""
    wrong = []
    lines = period.statement_lines.order_by("number").iterator(chunk_size=5000)
    if period_digest(period, lines) != period.hash:
        wrong.append("The lines are not those that were sealed.")
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(period.seal_key))
        key.verify(base64.b64decode(period.signature), period.hash.encode())
    except (InvalidSignature, ValueError):
        wrong.append("The signature is not of this hash.")
    return wrong


@lru_cache(maxsize=1)
def seal_key() -> Ed25519PrivateKey:
    """The key that seals: SEAL_KEY (32 bytes in base64), or one kept in the data folder.

    Raises EnvironmentProblem where it cannot be used.
    """
    given = env.text("SEAL_KEY") or _kept(Path(settings.MARKETPLACE_HOME) / FILE)
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(given, validate=True))
    except ValueError:
        raise env.EnvironmentProblem("SEAL_KEY must be 32 bytes in base64.") from None


def _kept(path: Path) -> str:
    """The secret in a file, made where it is missing; the first of several makers wins."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(0o600)
        draft.write_text(base64.b64encode(os.urandom(32)).decode())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
