"""What a caller can't go on from: problems in the shape of RFC 9457.

Capabilities raise these; `marketplace.rest.problems` renders them as `application/problem+json`
and `marketplace.pages` as a page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PROBLEM_BASE = "/problems/"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong at one place; `pointer` is a JSON pointer (RFC 6901) into the request."""

    pointer: str
    detail: str


class Problem(Exception):
    """An answer that refuses, with an HTTP status and a stable type slug."""

    status = 500
    type = "internal"
    title = "Something went wrong"

    def __init__(
        self,
        detail: str = "",
        *,
        type: str | None = None,
        title: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.type = type or self.type
        self.title = title or self.title
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def as_dict(self) -> dict[str, Any]:
        """The problem document (RFC 9457) as plain data."""
        body: dict[str, Any] = {
            "type": f"{PROBLEM_BASE}{self.type}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail or self.title,
        }
        if self.errors:
            body["errors"] = [{"pointer": e.pointer, "detail": e.detail} for e in self.errors]
        return body | self.extra


class Malformed(Problem):
    """400: the request cannot be read."""

    status = 400
    type = "malformed"
    title = "The request cannot be read"


class Unauthenticated(Problem):
    """401: nobody is signed in, or the token is not good."""

    status = 401
    type = "unauthenticated"
    title = "Sign in first"


class Forbidden(Problem):
    """403: known, and not allowed."""

    status = 403
    type = "forbidden"
    title = "You may not do this"


class NoTenant(Forbidden):
    """403: signed in, and in no tenant."""

    type = "no-tenant"

    def __init__(self) -> None:
        super().__init__("You are in no tenant yet: an admin adds you.")


class NotFound(Problem):
    """404: not there, or not there for this caller."""

    status = 404
    type = "not-found"
    title = "There is nothing here"


class Conflict(Problem):
    """409: what stands there already says otherwise."""

    status = 409
    type = "conflict"
    title = "This conflicts with what is there"


class Gone(Problem):
    """410: it was here once and will not come back."""

    status = 410
    type = "gone"
    title = "This is gone"


class PreconditionFailed(Problem):
    """412: `If-Match` names another state than the present one."""

    status = 412
    type = "precondition-failed"
    title = "It has changed since you read it"


class TooLarge(Problem):
    """413: more than is taken."""

    status = 413
    type = "too-large"
    title = "This is too large"


class Invalid(Problem):
    """422: readable, and wrong at the places that `errors` names."""

    status = 422
    type = "invalid"
    title = "Some of this is not right"

    @classmethod
    def at(cls, pointer: str, detail: str) -> "Invalid":
        """The problem with one error at one place."""
        return cls(detail, errors=[FieldError(pointer, detail)])


class TooMany(Problem):
    """429: later, when `Retry-After` has passed."""

    status = 429
    type = "too-many-requests"
    title = "Too many requests"

    def __init__(self, detail: str = "", *, retry_after: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class Unavailable(Problem):
    """503: something it stands on does not answer."""

    status = 503
    type = "unavailable"
    title = "Not available just now"
