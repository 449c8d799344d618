"""References that refuse a document: those that lead outside it, and those that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin

from catalog.documents import refs, walk
from catalog.documents.errors import Problem
from catalog.documents.parse import Document
from catalog.documents.yaml_text import shown

MOST_PROBLEMS = 50
HOW_TO_BUNDLE = (
    "bundle the document first: the publish command and the CI snippet inline relative references "
    "below the document's own folder"
)


def problems(document: Document) -> list[Problem]:
    """One problem for each reference that leads outside or only to itself, at its `$ref`."""
    texts = document.ref_texts
    resolver = refs.Resolver(document.tree)
    outside = {ref for ref in texts if refs.is_external(ref)} - embedded(document, texts)
    suspects = outside | {
        ref for ref in texts if not refs.is_external(ref) and loops(resolver, ref)
    }
    if not suspects:
        return []
    found = []
    for reference in walk.references(document.tree, kind=document.kind):
        if reference.ref not in suspects:
            continue
        detail = (
            f"the reference {shown(reference.ref)} leads outside the document; {HOW_TO_BUNDLE}"
            if reference.ref in outside
            else f"the reference {shown(reference.ref)} only leads back to itself"
        )
        found.append(Problem(reference.pointer, *document.where(reference.pointer), detail))
        if len(found) == MOST_PROBLEMS:
            break
    return found


def loops(resolver: refs.Resolver, ref: str) -> bool:
    try:
        resolver.follow(ref)
    except refs.Loop:
        return True
    except refs.Dangling:
        pass
    return False


def embedded(document: Document, texts: set[str]) -> set[str]:
    """References by URI to what the document itself holds: `$self` (3.2) and `$id` (3.1)."""
    if document.kind != "openapi" or document.version.startswith("3.0"):
        return set()
    own = document.tree.get("$self")
    base = own if isinstance(own, str) else ""
    here = {base} if base else set()
    if b'"$id":' in document.compact:
        here |= {urljoin(base, name) for name in identifiers(document)}
    return {ref for ref in texts if urldefrag(urljoin(base, ref)).url in here} if here else set()


def identifiers(document: Document) -> Iterator[str]:
    for _, value in walk.objects(document.tree):
        name = value.get("$id")
        if isinstance(name, str):
            yield name.rstrip("#")


def dangling(document: Document) -> Iterator[walk.Reference]:
    """Each real reference into the document that names nothing there, in order."""
    resolver = refs.Resolver(document.tree)
    missing = set()
    for ref in document.ref_texts:
        if not refs.is_external(ref):
            try:
                resolver.target(ref)
            except refs.Dangling:
                missing.add(ref)
    if missing:
        for reference in walk.references(document.tree, kind=document.kind):
            if reference.ref in missing:
                yield reference
