"""The format of keys, and how they are kept: pure functions, no database and no Django.

A key reads `mk_l_<id:12>_<secret:32><crc:6>` in base62 (`l` live, `t` sandbox; the brand before
it is configurable by KEY_BRAND). The CRC-32 covers all before it, so a mistyped or made-up key is
refused without a query. `mk_l_<id>` is the public name. At rest stands an HMAC-SHA256 under a
versioned pepper over everything but the CRC, so that a digest serves one id only and is worthless
without the pepper (ARCHITECTURE.md, the verifier).
"""

import hmac
import secrets
import zlib
from dataclasses import dataclass, field
from typing import Literal

from marketplace import env

Environment = Literal["live", "sandbox"]

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ID_LENGTH = 12
SECRET_LENGTH = 32
CRC_LENGTH = 6
LETTER: dict[Environment, str] = {"live": "l", "sandbox": "t"}
ENVIRONMENT: dict[bytes, Environment] = {b"l": "live", b"t": "sandbox"}
PAIRS = [(a + b).encode() for a in ALPHABET for b in ALPHABET]


def brand() -> str:
    """The brand that begins every key: KEY_BRAND, or "mk"."""
    return env.text("KEY_BRAND", "mk")


@dataclass(frozen=True, slots=True)
class ParsedKey:
    """A well-formed key. `public_id` may be shown and logged; `secret` and `text` may not."""

    environment: Environment
    public_id: str
    secret: str = field(repr=False)
    text: str = field(repr=False)

    def __str__(self) -> str:
        return self.public_id


def checksum(body: bytes) -> bytes:
    """The CRC-32 of `body` as six base62 digits."""
    rest, low = divmod(zlib.crc32(body), 3844)
    high, middle = divmod(rest, 3844)
    return PAIRS[high] + PAIRS[middle] + PAIRS[low]


def generate(environment: Environment = "live", *, brand: str = brand()) -> ParsedKey:
    """A new key from the system's random source: 71 bits of id, 190 bits of secret."""
    identity = "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))
    secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    public_id = f"{brand}_{LETTER[environment]}_{identity}"
    body = f"{public_id}_{secret}"
    return ParsedKey(environment, public_id, secret, body + checksum(body.encode()).decode())


class Format:
    """The layout of keys of one brand, over bytes: what the verifier runs for every call."""

    __slots__ = ("body_end", "id_end", "length", "letter", "prefix")

    def __init__(self, brand: str) -> None:
        self.prefix = f"{brand}_".encode()
        self.letter = len(self.prefix)
        self.id_end = self.letter + 2 + ID_LENGTH
        self.body_end = self.id_end + 1 + SECRET_LENGTH
        self.length = self.body_end + CRC_LENGTH

    def public_id(self, raw: bytes) -> bytes | None:
        """The public id in `raw` where it is a well-formed key with a right CRC, else None."""
        letter, id_end = self.letter, self.id_end
        if (
            len(raw) != self.length
            or not raw.startswith(self.prefix)
            or raw[letter : letter + 2] not in (b"l_", b"t_")
            or raw[id_end] != 0x5F
            or not (raw[letter + 2 : id_end] + raw[id_end + 1 :]).isalnum()
            or checksum(raw[: self.body_end]) != raw[self.body_end :]
        ):
            return None
        return raw[:id_end]


def parse(text: str, *, brand: str = brand()) -> ParsedKey | None:
    """The key in `text`, or None where the format or the CRC is wrong. Asks no database."""
    layout = Format(brand)
    if len(text) != layout.length or not text.isascii():
        return None
    raw = text.encode()
    if layout.public_id(raw) is None:
        return None
    return ParsedKey(
        ENVIRONMENT[raw[layout.letter : layout.letter + 1]],
        text[: layout.id_end],
        text[layout.id_end + 1 : layout.body_end],
        text,
    )


def digest(key: ParsedKey, pepper: bytes) -> bytes:
    """What is kept of `key`: HMAC-SHA256 under `pepper` over public id and secret, 32 bytes."""
    return digest_body(key.text[:-CRC_LENGTH].encode(), pepper)


def digest_body(body: bytes, pepper: bytes) -> bytes:
    """As `digest`, from the key's bytes without the CRC."""
    return hmac.digest(pepper, body, "sha256")


def same(left: bytes, right: bytes) -> bool:
    """Whether two digests are equal, in time that does not depend on where they differ."""
    return hmac.compare_digest(left, right)
