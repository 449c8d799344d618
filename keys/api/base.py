"""What the views of access share."""

from typing import Any
from uuid import UUID

from rest_framework.response import Response

from keys.refusals import write_refusal
from marketplace.errors import NotFound
from marketplace.rest.views import RestView


class KeysView(RestView):
    """A view of access. Secrets are in its answers, so nothing keeps them; refusals are logged."""

    area = "keys"

    def handle_exception(self, exc: Exception) -> Response:
        write_refusal(exc)
        return super().handle_exception(exc)

    def finalize_response(self, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().finalize_response(*args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


def as_uuid(text: str) -> UUID:
    """The id in an address. Raises NotFound for what is none."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound() from None
