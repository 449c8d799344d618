"""What people give as names, slugs, addresses and currencies, checked at the field."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.text import slugify

from marketplace.errors import Conflict, FieldError, Invalid

MOST_NAME = 120
MOST_SLUG = 50
MOST_COST_CENTER = 40
MOST_EMAIL = 254
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
CURRENCY = re.compile(r"[A-Z]{3}\Z")


def name_given(name: str, at: str = "/name") -> str:
    """The name without space around it. Raises Invalid where it is empty, long or unprintable."""
    name = name.strip()
    if not 0 < len(name) <= MOST_NAME or _unprintable(name):
        raise Invalid.at(at, f"A name has 1 to {MOST_NAME} printable characters.")
    return name


def slug_given(slug: str, name: str) -> str:
    """The slug, or one made of the name. Raises Invalid where it is none."""
    slug = slug.strip() or slugify(name)[:MOST_SLUG].strip("-_")
    if len(slug) > MOST_SLUG or not SLUG.match(slug):
        raise Invalid.at(
            "/slug",
            f"A slug has up to {MOST_SLUG} small letters, digits and single hyphens between them.",
        )
    return slug


def slug_taken(what: str, slug: str) -> Conflict:
    """The problem of a slug that stands already."""
    detail = f"There is a {what} {slug} already; choose another slug."
    return Conflict(detail, errors=[FieldError("/slug", detail)])


def currency_given(currency: str) -> str:
    """The currency's code. Raises Invalid."""
    if not CURRENCY.match(currency):
        raise Invalid.at("/currency", "Three capital letters (ISO 4217), for example EUR.")
    return currency


def cost_center_given(cost_center: str) -> str:
    """The cost center, which may be empty. Raises Invalid."""
    cost_center = cost_center.strip()
    if len(cost_center) > MOST_COST_CENTER or _unprintable(cost_center):
        raise Invalid.at(
            "/cost_center", f"A cost center has up to {MOST_COST_CENTER} printable characters."
        )
    return cost_center


def email_given(email: str, at: str = "/email") -> str:
    """The address in lower case. Raises Invalid."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid.at(at, "This is not an e-mail address.") from None
    if len(email) > MOST_EMAIL:
        raise Invalid.at(at, f"An e-mail address has at most {MOST_EMAIL} characters.")
    return email


def choice_given(value: str, known: list[str], at: str) -> str:
    """The value. Raises Invalid where it is not one of the known."""
    if value not in known:
        raise Invalid.at(at, f"One of {', '.join(known)}.")
    return value


def _unprintable(text: str) -> bool:
    return any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in text)
