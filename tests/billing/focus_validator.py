"""The FinOps Foundation's validator in an environment of its own, made once and then reused.

It stands in `.venv/`, named by what it holds, so that a change of the requirements makes another.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = ROOT / "tests" / "focus-requirements.txt"
INSTALL_SECONDS = 240
# What pip says where it finds nobody to ask, as against a package that does not fit.
NOBODY_THERE = (
    "NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ReadTimeoutError",
    "ProxyError", "Network is unreachable", "Connection refused", "Max retries exceeded",
    "Temporary failure in name resolution", "Read timed out",
)  # fmt: skip


class IndexUnreachable(Exception):
    """The validator is not installed yet, and the package index cannot be asked."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the validator found: names of its rules, by what came of them."""

    passed: frozenset[str]
    failed: frozenset[str]
    errored: frozenset[str]
    skipped: frozenset[str]


@dataclass(frozen=True, slots=True)
class FocusValidator:
    """An installed validator."""

    python: Path

    def rules(self, version: str = "1.0") -> Path:
        """The folder of its rules for a version of FOCUS."""
        code = "from focus_validator.validator import DEFAULT_VERSION_SETS_PATH as p; print(p)"
        found = subprocess.run(
            [self.python, "-c", code], check=True, capture_output=True, text=True, timeout=60
        )
        return Path(found.stdout.strip()) / version

    def report(self, data: Path, *, rules: Path, folder: Path) -> Report:
        """Validate a file; `rules` is a folder of rules, as `rules()` gives.

        The validator exits with 0 whether the file passes or fails, so its report is read; where
        it writes none, CalledProcessError says what it printed.
        """
        destination = folder / f"{data.stem}-{hashlib.sha256(str(rules).encode()).hexdigest()}.xml"
        ran = subprocess.run(
            [
                self.python, "-m", "focus_validator.main",
                "--data-file", data, "--validate-version", rules.name,
                "--rule-set-path", rules.parent,
                "--output-type", "unittest", "--output-destination", destination,
            ],
            check=True, capture_output=True, text=True, cwd=folder, timeout=120,
        )  # fmt: skip
        if not destination.is_file():
            raise subprocess.CalledProcessError(ran.returncode, ran.args, ran.stdout, ran.stderr)
        found: dict[str, set[str]] = {"": set(), "failure": set(), "error": set(), "skipped": set()}
        for case in ElementTree.parse(destination).iter("testcase"):
            outcome = next((child.tag for child in case), "")
            found[outcome].add(case.attrib["name"].partition(" :: ")[0])
        return Report(*map(frozenset, (found[""], *[found[n] for n in list(found)[1:]])))


def installed() -> FocusValidator:
    """The validator, installed from the machine's default index where it is not yet.

    Raises IndexUnreachable; CalledProcessError where the index answers and it still fails.
    """
    name = f"focus-{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]}"
    folder = ROOT / ".venv" / name
    python, ready = folder / "bin" / "python", folder / ".ready"
    if not ready.is_file():
        folder.parent.mkdir(exist_ok=True)
        with (folder.parent / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not ready.is_file():
                _install(folder, python)
                ready.touch()
    return FocusValidator(python)


def _install(folder: Path, python: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=False, symlinks=sys.platform != "win32")
    ran = subprocess.run(
        [
            sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile",
            "--disable-pip-version-check", "--retries", "1", "--timeout", "15", "--requirement",
            REQUIREMENTS,
        ],
        check=False, capture_output=True, text=True, timeout=INSTALL_SECONDS,
    )  # fmt: skip
    if ran.returncode == 0:
        return
    shutil.rmtree(folder, ignore_errors=True)
    if any(sign in ran.stderr + ran.stdout for sign in NOBODY_THERE):
        raise IndexUnreachable(ran.stderr.strip().splitlines()[-1])
    raise subprocess.CalledProcessError(ran.returncode, ran.args, ran.stdout, ran.stderr)
