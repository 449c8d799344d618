"""Answers and errors"""

from __future__ import annotations

from collections.abc import Iterable

from catalog.documents.operation import OperationSpec, ResponseSpec
from catalog.lint.intent import is_sign_in
from catalog.lint.places import calls, inside, is_json, on_word
from catalog.lint.rule import Hit, Rule
from catalog.lint.survey import Survey
from catalog.lint.words import joined, quoted

Answer = tuple[OperationSpec, ResponseSpec]
EMPTY = frozenset(["204", "205", "304"])
INTERNALS = frozenset([
    "stack_trace", "stacktrace", "stack", "traceback", "exception_class", "inner_exception", "sql",
    "sql_state",
])  # fmt: skip


def errors(survey: Survey) -> Iterable[Answer]:
    return survey.errors


def errors_with_body(survey: Survey) -> Iterable[Answer]:
    return [(operation, each) for operation, each in survey.errors if each.content]


def answered(survey: Survey) -> Iterable[OperationSpec]:
    """The calls that list any answer."""
    return [operation for operation in survey.calls if operation.responses]


def successes(survey: Survey) -> Iterable[Answer]:
    """Every answer that tells success, a shared one once."""
    found: dict[tuple[str, str], Answer] = {}
    for operation in survey.calls:
        for response in operation.responses:
            if response.status[:1] == "2":
                found.setdefault((response.pointer, response.status), (operation, response))
    return list(found.values())


def at_answer(place: Answer, detail: str) -> Hit:
    operation, response = place
    return Hit(response.pointer, detail, inside(operation, response.pointer))


def called(operation: OperationSpec) -> str:
    return f"{operation.method} {quoted(operation.path)}"


def no_success(survey: Survey, operation: OperationSpec) -> Hit | None:
    if any(each.status[:1] in ("1", "2", "3", "d") for each in operation.responses):
        return None
    said = f"{called(operation)} tells no answer of success"
    return on_word(survey, operation, "responses", said)


def no_client_error(survey: Survey, operation: OperationSpec) -> Hit | None:
    if any(each.status[:1] in ("4", "d") for each in operation.responses):
        return None
    return on_word(survey, operation, "responses", f"{called(operation)} tells no 4xx answer")


def no_server_error(survey: Survey, operation: OperationSpec) -> Hit | None:
    if any(each.status[:1] in ("5", "d") for each in operation.responses):
        return None
    return on_word(survey, operation, "responses", f"{called(operation)} tells no 5xx answer")


def error_without_schema(_: Survey, place: Answer) -> Hit | None:
    operation, response = place
    if operation.method == "HEAD" or any(media.schema for media in response.content):
        return None
    return at_answer(place, f"The error {response.status} has no schema")


def not_a_problem(survey: Survey, place: Answer) -> Hit | None:
    operation, response = place
    if is_sign_in(survey, operation):
        return None  # OAuth has a form of its own (RFC 6749, 5.2)
    types = [media.media_type for media in response.content]
    if any("problem+" in each.lower() for each in types):
        return None
    return at_answer(place, f"The error {response.status} comes as {quoted(types[0])}")


def success_without_schema(_: Survey, place: Answer) -> Hit | None:
    operation, response = place
    if response.status in EMPTY or operation.method in ("HEAD", "OPTIONS", "DELETE"):
        return None
    without = [media for media in response.content if not (media.schema or media.item_schema)]
    if any(is_json(media.media_type) for media in without):
        return at_answer(place, f"The answer {response.status} has no schema")
    if not response.content and operation.method == "GET":
        return at_answer(place, f"{called(operation)} answers {response.status} with nothing")
    return None


def body_where_none_is(_: Survey, place: Answer) -> Hit | None:
    _operation, response = place
    if response.status in EMPTY and response.content:
        return at_answer(place, f"The answer {response.status} has a body, which HTTP forbids")
    return None


def leaks(survey: Survey, place: Answer) -> Hit | None:
    _operation, response = place
    pointers = [media.schema for media in response.content if media.schema]
    for name in survey.names.of(pointers):
        if joined(name) in INTERNALS:
            return at_answer(place, f"The error {response.status} holds {quoted(name)}")
    return None


RULES = [
    Rule(
        id="success-response-missing",
        level="error",
        title="Operations tell what success looks like",
        why="A client that knows only errors can't be written; the mock has nothing to answer.",
        mend="Add the 2xx answer with its schema.",
        before="""
            responses:
              '400':
                description: Bad request
        """,
        after="""
            responses:
              '200':
                description: The refund
              '400':
                description: Bad request
        """,
        applies_to="openapi",
        places=answered,
        check=no_success,
    ),
    Rule(
        id="client-error-missing",
        level="warning",
        title="Operations tell how they refuse",
        why="A caller that meets an undocumented 4xx retries, or gives up, without knowing which is"
        " right.",
        mend="Add the 4xx answers that occur (400, 404, 409, 422), or a `default`.",
        before="""
            responses:
              '200':
                description: The refund
        """,
        after="""
            responses:
              '200':
                description: The refund
              '404':
                description: No such refund
        """,
        applies_to="openapi",
        places=calls,
        check=no_client_error,
    ),
    Rule(
        id="server-error-missing",
        level="info",
        title="Operations tell how they fail",
        why="A caller must know which failures are worth a retry, and after how long.",
        mend="Add 503 (with `Retry-After`), other 5xx answers, or a `default`.",
        before="""
            responses:
              '200':
                description: The refund
        """,
        after="""
            responses:
              '200':
                description: The refund
              default:
                $ref: '#/components/responses/Problem'
        """,
        applies_to="openapi",
        places=calls,
        check=no_server_error,
    ),
    Rule(
        id="error-without-schema",
        level="warning",
        title="Errors have a schema",
        why="Without one a client can show the status and nothing else; an agent can't correct"
        " itself.",
        mend="Describe the error's body; `application/problem+json` (RFC 9457) is ready for it.",
        before="""
            '404':
              description: No such refund
        """,
        after="""
            '404':
              description: No such refund
              content:
                application/problem+json:
                  schema:
                    $ref: '#/components/schemas/Problem'
        """,
        applies_to="openapi",
        places=errors,
        check=error_without_schema,
        sources=("RFC 9457",),
    ),
    Rule(
        id="error-not-problem",
        level="info",
        title="Errors are problem details",
        why="One form for the errors of all APIs is one piece of code in each client (RFC 9457).",
        mend="Answer errors as `application/problem+json`.",
        before="""
            '404':
              description: No such refund
              content:
                application/json:
                  schema: {type: object}
        """,
        after="""
            '404':
              description: No such refund
              content:
                application/problem+json:
                  schema:
                    $ref: '#/components/schemas/Problem'
        """,
        applies_to="openapi",
        places=errors_with_body,
        check=not_a_problem,
        sources=("RFC 9457",),
    ),
    Rule(
        id="response-without-schema",
        level="warning",
        title="Answers have a schema",
        why="Types, mocks, samples and the next diff are all made of it.",
        mend="Add the `schema` of the body; for no body answer 204.",
        before="""
            '200':
              description: OK
        """,
        after="""
            '200':
              description: The refund
              content:
                application/json:
                  schema:
                    $ref: '#/components/schemas/Refund'
        """,
        applies_to="openapi",
        places=successes,
        check=success_without_schema,
    ),
    Rule(
        id="no-content-with-body",
        level="warning",
        title="204, 205 and 304 have no body",
        why="HTTP forbids one (RFC 9110, 15.3.5): servers drop it, or clients hang on it.",
        mend="Remove `content`, or answer 200.",
        before="""
            '204':
              description: Deleted
              content:
                application/json:
                  schema: {type: object}
        """,
        after="""
            '204':
              description: Deleted
        """,
        applies_to="openapi",
        places=successes,
        check=body_where_none_is,
        sources=("RFC 9110",),
    ),
    Rule(
        id="error-leaks-internals",
        level="warning",
        title="Errors tell no internals",
        why="Stack traces and SQL tell an attacker what to try next.",
        mend="Keep them in your logs, and give the caller the id under which they are found.",
        before="""
            properties:
              message: {type: string}
              stackTrace: {type: string}
        """,
        after="""
            properties:
              title: {type: string}
              instance: {type: string, format: uri}
        """,
        applies_to="openapi",
        places=errors_with_body,
        check=leaks,
        sources=("OWASP API8:2023",),
    ),
]
