"""Headers that hold a page to our own origin."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FEATURES_OFF = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"


def content_security_policy(sign_in_origins: list[str]) -> str:
    """The policy of every page. Browsers hold redirects after a form to `form-action` too, so the
    origins of outer identity providers are named there."""
    return "; ".join(
        (
            "default-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            " ".join(("form-action 'self'", *sign_in_origins)),
            "object-src 'none'",
            "img-src 'self' data:",
        )
    )


class SecurityHeaders:
    """Set the security headers that Django's own middleware does not; a view's own stay."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.headers = {
            "Permissions-Policy": FEATURES_OFF,
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = content_security_policy(settings.SIGN_IN_ORIGINS)
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response
