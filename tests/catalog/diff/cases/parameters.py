"""Request parameters."""

from tests.catalog.diff.cases.case import (
    FAR,
    GET,
    GRACE,
    OP,
    PAST,
    SOON,
    Case,
    S,
    ops,
    parameter,
    paths,
    props,
)
from tests.catalog.diff.places import query

CASES = [
    Case(
        "a required parameter appears",
        *ops({}, parameter("query", required=True)),
        {"new-required-request-parameter": "error"},
    ),
    Case(
        "an optional parameter appears",
        *ops({}, parameter("header")),
        {"new-optional-request-parameter": "info"},
    ),
    Case(
        "a path parameter appears",
        *ops({}, parameter("path", required=True)),
        {"new-request-path-parameter": "error"},
    ),
    Case(
        "a required parameter appears for the whole path",
        paths(a=GET),
        paths(a={**GET, **parameter("query", required=True)}),
        {"new-required-request-default-parameter-to-existing-path": "error"},
    ),
    Case(
        "an optional parameter appears for the whole path",
        paths(a=GET),
        paths(a={**GET, **parameter("query")}),
        {"new-optional-request-default-parameter-to-existing-path": "info"},
    ),
    Case(
        "a parameter moves from the operation to its path",
        paths(a={"get": {**OP, **parameter("query")}}),
        paths(a={**GET, **parameter("query")}),
        {"equivalent-rewrite": "info"},
    ),
    Case(
        "a parameter of the whole path is tightened",
        paths(a={**GET, **parameter("query")}),
        paths(a={**GET, **parameter("query", schema={**S, "maxLength": 2})}),
        {"request-parameter-max-length-set": "warning"},
    ),
    Case(
        "a parameter disappears",
        *ops(parameter("query"), {}),
        {"request-parameter-removed": "warning"},
    ),
    Case(
        "a deprecated parameter disappears",
        *ops(parameter("query", deprecated=True), {}),
        {"request-parameter-removed-with-deprecation": "info"},
    ),
    Case(
        "a parameter disappears before its date",
        *ops(parameter("query", deprecated=True, **{"x-sunset": FAR}), {}),
        {"request-parameter-removed-before-sunset": "error"},
    ),
    Case(
        "a parameter disappears after its date",
        *ops(parameter("query", deprecated=True, **{"x-sunset": PAST}), {}),
        {"request-parameter-removed-after-sunset": "info"},
    ),
    Case(
        "a parameter disappears with a date that can't be read",
        *ops(parameter("query", deprecated=True, **{"x-sunset": "soon"}), {}),
        {"request-parameter-sunset-parse": "error"},
    ),
    Case(
        "a parameter becomes required",
        *ops(parameter("query"), parameter("query", required=True)),
        {"request-parameter-became-required": "error"},
    ),
    Case(
        "a parameter becomes optional",
        *ops(parameter("query", required=True), parameter("query")),
        {"request-parameter-became-optional": "info"},
    ),
    Case(
        "a header's name knows no case",
        *ops(parameter("header", "X-Id"), parameter("header", "x-id")),
        {"equivalent-rewrite": "info"},
    ),
    Case(
        "a parameter is deprecated",
        *ops(parameter("query"), parameter("query", deprecated=True)),
        {"request-parameter-deprecated": "info"},
    ),
    Case(
        "a parameter is deprecated no longer",
        *ops(parameter("query", deprecated=True), parameter("query")),
        {"request-parameter-reactivated": "info"},
    ),
    Case(
        "a parameter is deprecated without the date the policy asks for",
        *ops(parameter("query"), parameter("query", deprecated=True)),
        {"request-parameter-deprecated-sunset-missing": "error"},
        GRACE,
    ),
    Case(
        "a parameter is deprecated with a date that passed",
        *ops(parameter("query"), parameter("query", deprecated=True, **{"x-sunset": PAST})),
        {"request-parameter-sunset-date-too-small": "error"},
    ),
    Case(
        "a parameter's sunset disappears",
        *ops(
            parameter("query", deprecated=True, **{"x-sunset": FAR}),
            parameter("query", deprecated=True),
        ),
        {"request-parameter-sunset-deleted": "error"},
    ),
    Case(
        "a parameter's sunset comes earlier than allowed",
        *ops(
            parameter("query", deprecated=True, **{"x-sunset": FAR}),
            parameter("query", deprecated=True, **{"x-sunset": PAST}),
        ),
        {"request-parameter-sunset-date-changed-too-small": "error"},
    ),
    Case(
        "a parameter's sunset comes later",
        *ops(
            parameter("query", deprecated=True, **{"x-sunset": SOON}),
            parameter("query", deprecated=True, **{"x-sunset": FAR}),
        ),
        {"request-parameter-sunset-date-changed": "info"},
    ),
    Case(
        "a required parameter's default changes",
        *ops(
            query({**S, "default": "a"}, required=True), query({**S, "default": "b"}, required=True)
        ),
        {"required-request-parameter-default-value-changed": "info"},
    ),
    Case(
        "a parameter's style changes",
        *ops(parameter("query"), parameter("query", style="spaceDelimited")),
        {"request-parameter-serialization-changed": "error"},
    ),
    Case(
        "a parameter's style is written out",
        *ops(parameter("query"), parameter("query", style="form", explode=True)),
        {"equivalent-rewrite": "info"},
    ),
    Case(
        "a parameter may be empty",
        *ops(parameter("query"), parameter("query", allowEmptyValue=True)),
        {"request-parameter-empty-value-allowed": "info"},
    ),
    Case(
        "a parameter may not be empty",
        *ops(parameter("query", allowEmptyValue=True), parameter("query")),
        {"request-parameter-empty-value-forbidden": "error"},
    ),
    Case(
        "a parameter may hold reserved characters",
        *ops(parameter("query"), parameter("query", allowReserved=True)),
        {"request-parameter-reserved-characters-changed": "warning"},
    ),
    Case(
        "a parameter has a schema",
        *ops({"parameters": [{"name": "q", "in": "query"}]}, parameter("query")),
        {"request-parameter-schema-added": "error"},
    ),
    Case(
        "a parameter has no schema",
        *ops(parameter("query"), {"parameters": [{"name": "q", "in": "query"}]}),
        {"request-parameter-schema-removed": "info"},
    ),
    Case(
        "a parameter is written as JSON",
        *ops(
            parameter("query"),
            {
                "parameters": [
                    {"name": "q", "in": "query", "content": {"application/json": {"schema": S}}}
                ]
            },
        ),
        {"request-parameter-serialization-changed": "error"},
    ),
    Case(
        "a parameter written as JSON is typed",
        *ops(
            {
                "parameters": [
                    {
                        "name": "q",
                        "in": "query",
                        "content": {"application/json": {"schema": {"type": "integer"}}},
                    }
                ]
            },
            {
                "parameters": [
                    {
                        "name": "q",
                        "in": "query",
                        "content": {
                            "application/json": {"schema": {"type": "integer", "minimum": 3}}
                        },
                    }
                ]
            },
        ),
        {"request-parameter-min-set": "warning"},
    ),
    Case(
        "a second declaration of a parameter changes",
        *ops(
            {"parameters": [*parameter("query")["parameters"], *parameter("query")["parameters"]]},
            parameter("query"),
        ),
        {"request-parameter-ambiguous": "warning"},
    ),
    Case(
        "parameters change places",
        *ops(
            {
                "parameters": [
                    *parameter("query", "a")["parameters"],
                    *parameter("query", "b")["parameters"],
                ]
            },
            {
                "parameters": [
                    *parameter("query", "b")["parameters"],
                    *parameter("query", "a")["parameters"],
                ]
            },
        ),
        {"order-changed": "info"},
    ),
    Case(
        "a scalar becomes a list of itself, exploded",
        *ops(query(S), query({"type": "array", "items": S})),
        {"request-parameter-type-generalized": "info", "request-parameter-items-added": "error"},
    ),
    Case(
        "a scalar becomes a list, in one piece",
        *ops(query(S, explode=False), query({"type": "array", "items": S}, explode=False)),
        {"request-parameter-type-changed": "error", "request-parameter-items-added": "error"},
    ),
    Case(
        "a scalar becomes a list of stricter values",
        *ops(query(S), query({"type": "array", "items": {**S, "pattern": "^a"}})),
        {"request-parameter-type-changed": "error", "request-parameter-items-added": "error"},
    ),
    Case(
        "parameters become the properties of one object, written as they were",
        *ops(
            {
                "parameters": [
                    *parameter("query", "a")["parameters"],
                    *parameter("query", "b")["parameters"],
                ]
            },
            {
                "parameters": [
                    {
                        "name": "all",
                        "in": "query",
                        "style": "form",
                        "explode": True,
                        "schema": props(a=S, b={**S, "maxLength": 5}),
                    }
                ]
            },
        ),
        {"equivalent-rewrite": "info", "request-parameter-max-length-set": "warning"},
    ),
    Case(
        "an object written as its properties becomes parameters",
        *ops(
            {
                "parameters": [
                    {
                        "name": "all",
                        "in": "query",
                        "style": "form",
                        "explode": True,
                        "schema": props(a=S),
                    }
                ]
            },
            parameter("query", "a"),
        ),
        {"equivalent-rewrite": "info"},
    ),
    Case(
        "a limit on a list's items counts as the list's own",
        *ops(
            query({"type": "array", "items": {**S, "maxItems": 20}}),
            query({"type": "array", "items": {**S, "maxItems": 10}}),
        ),
        {
            "request-parameter-max-items-decreased": "error",
            "request-parameter-property-max-items-decreased": "error",
        },
    ),
]
