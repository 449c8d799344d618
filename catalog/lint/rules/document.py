"""The document and its head"""

from __future__ import annotations

import re

from catalog.documents.shapes import mapping, text
from catalog.lint.places import document
from catalog.lint.rule import Hit, Rule
from catalog.lint.survey import Survey
from catalog.lint.words import quoted

SHORTEST_DESCRIPTION = 40
VERSION = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?\Z|\d{4}-\d{2}-\d{2}\Z")


def without_contact(survey: Survey, _: Survey) -> Hit | None:
    contact = mapping(survey.info.get("contact"))
    if any(text(contact.get(word)).strip() for word in ("email", "url", "name")):
        return None
    return Hit("/info", "No contact: nobody is named who answers for this API")


def without_licence(survey: Survey, _: Survey) -> Hit | None:
    if mapping(survey.info.get("license")) or text(survey.info.get("termsOfService")):
        return None
    return Hit("/info", "Neither a licence nor terms of service")


def without_description(survey: Survey, _: Survey) -> Hit | None:
    given = text(survey.info.get("description")).strip()
    if len(given) >= SHORTEST_DESCRIPTION:
        return None
    said = f"The description is only {quoted(given)}" if given else "The API has no description"
    return Hit("/info", said)


def odd_version(survey: Survey, _: Survey) -> Hit | None:
    version = text(survey.info.get("version")).strip()
    if VERSION.match(version):
        return None
    return Hit("/info/version", f"The version {quoted(version)} is not of the form 1.2.3")


def without_server(survey: Survey, _: Survey) -> Hit | None:
    if not survey.calls and not survey.is_events:
        return None  # webhooks go to the address that a subscriber gives
    if survey.servers or (survey.is_swagger and text(survey.tree.get("host"))):
        return None
    if any(operation.servers for operation in survey.operations if not survey.is_events):
        return None
    return Hit("", "No server says where the API is reached")


RULES = [
    Rule(
        id="contact-missing",
        level="info",
        title="The API names a contact",
        why="Who meets a fault or needs a change must know whom to ask.",
        mend="Add `info.contact` with the team's name and its mail address or channel.",
        before="""
            info:
              title: Refunds
        """,
        after="""
            info:
              title: Refunds
              contact:
                name: Payments team
                email: payments@example.com
        """,
        applies_to="both",
        places=document,
        check=without_contact,
    ),
    Rule(
        id="licence-missing",
        level="info",
        title="The API names its licence or terms",
        why="Without terms nobody knows what he may do with what the API gives him.",
        mend="Add `info.license`, or `info.termsOfService`.",
        before="""
            info:
              title: Refunds
        """,
        after="""
            info:
              title: Refunds
              license:
                name: Internal use
        """,
        applies_to="both",
        places=document,
        check=without_licence,
    ),
    Rule(
        id="description-missing",
        level="warning",
        title="The API says what it is for",
        why="People and agents choose an API by its description before they read an operation.",
        mend="Write a few sentences in `info.description`: what it does, for whom, its limits.",
        before="""
            info:
              title: Refunds
        """,
        after="""
            info:
              title: Refunds
              description: Give customers their money back, in full or in part,
                by the way they paid.
        """,
        applies_to="both",
        places=document,
        check=without_description,
    ),
    Rule(
        id="version-not-semantic",
        level="info",
        title="The version is semantic",
        why="Only ordered numbers tell a caller whether an update can break him.",
        mend="Number versions as MAJOR.MINOR.PATCH (semver.org), and raise MAJOR for what breaks.",
        before="""
            info:
              version: latest
        """,
        after="""
            info:
              version: 1.4.0
        """,
        applies_to="both",
        places=document,
        check=odd_version,
    ),
    Rule(
        id="server-missing",
        level="warning",
        title="The API says where it is reached",
        why="Snippets, mocks and gateways need an address; without one each caller guesses.",
        mend="Add `servers` (Swagger: `host` and `basePath`) with the production address.",
        before="""
            openapi: 3.1.0
            paths: {}
        """,
        after="""
            openapi: 3.1.0
            servers:
              - url: https://api.example.com/refunds
            paths: {}
        """,
        applies_to="both",
        places=document,
        check=without_server,
    ),
]
