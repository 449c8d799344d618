"""What a rule is: the places it looks at, and what is wrong at one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, Literal, Protocol

from catalog.lint.finding import Level, Patch

if TYPE_CHECKING:
    from catalog.lint.survey import Survey

AppliesTo = Literal["openapi", "asyncapi", "both"]


class Standing(Protocol):
    """A thing that knows where it stands, and in which operation."""

    @property
    def pointer(self) -> str: ...
    @property
    def owner(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where the rule is not kept: a pointer with the operation it lies in, or what knows
    both and is asked only if the hit is told. `detail` may hold foreign words, already bounded."""

    place: str | Standing
    detail: str
    operation: str | None = None
    autofix: Patch | None = None

    @property
    def pointer(self) -> str:
        return self.place if isinstance(self.place, str) else self.place.pointer

    @property
    def owner(self) -> str | None:
        return self.operation if isinstance(self.place, str) else self.place.owner


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    `places` lists what it looks at in a document, `check` tells what is wrong at one of them, or
    None. The share of places that are wrong is what the rule costs. `before` and `after` are an
    example in YAML of the wrong and the right; `sources` the standards that ask for it.
    """

    id: str
    level: Level
    title: str
    why: str
    mend: str
    before: str
    after: str
    applies_to: AppliesTo
    places: Callable[[Survey], Iterable[Any]]
    check: Callable[[Survey, Any], Hit | None]
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "before", cleandoc(self.before))
        object.__setattr__(self, "after", cleandoc(self.after))

    def applies(self, survey: Survey) -> bool:
        """Whether the rule speaks of documents of this kind."""
        if self.applies_to == "both":
            return True
        return (self.applies_to == "asyncapi") == survey.is_events
