"""Who may call: identities, transport, limits"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from catalog.documents.operation import OperationSpec, ParameterSpec
from catalog.documents.shapes import mapping, text
from catalog.lint.intent import WRITES, is_sign_in
from catalog.lint.places import calls, inside, on_operation, on_word
from catalog.lint.rule import Hit, Rule
from catalog.lint.schemas import kinds_of
from catalog.lint.survey import Survey
from catalog.lint.words import joined, quoted

Scheme = tuple[str, Mapping[str, Any]]
Server = tuple[str, str, str]
LONGEST_URL = 2_000
# fmt: off
SECRETS = frozenset([
    "api_key", "apikey", "access_token", "token", "auth_token", "password", "passwd", "secret",
    "client_secret", "private_key", "jwt", "session_token", "id_token", "refresh_token",
])
OPEN_PROTOCOLS = frozenset(["http", "ws", "mqtt", "amqp", "kafka", "stomp", "nats", "redis"])
LOCAL = re.compile(r"[a-z]+://(?:localhost|127\.|\[::1\]|0\.0\.0\.0|host\.docker)", re.IGNORECASE)
WILD = re.compile(r"(?:[a-z0-9+.-]+|\{[^{}]*\})://(?:\{[^{}]*\}(?:[:/]|\Z)|[^/]*\*)", re.IGNORECASE)
# fmt: on


def writes(survey: Survey) -> Iterable[OperationSpec]:
    return [each for each in survey.calls if each.method in WRITES]


def reads(survey: Survey) -> Iterable[OperationSpec]:
    return [each for each in survey.calls if each.method not in WRITES]


def is_open(operation: OperationSpec) -> bool:
    """Whether anyone may call it: no requirement, or an empty one among them."""
    return not operation.security or any(not each for each in operation.security)


def secured(survey: Survey) -> Iterable[OperationSpec]:
    return [each for each in survey.calls if not is_open(each)]


def open_write(survey: Survey, operation: OperationSpec) -> Hit | None:
    if not is_open(operation) or is_sign_in(survey, operation):
        return None
    said = f"Anyone may call {operation.method} {quoted(operation.path)}"
    return on_operation(operation, said)


def open_read(survey: Survey, operation: OperationSpec) -> Hit | None:
    """That a read is public is fine where the document says so with `security: []`."""
    if not is_open(operation) or is_sign_in(survey, operation):
        return None
    if "security" in survey.raw(operation):
        return None
    said = f"{operation.method} {quoted(operation.path)} says not who may call it"
    return on_operation(operation, said)


def schemes(survey: Survey) -> Iterable[Scheme]:
    return survey.schemes


def key_in_query(_: Survey, place: Scheme) -> Hit | None:
    pointer, scheme = place
    kind = text(scheme.get("type"))
    if (kind == "apiKey" and scheme.get("in") == "query") or (
        kind == "httpApiKey" and scheme.get("in") == "query"
    ):
        return Hit(pointer, f"The key travels in the query as {quoted(text(scheme.get('name')))}")
    return None


def basic(_: Survey, place: Scheme) -> Hit | None:
    pointer, scheme = place
    kind = text(scheme.get("type"))
    if kind == "basic" or (kind == "http" and text(scheme.get("scheme")).lower() == "basic"):
        return Hit(pointer, "The user's name and password travel with each call")
    return None


def oauth_flows(scheme: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The flows of a scheme, of Swagger's too, each with its place below the scheme."""
    if text(scheme.get("flow")):
        return [(text(scheme.get("flow")), scheme)]
    return [(name, mapping(flow)) for name, flow in mapping(scheme.get("flows")).items()]


def outdated_flow(_: Survey, place: Scheme) -> Hit | None:
    pointer, scheme = place
    for name, _flow in oauth_flows(scheme):
        if name in ("implicit", "password"):
            return Hit(pointer, f"The flow {quoted(name)} of OAuth 2 is no longer safe")
    return None


def open_address(_: Survey, place: Scheme) -> Hit | None:
    pointer, scheme = place
    addresses = [scheme.get("openIdConnectUrl")]
    for _name, flow in oauth_flows(scheme):
        addresses += [flow.get(word) for word in ("tokenUrl", "authorizationUrl", "refreshUrl")]
    for address in addresses:
        if text(address).lower().startswith("http://") and not LOCAL.match(text(address)):
            return Hit(pointer, f"Tokens are fetched without TLS from {quoted(text(address))}")
    return None


def servers(survey: Survey) -> Iterable[Server]:
    return survey.servers


def not_encrypted(_: Survey, place: Server) -> Hit | None:
    pointer, url, protocol = place
    if protocol in OPEN_PROTOCOLS and not LOCAL.match(url):
        return Hit(pointer, f"{quoted(url)} is reached without TLS")
    return None


def any_host(_: Survey, place: Server) -> Hit | None:
    pointer, url, _protocol = place
    if WILD.match(url[:LONGEST_URL]):
        return Hit(pointer, f"{quoted(url)} lets the host be anything")
    return None


def parameters(survey: Survey) -> Iterable[tuple[OperationSpec, ParameterSpec]]:
    return [each for each in survey.parameters if each[1].where in ("query", "path")]


def secret_in_address(_: Survey, place: tuple[OperationSpec, ParameterSpec]) -> Hit | None:
    operation, parameter = place
    name = joined(parameter.name)
    if name not in SECRETS:
        return None
    if name == "token" and (parameter.where == "path" or "page" in parameter.description.lower()):
        return None  # a share link's name, or where a list goes on
    said = f"{quoted(parameter.name)} travels in the {parameter.where}"
    return Hit(parameter.pointer, said, inside(operation, parameter.pointer))


def identifiers(survey: Survey) -> Iterable[tuple[OperationSpec, ParameterSpec]]:
    """Path parameters that name one thing."""
    return [
        (operation, each)
        for operation, each in survey.parameters
        if each.where == "path" and joined(each.name).rpartition("_")[2] in ("id", "ids")
    ]


def sequential(survey: Survey, place: tuple[OperationSpec, ParameterSpec]) -> Hit | None:
    operation, parameter = place
    schema = mapping(survey.value(parameter.schema))
    if "integer" not in kinds_of(schema):
        return None
    said = f"{quoted(parameter.name)} counts up: whoever has one knows the next"
    return Hit(parameter.pointer, said, inside(operation, parameter.pointer))


def answers(operation: OperationSpec, status: str) -> bool:
    wild = f"{status[0]}xx"
    return any(each.status.lower() in (status, wild, "default") for each in operation.responses)


def no_401(survey: Survey, operation: OperationSpec) -> Hit | None:
    if answers(operation, "401"):
        return None
    said = f"{operation.method} {quoted(operation.path)} tells no 401"
    return on_word(survey, operation, "responses", said)


def no_403(survey: Survey, operation: OperationSpec) -> Hit | None:
    if answers(operation, "403"):
        return None
    said = f"{operation.method} {quoted(operation.path)} tells no 403"
    return on_word(survey, operation, "responses", said)


def no_429(survey: Survey, operation: OperationSpec) -> Hit | None:
    if answers(operation, "429"):
        return None
    said = f"{operation.method} {quoted(operation.path)} tells no 429"
    return on_word(survey, operation, "responses", said)


def limited(survey: Survey) -> Iterable[OperationSpec]:
    return [
        each for each in survey.calls if any(answer.status == "429" for answer in each.responses)
    ]


def limit_untold(survey: Survey, operation: OperationSpec) -> Hit | None:
    for response in operation.responses:
        for header in response.headers:
            name = header.name.lower().removeprefix("x-")
            if name == "retry-after" or name.startswith(("ratelimit", "rate-limit")):
                return None
    said = f"{operation.method} {quoted(operation.path)} limits, but tells not when to come back"
    return on_word(survey, operation, "responses", said)


RULES = [
    Rule(
        id="write-without-security",
        level="error",
        title="Nobody writes without an identity",
        why="What anyone may call, anyone will; nothing can be limited, priced or traced.",
        mend="Require a scheme under `security`, at the root or at the operation.",
        before="""
            post:
              operationId: createRefund
              security: []
        """,
        after="""
            post:
              operationId: createRefund
              security:
                - marketplaceKey: []
        """,
        applies_to="openapi",
        places=writes,
        check=open_write,
        sources=("OWASP API2:2023", "OWASP API5:2023"),
    ),
    Rule(
        id="read-without-security",
        level="warning",
        title="Reads say who may call them",
        why="Silence leaves open whether it is public on purpose, or was forgotten.",
        mend="Require a scheme under `security`, or write `security: []` for what is public.",
        before="""
            get:
              operationId: listRefunds
        """,
        after="""
            get:
              operationId: listRefunds
              security:
                - marketplaceKey: []
        """,
        applies_to="openapi",
        places=reads,
        check=open_read,
        sources=("OWASP API2:2023",),
    ),
    Rule(
        id="api-key-in-query",
        level="error",
        title="Keys don't travel in the query",
        why="Addresses stay in logs, histories and referrers, and the key with them.",
        mend="Take the key in the `Authorization` header.",
        before="""
            key:
              type: apiKey
              in: query
              name: api_key
        """,
        after="""
            key:
              type: http
              scheme: bearer
        """,
        applies_to="both",
        places=schemes,
        check=key_in_query,
        sources=("OWASP API2:2023", "RFC 6750"),
    ),
    Rule(
        id="secret-in-address",
        level="error",
        title="Secrets don't stand in addresses",
        why="Addresses stay in logs, histories and referrers, and the secret with them.",
        mend="Take it in a header or in the body.",
        before="""
            - name: access_token
              in: query
        """,
        after="""
            security:
              - marketplaceKey: []
        """,
        applies_to="openapi",
        places=parameters,
        check=secret_in_address,
        sources=("OWASP API2:2023",),
    ),
    Rule(
        id="basic-authentication",
        level="warning",
        title="No passwords with each call",
        why="A password has no scope, no expiry and no rotation, and is often used elsewhere too.",
        mend="Use short-lived keys or OAuth 2 tokens as bearer.",
        before="""
            login:
              type: http
              scheme: basic
        """,
        after="""
            key:
              type: http
              scheme: bearer
        """,
        applies_to="both",
        places=schemes,
        check=basic,
        sources=("OWASP API2:2023",),
    ),
    Rule(
        id="oauth-flow-outdated",
        level="warning",
        title="OAuth without implicit and password flow",
        why="The one shows the token in an address, the other the password to the application"
        " (RFC 9700).",
        mend="Use the authorization code flow with PKCE, or client credentials.",
        before="""
            oauth:
              type: oauth2
              flows:
                implicit: {}
        """,
        after="""
            oauth:
              type: oauth2
              flows:
                authorizationCode: {}
        """,
        applies_to="both",
        places=schemes,
        check=outdated_flow,
        sources=("RFC 9700",),
    ),
    Rule(
        id="oauth-without-tls",
        level="error",
        title="Tokens are fetched over TLS",
        why="Whoever is on the way reads the client's secret and the token.",
        mend="Give the `https` addresses.",
        before="""
            clientCredentials:
              tokenUrl: http://id.example.com/token
        """,
        after="""
            clientCredentials:
              tokenUrl: https://id.example.com/token
        """,
        applies_to="both",
        places=schemes,
        check=open_address,
        sources=("RFC 6749", "OWASP API8:2023"),
    ),
    Rule(
        id="server-not-encrypted",
        level="error",
        title="Servers are reached over TLS",
        why="Keys and data travel readable for everyone on the way.",
        mend="Give the encrypted address (https, wss, kafka-secure, mqtts, amqps), and only that.",
        before="""
            servers:
              - url: http://api.example.com
        """,
        after="""
            servers:
              - url: https://api.example.com
        """,
        applies_to="both",
        places=servers,
        check=not_encrypted,
        sources=("OWASP API8:2023",),
    ),
    Rule(
        id="server-host-open",
        level="warning",
        title="The host is named",
        why="A key is sent to whatever the variable says: callers can be led to another's host.",
        mend="Name the host; let only a region or tenant below it vary, from an `enum`.",
        before="""
            servers:
              - url: https://{host}/v1
        """,
        after="""
            servers:
              - url: https://{region}.api.example.com/v1
                variables:
                  region: {default: eu, enum: [eu, us]}
        """,
        applies_to="both",
        places=servers,
        check=any_host,
        sources=("OWASP API8:2023",),
    ),
    Rule(
        id="sequential-id",
        level="info",
        title="Ids can't be guessed",
        why="Whoever can count can try every record; one forgotten check shows them all.",
        mend="Use random ids, such as UUIDs, in addresses.",
        before="""
            - name: refund_id
              in: path
              schema: {type: integer}
        """,
        after="""
            - name: refund_id
              in: path
              schema: {type: string, format: uuid}
        """,
        applies_to="openapi",
        places=identifiers,
        check=sequential,
        sources=("OWASP API1:2023",),
    ),
    Rule(
        id="unauthorized-missing",
        level="info",
        title="What needs an identity answers 401",
        why="A caller must tell a wrong key from a wrong request, to renew it and go on.",
        mend="Add the answer 401.",
        before="""
            responses:
              '200':
                description: OK
        """,
        after="""
            responses:
              '200':
                description: OK
              '401':
                $ref: '#/components/responses/Unauthorized'
        """,
        applies_to="openapi",
        places=secured,
        check=no_401,
        sources=("OWASP API2:2023",),
    ),
    Rule(
        id="forbidden-missing",
        level="info",
        title="What needs a right answers 403",
        why="A caller must tell a missing scope from a wrong key: the one is asked for, the other"
        " renewed.",
        mend="Add the answer 403.",
        before="""
            responses:
              '200':
                description: OK
        """,
        after="""
            responses:
              '200':
                description: OK
              '403':
                $ref: '#/components/responses/Forbidden'
        """,
        applies_to="openapi",
        places=secured,
        check=no_403,
        sources=("OWASP API5:2023",),
    ),
    Rule(
        id="too-many-requests-missing",
        level="warning",
        title="Limits answer 429",
        why="Without a limit one caller starves all; without the answer each invents his own"
        " back-off.",
        mend="Add the answer 429 with `Retry-After`.",
        before="""
            responses:
              '200':
                description: OK
        """,
        after="""
            responses:
              '200':
                description: OK
              '429':
                $ref: '#/components/responses/TooManyRequests'
        """,
        applies_to="openapi",
        places=calls,
        check=no_429,
        sources=("OWASP API4:2023", "RFC 6585"),
    ),
    Rule(
        id="limit-not-told",
        level="info",
        title="A limit tells when to come back",
        why="A caller that knows when waits; one that doesn't hammers.",
        mend="Add the header `Retry-After`, or `RateLimit`, to the answer 429.",
        before="""
            '429':
              description: Too many requests
        """,
        after="""
            '429':
              description: Too many requests
              headers:
                Retry-After:
                  schema: {type: integer}
        """,
        applies_to="openapi",
        places=limited,
        check=limit_untold,
        sources=("RFC 9110",),
    ),
]
