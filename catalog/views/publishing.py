"""The Publish page: drop, paste or point; see what would happen; publish."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from catalog.documents.limits import LIMITS
from catalog.models import Upload
from catalog.publish import PublishReport, publish_version
from catalog.queries.owner import own_apis, own_teams
from catalog.uploads import keep_upload, upload_of
from catalog.views.api import publishing_call, shown_change
from catalog.views.asking import actor_in, page
from catalog.views.quality import by_rule
from marketplace.errors import Invalid, Problem
from marketplace.fetch import fetch
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team

CONTEXT_LINES = 2
LONGEST_LINE = 240
MOST_PROBLEMS = 12
FIELDS = {"/slug": "slug", "/version": "version", "/team": "team"}
MEGABYTES = LIMITS.size // 1_000_000


class Alternative:
    """A field that may be empty because another is filled: not marked optional, not required."""

    def validate(self, value: Any) -> None:
        """Whether any is filled is the form's question."""


class FileSource(Alternative, forms.FileField):
    """A dropped file."""


class AddressSource(Alternative, forms.URLField):
    """An address to fetch."""


class TextSource(Alternative, forms.CharField):
    """A pasted text."""


class SourceForm(forms.Form):
    """Where the document comes from: a file, an address, or text."""

    use_required_attribute = False
    file = FileSource(
        label="Document",
        help_text=f"OpenAPI 2.0 to 3.2 or AsyncAPI 2 and 3, YAML or JSON, up to {MEGABYTES} MB",
    )
    url = AddressSource(
        label="or its address",
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://…/openapi.yaml"}),
    )
    text = TextSource(
        label="or its text",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "class": "mono", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not any(data.get(name) for name in ("file", "url", "text")):
            self.add_error("file", "Drop a file, give an address, or paste the text.")
        return data

    def read(self) -> tuple[bytes, str]:
        """The bytes and where they came from. Raises Problem."""
        data = self.cleaned_data
        if data.get("file"):
            return data["file"].read(), data["file"].name
        if data.get("url"):
            found = fetch(data["url"])
            return found.content, found.url
        return data["text"].encode(), "pasted text"


class ConfirmForm(forms.Form):
    """What was inferred, to be confirmed."""

    slug = forms.CharField(label="API", max_length=80, help_text="Its name in addresses and scopes")
    version = forms.CharField(label="Version", max_length=80)
    team = forms.ChoiceField(label="Owner", required=False)
    acknowledge = forms.MultipleChoiceField(
        label="I have told them, or will before they break",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, *args: Any, teams: list[Team], report: PublishReport | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [(team.slug, team.name) for team in teams]  # type: ignore[attr-defined]
        if len(teams) < 2 or (report is not None and not report.new_api):
            del self.fields["team"]
        needed = report.acknowledgement.needed if report and report.acknowledgement else ()
        self.fields["acknowledge"].choices = [(name, name) for name in needed]  # type: ignore[attr-defined]
        if not needed:
            del self.fields["acknowledge"]


@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest) -> HttpResponseBase:
    """The empty page; what is sent to it is kept and shown as a report."""
    actor = actor_in(request)
    teams = own_teams(actor)
    sent = request.method == "POST"
    form = SourceForm(request.POST, request.FILES) if sent else SourceForm()
    if sent and form.is_valid():
        try:
            data, source = form.read()
            upload = keep_upload(actor=actor, data=data, source=source)
        except Problem as problem:
            form.add_error("url" if form.cleaned_data.get("url") else "file", _told(problem))
        else:
            return redirect(f"/publish/{upload.id}")
    context = {
        "form": form,
        "teams": teams,
        "snippet": publishing_call("payments"),
        "opened": bool(form.errors) or bool(request.GET.get("paste")),
    }
    return page(request, "catalog/publish/start.html", context, status=422 if form.errors else 200)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page's form names; what it leaves out is inferred."""

    slug: str | None
    version: str | None
    team: str | None
    acknowledge: tuple[str, ...]

    @classmethod
    def of(cls, asked: QueryDict) -> "Asked":
        def said(name: str) -> str | None:
            return asked.get(name, "").replace("\0", "").strip() or None

        named = tuple(asked.getlist("acknowledge"))
        return cls(said("slug"), said("version"), said("team"), named)

    def publish(self, actor: Actor, data: bytes, *, dry_run: bool) -> PublishReport:
        """The capability, called. Raises Problem."""
        return publish_version(
            actor=actor,
            data=data,
            slug=self.slug,
            version=self.version,
            team=self.team,
            acknowledge=self.acknowledge,
            dry_run=dry_run,
        )


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, id: UUID) -> HttpResponseBase:
    """What publishing would do, with the two inferred fields to confirm; and doing it."""
    actor = actor_in(request)
    upload, data = upload_of(actor, id)
    asked = Asked.of(request.POST if request.method == "POST" else request.GET)
    refused: Problem | None = None
    if request.method == "POST":
        try:
            done = asked.publish(actor, data, dry_run=False)
        except Problem as problem:
            refused = problem
        else:
            upload.delete()
            said = "Published" if done.created else "It stood already, with the same bytes:"
            messages.success(request, f"{said} {done.name} {done.version}.")
            return redirect(done.url)
    return _report(request, upload, data, asked, refused)


def _report(
    request: HttpRequest, upload: Upload, data: bytes, asked: Asked, refused: Problem | None
) -> HttpResponse:
    """The page with the dry run's report, or with why the document is refused."""
    actor = actor_in(request)
    report: PublishReport | None = None
    problem = refused
    try:
        report = asked.publish(actor, data, dry_run=True)
    except Problem as error:
        problem = problem or error
    form, wrong_name = _confirmation(actor, asked, report, problem)
    context = {
        "upload": upload,
        "report": report,
        "form": form,
        "problem": problem,
        "names_wrong": wrong_name,
        "places": [] if wrong_name else _places(problem, data),
        "count": len(problem.errors) if problem else 0,
        "changes": [shown_change(line) for line in report.changes[:200]] if report else [],
        "groups": by_rule(report.findings) if report else [],
        "snippet": publishing_call((report.api if report else asked.slug) or "my-api"),
    }
    status = 200 if problem is None or (wrong_name and request.method == "GET") else problem.status
    return page(
        request,
        "catalog/publish/check.html",
        context,
        fragment="catalog/publish/report.html",
        status=status,
    )


def _confirmation(
    actor: Actor, asked: Asked, report: PublishReport | None, problem: Problem | None
) -> tuple[ConfirmForm, bool]:
    """The form with what was inferred, and whether one of its names is what is wrong."""
    teams = own_teams(actor)
    values = {
        "slug": report.api if report else asked.slug or "",
        "version": report.version if report else asked.version or "",
        "team": asked.team or (teams[0].slug if teams else ""),
        "acknowledge": list(asked.acknowledge),
    }
    named = [
        error
        for error in (problem.errors if isinstance(problem, Invalid) else [])
        if error.pointer in FIELDS
    ]
    form = ConfirmForm(values, teams=teams, report=report)
    form.full_clean()
    for error in named:
        field = FIELDS[error.pointer]
        if field in form.fields and field not in form.errors:
            form.add_error(field, error.detail)
    return form, bool(named)


def _places(problem: Problem | None, data: bytes) -> list[dict[str, Any]]:
    """Each thing wrong with the lines around it."""
    places = problem.extra.get("places", [])[:MOST_PROBLEMS] if problem else []
    lines = data.decode("utf-8", "replace").splitlines() if places else []
    return [
        {
            "detail": place["detail"][:1].upper() + place["detail"][1:],
            "pointer": place["pointer"],
            "title": f"Line {place['line']}, column {place['column'] or 1}",
            "excerpt": _excerpt(lines, place["line"]) if place["line"] else "",
        }
        for place in places
    ]


def _excerpt(lines: list[str], number: int) -> str:
    """The line with its neighbours, numbered, an arrow at it."""
    first = max(number - CONTEXT_LINES, 1)
    rows = enumerate(lines[first - 1 : number + CONTEXT_LINES], first)
    return "\n".join(
        f"{'→' if at == number else ' '} {at:>5}  {text[:LONGEST_LINE]}" for at, text in rows
    )


def _told(problem: Problem) -> str:
    return problem.errors[0].detail if problem.errors else problem.detail or problem.title


def mine(request: HttpRequest) -> HttpResponse:
    """The APIs of one's teams."""
    actor = actor_in(request)
    apis = list(own_apis(actor))
    return page(request, "catalog/owner/apis.html", {"apis": apis, "owns": actor.owns_any_team})
