"""One comparison as it goes: where it stands, what it has found, and how far it may go."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .change import SEVERITY, Change, Level
from .document import Documents, tokens_of
from .policy import Policy
from .rule import Place, Rule
from .rules.words import leftover
from .schema import Edge, Fact, Schemas, Setting, beside_reference
from .values import MISSING, equal, plain, pointer, show

# A report longer than this helps nobody; what follows is told once a use, with its gravest level.
MAX_CHANGES = 20_000

# How often one changed schema is told inside one use, by the steps taken in it so far: at every
# place where that ends soon, else at enough places to show the pattern, else once.
TELLINGS = ((5_000, 5_000), (20_000, 8))

# Past so many steps in all uses a schema is told once a use, so that the whole ends in time.
PATIENCE = 400_000

# A path deeper than this starts anew at the schema it has reached.
MAX_DEPTH = 120

# How many pairs of schemas are looked through to find the gravest change of a use not told.
SUMMARY_EFFORT = 2_000


@dataclass(frozen=True, slots=True)
class Scope:
    """What a change belongs to: an operation, or the document where both names are None."""

    operation: str | None = None
    key: str | None = None
    grace_days: int = 0
    # An operation below beta: changes to it are told, and break nobody.
    unstable: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """Where a schema is used: what sentences call the whole and a part of it."""

    scope: Scope
    tokens: tuple[str, ...]
    whole: str
    part: str
    typed: bool
    renamed: Mapping[str, str] = field(default_factory=dict)

    def subject(self, labels: tuple[str, ...]) -> str:
        """The subject of a sentence about the property at these labels, or about the whole."""
        return self.part.replace("{}", "/".join(labels)) if labels else self.whole


class Comparison:
    """The documents, the rules, and the changes found so far."""

    def __init__(
        self, documents: Documents, schemas: Schemas, policy: Policy, rules: Mapping[str, Rule]
    ) -> None:
        self.documents = documents
        self.schemas = schemas
        self.policy = policy
        self.changes: list[Change] = []
        self._rules = rules
        self._steps = 0
        self._gravest: dict[tuple[tuple[int, int, Place], Setting], tuple[Level, int]] = {}
        self._seen: set[tuple[int, int]] = set()
        self._kept: list[Any] = []

    def tell(
        self,
        rule: str,
        scope: Scope,
        tokens: Iterable[str],
        text: str,
        *,
        before: Any = MISSING,
        after: Any = MISSING,
    ) -> None:
        """Add a change."""
        if scope.unstable and rule not in _TOLD_OF_UNSTABLE:
            rule, text = "unstable-operation-changed", f"{text} ({rule})"
        self.changes.append(
            Change(
                rule=rule,
                level=self._rules[rule].level,
                operation=scope.operation,
                operation_key=scope.key,
                path=_path(tuple(tokens), scope),
                text=text + ".",
                before=plain(before),
                after=plain(after),
            )
        )

    def pair(self, before: Any, after: Any) -> tuple[Any, Any]:
        """Both nodes with references followed; remembered as compared."""
        old, new = self.documents.base.resolve(before), self.documents.revision.resolve(after)
        origins = self.documents.base.origin(old), self.documents.revision.origin(new)
        self._seen.add((id(origins[0]), id(origins[1])))
        self._kept.append(origins)
        return old, new

    def objects(
        self, before: Any, after: Any, scope: Scope, tokens: tuple[str, ...]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """As `pair`, with an empty object for whatever is none, and told if that is not in order.

        Missing and null are in order: a caller tells their difference by what stands in the other.
        """
        old, new = self.pair(before, after)
        absent = (None, MISSING)
        if not equal(old, new) and any(
            not isinstance(each, dict) and each not in absent for each in (old, new)
        ):
            told = f"{'/'.join(tokens)} changed from {show(old)} to {show(new)}"
            self.tell("unknown-change", scope, tokens, told, before=old, after=new)
        elif not isinstance(old, dict) and not isinstance(new, dict) and not equal(old, new):
            told = f"{'/'.join(tokens)} changed from {show(old)} to {show(new)}"
            self.tell("equivalent-rewrite", scope, tokens, told, before=old, after=new)
        elif (isinstance(old, dict) and not old and new in absent) or (
            isinstance(new, dict) and not new and old in absent
        ):
            told = f"{'/'.join(tokens)} is {'empty' if new == {} else 'left out'} now"
            self.tell("equivalent-rewrite", scope, tokens, told, before=old, after=new)
        return old if isinstance(old, dict) else {}, new if isinstance(new, dict) else {}

    def compared(self, before: Any, after: Any) -> bool:
        """Whether these two nodes met in the comparison of some operation."""
        old, new = self.documents.base.resolve(before), self.documents.revision.resolve(after)
        pair = (
            id(self.documents.base.origin(old)),
            id(self.documents.revision.origin(new)),
        )
        return pair in self._seen or pair in self.schemas.seen

    def leftovers(
        self,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        handled: Iterable[str],
        scope: Scope,
        tokens: tuple[str, ...],
        subject: str,
    ) -> None:
        """Tell what differs in an object beyond the keys that were handled."""
        for key in sorted((before.keys() | after.keys()) - set(handled)):
            old, new = before.get(key, MISSING), after.get(key, MISSING)
            if not equal(old, new):
                rule, told = leftover(key, old, new)
                self.tell(rule, scope, (*tokens, key), f"{subject}: {told}", before=old, after=new)

    def rewritten(
        self, before: Any, after: Any, scope: Scope, tokens: tuple[str, ...], subject: str
    ) -> None:
        """Tell that two values differ as text, where their meaning was compared and is the same."""
        if equal(before, after):
            return
        plain_json = (dict, list, str, type(MISSING))
        known = isinstance(before, plain_json) and isinstance(after, plain_json)
        self.tell(
            "equivalent-rewrite" if known else "unknown-change",
            scope,
            tokens,
            f"{subject} is written as {show(after)}, not as {show(before)}",
            before=before,
            after=after,
        )

    def beside(
        self, before: Any, after: Any, scope: Scope, tokens: tuple[str, ...], subject: str
    ) -> None:
        """Tell what differs beside a reference where that counts for nothing."""
        beside = beside_reference(self.documents, before, after)
        if beside is not None:
            self.tell(
                "reference-sibling-changed",
                scope,
                tokens,
                f"{subject} has other words beside its reference",
                before=beside[0],
                after=beside[1],
            )

    def schema(self, use: Use, before: Any, after: Any, place: Place) -> None:
        """Compare a schema as it is used here and tell each change at each place it shows."""
        if self.documents.same(before, after):
            return
        self.beside(before, after, use.scope, use.tokens, use.whole)
        setting = Setting(typed=use.typed, grace_days=use.scope.grace_days)
        if len(self.changes) > MAX_CHANGES:
            self._summarise(use, Edge((), (), before, after, place), setting)
            return
        told: Counter[tuple[int, int, Place]] = Counter()
        active: set[tuple[int, int]] = set()
        taken = 0
        pending: list[_Step | tuple[int, int]] = [
            _Step(Edge((), (), before, after, place), use.tokens, (), None)
        ]
        while pending:
            step = pending.pop()
            if isinstance(step, tuple):
                active.discard(step)
                continue
            edge = step.edge
            identity = self.schemas.identity(edge.before, edge.after, edge.place)
            taken += 1
            if identity[:2] in active or told[identity] >= self._tellings(taken):
                continue
            compared = self.schemas.compare(edge.before, edge.after, edge.place, setting)
            told[identity] += 1
            step = step.settled()
            for fact in compared.facts:
                self._fact(use, fact, step)
            if compared.edges:
                active.add(identity[:2])
                pending.append(identity[:2])
                pending.extend(step.down(below) for below in compared.edges)
        self._steps += taken

    def _tellings(self, steps: int) -> int:
        if self._steps + steps > PATIENCE:
            return 1
        return next((times for limit, times in TELLINGS if steps < limit), 1)

    def _fact(self, use: Use, fact: Fact, step: "_Step") -> None:
        if fact.rule in WORDS and step.home is not None:
            # Words of a shared schema are told once for the schema, not once a use.
            home = step.home
            inside = "/".join((*home.labels, *fact.inside))
            subject = f"Schema {show(home.name)}"
            self.tell(
                fact.rule,
                Scope(),
                (*home.tokens, *fact.at),
                sentence(f"{subject}, `{inside}`" if inside else subject, fact.predicate),
                before=fact.before,
                after=fact.after,
            )
            return
        self.tell(
            use.renamed.get(fact.rule, fact.rule),
            use.scope,
            (*step.tokens, *fact.at),
            sentence(use.subject((*step.labels, *fact.inside)), fact.predicate),
            before=fact.before,
            after=fact.after,
        )

    def _summarise(self, use: Use, edge: Edge, setting: Setting) -> None:
        level, count = self._worst(edge, setting)
        if count:
            rule = "further-breaking-changes" if level == "error" else "further-changes"
            self.tell(
                rule,
                use.scope,
                use.tokens,
                f"{use.whole}: {count} further changes, the gravest of level {level}",
            )

    def _worst(self, start: Edge, setting: Setting) -> tuple[Level, int]:
        root = self.schemas.identity(start.before, start.after, start.place)
        if (root, setting) not in self._gravest:
            level: Level = "info"
            count = 0
            seen = {root}
            pending = [start]
            while pending and len(seen) < SUMMARY_EFFORT:
                edge = pending.pop()
                compared = self.schemas.compare(edge.before, edge.after, edge.place, setting)
                for fact in compared.facts:
                    count += 1
                    level = min(level, self._rules[fact.rule].level, key=SEVERITY.__getitem__)
                for below in compared.edges:
                    identity = self.schemas.identity(below.before, below.after, below.place)
                    if identity not in seen:
                        seen.add(identity)
                        pending.append(below)
            if pending and level == "info":
                level = "warning"
            self._gravest[root, setting] = level, count
        return self._gravest[root, setting]


# Rules that concern what a schema says, not what it takes.
WORDS = frozenset(
    {
        *("description-changed", "title-changed", "example-changed", "external-docs-changed"),
        *("comment-changed", "extension-changed", "schema-identity-changed", "order-changed"),
        *("equivalent-rewrite", "reference-sibling-changed"),
    }
)

# What is said of an operation below beta under its own rule.
_TOLD_OF_UNSTABLE = frozenset(
    {
        "unstable-operation-changed",
        "unstable-operation-removed",
        "api-stability-decreased",
        "api-stability-increased",
        "api-invalid-stability-level",
        "endpoint-added",
    }
)


# A predicate that starts with one of these goes on after its subject; any other is a clause.
_VERBS = (
    *("allows", "became", "excludes", "has", "is", "limits", "lists", "may", "moved"),
    *("need", "no", "requires", "takes", "was"),
)


def sentence(subject: str, predicate: str) -> str:
    """Subject and predicate as one sentence, without its full stop."""
    joint = " " if predicate.split(" ", 1)[0] in _VERBS else ": "
    return subject + joint + predicate


def _path(tokens: tuple[str, ...], scope: Scope) -> str:
    """The pointer; inside an operation, one from the document's root bears the mark of that."""
    if tokens[:1] != ("#",):
        return pointer(tokens)
    return ("#" if scope.operation is not None else "") + pointer(tokens[1:])


@dataclass(frozen=True, slots=True)
class _Home:
    """The nearest shared schema above a pair, and the way from there."""

    name: str
    tokens: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """A pair of schemas on the way down from a use: its pointer, its name, its home."""

    edge: Edge
    tokens: tuple[str, ...]
    labels: tuple[str, ...]
    home: _Home | None

    def down(self, below: Edge) -> "_Step":
        """The step along one edge."""
        home = self.home and _Home(
            self.home.name, (*self.home.tokens, *below.at), (*self.home.labels, *below.label)
        )
        return _Step(below, (*self.tokens, *below.at), (*self.labels, *below.label), home)

    def settled(self) -> "_Step":
        """The step with the home that its pair is, if a reference led here.

        A path that grew too deep starts anew there, so that no path is longer than it helps.
        """
        references = [
            node.get("$ref") if isinstance(node, dict) else None
            for node in (self.edge.before, self.edge.after)
        ]
        target = tokens_of(references[0]) if isinstance(references[0], str) else None
        if not target or references[0] != references[1]:
            return self
        home = _Home(target[-1], ("#", *target), ())
        if len(self.tokens) > MAX_DEPTH:
            return _Step(self.edge, home.tokens, (home.name,), home)
        return _Step(self.edge, self.tokens, self.labels, home)
