"""A comparison reads well, as JSON and as text."""

from typing import Any

from catalog.diff.change import Diff
from catalog.diff.compare import compare
from catalog.diff.report import text_report
from tests.catalog.diff.places import answer, body, document, query

S = {"type": "string"}


def test_the_json_has_the_shape_that_programs_rely_on() -> None:
    diff = compare(document(query({**S, "maxLength": 9})), document(query({**S, "maxLength": 5})))
    assert diff.as_dict() == {
        "breaking": True,
        "changes": [
            {
                "rule": "request-parameter-max-length-decreased",
                "level": "error",
                "operation": "POST /things",
                "path": "/parameters/query/q/schema/maxLength",
                "text": "Query parameter `q`: maxLength decreased from `9` to `5`.",
            }
        ],
    }


def test_a_change_keeps_the_values_themselves() -> None:
    (change,) = compare(
        document(query({**S, "maxLength": 9})), document(query({**S, "maxLength": 5}))
    ).changes
    assert (change.before, change.after) == (9, 5)


def test_the_gravest_come_first() -> None:
    diff = compare(
        document({**body(S), "summary": "a"}), document({**query(S, required=True), "summary": "b"})
    )
    assert [change.level for change in diff.changes] == ["error", "error", "info"]


def test_no_change_is_said_so() -> None:
    assert text_report(Diff.of([])) == "No changes.\n"


def test_the_text_groups_changes_by_operation() -> None:
    diff = compare(document(query(S)), document(query({**S, "pattern": "^a"}), tags=[]))
    assert text_report(diff) == (
        "1 breaking change, 0 changes that may break, 1 other change.\n"
        "\n"
        "POST /things\n"
        "  error   Query parameter `q` has to match `^a` now.\n"
        "          request-parameter-pattern-added at /parameters/query/q/schema/pattern\n"
        "\n"
        "The document\n"
        "  info    The list of tags: tags changed from nothing to `[]`.\n"
        "          equivalent-rewrite at /tags\n"
    )


def test_long_texts_are_shown_where_they_differ() -> None:
    long = "All about the thing, told at some length and in the same words as before: "
    before, after = ({**S, "description": long + end} for end in ("red", "green"))
    (change,) = compare(document(body(before)), document(body(after))).changes
    assert change.text.endswith(
        "changed from `…words as before: red` to `…words as before: green`."
    )


def test_words_of_a_shared_schema_are_told_once_for_all_its_uses() -> None:
    def api(words: str) -> dict[str, Any]:
        thing = {"type": "object", "properties": {"name": {**S, "description": words}}}
        paths = {f"/{n}": {"get": answer({"$ref": "#/components/schemas/Thing"})} for n in range(9)}
        return {**document({}), "paths": paths, "components": {"schemas": {"Thing": thing}}}

    (change,) = compare(api("red"), api("green")).changes
    assert (change.operation, change.rule) == (None, "description-changed")
    assert change.path == "/components/schemas/Thing/properties/name/description"
    assert change.text == "Schema `Thing`, `name`: description changed from `red` to `green`."


def test_nothing_in_a_document_steers_the_terminal() -> None:
    hostile = "\x1b[2J\u202egnp.exe"
    diff = compare(document({"summary": "a"}), document({"summary": hostile}))
    text = text_report(diff)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert hostile in diff.changes[0].text
