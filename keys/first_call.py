"""The first call with a new key, ready to paste: at the gateway, on a real operation."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from catalog.documents import pointers
from catalog.models import Api, Operation
from catalog.reference.fragments import Fragments
from catalog.reference.http import read_http
from catalog.reference.snippets import Call, http_samples
from keys.models import EnforcementPointApi
from marketplace.ui.code import Sample

KEY_VARIABLE = "API_KEY"


@dataclass(frozen=True, slots=True)
class FirstCall:
    """An operation and how to call it in several languages."""

    operation: Operation
    samples: list[Sample]


def gateway_base(api: Api) -> str:
    """Where callers reach the API: the gateway and the API's path on it."""
    prefix = (
        EnforcementPointApi.across.filter(api=api).order_by("id").values_list("prefix", flat=True)
    ).first()
    return f"{settings.GATEWAY_URL.rstrip('/')}{prefix or f'/{api.slug}'}"


def first_call(api: Api, scopes: Sequence[str], *, secret: str = "") -> FirstCall | None:
    """The easiest operation that these operation keys allow (a read without parameters first),
    with the secret in its curl; None where the API has no HTTP operation among them."""
    rows = Operation.across.filter(api=api, served=True, kind="http")
    if "*" not in scopes:
        rows = rows.filter(key__in=scopes)
    rows = rows.only("version_id", "pointer", "needs", "method", "path", "title", "deprecated")
    operation = min(rows.order_by("position"), key=_ease, default=None)
    if operation is None:
        return None
    samples = _samples(operation, gateway_base(api))
    if secret:
        samples = [_with_secret(sample, secret) for sample in samples]
    return FirstCall(operation, samples)


def _ease(operation: Operation) -> tuple[bool, bool, int]:
    return (operation.deprecated, operation.method != "GET", operation.path.count("{"))


def _samples(operation: Operation, base: str) -> list[Sample]:
    """The operation's own samples: one query, seldom two."""
    fragments = Fragments(operation.version_id)
    fragments.load(operation.needs)
    at = tuple(pointers.split(operation.pointer))
    reference = fragments.draw(
        lambda: read_http(fragments, at, method=operation.method, path=operation.path, base=base)
    )
    bare = Call(operation.method, base, operation.path, {})
    return reference.samples or http_samples(bare)


def _with_secret(sample: Sample, secret: str) -> Sample:
    if sample.language == "bash":
        return Sample(
            sample.label, sample.source.replace(f"${KEY_VARIABLE}", secret), sample.language
        )
    return sample
