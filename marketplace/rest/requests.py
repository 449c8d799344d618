"""Every request has an id: ours, or the caller's where it is well-formed."""

import re
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from marketplace.ids import new_id
from marketplace.logs import set_request_id

GOOD_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
log = structlog.get_logger("marketplace.request")


class RequestIds:
    """Name the request, say it in `X-Request-Id`, and log one line at its end."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if GOOD_ID.match(given) else str(new_id())
        set_request_id(request_id)
        started = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        if not request.path.startswith("/static/"):
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )
        return response
