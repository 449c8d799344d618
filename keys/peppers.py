"""The peppers: server-side secrets under which keys are digested, several at once by version.

KEY_PEPPERS reads "1:<base64>,2:<base64>"; new keys take the highest version and old ones verify
under theirs, so a pepper is rotated by adding one and dropping the old when no key names it. With
no KEY_PEPPERS the same text stands in `secrets/key-peppers` of the data folder, made on first use.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from marketplace import env

FILE = Path("secrets") / "key-peppers"
PEPPER_BYTES = 32
SHORTEST = 16


def parse_peppers(text: str) -> dict[int, bytes]:
    """The peppers in "version:base64,…".

    Raises EnvironmentProblem, without repeating the text, where it cannot be used.
    """
    found: dict[int, bytes] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        version, _, encoded = part.partition(":")
        try:
            pepper = base64.b64decode(encoded, validate=True)
            found[int(version)] = pepper
        except (ValueError, binascii.Error):
            raise env.EnvironmentProblem(
                "KEY_PEPPERS must read 1:<base64>,2:<base64>; one part does not."
            ) from None
        if len(pepper) < SHORTEST:
            raise env.EnvironmentProblem(
                f"KEY_PEPPERS: version {version} is shorter than {SHORTEST} bytes."
            )
    if not found:
        raise env.EnvironmentProblem("KEY_PEPPERS holds no pepper.")
    return found


def load_peppers(home: Path) -> dict[int, bytes]:
    """All peppers by version: from KEY_PEPPERS, or the file under `home`, made where missing.

    Processes that make the file at once agree: it is linked into place whole, the first wins.
    """
    if given := env.text("KEY_PEPPERS"):
        return parse_peppers(given)
    path = home / FILE
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
        pepper = base64.b64encode(secrets.token_bytes(PEPPER_BYTES)).decode()
        draft.touch(0o600)
        draft.write_text(f"1:{pepper}\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return parse_peppers(path.read_text())


def newest(peppers: Mapping[int, bytes]) -> tuple[int, bytes]:
    """The version and pepper that new keys take."""
    version = max(peppers)
    return version, peppers[version]
