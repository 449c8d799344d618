"""What the sign-in page shows in the demo."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from marketplace.demo.people import sign_ins


def demo_accounts(request: HttpRequest) -> dict[str, Any]:
    """The demo's sign-ins, where the demo is on and somebody signs in."""
    shown = settings.DEMO and request.path.startswith("/accounts/")
    return {"demo_accounts": sign_ins()} if shown else {}
