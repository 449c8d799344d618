"""Properties of request parameters, and headers."""

from tests.catalog.diff.cases.case import Case, S, ops, props
from tests.catalog.diff.places import header, query

CASES = [
    Case(
        "a parameter's property disappears",
        *ops(query(props(a=S, b=S)), query(props(a=S))),
        {"request-parameter-property-removed": "warning"},
    ),
    Case(
        "a parameter's property appears",
        *ops(query(props(a=S)), query(props(a=S, b=S))),
        {"new-optional-request-parameter-property": "info"},
    ),
    Case(
        "a parameter's required property appears",
        *ops(query(props(a=S)), query({**props(a=S, b=S), "required": ["b"]})),
        {"new-required-request-parameter-property": "error"},
    ),
    Case(
        "a parameter's required property appears with a default",
        *ops(query(props(a=S)), query({**props(a=S, b={**S, "default": "x"}), "required": ["b"]})),
        {"new-required-request-parameter-property-with-default": "error"},
    ),
    Case(
        "a parameter's property becomes required",
        *ops(query(props(a=S)), query({**props(a=S), "required": ["a"]})),
        {"request-parameter-property-became-required": "error"},
    ),
    Case(
        "a parameter's property with a default becomes required",
        *ops(
            query(props(a={**S, "default": "x"})),
            query({**props(a={**S, "default": "x"}), "required": ["a"]}),
        ),
        {"request-parameter-property-became-required-with-default": "error"},
    ),
    Case(
        "a parameter's property becomes optional",
        *ops(query({**props(a=S), "required": ["a"]}), query(props(a=S))),
        {"request-parameter-property-became-optional": "info"},
    ),
    Case(
        "a header becomes an enum",
        *ops(header(S), header({**S, "enum": ["a"]})),
        {
            "request-parameter-became-enum": "error",
            "request-parameter-enum-value-added": "info",
            "request-header-property-became-enum": "error",
        },
    ),
    Case(
        "a header's property becomes an enum",
        *ops(header(props(a=S)), header(props(a={**S, "enum": ["a"]}))),
        {
            "request-parameter-property-became-enum": "error",
            "request-parameter-property-enum-value-added": "info",
            "request-header-property-became-enum": "error",
        },
    ),
    *(
        Case(f"a header's property {name}", *ops(header(old), header(new)), {rule: level})
        for name, old, new, rule, level in (
            (
                "disappears",
                props(a=S, b=S),
                props(a=S),
                "request-header-property-removed",
                "warning",
            ),
            (
                "appears",
                props(a=S),
                props(a=S, b=S),
                "new-optional-request-header-property",
                "info",
            ),
            (
                "appears and is required",
                props(a=S),
                {**props(a=S, b=S), "required": ["b"]},
                "new-required-request-header-property",
                "error",
            ),
            (
                "appears and is required with a default",
                props(a=S),
                {**props(a=S, b={**S, "default": "x"}), "required": ["b"]},
                "new-required-request-header-property-with-default",
                "error",
            ),
            (
                "becomes required",
                props(a=S),
                {**props(a=S), "required": ["a"]},
                "request-header-property-became-required",
                "error",
            ),
            (
                "becomes required with a default",
                props(a={**S, "default": "x"}),
                {**props(a={**S, "default": "x"}), "required": ["a"]},
                "request-header-property-became-required-with-default",
                "error",
            ),
            (
                "becomes optional",
                {**props(a=S), "required": ["a"]},
                props(a=S),
                "request-header-property-became-optional",
                "info",
            ),
        )
    ),
]
