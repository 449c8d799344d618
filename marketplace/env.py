"""The typed reader of the environment; a wrong value is named, not guessed."""

import os
from pathlib import Path


class EnvironmentProblem(SystemExit):
    """A setting in the environment cannot be used; its message says which and what to do."""


def text(name: str, default: str = "") -> str:
    """The variable's value, or `default` where it is unset or empty."""
    return os.environ.get(name, "") or default


def number(name: str, default: int, *, low: int = 0, high: int = 2**31) -> int:
    """The variable as a whole number within `low`…`high`.

    Raises EnvironmentProblem where it is something else.
    """
    raw = os.environ.get(name, "")
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise EnvironmentProblem(f"{name}={raw!r} is not a whole number.") from None
    if not low <= value <= high:
        raise EnvironmentProblem(f"{name}={value} is outside {low}…{high}.")
    return value


def flag(name: str, default: bool) -> bool:
    """The variable as a yes or no: 1, true, yes, on; 0, false, no, off."""
    raw = os.environ.get(name, "").lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise EnvironmentProblem(f"{name}={raw!r} is neither yes (1) nor no (0).")


def folder(name: str, default: Path) -> Path:
    """The variable as an absolute folder path."""
    return Path(text(name, str(default))).expanduser().resolve()


def words(name: str, default: str = "") -> list[str]:
    """The variable as a list split at commas, blanks dropped."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]
