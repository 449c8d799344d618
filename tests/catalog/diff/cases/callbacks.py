"""Callbacks."""

from tests.catalog.diff.cases.case import OP, Case, S, needs, ops, parameter, props
from tests.catalog.diff.places import answer, body

CASES = [
    Case(
        "a callback appears",
        *ops({}, {"callbacks": {"done": {"{$url}": {"post": OP}}}}),
        {"callback-added": "info"},
    ),
    Case(
        "a callback disappears",
        *ops({"callbacks": {"done": {"{$url}": {"post": OP}}}}, {}),
        {"callback-removed": "error"},
    ),
    *(
        Case(
            f"inside a callback: {rule}",
            *ops(
                {"callbacks": {"done": {"{$url}": old}}}, {"callbacks": {"done": {"{$url}": new}}}
            ),
            {rule: level},
        )
        for rule, level, old, new in (
            ("callback-request-added", "info", {"post": OP}, {"post": OP, "put": OP}),
            ("callback-request-removed", "error", {"post": OP, "put": OP}, {"post": OP}),
            ("callback-body-added", "info", {"post": OP}, {"post": {**OP, **body(S)}}),
            ("callback-body-removed", "error", {"post": {**OP, **body(S)}}, {"post": OP}),
            (
                "callback-answer-added",
                "info",
                {"post": OP},
                {"post": {"responses": {**OP["responses"], "202": {"description": "later"}}}},
            ),
            (
                "callback-answer-removed",
                "error",
                {"post": {"responses": {**OP["responses"], "202": {"description": "later"}}}},
                {"post": OP},
            ),
            ("callback-changed", "warning", {"post": OP}, {"post": {**OP, **parameter("query")}}),
            (
                "response-property-became-optional",
                "error",
                {"post": {**OP, **body(needs("a", a=S))}},
                {"post": {**OP, **body(props(a=S))}},
            ),
            (
                "request-body-min-length-increased",
                "error",
                {"post": answer(S)},
                {"post": answer({**S, "minLength": 1})},
            ),
        )
    ),
]
