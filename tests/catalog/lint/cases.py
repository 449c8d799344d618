"""For each rule a change to a document without fault that the rule, and at best it alone, sees."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from catalog.documents import pointers
from catalog.documents.parse import parse

FOLDER = Path(__file__).parent / "documents"
GONE = object()  # stands for: take it away
Changes = dict[str, Any]


@cache
def _parsed(name: str) -> dict[str, Any]:
    return parse((FOLDER / f"{name}.yaml").read_bytes()).tree


def good(name: str = "openapi") -> dict[str, Any]:
    """A document that keeps every rule: `openapi` or `asyncapi`."""
    return deepcopy(_parsed(name))


def changed(tree: dict[str, Any], changes: Changes) -> dict[str, Any]:
    """The tree with values put at pointers, or taken away."""
    for pointer, value in changes.items():
        *path, last = pointers.split(pointer)
        holder: Any = tree
        for step in path:
            holder = holder[int(step)] if isinstance(holder, list) else holder.setdefault(step, {})
        if value is GONE:
            del holder[int(last) if isinstance(holder, list) else last]
        elif last == "-":
            holder.append(value)
        else:
            holder[int(last) if isinstance(holder, list) else last] = value
    return tree


REFUNDS = "/paths/~1refunds"
REFUND = "/paths/~1refunds~1{refund_id}"
LETTER = "/paths/~1letters~1completions/post"
PROMPT = f"{LETTER}/requestBody/content/application~1json/schema/properties"
REQUEST = "/components/schemas/RefundRequest"
RESPONSE = "/components/schemas/Refund"
PROBLEM = "/components/responses/Problem"
SCHEME = "/components/securitySchemes/second"
MESSAGE = "/components/messages/RefundSent"
CHANNEL = "/channels/refundSent"
EVENT = "/operations/publishRefundSent"
TEXT = {"type": "string", "description": "A word.", "maxLength": 80}
JSON = "content/application~1json"
PLAIN = {"description": "Done.", "content": {"application/json": {"schema": {}}}}


def moved(old: str, new: str) -> Changes:
    """A path of the document under another name."""
    return {
        f"/paths/{pointers.token(new)}": good()["paths"][old],
        f"/paths/{pointers.token(old)}": GONE,
    }


HTTP: dict[str, Changes] = {
    # the document
    "contact-missing": {"/info/contact": GONE},
    "licence-missing": {"/info/license": GONE},
    "description-missing": {"/info/description": "Refunds."},
    "version-not-semantic": {"/info/version": "latest"},
    "server-missing": {"/servers": GONE},
    # paths
    "path-not-kebab-case": moved("/letters/completions", "/sentLetters/completions"),
    "path-has-verb": moved("/letters/completions", "/create-letter/completions"),
    "path-trailing-slash": moved("/letters/completions", "/letters/completions/"),
    "path-collection-singular": moved("/refunds/{refund_id}", "/refund/{refund_id}"),
    "path-has-query": moved("/letters/completions", "/letters/completions?draft=1"),
    # operations
    "operation-id-missing": {f"{REFUNDS}/post/operationId": GONE},
    "operation-id-unusable": {f"{REFUNDS}/post/operationId": "Create a refund"},
    "operation-id-style-mixed": {f"{REFUNDS}/post/operationId": "create_refund"},
    "summary-missing": {f"{REFUNDS}/post/summary": GONE},
    "summary-too-long": {f"{REFUNDS}/post/summary": "Refund a payment, " + "really " * 20},
    "operation-description-missing": {f"{REFUNDS}/post/description": " "},
    "tag-missing": {f"{REFUNDS}/post/tags": GONE},
    "tag-undeclared": {f"{REFUNDS}/post/tags": ["Refnds"]},
    "deprecated-without-sunset": {f"{REFUND}/put/x-sunset": GONE},
    # answers
    "success-response-missing": {f"{REFUNDS}/post/responses/201": GONE},
    "client-error-missing": {
        f"{REFUNDS}/post/responses": {
            "201": {**PLAIN, "content": {"application/json": {"schema": {"type": "object"}}}}
        }
    },
    "server-error-missing": {f"{REFUNDS}/post/responses/503": GONE},
    "error-without-schema": {f"{REFUND}/get/responses/404": {"description": "No such refund."}},
    "error-not-problem": {
        f"{PROBLEM}/content": {"application/json": {"schema": {"type": "object"}}},
    },
    "response-without-schema": {f"{REFUNDS}/post/responses/201/{JSON}/schema": GONE},
    "no-content-with-body": {f"{REFUNDS}/delete/responses/204": PLAIN},
    "error-leaks-internals": {"/components/schemas/Problem/properties/stack_trace": TEXT},
    # requests
    "get-with-body": {
        f"{REFUND}/get/requestBody": {"content": {"text/plain": {"schema": TEXT}}},
    },
    "list-without-pages": {
        f"{REFUNDS}/get/parameters/1": GONE,
        f"{REFUNDS}/get/responses/200/{JSON}/schema/properties/items/maxItems": GONE,
    },
    "write-without-idempotency": {f"{REFUNDS}/post/parameters": []},
    "update-without-condition": {f"{REFUND}/put/parameters": []},
    "destructive-without-guard": {f"{REFUNDS}/delete/parameters": []},
    "parameter-description-missing": {"/components/parameters/Cursor/description": GONE},
    # security
    "write-without-security": {f"{REFUNDS}/post/security": []},
    "read-without-security": {
        "/security": GONE,
        **{
            f"{at}/security": [{"oauth": []}]
            for at in (
                f"{REFUNDS}/get",
                f"{REFUNDS}/post",
                f"{REFUNDS}/delete",
                f"{REFUND}/put",
                LETTER,
            )
        },
    },
    "api-key-in-query": {SCHEME: {"type": "apiKey", "in": "query", "name": "key"}},
    "secret-in-address": {
        f"{REFUNDS}/get/parameters/-": {
            "name": "access_token",
            "in": "query",
            "description": "Yours.",
            "schema": TEXT,
        }
    },
    "basic-authentication": {SCHEME: {"type": "http", "scheme": "Basic"}},
    "oauth-flow-outdated": {
        SCHEME: {
            "type": "oauth2",
            "flows": {"password": {"tokenUrl": "https://id.example.com/token", "scopes": {}}},
        }
    },
    "oauth-without-tls": {
        "/components/securitySchemes/oauth/flows/clientCredentials/tokenUrl": "http://id.example.com"
    },
    "server-not-encrypted": {"/servers/0/url": "http://api.example.com"},
    "server-host-open": {
        "/servers/0": {"url": "https://{host}/v1", "variables": {"host": {"default": "a.example"}}}
    },
    "sequential-id": {
        "/components/parameters/RefundId/schema": {"type": "integer", "minimum": 1, "maximum": 9}
    },
    "unauthorized-missing": {f"{REFUNDS}/post/responses/401": GONE},
    "forbidden-missing": {f"{REFUNDS}/post/responses/403": GONE},
    "too-many-requests-missing": {f"{REFUNDS}/post/responses/429": GONE},
    "limit-not-told": {"/components/responses/TooMany/headers": {}},
    # bounds
    "request-text-unbounded": {f"{REQUEST}/properties/note/maxLength": GONE},
    "request-array-unbounded": {f"{REQUEST}/properties/payment_ids/maxItems": GONE},
    "response-array-unbounded": {
        f"{REFUNDS}/get/responses/200/{JSON}/schema/properties/items/maxItems": GONE
    },
    "request-integer-unbounded": {f"{REQUEST}/properties/amount_micros/maximum": GONE},
    "request-object-open": {f"{REQUEST}/additionalProperties": GONE},
    "request-address-open": {f"{REQUEST}/properties/callback_url/pattern": GONE},
    # privacy
    "personal-data-unclassified": {f"{REQUEST}/properties/iban/x-data-class": GONE},
    "password-readable": {
        f"{REQUEST}/properties/pin_code/format": GONE,
        f"{REQUEST}/properties/pin_code/writeOnly": GONE,
    },
    "secret-given": {f"{RESPONSE}/properties/password": TEXT},
    # names and types
    "property-style-mixed": {f"{RESPONSE}/properties/sentOn": {**TEXT}},
    "parameter-style-mixed": {
        f"{REFUNDS}/get/parameters/-": {
            "name": "sortBy",
            "in": "query",
            "description": "By what.",
            "schema": TEXT,
        }
    },
    "property-description-missing": {f"{RESPONSE}/properties/id/description": GONE},
    "property-untyped": {f"{RESPONSE}/properties/id/type": GONE},
    "money-inexact": {f"{RESPONSE}/properties/amount": {"type": "number", "description": "Paid."}},
    "date-without-format": {f"{RESPONSE}/properties/created_at/format": GONE},
    "choice-without-discriminator": {f"{RESPONSE}/properties/method/discriminator": GONE},
    # examples
    "request-example-missing": {
        f"{REFUNDS}/post/requestBody/{JSON}/example": GONE,
    },
    "response-example-missing": {
        f"{LETTER}/responses/200/{JSON}/example": GONE,
    },
    # agents
    "prompt-unbounded": {f"{PROMPT}/prompt/maxLength": GONE},
    "output-unbounded": {f"{PROMPT}/max_output_tokens": GONE},
    "token-limit-open": {
        f"{PROMPT}/max_output_tokens/maximum": GONE,
        f"{PROMPT}/max_output_tokens/format": "int32",
    },
    "token-use-untold": {
        f"{LETTER}/responses/200/{JSON}/schema/properties/output_tokens": GONE,
        f"{LETTER}/responses/200/{JSON}/example": {"text": "Dear customer"},
    },
    "tool-description-too-short": {
        f"{REFUNDS}/post/summary": "Refund",
        f"{REFUNDS}/post/description": "The refund.",
    },
    "tool-description-repeated": {
        f"{REFUNDS}/post/{word}": good()["paths"]["/refunds"]["get"][word]
        for word in ("summary", "description")
    },
    "tool-argument-unclear": {
        f"{REFUNDS}/get/parameters/-": {
            "name": "scope",
            "in": "query",
            "required": True,
            "schema": {"type": "string", "maxLength": 9},
        }
    },
}

EVENTS: dict[str, Changes] = {
    "message-without-payload": {f"{MESSAGE}/payload": GONE, f"{MESSAGE}/examples": GONE},
    "message-name-missing": {f"{MESSAGE}/name": GONE},
    "message-content-type-missing": {"/defaultContentType": GONE},
    "message-correlation-missing": {f"{MESSAGE}/correlationId": GONE},
    "message-identity-missing": {f"{MESSAGE}/payload/properties/event_id": GONE},
    "message-description-missing": {f"{MESSAGE}/summary": GONE},
    "message-example-missing": {f"{MESSAGE}/examples": GONE},
    "channel-description-missing": {f"{CHANNEL}/description": GONE},
    "channel-bindings-missing": {f"{CHANNEL}/bindings": GONE},
    "event-without-security": {"/servers/kafka/security": GONE},
}

# Rules for both kinds, seen in events too.
BOTH: dict[str, Changes] = {
    "contact-missing": {"/info/contact": GONE},
    "server-missing": {"/servers": GONE, f"{EVENT}/security": [{"$ref": "#/x"}]},
    "server-not-encrypted": {"/servers/kafka/protocol": "kafka"},
    "summary-missing": {f"{EVENT}/summary": GONE},
    "operation-description-missing": {f"{EVENT}/description": GONE},
    "oauth-without-tls": {
        "/components/securitySchemes/oauth/flows/clientCredentials/tokenUrl": "http://id.example.com"
    },
    "api-key-in-query": {SCHEME: {"type": "httpApiKey", "in": "query", "name": "key"}},
    "personal-data-unclassified": {f"{MESSAGE}/payload/properties/email": TEXT},
    "property-untyped": {f"{MESSAGE}/payload/properties/refund_id/type": GONE},
    "request-text-unbounded": {f"{EVENT}/action": "receive"},
}

# What a change cannot help breaking too.
ALONGSIDE: dict[str, set[str]] = {
    "no-content-with-body": {"response-example-missing"},
    "client-error-missing": {
        "server-error-missing",
        "unauthorized-missing",
        "forbidden-missing",
        "too-many-requests-missing",
        "response-example-missing",
    },
    "list-without-pages": {"response-array-unbounded"},
    "tool-argument-unclear": {"parameter-description-missing"},
    "prompt-unbounded": {"request-text-unbounded"},
}
