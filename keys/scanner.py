"""Finding keys in files and in the whole history of git repositories, without asking anybody.

Only what has the format and a right CRC is found, so there are no false alarms to read through.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from keys.secrets import ALPHABET, CRC_LENGTH, ID_LENGTH, SECRET_LENGTH, ParsedKey, brand, parse

CHUNK = 1 << 20
SKIPPED = frozenset({".git", "node_modules", ".venv", "__pycache__"})
DIGITS = re.escape(ALPHABET)


@dataclass(frozen=True, slots=True)
class Finding:
    """A key in a file or a commit. `key` holds the secret; `place` is for people."""

    place: str
    line: int
    key: ParsedKey = field(repr=False)

    def __str__(self) -> str:
        return f"{self.place}:{self.line}: {self.key.public_id}"


def pattern(name: str = "") -> re.Pattern[bytes]:
    """What a key looks like, in bytes."""
    tail = SECRET_LENGTH + CRC_LENGTH
    text = f"(?<![A-Za-z0-9_]){re.escape(name or brand())}_[lt]_"
    return re.compile(
        f"{text}[{DIGITS}]{{{ID_LENGTH}}}_[{DIGITS}]{{{tail}}}(?![A-Za-z0-9])".encode()
    )


def scan(path: Path) -> Iterator[Finding]:
    """All keys under a file or folder; each git repository's history is read too, every secret
    once a place. Raises FileNotFoundError where nothing is there."""
    if not path.exists():
        raise FileNotFoundError(path)
    look = pattern()
    if path.is_file():
        yield from _in_file(path, look)
        return
    for inner in sorted(_files(path)):
        yield from _in_file(inner, look)
    for repository in sorted(_repositories(path)):
        yield from _in_history(repository, look)


def _files(folder: Path) -> Iterator[Path]:
    for inner in folder.iterdir():
        if inner.is_symlink():
            continue
        if inner.is_dir():
            if inner.name not in SKIPPED:
                yield from _files(inner)
        elif inner.is_file():
            yield inner


def _repositories(folder: Path) -> Iterator[Path]:
    bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir()
    if bare or (folder / ".git").exists():
        yield folder
    for inner in folder.iterdir():
        if inner.is_dir() and not inner.is_symlink() and inner.name not in SKIPPED:
            yield from _repositories(inner)


def _in_file(path: Path, look: re.Pattern[bytes]) -> Iterator[Finding]:
    try:
        with path.open("rb") as stream:
            for number, line in _lines(stream):
                yield from _found(str(path), number, line, look)
    except PermissionError:
        return


def _lines(stream: object) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := stream.readline(CHUNK):  # type: ignore[attr-defined]
        number += 1
        yield number, line


def _in_history(repository: Path, look: re.Pattern[bytes]) -> Iterator[Finding]:
    """What any commit of any branch added, and messages; deleted files included."""
    seen: set[bytes] = set()
    command = [
        "git", "-c", "core.quotepath=off", "log", "--all", "--reflog", "-p", "-U0", "--no-color",
        "--no-ext-diff", "--no-textconv", "-m", "--format=commit %H%n%B",
    ]  # fmt: skip
    with subprocess.Popen(
        command, cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        commit, file = "", ""
        for number, line in _lines(process.stdout):
            if line.startswith(b"commit "):
                commit, file = line[7:19].decode("ascii", "replace"), ""
            elif line.startswith(b"+++ b/"):
                file = line[6:].decode("utf-8", "replace").strip()
            if line in seen:
                continue
            hits = list(_found(f"{repository} {commit} {file}".strip(), number, line, look))
            if hits:
                seen.add(line)
                yield from hits


def _found(place: str, number: int, line: bytes, look: re.Pattern[bytes]) -> Iterator[Finding]:
    for match in look.finditer(line):
        key = parse(match.group().decode())
        if key is not None:
            yield Finding(place, number, key)
