"""How version labels follow each other: semantic versions first, dates and words as they come."""

import re

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,79}\Z")
SEMANTIC = re.compile(
    r"v?(?P<numbers>\d{1,12}(?:\.\d{1,12}){0,3})(?:[-.]?(?P<pre>[A-Za-z][0-9A-Za-z.-]*))?(?:\+.*)?\Z"
)
RELEASED = "~"  # sorts after every letter: 1.0.0-rc.1 stands before 1.0.0
WIDTH = 12


def rank_of(label: str) -> str:
    """Text that sorts as versions follow each other (SemVer 2.0.0, item 11, and dates alike).

    A label that is no version sorts before all that are.
    """
    found = SEMANTIC.match(label)
    if found is None:
        return "!" + label.lower()[:150]
    numbers = [part.zfill(WIDTH) for part in found["numbers"].split(".")]
    numbers += ["0" * WIDTH] * (4 - len(numbers))
    pre = found["pre"]
    words = [
        part.zfill(WIDTH) if part.isdigit() else f"a{part.lower()}"
        for part in re.split(r"[.-]", pre or "")
        if part
    ]
    return ".".join([*numbers, *(words or [RELEASED])])[:200]


def major_of(label: str) -> str:
    """What must change when callers break: the first number, before 1.0 the first two
    (SemVer 2.0.0, item 4); the whole label where it is no version."""
    found = SEMANTIC.match(label)
    if found is None:
        return label.lower()
    numbers = [str(int(part)) for part in found["numbers"].split(".")]
    return ".".join(numbers[:2]) if numbers[0] == "0" else numbers[0]
