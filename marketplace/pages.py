"""Problems as pages: the same `Problem` that REST renders as JSON, for people."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from marketplace.errors import Problem, Unauthenticated


class ProblemPages:
    """Turn a raised Problem into a page with its status; a missing sign-in into the way there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Problem):
            return None
        if isinstance(error, Unauthenticated):
            query = urlencode({"next": request.get_full_path()})
            return redirect(f"{reverse('account_login')}?{query}")
        page = render(request, "problem.html", {"problem": error}, status=error.status)
        for name, value in error.headers.items():
            page[name] = value
        return page
