"""Every error of REST as a problem document (RFC 9457)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from marketplace.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Problem,
    TooMany,
    Unauthenticated,
)
from marketplace.rest.authentication import actor_of

CONTENT_TYPE = "application/problem+json"
UNKNOWN_FIELD = "unknown_field"


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: a response for what is expected, None (a 500) for what is a bug."""
    problem = as_problem(error)
    if problem is None:
        return None
    set_rollback()
    request = context.get("request")
    if problem.status == 403 and request and not actor_of(request).is_authenticated:
        problem = Unauthenticated(headers={"WWW-Authenticate": 'Bearer realm="marketplace"'})
    if problem.status == 401:
        problem.headers.setdefault("WWW-Authenticate", 'Bearer realm="marketplace"')
    return Response(
        problem.as_dict(),
        status=problem.status,
        headers=problem.headers,
        content_type=CONTENT_TYPE,
    )


def as_problem(error: Exception) -> Problem | None:
    """The problem that an exception stands for, or None where it is a bug."""
    match error:
        case Problem():
            return error
        case exceptions.ValidationError():
            errors = list(_flatten(error.get_full_details(), ""))
            if any(code == UNKNOWN_FIELD for _, code in errors):
                return Malformed(
                    "The request names a field that does not exist.",
                    type="unknown-field",
                    errors=[field for field, _ in errors],
                )
            return Invalid(errors=[field for field, _ in errors])
        case exceptions.ParseError():
            return Malformed(str(error.detail))
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return Unauthenticated()
        case exceptions.PermissionDenied() | PermissionDenied():
            return Forbidden(str(getattr(error, "detail", "")))
        case exceptions.NotFound() | Http404():
            return NotFound()
        case exceptions.Throttled():
            return TooMany(retry_after=int(getattr(error, "wait", None) or 1))
        case DjangoValidationError():
            return Invalid("; ".join(error.messages))
        case IntegrityError():
            return _refused_by_database(error)
        case exceptions.APIException():
            problem = Problem(
                str(error.detail), type=str(error.default_code), title=str(error.detail)
            )
            problem.status = error.status_code
            return problem
    return None


def problem_response(problem: Problem) -> JsonResponse:
    """The same document from a plain Django view."""
    return JsonResponse(
        problem.as_dict(),
        status=problem.status,
        headers=problem.headers,
        content_type=CONTENT_TYPE,
    )


def _refused_by_database(error: IntegrityError) -> Problem | None:
    cause = error.__cause__
    state = getattr(cause, "sqlstate", "")
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None) or ""
    rule = constraint.replace("_", " ")
    if state in {"23505", "23P01"}:
        return Conflict(f"That already stands there ({rule}).")
    if state in {"23514", "23001"}:
        return Invalid(f"The database refuses this: {rule}.")
    return None


def _flatten(details: Any, pointer: str) -> list[tuple[FieldError, str]]:
    if isinstance(details, dict) and {"message", "code"} <= set(details):
        return [(FieldError(pointer or "/", str(details["message"])), str(details["code"]))]
    found: list[tuple[FieldError, str]] = []
    if isinstance(details, dict):
        for key, inner in details.items():
            step = "" if key == "non_field_errors" else f"/{_escape(str(key))}"
            found += _flatten(inner, pointer + step)
    elif isinstance(details, list):
        leaves = all(isinstance(x, dict) and {"message", "code"} <= set(x) for x in details)
        for index, inner in enumerate(details):
            found += _flatten(inner, pointer if leaves else f"{pointer}/{index}")
    return found


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
