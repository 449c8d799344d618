"""What a request parameter may be, and how it is put on the wire."""

from ..comparison import Comparison, Scope, Use
from ..declared import Declared, explodes, lower
from ..rule import EXPLODED_PARAMETER, HEADER_PARAMETER, PARAMETER, Place, Rule
from ..values import MISSING, equal, show
from . import media_types

RULES: list[Rule] = [
    Rule(
        "required-request-parameter-default-value-changed",
        "info",
        "request",
        "the default of a parameter that callers must give changed",
    ),
    Rule(
        "request-parameter-serialization-changed",
        "error",
        "request",
        "a request parameter is written in another way (style, explode)",
    ),
    Rule(
        "request-parameter-empty-value-forbidden",
        "error",
        "request",
        "a request parameter may no longer be empty",
    ),
    Rule(
        "request-parameter-empty-value-allowed",
        "info",
        "request",
        "a request parameter may be empty now",
    ),
    Rule(
        "request-parameter-reserved-characters-changed",
        "warning",
        "request",
        "whether a request parameter may hold reserved characters as they are changed",
    ),
    Rule(
        "request-parameter-schema-added", "error", "request", "a request parameter has a schema now"
    ),
    Rule(
        "request-parameter-schema-removed",
        "info",
        "request",
        "a request parameter has no schema any more",
    ),
]


def compare(
    comparison: Comparison, scope: Scope, old: Declared, new: Declared, *, default_counts: bool
) -> set[str]:
    """Tell how the values of a parameter changed; the keywords that were told.

    `default_counts`: callers may leave the parameter out, so that its default is what they get.
    """
    handled = _written(comparison, scope, old, new)
    _schema(comparison, scope, old, new, default_counts=default_counts)
    return handled


def _written(comparison: Comparison, scope: Scope, old: Declared, new: Declared) -> set[str]:
    """How the value is put on the wire."""
    before, after = old.value, new.value
    default = "form" if new.location in ("query", "cookie") else "simple"
    styles = before.get("style", default), after.get("style", default)
    explodes = tuple(
        value.get("explode", style == "form")
        for value, style in zip((before, after), styles, strict=True)
    )
    if styles[0] != styles[1] or explodes[0] != explodes[1]:
        comparison.tell(
            "request-parameter-serialization-changed",
            scope,
            (*new.tokens, "style"),
            f"{new.subject} is written in the style {show(styles[1])} with explode "
            f"{show(explodes[1])}, not {show(styles[0])} with {show(explodes[0])}",
            before=[styles[0], explodes[0]],
            after=[styles[1], explodes[1]],
        )
    else:
        for keyword in ("style", "explode"):
            values = before.get(keyword, MISSING), after.get(keyword, MISSING)
            if not equal(*values):
                told = f"{new.subject}: {keyword} is written out, or no longer"
                comparison.tell(
                    "equivalent-rewrite",
                    scope,
                    (*new.tokens, keyword),
                    told,
                    before=values[0],
                    after=values[1],
                )
    handled = set()
    empty = before.get("allowEmptyValue") is True, after.get("allowEmptyValue") is True
    if empty[0] != empty[1]:
        handled.add("allowEmptyValue")
        state = "allowed" if empty[1] else "forbidden"
        comparison.tell(
            f"request-parameter-empty-value-{state}",
            scope,
            (*new.tokens, "allowEmptyValue"),
            f"{new.subject} may {'' if empty[1] else 'no longer '}be empty",
            before=empty[0],
            after=empty[1],
        )
    reserved = before.get("allowReserved") is True, after.get("allowReserved") is True
    if reserved[0] != reserved[1]:
        handled.add("allowReserved")
        comparison.tell(
            "request-parameter-reserved-characters-changed",
            scope,
            (*new.tokens, "allowReserved"),
            f"{new.subject} {'may' if reserved[1] else 'may no longer'} hold reserved "
            "characters as they are",
            before=reserved[0],
            after=reserved[1],
        )
    return handled


def _schema(
    comparison: Comparison, scope: Scope, old: Declared, new: Declared, *, default_counts: bool
) -> None:
    before, after = (each.value.get("schema", MISSING) for each in (old, new))
    place: Place = PARAMETER
    if new.location == "header":
        place = HEADER_PARAMETER
    elif explodes(new.value):
        place = EXPLODED_PARAMETER
    subject = lower(new.subject)
    renamed = (
        {}
        if default_counts
        else dict.fromkeys(
            (
                f"request-parameter-default-value-{action}"
                for action in ("added", "removed", "changed")
            ),
            "required-request-parameter-default-value-changed",
        )
    )
    use = Use(
        scope=scope,
        tokens=(*new.tokens, "schema"),
        whole=new.subject,
        part=f"Property `{{}}` of {subject}",
        typed=False,
        renamed=renamed,
    )
    if before is not MISSING and after is not MISSING:
        comparison.schema(use, before, after, place)
    elif before is MISSING and after is not MISSING and "content" not in old.value:
        comparison.tell(
            "request-parameter-schema-added",
            scope,
            use.tokens,
            f"{new.subject} has the schema {show(after)} now",
            after=after,
        )
    elif after is MISSING and before is not MISSING and "content" not in new.value:
        comparison.tell(
            "request-parameter-schema-removed",
            scope,
            use.tokens,
            f"{new.subject} no longer has the schema {show(before)}",
            before=before,
        )
    _content(comparison, scope, old, new, place, renamed)


def _content(
    comparison: Comparison,
    scope: Scope,
    old: Declared,
    new: Declared,
    place: Place,
    renamed: dict[str, str],
) -> None:
    before, after = old.value.get("content"), new.value.get("content")
    if comparison.documents.same(before, after):
        return
    if not before or not after:
        comparison.tell(
            "request-parameter-serialization-changed",
            scope,
            (*new.tokens, "content"),
            f"{new.subject} is written as {'a media type' if after else 'plain text'} now",
            before=before,
            after=after,
        )
        return
    old_content, new_content = comparison.objects(before, after, scope, (*new.tokens, "content"))
    subject = lower(new.subject)
    media_types.compare_inner(
        comparison,
        scope,
        (*new.tokens, "content"),
        old_content,
        new_content,
        place,
        whole=new.subject,
        part=f"Property `{{}}` of {subject}",
        renamed=renamed,
        changed="request-parameter-serialization-changed",
    )
