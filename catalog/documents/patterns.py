"""Whether a regular expression of a foreign document is one to fear."""

from __future__ import annotations

import re
import re._constants as words  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Literal

import re2

Danger = Literal["exponential", "backtracking", "invalid"]

LONGEST = 1_000  # characters looked into; a longer pattern is only compiled
RE2_MEMORY = 8 << 20
REPEATS = (words.MAX_REPEAT, words.MIN_REPEAT)
NAMED_GROUP = re.compile(r"\(\?<(?=[A-Za-z_])")

OPTIONS = re2.Options()
OPTIONS.max_mem = RE2_MEMORY
OPTIONS.log_errors = False


@lru_cache(maxsize=4096)
def danger(pattern: str) -> Danger | None:
    """What is wrong with a pattern, or None.

    `exponential`: a backtracking engine can take for ever on a short text. `backtracking`: only
    such an engine can run it (look-around, back-references). `invalid`: no engine here takes it.
    """
    tree = parsed(pattern)
    if tree is not None and any(is_exponential(body) for body in repeated(tree)):
        return "exponential"
    try:
        re2.compile(pattern, OPTIONS)
    except re2.error:
        return "backtracking" if tree is not None else "invalid"
    return None


def parsed(pattern: str) -> Any:
    """Python's syntax tree of the pattern; None if it has none."""
    if len(pattern) > LONGEST:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return parser.parse(NAMED_GROUP.sub("(?P<", pattern))
        except (re.error, OverflowError, RecursionError):
            return None


def repeated(tree: Any) -> Iterator[Any]:
    """The body of every unbounded repetition, at any depth."""
    stack = [tree]
    while stack:
        for operator, argument in stack.pop():
            if operator in REPEATS:
                low, high, body = argument
                if high == words.MAXREPEAT or high - low > 20:
                    yield body
            stack.extend(inner(operator, argument))


def inner(operator: Any, argument: Any) -> list[Any]:
    """The sequences inside one node."""
    if operator in REPEATS or str(operator) == "POSSESSIVE_REPEAT":
        return [argument[2]]
    if operator is words.SUBPATTERN:
        return [argument[3]]
    if operator is words.BRANCH:
        return list(argument[1])
    if operator in (words.ASSERT, words.ASSERT_NOT):
        return [argument[1]]
    if str(operator) == "ATOMIC_GROUP":
        return [argument]
    return []


def is_exponential(body: Any) -> bool:
    """Whether repeating this body can match one text in exponentially many ways.

    It can if some character alone fills the body in more than one length: then a run of that
    character can be cut up anyhow. So does a choice whose branches begin alike.
    """
    items = flattened(body)
    needed = [item for item in items if not is_optional(item)]
    for item in items:
        if is_run(item):
            fillers = begins(*item)
            for other in needed:
                fillers &= begins(*other)
            if fillers:
                return True
    return len(items) == 1 and items[0][0] is words.BRANCH and overlaps(items[0][1][1])


def is_run(item: Any) -> bool:
    operator, argument = item
    return operator in REPEATS and argument[1] == words.MAXREPEAT


def flattened(body: Any) -> list[Any]:
    """The items of a sequence with plain groups opened."""
    items: list[Any] = []
    for operator, argument in body:
        if operator is words.SUBPATTERN and len(argument[3]) and len(body) == 1:
            items.extend(flattened(argument[3]))
        else:
            items.append((operator, argument))
    return items


def is_optional(item: Any) -> bool:
    operator, argument = item
    return operator is words.AT or (operator in REPEATS and argument[0] == 0)


def overlaps(branches: list[Any]) -> bool:
    """Whether two alternatives can begin with the same character."""
    seen: list[set[str]] = []
    for branch in branches:
        if not len(branch):
            return True
        first = begins(*branch[0])
        if any(first & other for other in seen):
            return True
        seen.append(first)
    return False


SAMPLE = "".join(map(chr, range(32, 127))) + "\n\té"


def begins(operator: Any, argument: Any) -> set[str]:
    """Which characters of a sample an item can begin with."""
    if operator is words.LITERAL:
        return {chr(argument)}
    if operator is words.ANY:
        return set(SAMPLE)
    if operator in REPEATS and len(argument[2]):
        return begins(*argument[2][0])
    if operator is words.SUBPATTERN and len(argument[3]):
        return begins(*argument[3][0])
    if operator is words.BRANCH:
        return set().union(*(begins(*branch[0]) for branch in argument[1] if len(branch)))
    if operator is words.NOT_LITERAL:
        return set(SAMPLE) - {chr(argument)}
    if operator is words.IN:
        return {character for character in SAMPLE if is_in(argument, character)}
    return set()


WORD = re.compile(r"\w").match
CATEGORIES: dict[Any, Callable[[str], Any]] = {
    words.CATEGORY_DIGIT: str.isdigit,
    words.CATEGORY_SPACE: str.isspace,
    words.CATEGORY_WORD: WORD,
    words.CATEGORY_NOT_DIGIT: lambda character: not character.isdigit(),
    words.CATEGORY_NOT_SPACE: lambda character: not character.isspace(),
    words.CATEGORY_NOT_WORD: lambda character: not WORD(character),
}


def is_in(members: Any, character: str) -> bool:
    """Whether a class such as [^a-z\\d] takes a character."""
    negated = found = False
    for operator, argument in members:
        if operator is words.NEGATE:
            negated = True
        elif operator is words.LITERAL:
            found |= argument == ord(character)
        elif operator is words.RANGE:
            found |= argument[0] <= ord(character) <= argument[1]
        elif operator is words.CATEGORY:
            found |= bool(CATEGORIES[argument](character))
    return found != negated
