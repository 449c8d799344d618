"""What looks like a fault and is none, and what does not look like one and is."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.check import lint
from tests.catalog.lint.cases import (
    GONE,
    JSON,
    LETTER,
    MESSAGE,
    PROMPT,
    REFUND,
    REFUNDS,
    REQUEST,
    RESPONSE,
    SCHEME,
    TEXT,
    Changes,
    changed,
    good,
    moved,
)

NOTE = f"{REQUEST}/properties/note"
LIST = f"{REFUNDS}/get/responses/200/{JSON}/schema"
BARE = {"type": "string", "description": "A word."}


def rules(changes: Changes, kind: str = "openapi") -> set[str]:
    return {finding.rule for finding in lint(changed(good(kind), changes)).findings}


@pytest.mark.parametrize(
    "schema",
    [
        {**BARE, "enum": ["a"]},
        {**BARE, "const": "a"},
        {**BARE, "format": "uuid"},
        {**BARE, "pattern": "^[a-z]{1,5}$"},
        {**BARE, "pattern": "^(a|b)?$"},
        {**BARE, "readOnly": True},
        {**BARE, "anyOf": [{"maxLength": 5}, {"format": "date"}]},
        {**BARE, "allOf": [{"maxLength": 5}, {}]},
        {"description": "Shared.", "$ref": "#/components/schemas/Word", "maxLength": 3},
        {"description": "Nullable.", "type": ["string", "null"], "maxLength": 3},
    ],
)
def test_a_text_is_bounded_in_many_ways(schema: dict[str, Any]) -> None:
    found = rules({NOTE: schema, "/components/schemas/Word": {"type": "string"}})
    assert "request-text-unbounded" not in found


@pytest.mark.parametrize(
    "schema",
    [
        {**BARE, "pattern": "^[a-z]+$"},
        {**BARE, "pattern": "[a-z]{1,5}"},
        {**BARE, "pattern": "^[a-z]{3,}$"},
        {**BARE, "format": "uri"},
        {**BARE, "anyOf": [{"maxLength": 5}, {"minLength": 1}]},
        {"description": "Nullable.", "type": ["null", "string"]},
        {"description": "Shared.", "$ref": "#/components/schemas/Word"},
        {"description": "One of.", "oneOf": [{"type": "string"}, {"type": "integer", "enum": [1]}]},
    ],
)
def test_a_text_without_an_end_is_seen_in_any_form(schema: dict[str, Any]) -> None:
    found = rules({NOTE: schema, "/components/schemas/Word": {"type": "string"}})
    assert "request-text-unbounded" in found


def test_texts_that_are_only_given_need_no_bound() -> None:
    assert rules({f"{RESPONSE}/properties/note": BARE}) == set()


def test_what_nothing_uses_is_not_looked_at() -> None:
    assert (
        rules({"/components/schemas/Unused": {"type": "object", "properties": {"a": {}}}}) == set()
    )


def test_a_default_beside_a_success_stands_for_all_errors() -> None:
    answers = {
        "204": {"description": "Gone."},
        "default": {"$ref": "#/components/responses/Problem"},
    }
    assert rules({f"{REFUNDS}/delete/responses": answers}) == set()


def test_a_default_without_schema_is_an_error_without_one() -> None:
    found = rules({f"{REFUNDS}/get/responses/default": {"description": "Went wrong."}})
    assert found == {"error-without-schema"}


def test_a_list_that_cannot_grow_needs_no_pages() -> None:
    assert "list-without-pages" not in rules({f"{REFUNDS}/get/parameters/1": GONE})


@pytest.mark.parametrize("name", ["page_token", "pageSize", "offset", "starting-after"])
def test_pages_are_taken_by_many_names(name: str) -> None:
    parameter = {"name": name, "in": "query", "description": "Which.", "schema": TEXT}
    found = rules(
        {f"{REFUNDS}/get/parameters/1": parameter, f"{LIST}/properties/items/maxItems": GONE}
    )
    assert "list-without-pages" not in found


def test_one_thing_that_holds_a_list_is_no_list() -> None:
    properties = {
        "id": TEXT,
        "reasons": {"type": "array", "description": "Why.", "items": TEXT},
    }
    found = rules({f"{LIST}/properties": properties, f"{REFUNDS}/get/parameters/1": GONE})
    assert "list-without-pages" not in found


def test_a_bare_array_is_a_list() -> None:
    schema = {"type": "array", "items": {"$ref": "#/components/schemas/Refund"}}
    assert "list-without-pages" in rules({LIST: schema, f"{REFUNDS}/get/parameters/1": GONE})


def test_whoever_signs_in_has_no_identity_yet() -> None:
    assert rules({f"{REFUNDS}/post/operationId": "login", f"{REFUNDS}/post/security": []}) == set()


def test_an_empty_alternative_lets_anyone_in() -> None:
    changes: Changes = {f"{REFUNDS}/post/security": [{"oauth": []}, {}]}
    assert rules(changes) == {"write-without-security"}


def test_a_read_may_be_public_on_purpose() -> None:
    assert rules({f"{REFUND}/get/security": []}) == set()


def test_a_post_that_only_asks_needs_no_idempotency() -> None:
    changes = {f"{REFUNDS}/post/parameters": [], f"{REFUNDS}/post/operationId": "previewRefund"}
    assert rules(changes) == set()


def test_a_delete_of_one_thing_can_be_repeated() -> None:
    operation = {**good()["paths"]["/refunds"]["delete"], "operationId": "deleteRefund"}
    operation.update(parameters=[], summary="Delete one", description="Deletes it for good.")
    assert rules({f"{REFUND}/delete": operation}) == set()


def test_a_post_that_purges_is_destructive_too() -> None:
    changes = {f"{REFUNDS}/post/operationId": "purgeRefunds", f"{REFUNDS}/post/parameters": []}
    assert "destructive-without-guard" in rules(changes)


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://127.0.0.1", "/v1"])
def test_a_server_on_ones_own_machine_needs_no_encryption(url: str) -> None:
    assert rules({"/servers/0/url": url}) == set()


@pytest.mark.parametrize(
    ("server", "rule"),
    [
        ({"url": "https://{region}.example.com", "variables": {}}, None),
        (
            {
                "url": "https://{host}",
                "variables": {"host": {"default": "a.example", "enum": ["a.example"]}},
            },
            None,
        ),
        ({"url": "https://*.example.com"}, "server-host-open"),
        ({"url": "https://{host}:8443/v1"}, "server-host-open"),
        (
            {"url": "{scheme}://a.example", "variables": {"scheme": {"default": "http"}}},
            "server-not-encrypted",
        ),
    ],
)
def test_variables_of_a_server_are_filled_in(server: dict[str, Any], rule: str | None) -> None:
    assert rules({"/servers/0": server}) == ({rule} if rule else set())


@pytest.mark.parametrize(
    "changes",
    [
        {f"{REQUEST}/x-data-class": "confidential"},
        {"/info/x-data-class": "confidential"},
        {f"{REFUNDS}/post/x-data-class": "confidential"},
        {f"{REQUEST}/properties/email/x-pii": True},
    ],
)
def test_a_data_class_counts_for_what_it_is_around(changes: Changes) -> None:
    assert rules({f"{REQUEST}/properties/email": {**TEXT}, **changes}) == set()


def test_a_flag_about_personal_data_is_none() -> None:
    flag = {"type": "boolean", "description": "Whether it is known."}
    assert rules({f"{REQUEST}/properties/email": flag}) == set()


@pytest.mark.parametrize("name", ["Email", "e_mail", "dateOfBirth", "IBAN", "phone-number"])
def test_personal_data_is_known_in_any_style(name: str) -> None:
    assert "personal-data-unclassified" in rules({f"{RESPONSE}/properties/{name}": TEXT})


def test_a_part_of_a_composition_is_not_told_to_close_itself() -> None:
    whole = {
        "allOf": [{"type": "object", "properties": {"a": TEXT}}, {"$ref": f"#{REQUEST}"}],
        "unevaluatedProperties": False,
    }
    changes = {
        f"{REFUNDS}/post/requestBody/{JSON}/schema": whole,
        f"{REFUND}/put/requestBody/{JSON}/schema": whole,
        f"{REQUEST}/additionalProperties": GONE,
    }
    assert rules(changes) == set()


def test_choices_may_be_told_apart_by_a_constant() -> None:
    changes = {
        f"{RESPONSE}/properties/method/discriminator": GONE,
        "/components/schemas/Card/properties/kind": {**BARE, "const": "card"},
        "/components/schemas/Transfer/properties/kind": {**BARE, "enum": ["transfer"]},
    }
    assert rules(changes) == set()


def test_chat_between_people_is_no_model() -> None:
    changes = {
        **moved("/letters/completions", "/chat"),
        "/info/title": "Refunds",
        "/info/description": "Give customers their money back, and talk to them in a chat.",
        "/tags/1/name": "Talk",
    }
    tree = changed(good(), changes)
    tree["paths"]["/chat"]["post"].update(
        operationId="postChat", tags=["Talk"], summary="Say something to the customer"
    )
    body = tree["paths"]["/chat"]["post"]["requestBody"]["content"]["application/json"]
    body["schema"]["properties"] = {"text": BARE}
    found = {finding.rule for finding in lint(tree).findings}
    assert {"prompt-unbounded", "output-unbounded", "token-use-untold"} & found == set()


def test_a_model_is_known_by_what_it_takes() -> None:
    changes = {
        f"{LETTER}/operationId": "doIt",
        "/info/title": "Refunds",
        f"{PROMPT}/temperature": {"type": "number", "description": "How bold."},
        f"{PROMPT}/prompt/maxLength": GONE,
    }
    assert "prompt-unbounded" in rules(changes)


@pytest.mark.parametrize("name", ["line1", "sha256", "x5t", "id", "URL"])
def test_a_name_of_one_word_has_no_style(name: str) -> None:
    assert rules({f"{RESPONSE}/properties/{name}": TEXT}) == set()


@pytest.mark.parametrize(
    "path", ["/.well-known/jwks.json", "/v1/letters", "/V2/letters", "/letters:batch"]
)
def test_some_paths_have_a_spelling_of_their_own(path: str) -> None:
    assert "path-not-kebab-case" not in rules(moved("/letters/completions", path))


@pytest.mark.parametrize("path", ["/evidence/{evidence_id}", "/autocomplete/{suggestion_id}"])
def test_some_collections_have_no_plural(path: str) -> None:
    assert "path-collection-singular" not in rules(moved("/refunds/{refund_id}", path))


def test_oauth_tells_errors_in_its_own_form() -> None:
    changes = moved("/letters/completions", "/oauth/token")
    tree = changed(good(), changes)
    tree["paths"]["/oauth/token"]["post"]["responses"]["401"] = {
        "description": "RFC 6749.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    assert "error-not-problem" not in {finding.rule for finding in lint(tree).findings}


def test_a_webhook_goes_to_an_address_that_its_subscriber_gives() -> None:
    tree = good()
    tree["webhooks"] = {"refundSent": {"post": tree["paths"]["/letters/completions"]["post"]}}
    tree["paths"] = {}
    del tree["servers"]
    assert "server-missing" not in {finding.rule for finding in lint(tree).findings}


def test_what_a_webhook_sends_is_not_what_the_api_takes() -> None:
    tree = good()
    note = {"content": {"application/json": {"schema": {"type": "array", "items": BARE}}}}
    tree["webhooks"] = {
        "refundSent": {
            "post": {
                "operationId": "refundSent",
                "summary": "A refund was sent",
                "description": "Sent once.",
                "requestBody": note,
                "responses": {"200": {"description": "Thanks."}},
            }
        }
    }
    assert {each.rule for each in lint(tree).findings} == {"response-array-unbounded"}


def test_messages_are_deduplicated_by_many_names() -> None:
    payload = f"{MESSAGE}/payload/properties"
    for name in ("id", "messageId", "ce_id", "sequence_number"):
        changes = {f"{payload}/event_id": GONE, f"{payload}/{name}": TEXT}
        assert "message-identity-missing" not in rules(changes, "asyncapi")


def test_a_sasl_login_is_no_basic_authentication() -> None:
    assert rules({SCHEME: {"type": "userPassword"}}, "asyncapi") == set()


def test_a_shared_parameter_is_judged_once() -> None:
    report = lint(changed(good(), {"/components/parameters/RefundId/description": GONE}))
    [finding] = report.findings
    assert finding.pointer == "/components/parameters/RefundId"
    assert finding.operation is None


def test_a_finding_inside_an_operation_names_it() -> None:
    [finding] = lint(changed(good(), {f"{PROMPT}/max_output_tokens/description": GONE})).findings
    assert finding.operation == "POST /letters/completions"
    assert finding.pointer == f"{PROMPT}/max_output_tokens"


def test_a_pointer_is_escaped() -> None:
    [finding] = lint(
        changed(good(), {f"{RESPONSE}/properties/a~1b~0c": {"type": "string"}})
    ).findings
    assert finding.pointer == f"{RESPONSE}/properties/a~1b~0c"
