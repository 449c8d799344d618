"""What is asked for, read from words: scopes, plan, life, environment, fences."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from catalog.models import Api, Operation, Plan
from keys.models.access import Environment
from keys.scopes import EVERY
from marketplace.errors import FieldError, Invalid
from marketplace.tenants import durations

MOST_SCOPES = 500
MOST_PURPOSE = 500
MOST_FENCES = 100
SHORTEST = timedelta(minutes=1)
COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an application asks of an API. `scopes` are operation keys, or `*` alone; `ttl` None
    means the longest life that the policies give."""

    scopes: tuple[str, ...] = (EVERY,)
    plan: Plan | None = None
    ttl: timedelta | None = None
    purpose: str = ""
    environment: str = Environment.LIVE
    guardrails: Mapping[str, list[str]] = field(default_factory=dict)

    def as_asked(self) -> dict[str, Any]:
        """The terms as they are kept with a request."""
        return {
            "scopes": list(self.scopes),
            "plan": self.plan.slug if self.plan else None,
            "ttl_seconds": int(self.ttl.total_seconds()) if self.ttl else None,
            "purpose": self.purpose,
            "environment": self.environment,
            "guardrails": dict(self.guardrails),
        }


def read_terms(
    api: Api,
    *,
    scopes: Sequence[str] | None = None,
    plan: str | None = None,
    ttl: int | str | timedelta | None = None,
    purpose: str = "",
    environment: str = "live",
    guardrails: Mapping[str, Iterable[str]] | None = None,
    operations: Sequence[Operation] | None = None,
    plans: Sequence[Plan] | None = None,
) -> Terms:
    """The terms that these words mean for `api`.

    `operations` and `plans` are the API's served ones where they are at hand.
    Raises Invalid naming every field that is wrong (JSON pointers as in POST /access-requests).
    """
    errors: list[FieldError] = []
    found = Terms(
        scopes=_scopes(api, scopes, operations, errors),
        plan=_plan(api, plan, plans, errors),
        ttl=_life(ttl, errors),
        purpose=_purpose(purpose, errors),
        environment=_environment(environment, errors),
        guardrails=_guardrails(guardrails, errors),
    )
    if errors:
        raise Invalid("The request cannot be taken as it stands.", errors=errors)
    return found


def _scopes(
    api: Api,
    given: Sequence[str] | None,
    operations: Sequence[Operation] | None,
    errors: list[FieldError],
) -> tuple[str, ...]:
    if given is None or list(given) in ([EVERY], [f"{api.slug}:{EVERY}"]):
        return (EVERY,)
    if not 0 < len(given) <= MOST_SCOPES:
        errors.append(FieldError("/scopes", f"Name 1 to {MOST_SCOPES} operations, or `*` alone."))
        return ()
    names: dict[str, str] = {}
    for row in _served(api) if operations is None else operations:
        names[row.slug] = row.key
        if row.operation_id:
            names.setdefault(row.operation_id, row.key)
        names[row.key] = row.key
    found: list[str] = []
    for place, text in enumerate(given):
        bare = text.removeprefix(f"{api.slug}:")
        key = EVERY if bare == EVERY else names.get(bare, "")
        if not key:
            errors.append(
                FieldError(f"/scopes/{place}", f"{api.slug} serves no operation {bare[:120]!r}.")
            )
        elif key not in found:
            found.append(key)
    return (EVERY,) if EVERY in found else tuple(found)


def _served(api: Api) -> QuerySet[Operation]:
    return Operation.across.filter(api=api, served=True).only("key", "slug", "operation_id")


def _plan(
    api: Api, given: str | None, known: Sequence[Plan] | None, errors: list[FieldError]
) -> Plan | None:
    plans = list(Plan.across.filter(api=api)) if known is None else known
    if not given:
        return next((plan for plan in plans if plan.is_default), plans[0] if plans else None)
    for plan in plans:
        if plan.slug == given:
            return plan
    names = ", ".join(plan.slug for plan in plans) or "none"
    errors.append(FieldError("/plan", f"{api.slug} has no plan {given[:60]!r}; it has {names}."))
    return None


def _life(given: int | str | timedelta | None, errors: list[FieldError]) -> timedelta | None:
    if given is None or given == "":
        return None
    try:
        life = given if isinstance(given, timedelta) else durations.parse(given)
    except ValueError as error:
        errors.append(FieldError("/ttl", str(error)))
        return None
    if life < SHORTEST:
        errors.append(FieldError("/ttl", "A key lives at least a minute."))
        return None
    return life


def _purpose(given: str, errors: list[FieldError]) -> str:
    text = given.strip()
    if len(text) > MOST_PURPOSE:
        errors.append(FieldError("/purpose", f"At most {MOST_PURPOSE} characters."))
    return text


def _environment(given: str, errors: list[FieldError]) -> str:
    if given not in Environment.values:
        errors.append(FieldError("/environment", "Choose live or sandbox."))
    return given


def _guardrails(
    given: Mapping[str, Iterable[str]] | None, errors: list[FieldError]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, values in (given or {}).items():
        kept = [str(value).strip() for value in values]
        if name not in FENCES:
            errors.append(FieldError(f"/guardrails/{name}", "There are cidrs and countries."))
        elif len(kept) > MOST_FENCES:
            errors.append(FieldError(f"/guardrails/{name}", f"At most {MOST_FENCES}."))
        elif kept:
            found[name] = [
                FENCES[name](value, f"/guardrails/{name}/{place}", errors)
                for place, value in enumerate(kept)
            ]
    return found


def _cidr(text: str, pointer: str, errors: list[FieldError]) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        errors.append(FieldError(pointer, "Give a network such as 10.1.0.0/16 or 2001:db8::/32."))
        return ""


def _country(text: str, pointer: str, errors: list[FieldError]) -> str:
    if not COUNTRY.fullmatch(text.upper()):
        errors.append(FieldError(pointer, "Give a country by two letters (ISO 3166-1), as DE."))
    return text.upper()


FENCES = {"cidrs": _cidr, "countries": _country}
