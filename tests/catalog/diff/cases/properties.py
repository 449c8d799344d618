"""Properties of bodies."""

from tests.catalog.diff.cases.case import Case, S, needs, ops, props
from tests.catalog.diff.places import answer, answered_header, body

HIDDEN_IN = {**S, "readOnly": True}
HIDDEN_OUT = {**S, "writeOnly": True}

CASES = [
    Case(
        "a request property disappears",
        *ops(body(props(a=S, b=S)), body(props(a=S))),
        {"request-property-removed": "warning"},
    ),
    Case(
        "a required request property appears",
        *ops(body(props(a=S)), body(needs("b", a=S, b=S))),
        {"new-required-request-property": "error"},
    ),
    Case(
        "a required request property appears with a default",
        *ops(body(props(a=S)), body(needs("b", a=S, b={**S, "default": "x"}))),
        {"new-required-request-property-with-default": "error"},
    ),
    Case(
        "an optional request property appears",
        *ops(body(props(a=S)), body(props(a=S, b=S))),
        {"new-optional-request-property": "info"},
    ),
    Case(
        "a request property becomes required",
        *ops(body(props(a=S)), body(needs("a", a=S))),
        {"request-property-became-required": "error"},
    ),
    Case(
        "a request property with a default becomes required",
        *ops(body(props(a={**S, "default": "x"})), body(needs("a", a={**S, "default": "x"}))),
        {"request-property-became-required-with-default": "error"},
    ),
    Case(
        "a request property becomes optional",
        *ops(body(needs("a", a=S)), body(props(a=S))),
        {"request-property-became-optional": "info"},
    ),
    Case(
        "a property that is declared elsewhere becomes required",
        *ops(
            body({"allOf": [props(a=S), {"required": ["b"]}]}),
            body({"allOf": [props(a=S), {"required": ["b", "a"]}]}),
        ),
        {"request-property-became-required": "error"},
    ),
    *(
        Case(
            f"a property that callers can't set {name}",
            *ops(body(old), body(new)),
            {f"request-read-only-property-{rule}": "info"},
        )
        for name, old, new, rule in (
            ("disappears", props(a=S, b=HIDDEN_IN), props(a=S), "removed"),
            ("appears", props(a=S), needs("b", a=S, b=HIDDEN_IN), "added"),
            ("becomes required", props(b=HIDDEN_IN), needs("b", b=HIDDEN_IN), "became-required"),
            ("becomes optional", needs("b", b=HIDDEN_IN), props(b=HIDDEN_IN), "became-optional"),
            (
                "has another type",
                props(b=HIDDEN_IN),
                props(b={"type": "integer", "readOnly": True}),
                "type-changed",
            ),
            (
                "loses an enum value",
                props(b={**HIDDEN_IN, "enum": ["a", "b"]}),
                props(b={**HIDDEN_IN, "enum": ["a"]}),
                "enum-value-removed",
            ),
            (
                "loses a value of its extensible enum",
                props(b={**HIDDEN_IN, "x-extensible-enum": ["a", "b"]}),
                props(b={**HIDDEN_IN, "x-extensible-enum": ["a"]}),
                "x-extensible-enum-value-removed",
            ),
        )
    ),
    *(
        Case(
            f"a property that callers can't set is tightened: {rule}",
            *ops(
                body(props(b={"readOnly": True, **old})), body(props(b={"readOnly": True, **new}))
            ),
            {f"request-read-only-property-{rule}": "info"},
        )
        for word, name, upper, zero in (
            ("minimum", "min", False, False),
            ("maximum", "max", True, False),
            ("exclusiveMinimum", "exclusive-min", False, False),
            ("exclusiveMaximum", "exclusive-max", True, False),
            ("minLength", "min-length", False, True),
            ("maxLength", "max-length", True, False),
            ("minItems", "min-items", False, True),
            ("maxItems", "max-items", True, False),
            ("minProperties", "min-properties", False, True),
            ("maxProperties", "max-properties", True, False),
            ("minContains", "min-contains", False, False),
            ("maxContains", "max-contains", True, False),
        )
        for rule, old, new in (
            (
                f"{name}-{'decreased' if upper else 'increased'}",
                {word: 7 if upper else 3},
                {word: 3 if upper else 7},
            ),
            *(() if zero else ((f"{name}-set", {}, {word: 3}),)),
        )
    ),
    *(
        Case(
            f"a property that is never returned is loosened: {rule}",
            *ops(
                answer(props(b={"writeOnly": True, **old})),
                answer(props(b={"writeOnly": True, **new})),
            ),
            {f"response-write-only-property-{rule}": "info"},
        )
        for word, name, upper, zero in (
            ("minimum", "min", False, False),
            ("maximum", "max", True, False),
            ("exclusiveMinimum", "exclusive-min", False, False),
            ("exclusiveMaximum", "exclusive-max", True, False),
            ("minLength", "min-length", False, True),
            ("maxLength", "max-length", True, False),
            ("minItems", "min-items", False, True),
            ("maxItems", "max-items", True, False),
            ("minProperties", "min-properties", False, True),
            ("maxProperties", "max-properties", True, False),
            ("minContains", "min-contains", False, False),
            ("maxContains", "max-contains", True, False),
        )
        for rule, old, new in (
            (
                f"{name}-{'increased' if upper else 'decreased'}",
                {word: 3 if upper else 7},
                {word: 7 if upper else 3},
            ),
            *(() if zero else ((f"{name}-unset", {word: 3}, {}),)),
        )
    ),
    *(
        Case(f"a response property: {rule}", *ops(answer(old), answer(new)), {rule: level})
        for rule, level, old, new in (
            ("response-required-property-removed", "error", needs("a", a=S), {"type": "object"}),
            ("response-optional-property-removed", "warning", props(a=S), {"type": "object"}),
            ("response-required-property-added", "info", {"type": "object"}, needs("a", a=S)),
            ("response-optional-property-added", "info", {"type": "object"}, props(a=S)),
            ("response-property-became-optional", "error", needs("a", a=S), props(a=S)),
            ("response-property-became-required", "info", props(a=S), needs("a", a=S)),
            (
                "response-required-write-only-property-removed",
                "info",
                needs("a", a=HIDDEN_OUT),
                {"type": "object"},
            ),
            (
                "response-optional-write-only-property-removed",
                "info",
                props(a=HIDDEN_OUT),
                {"type": "object"},
            ),
            (
                "response-required-write-only-property-added",
                "info",
                {"type": "object"},
                needs("a", a=HIDDEN_OUT),
            ),
            (
                "response-optional-write-only-property-added",
                "info",
                {"type": "object"},
                props(a=HIDDEN_OUT),
            ),
            (
                "response-write-only-property-became-optional",
                "info",
                needs("a", a=HIDDEN_OUT),
                props(a=HIDDEN_OUT),
            ),
            (
                "response-write-only-property-became-required",
                "info",
                props(a=HIDDEN_OUT),
                needs("a", a=HIDDEN_OUT),
            ),
            (
                "response-write-only-property-enum-value-added",
                "info",
                props(a={**HIDDEN_OUT, "enum": ["a"]}),
                props(a={**HIDDEN_OUT, "enum": ["a", "b"]}),
            ),
        )
    ),
    *(
        Case(
            f"a property of a response header: {rule}",
            *ops(answered_header(old), answered_header(new)),
            {f"response-header-{rule}": level},
        )
        for rule, level, old, new in (
            ("required-property-removed", "error", needs("a", a=S), {"type": "object"}),
            ("optional-property-removed", "warning", props(a=S), {"type": "object"}),
            ("required-property-added", "info", {"type": "object"}, needs("a", a=S)),
            ("optional-property-added", "info", {"type": "object"}, props(a=S)),
            ("property-became-optional", "error", needs("a", a=S), props(a=S)),
            ("property-became-required", "info", props(a=S), needs("a", a=S)),
        )
    ),
    *(
        Case(
            f"{direction}: a {need} property {rule}",
            *ops(holder(old), holder(new)),
            {
                f"{direction}-{need}-property-became-{rule}": "warning"
                if (direction, need, rule) == ("response", "required", "not-write-only")
                else "info"
            },
        )
        for direction, holder in (("request", body), ("response", answer))
        for need, wrap in (("optional", props), ("required", lambda **p: needs("a", **p)))
        for rule, old, new in (
            ("write-only", wrap(a=S), wrap(a=HIDDEN_OUT)),
            ("not-write-only", wrap(a=HIDDEN_OUT), wrap(a=S)),
            ("read-only", wrap(a=S), wrap(a=HIDDEN_IN)),
            ("not-read-only", wrap(a=HIDDEN_IN), wrap(a=S)),
        )
    ),
    *(
        Case(
            f"{direction}: a property moves into a oneOf",
            *ops(
                holder(props(a=S)),
                holder({"oneOf": [{"title": "A", **props(a=S)}, {"title": "B", **props(b=S)}]}),
            ),
            {
                f"{direction}-body-wrapped-in-one-of": "error",
                f"{direction}-property-moved-into-one-of": "info",
                "equivalent-rewrite": "info",
            },
        )
        for direction, holder in (("request", body), ("response", answer))
    ),
]
