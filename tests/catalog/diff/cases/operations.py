"""Operations, paths and webhooks."""

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
)
from tests.catalog.diff.places import body, document

CASES = [
    Case("a path appears", paths(a=GET), paths(a=GET, b=GET), {"endpoint-added": "info"}),
    Case(
        "an operation appears",
        paths(a=GET),
        paths(a={**GET, "post": OP}),
        {"endpoint-added": "info"},
    ),
    Case(
        "a path disappears",
        paths(a=GET, b=GET),
        paths(a=GET),
        {"api-path-removed-without-deprecation": "error"},
    ),
    Case(
        "an operation disappears",
        paths(a={**GET, "post": OP}),
        paths(a=GET),
        {"api-removed-without-deprecation": "error"},
    ),
    *(
        Case(
            f"{noun} disappears, deprecated, {when}",
            paths(a=GET, **({"b": {"post": old}} if whole else {}))
            if whole
            else paths(a={**GET, "post": old}),
            paths(a=GET),
            told,
        )
        for whole, noun, prefix in ((True, "a path", "api-path"), (False, "an operation", "api"))
        for when, old, told in (
            (
                "with no date",
                {**OP, "deprecated": True},
                {f"{prefix}-removed-with-deprecation": "info"},
            ),
            (
                "before its date",
                {**OP, "deprecated": True, "x-sunset": FAR},
                {f"{prefix}-removed-before-sunset": "error"},
            ),
            (
                "after its date",
                {**OP, "deprecated": True, "x-sunset": PAST},
                {f"{prefix}-removed-after-sunset": "info"},
            ),
            (
                "with a date that can't be read",
                {**OP, "deprecated": True, "x-sunset": "soon"},
                {"api-path-sunset-parse": "error"},
            ),
        )
    ),
    Case(
        "a draft disappears",
        paths(a=GET, b={"get": {**OP, "x-stability-level": "draft"}}),
        paths(a=GET),
        {"unstable-operation-removed": "info"},
    ),
    Case(
        "a draft changes",
        *ops(
            {"x-stability-level": "alpha", "parameters": []},
            {"x-stability-level": "alpha", **parameter("query", required=True)},
        ),
        {"unstable-operation-changed": "info"},
    ),
    Case("an empty path appears", paths(a=GET), paths(a=GET, b={}), {"empty-path-added": "info"}),
    Case(
        "an empty path disappears", paths(a=GET, b={}), paths(a=GET), {"empty-path-removed": "info"}
    ),
    Case(
        "a path parameter is renamed",
        paths(**{"a/{id}": {"get": {**OP, **parameter("path", "id", required=True)}}}),
        paths(**{"a/{key}": {"get": {**OP, **parameter("path", "key", required=True)}}}),
        {"request-path-parameter-renamed": "info"},
    ),
    Case(
        "an operationId appears", *ops({}, {"operationId": "a"}), {"api-operation-id-added": "info"}
    ),
    Case(
        "an operationId changes",
        *ops({"operationId": "a"}, {"operationId": "b"}),
        {"api-operation-id-removed": "info"},
    ),
    Case("a tag appears", *ops({"tags": ["a"]}, {"tags": ["a", "b"]}), {"api-tag-added": "info"}),
    Case(
        "a tag disappears", *ops({"tags": ["a", "b"]}, {"tags": ["a"]}), {"api-tag-removed": "info"}
    ),
    Case(
        "tags change places",
        *ops({"tags": ["a", "b"]}, {"tags": ["b", "a"]}),
        {"order-changed": "info"},
    ),
    Case(
        "a webhook appears",
        document({}),
        document({}, webhooks={"new": {"post": OP}}),
        {"webhook-added": "info"},
    ),
    Case(
        "a webhook disappears",
        document({}, webhooks={"new": {"post": OP}}),
        document({}, webhooks={}),
        {"webhook-removed": "error"},
    ),
    Case(
        "a webhook follows the rules of paths",
        document({}, webhooks={"new": {"post": {**OP, **body(S)}}}),
        document({}, webhooks={"new": {"post": {**OP, **body({**S, "minLength": 1})}}}),
        {"request-body-min-length-increased": "error"},
    ),
    # Life.
    Case(
        "an operation is deprecated",
        *ops({}, {"deprecated": True}),
        {"endpoint-deprecated": "info"},
    ),
    Case(
        "an operation is deprecated with a date",
        *ops({}, {"deprecated": True, "x-sunset": FAR}),
        {"endpoint-deprecated-with-sunset": "info"},
    ),
    Case(
        "an operation is deprecated with a date that passed",
        *ops({}, {"deprecated": True, "x-sunset": PAST}),
        {"api-sunset-date-too-small": "error"},
    ),
    Case(
        "an operation is deprecated with too short a grace",
        *ops({}, {"deprecated": True, "x-sunset": SOON}),
        {"api-sunset-date-too-small": "error"},
        GRACE,
    ),
    Case(
        "a beta operation has a grace of its own",
        *ops(
            {"x-stability-level": "beta"},
            {"x-stability-level": "beta", "deprecated": True, "x-sunset": SOON},
        ),
        {"endpoint-deprecated-with-sunset": "info"},
        GRACE,
    ),
    Case(
        "a beta operation has too short a grace",
        *ops(
            {"x-stability-level": "beta"},
            {"x-stability-level": "beta", "deprecated": True, "x-sunset": SOON},
        ),
        {"api-sunset-date-too-small": "error"},
        {"grace_days_beta": 90},
    ),
    Case(
        "an operation is deprecated without the date the policy asks for",
        *ops({}, {"deprecated": True}),
        {"api-deprecated-sunset-missing": "error"},
        GRACE,
    ),
    Case(
        "an operation is deprecated with a date that can't be read",
        *ops({}, {"deprecated": True, "x-sunset": "soon"}),
        {"api-deprecated-sunset-parse": "error"},
    ),
    Case(
        "an operation is deprecated no longer",
        *ops({"deprecated": True}, {}),
        {"endpoint-reactivated": "info"},
    ),
    Case(
        "a sunset disappears",
        *ops({"deprecated": True, "x-sunset": FAR}, {"deprecated": True}),
        {"sunset-deleted": "error"},
    ),
    Case(
        "a sunset comes earlier than allowed",
        *ops({"deprecated": True, "x-sunset": FAR}, {"deprecated": True, "x-sunset": PAST}),
        {"api-sunset-date-changed-too-small": "error"},
    ),
    Case(
        "a sunset comes earlier, within the grace",
        *ops({"deprecated": True, "x-sunset": FAR}, {"deprecated": True, "x-sunset": SOON}),
        {"api-sunset-date-changed": "info"},
    ),
    Case(
        "a sunset can't be read any more",
        *ops({"deprecated": True, "x-sunset": FAR}, {"deprecated": True, "x-sunset": "never"}),
        {"api-path-sunset-parse": "error"},
    ),
    Case(
        "a date-time is a date too",
        *ops({}, {"deprecated": True, "x-sunset": "2030-01-01T00:00:00Z"}),
        {"endpoint-deprecated-with-sunset": "info"},
    ),
    Case(
        "stability falls",
        *ops({}, {"x-stability-level": "beta"}),
        {"api-stability-decreased": "error"},
    ),
    Case(
        "stability falls below what breaks anyone",
        *ops({}, {"x-stability-level": "draft"}),
        {"api-stability-decreased": "error"},
    ),
    Case(
        "stability rises",
        *ops({"x-stability-level": "beta"}, {"x-stability-level": "stable"}),
        {"api-stability-increased": "info"},
    ),
    Case(
        "a stability level is unknown",
        *ops({}, {"x-stability-level": "solid"}),
        {"api-invalid-stability-level": "error"},
    ),
    Case(
        "a stability level rises from where nobody counts on it",
        *ops({"x-stability-level": "draft"}, {}),
        {"extension-changed": "info"},
    ),
]
