"""The way to Stripe, and what its refusals mean for us."""

import random
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import stripe
from django.conf import settings

from marketplace.logs import redact

SECONDS = 20
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
SETUP_WAIT = timedelta(minutes=15)
SERVER_ERROR = 500

stripe.enable_telemetry = False


def is_connected() -> bool:
    """Whether there is a key for Stripe."""
    return bool(settings.STRIPE_API_KEY)


def stripe_client() -> stripe.StripeClient | None:
    """A client with the configured key and address, or None without a key.

    It does not try again by itself: what waits stands in our own queue.
    """
    if not is_connected():
        return None
    return stripe.StripeClient(
        settings.STRIPE_API_KEY,
        base_addresses={"api": settings.STRIPE_API_BASE},
        http_client=stripe.RequestsClient(timeout=SECONDS),
        max_network_retries=0,
    )


class Kind(StrEnum):
    """What to do about a refusal."""

    AGAIN = "again"
    NEW_KEY = "new key"
    SETUP = "setup"
    DECLINED = "declined"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A refusal: what to do, in words without secrets, and how long Stripe asks to wait."""

    kind: Kind
    text: str
    wait: timedelta | None = None

    @property
    def blocks(self) -> bool:
        """Whether only a person can go on from it."""
        return self.kind in {Kind.DECLINED, Kind.REFUSED}

    def wait_after(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts, with jitter."""
        if self.kind is Kind.SETUP:
            wait = SETUP_WAIT
        else:
            wait = min(FIRST_WAIT * 2 ** min(attempts, 12), LONGEST_WAIT)
        wait *= random.uniform(0.5, 1.5)
        return max(wait, self.wait) if self.wait else wait


def trouble(error: stripe.StripeError) -> Trouble:
    """What an error of Stripe means for us.

    A key that was kept with a failure of Stripe's (it repeats even a 500) or with other parameters
    is of no more use: another is taken, after looking at what Stripe has.
    """
    words = f" ({error.code})" if error.code else ""
    if isinstance(error, stripe.RateLimitError):
        return Trouble(Kind.AGAIN, "Stripe asks to go slower.", _retry_after(error))
    if isinstance(error, stripe.APIConnectionError):
        return Trouble(Kind.AGAIN, "Stripe does not answer.")
    if isinstance(error, stripe.IdempotencyError):
        return Trouble(Kind.NEW_KEY, "The request's key stands for another request.")
    if isinstance(error, stripe.AuthenticationError):
        return Trouble(Kind.SETUP, "Stripe does not accept the key: check STRIPE_API_KEY.")
    if isinstance(error, stripe.PermissionError):
        return Trouble(Kind.SETUP, f"The key may not do this at Stripe{words}.")
    if isinstance(error, stripe.CardError):
        return Trouble(Kind.DECLINED, _said(f"The payment was declined{words}", error))
    if isinstance(error, stripe.InvalidRequestError):
        return Trouble(Kind.REFUSED, _said(f"Stripe refuses it{words}", error))
    if (error.http_status or 0) >= SERVER_ERROR and _replayed(error):
        return Trouble(Kind.NEW_KEY, f"Stripe failed and repeats it{words}.")
    return Trouble(Kind.AGAIN, f"Stripe failed ({error.http_status}){words}.", _retry_after(error))


def _said(what: str, error: stripe.StripeError) -> str:
    return f"{what}: {redact(error.user_message or 'no reason given')}"[:400]


def _header(error: stripe.StripeError, name: str) -> str:
    headers = {str(k).lower(): str(v) for k, v in dict(error.headers or {}).items()}
    return headers.get(name, "")


def _replayed(error: stripe.StripeError) -> bool:
    return _header(error, "idempotent-replayed") == "true"


def _retry_after(error: stripe.StripeError) -> timedelta | None:
    text = _header(error, "retry-after")
    return min(timedelta(seconds=int(text)), LONGEST_WAIT) if text.isdigit() else None
