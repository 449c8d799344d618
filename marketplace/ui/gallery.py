"""The gallery at /ui: every component in every state, and whole pages built from them.

It is what the accessibility and screenshot tests look at, and what a page's author copies from.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from marketplace.ui import code, specimens

SECTIONS = (
    ("tokens", "Colours and type"),
    ("buttons", "Buttons"),
    ("badges", "Badges"),
    ("cards", "Cards, figures and notices"),
    ("forms", "Forms"),
    ("tables", "Tables"),
    ("rows", "Catalog rows"),
    ("charts", "Charts and meters"),
    ("code", "Code and secrets"),
    ("work", "Long work, steps and history"),
    ("reference", "Reference"),
    ("inbox", "Decisions and inbox"),
    ("overlays", "Menus, dialogs and toasts"),
)
PAGES = {
    "catalog": "Catalog",
    "api": "API page",
    "reference-page": "Reference",
    "costs": "Costs",
    "settings": "Form page",
    "sign-in": "Sign in",
}


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    sections = [(key, title, f"ui/gallery/{key}.html") for key, title in SECTIONS]
    context = specimens.everything() | {"sections": sections, "pages": PAGES}
    return render(request, "ui/gallery.html", context)


def still_waiting(request: HttpRequest) -> HttpResponse:
    """The fragment that the specimen of a secret polls: its call never comes."""
    return HttpResponse(code.waiting("/ui/waiting"))


def page(request: HttpRequest, name: str) -> HttpResponse:
    """A whole page of the gallery, with made-up content."""
    if name not in PAGES:
        raise Http404
    context = specimens.everything() | {"demo_accounts": specimens.DATA["people"]}
    if name == "sign-in":
        context |= {"SOCIALACCOUNT_ENABLED": False, "brand": settings.BRAND}
        return render(request, "ui/pages/sign_in.html", context)
    return render(request, f"ui/pages/{name.replace('-', '_')}.html", context)
