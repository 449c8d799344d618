"""Responses and their headers."""

from tests.catalog.diff.cases.case import OP, Case, S, ops
from tests.catalog.diff.places import answered_header, document

CASES = [
    *(
        Case(
            f"the response {status} appears",
            *ops({}, {"responses": {**OP["responses"], status: {"description": "more"}}}),
            {f"response-{kind}-added": "info"},
        )
        for status, kind in (
            ("201", "success-status"),
            ("404", "non-success-status"),
            ("2XX", "success-range"),
            ("4XX", "non-success-range"),
            ("default", "default"),
        )
    ),
    *(
        Case(
            f"the response {status} disappears",
            *ops({"responses": {**OP["responses"], status: {"description": "more"}}}, {}),
            {f"response-{kind}-removed": level},
        )
        for status, kind, level in (
            ("201", "success-status", "error"),
            ("404", "non-success-status", "info"),
            ("2XX", "success-range", "error"),
            ("4XX", "non-success-range", "info"),
            ("default", "default", "warning"),
        )
    ),
    Case(
        "a link changes",
        *ops(
            {"responses": {"200": {"description": "ok", "links": {"a": {"operationId": "x"}}}}},
            {"responses": {"200": {"description": "ok", "links": {"a": {"operationId": "y"}}}}},
        ),
        {"response-link-changed": "info"},
    ),
    Case("a header appears", *ops({}, answered_header(S)), {"response-header-added": "info"}),
    Case(
        "a header disappears",
        *ops(answered_header(S), {}),
        {"optional-response-header-removed": "warning"},
    ),
    Case(
        "a required header disappears",
        *ops(answered_header(S, required=True), {}),
        {"required-response-header-removed": "error"},
    ),
    Case(
        "a header may be missing",
        *ops(answered_header(S, required=True), answered_header(S)),
        {"response-header-became-optional": "error"},
    ),
    Case(
        "a header is always there",
        *ops(answered_header(S), answered_header(S, required=True)),
        {"response-header-became-required": "info"},
    ),
    Case(
        "a header is deprecated",
        *ops(answered_header(S), answered_header(S, deprecated=True)),
        {"response-header-deprecated": "info"},
    ),
    Case(
        "a header is deprecated no longer",
        *ops(answered_header(S, deprecated=True), answered_header(S)),
        {"response-header-reactivated": "info"},
    ),
    Case(
        "a header is written in another way",
        *ops(answered_header(S), answered_header(S, explode=True)),
        {"response-header-serialization-changed": "error"},
    ),
    *(
        Case(
            f"a header's schema {name}",
            document({"responses": {"200": {"description": "ok", "headers": {"X": old}}}}),
            document({"responses": {"200": {"description": "ok", "headers": {"X": new}}}}),
            {f"response-header-schema-{name}": level},
        )
        for name, old, new, level in (
            ("added", {}, {"schema": S}, "info"),
            ("removed", {"schema": S}, {}, "warning"),
        )
    ),
    Case(
        "a header in another format is another header",
        *ops(answered_header({**S, "format": "date-time"}), answered_header({"type": "integer"})),
        {"response-header-type-changed": "error"},
    ),
]
