"""Deprecation and stability of properties."""

from tests.catalog.diff.cases.case import FAR, GRACE, SOON, Case, S, ops, props
from tests.catalog.diff.places import answer, body

CASES = [
    *(
        Case(
            f"{direction}: a property: {rule}",
            *ops(holder(props(a=old)), holder(props(a=new))),
            {f"{direction}-property-{rule}": level},
            options,
        )
        for direction, holder in (("request", body), ("response", answer))
        for rule, level, old, new, options in (
            ("deprecated", "info", S, {**S, "deprecated": True}, {}),
            ("deprecated-with-sunset", "info", S, {**S, "deprecated": True, "x-sunset": FAR}, {}),
            ("deprecated-sunset-missing", "error", S, {**S, "deprecated": True}, GRACE),
            (
                "deprecated-sunset-invalid",
                "error",
                S,
                {**S, "deprecated": True, "x-sunset": "?"},
                {},
            ),
            (
                "sunset-date-too-small",
                "error",
                S,
                {**S, "deprecated": True, "x-sunset": SOON},
                GRACE,
            ),
            ("reactivated", "info", {**S, "deprecated": True}, S, {}),
            ("stability-decreased", "error", S, {**S, "x-stability-level": "alpha"}, {}),
            ("stability-increased", "info", {**S, "x-stability-level": "beta"}, S, {}),
        )
    ),
    Case(
        "a property's stability level is unknown",
        *ops(body(props(a=S)), body(props(a={**S, "x-stability-level": "solid"}))),
        {"api-invalid-stability-level": "error"},
    ),
]
