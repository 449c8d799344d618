"""Requests, lists and repeats"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.documents.operation import OperationSpec, ParameterSpec
from catalog.documents.shapes import mapping
from catalog.lint.intent import is_destructive, is_read, is_sign_in
from catalog.lint.places import inside, on_operation
from catalog.lint.rule import Hit, Rule
from catalog.lint.schemas import kinds_of
from catalog.lint.survey import Survey
from catalog.lint.words import joined, quoted, words_of

MOST_BESIDE_A_LIST = 6
# fmt: off
PAGING = frozenset([
    "page", "page_size", "page_token", "page_number", "per_page", "limit", "offset", "cursor",
    "after", "before", "starting_after", "ending_before", "next", "next_token", "next_cursor",
    "start", "count", "size", "max_results", "top", "skip", "start_index", "since", "since_id",
    "max_id", "continuation_token", "page_index", "from", "last_evaluated_key", "marker",
    "page_limit", "page_offset", "page_cursor", "items_per_page", "pagesize", "pagetoken",
])
LISTS = frozenset([
    "items", "data", "results", "entries", "records", "values", "list", "content", "contents",
    "rows", "value", "elements", "hits", "resources", "objects", "nodes", "edges", "members",
])
REPEATABLE = frozenset([
    "idempotency_key", "x_idempotency_key", "idempotent_key", "request_id", "x_request_id",
    "client_request_id", "client_token", "transaction_key", "xero_idempotency_key",
    "client_reference_id", "dedupe_id", "deduplication_id", "if_match", "if_none_match",
])
CONFIRMS = frozenset([
    "confirm", "confirmation", "confirmed", "confirmation_token", "dry_run", "dryrun",
    "validate_only", "preview", "if_match", "if_unmodified_since", "reason", "acknowledge",
    "etag", "version",
])
# fmt: on


def names_one(operation: OperationSpec) -> bool:
    """Whether the path ends in a parameter: `/refunds/{id}`, `/refunds/{id}.json`."""
    return "{" in operation.path.rpartition("/")[2]


def reads_by_get(survey: Survey) -> Iterable[OperationSpec]:
    return [each for each in survey.calls if each.method in ("GET", "HEAD")]


def body_of_get(_: Survey, operation: OperationSpec) -> Hit | None:
    if operation.request is None:
        return None
    return on_operation(operation, f"{operation.method} {quoted(operation.path)} has a body")


def lists(survey: Survey) -> Iterable[OperationSpec]:
    """GETs of collections: what they answer is an array, or holds one beside little else."""
    return [
        each
        for each in survey.calls
        if each.method == "GET" and not names_one(each) and listed(survey, each)
    ]


def listed(survey: Survey, operation: OperationSpec) -> list[Mapping[str, Any]]:
    """The lists that a call is there to give: its answer, or the only one that it holds."""
    found: list[Mapping[str, Any]] = []
    for response in operation.responses:
        if response.status[:1] != "2":
            continue
        for media in response.content:
            schema = mapping(survey.value(media.schema))
            if "array" in kinds_of(schema):
                found.append(schema)
            properties = mapping(schema.get("properties"))
            if len(properties) <= MOST_BESIDE_A_LIST:
                inner = [mapping(survey.at(each)) for each in properties.values()]
                arrays = [
                    (name, each)
                    for name, each in zip(properties, inner, strict=True)
                    if "array" in kinds_of(each)
                ]
                if len(arrays) == 1 and holds_all(arrays[0][0], operation):
                    found.append(arrays[0][1])
    return found


def holds_all(name: str, operation: OperationSpec) -> bool:
    """Whether a property of this name is what the list is of."""
    last = words_of(operation.path.rpartition("/")[2])
    return joined(name) in LISTS or words_of(name) == last[-len(words_of(name)) :]


def unpaged(survey: Survey, operation: OperationSpec) -> Hit | None:
    if any(joined(each.name) in PAGING for each in operation.parameters):
        return None
    if all("maxItems" in each for each in listed(survey, operation)):
        return None  # it cannot grow
    said = f"GET {quoted(operation.path)} gives a list that can't be taken in pages"
    return on_operation(operation, said)


def creations(survey: Survey) -> Iterable[OperationSpec]:
    """POSTs that change something, those apart that callers make before they have a name."""
    return [
        each
        for each in survey.calls
        if each.method == "POST" and not is_read(survey, each) and not is_sign_in(survey, each)
    ]


def not_repeatable(survey: Survey, operation: OperationSpec) -> Hit | None:
    if REPEATABLE & survey.input_names(operation):
        return None
    said = f"POST {quoted(operation.path)} can't be repeated safely: it takes no idempotency key"
    return on_operation(operation, said)


def updates(survey: Survey) -> Iterable[OperationSpec]:
    return [each for each in survey.calls if each.method in ("PUT", "PATCH") and names_one(each)]


def blind_update(survey: Survey, operation: OperationSpec) -> Hit | None:
    names = survey.input_names(operation)
    if names & {"if_match", "if_unmodified_since", "etag", "version", "revision", "row_version"}:
        return None
    said = f"{operation.method} {quoted(operation.path)} overwrites what another has changed since"
    return on_operation(operation, said)


def destructions(survey: Survey) -> Iterable[OperationSpec]:
    return [each for each in survey.calls if is_destructive(survey, each)]


def unguarded(survey: Survey, operation: OperationSpec) -> Hit | None:
    """A DELETE of one thing can be repeated; of many, or by POST, it must be confirmed."""
    if operation.method == "DELETE" and names_one(operation):
        return None
    names = survey.input_names(operation)
    if names & (CONFIRMS | REPEATABLE):
        return None
    said = f"{operation.method} {quoted(operation.path)} destroys at the first call"
    return on_operation(operation, said)


def parameters(survey: Survey) -> Iterable[tuple[OperationSpec, ParameterSpec]]:
    return survey.parameters


def undescribed(_: Survey, place: tuple[OperationSpec, ParameterSpec]) -> Hit | None:
    operation, parameter = place
    if parameter.description.strip():
        return None
    said = f"The {parameter.where} parameter {quoted(parameter.name)} is not described"
    return Hit(parameter.pointer, said, inside(operation, parameter.pointer))


RULES = [
    Rule(
        id="get-with-body",
        level="warning",
        title="GET and HEAD take no body",
        why="Proxies and clients drop it, caches don't see it (RFC 9110, 9.3.1).",
        mend="Use query parameters, the method QUERY of OpenAPI 3.2, or `POST /…/search`.",
        before="""
            get:
              requestBody:
                content:
                  application/json: {}
        """,
        after="""
            get:
              parameters:
                - name: status
                  in: query
        """,
        applies_to="openapi",
        places=reads_by_get,
        check=body_of_get,
        sources=("RFC 9110",),
    ),
    Rule(
        id="list-without-pages",
        level="warning",
        title="Lists come in pages",
        why="A list grows until it times out, fills memory or an agent's context.",
        mend="Take `cursor` and `limit`, give `next_cursor`; say the greatest `limit`.",
        before="""
            get:
              operationId: listRefunds
        """,
        after="""
            get:
              operationId: listRefunds
              parameters:
                - name: cursor
                  in: query
                - name: limit
                  in: query
                  schema: {type: integer, minimum: 1, maximum: 100}
        """,
        applies_to="openapi",
        places=lists,
        check=unpaged,
        sources=("OWASP API4:2023",),
    ),
    Rule(
        id="write-without-idempotency",
        level="warning",
        title="Writes can be repeated safely",
        why="After a time-out the caller, or his agent, tries again: the payment is made twice.",
        mend="Take an `Idempotency-Key` header and answer a repeat with the first answer.",
        before="""
            post:
              operationId: createRefund
        """,
        after="""
            post:
              operationId: createRefund
              parameters:
                - name: Idempotency-Key
                  in: header
                  required: true
        """,
        applies_to="openapi",
        places=creations,
        check=not_repeatable,
    ),
    Rule(
        id="update-without-condition",
        level="info",
        title="Updates say what they expect to change",
        why="Two who read the same and write one after the other: the first change is lost.",
        mend="Give an `ETag` and take `If-Match`; answer 412 when it has changed.",
        before="""
            put:
              operationId: replacePlan
        """,
        after="""
            put:
              operationId: replacePlan
              parameters:
                - name: If-Match
                  in: header
        """,
        applies_to="openapi",
        places=updates,
        check=blind_update,
        sources=("RFC 9110",),
    ),
    Rule(
        id="destructive-without-guard",
        level="warning",
        title="What destroys asks twice",
        why="An agent that chooses the wrong tool once must not be able to empty a collection.",
        mend="Take `dry_run` or `confirm`, `If-Match`, or an `Idempotency-Key`; delete one by one.",
        before="""
            delete:
              operationId: deleteAllRefunds
        """,
        after="""
            delete:
              operationId: deleteAllRefunds
              parameters:
                - name: dry_run
                  in: query
                  schema: {type: boolean, default: true}
        """,
        applies_to="openapi",
        places=destructions,
        check=unguarded,
    ),
    Rule(
        id="parameter-description-missing",
        level="info",
        title="Parameters are described",
        why="A name alone leaves units, formats and effects to be guessed.",
        mend="Add a `description` of one line.",
        before="""
            - name: from
              in: query
        """,
        after="""
            - name: from
              in: query
              description: First day, included.
        """,
        applies_to="openapi",
        places=parameters,
        check=undescribed,
    ),
]
