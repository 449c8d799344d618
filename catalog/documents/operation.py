"""What a document offers, operation by operation: OpenAPI and AsyncAPI in one shape.

Pointers lead into the document's own tree. A schema's pointer names where the schema stands; it
may be a reference there (`refs.expand` draws it). Values are never copied out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

OperationKind = Literal["http", "webhook", "callback", "send", "receive"]


class ExampleSpec(NamedTuple):
    """An example that the author gave: where its value stands, or the address it is kept at."""

    name: str
    pointer: str | None
    summary: str = ""
    external: str | None = None


class MediaSpec(NamedTuple):
    """A body in one media type. `item_schema` is that of one item of a stream (OpenAPI 3.2)."""

    media_type: str
    schema: str | None
    examples: tuple[ExampleSpec, ...] = ()
    item_schema: str | None = None


class ParameterSpec(NamedTuple):
    """A parameter, a response header, or a channel's parameter. `media_type` if it is encoded."""

    name: str
    where: str  # path, query, querystring, header, cookie, formData or channel
    pointer: str
    required: bool = False
    deprecated: bool = False
    description: str = ""
    schema: str | None = None
    style: str | None = None
    explode: bool | None = None
    media_type: str | None = None
    examples: tuple[ExampleSpec, ...] = ()


class RequestSpec(NamedTuple):
    """The request's body."""

    pointer: str
    required: bool
    description: str
    content: tuple[MediaSpec, ...]


class ResponseSpec(NamedTuple):
    """One answer. `status` is as in the document: 200, 2XX or default."""

    status: str
    pointer: str
    description: str
    headers: tuple[ParameterSpec, ...] = ()
    content: tuple[MediaSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageSpec:
    """A message of an AsyncAPI operation."""

    name: str
    pointer: str
    title: str = ""
    summary: str = ""
    description: str = ""
    content_type: str | None = None
    schema_format: str | None = None
    payload: str | None = None
    headers: str | None = None
    correlation_id: str | None = None
    bindings: Mapping[str, str] = field(default_factory=dict)  # protocol → pointer
    examples: tuple[ExampleSpec, ...] = ()  # pointers to an object with payload and headers


@dataclass(frozen=True, slots=True)
class ReplySpec:
    """Where an AsyncAPI operation's answer comes, and what it is."""

    address: str | None
    location: str | None
    messages: tuple[MessageSpec, ...]


class ServerSpec(NamedTuple):
    """Where the operation is served. `variables` are still in the URL in braces."""

    url: str
    description: str = ""
    name: str = ""
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """One operation.

    `key` is its identity across versions: `GET /pets/{}` whatever the parameter is called,
    `SEND user/signedup onUserSignedUp`. `slug` is made of the key and safe in a URL.
    `security` lists alternatives, each scheme name → scopes; an empty alternative means anyone.
    """

    key: str
    slug: str
    kind: OperationKind
    method: str  # GET; SEND or RECEIVE for events
    path: str  # the path's template, the webhook's name, or the channel's address
    pointer: str
    operation_id: str | None = None
    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    deprecated: bool = False
    sunset: str | None = None
    parameters: tuple[ParameterSpec, ...] = ()
    request: RequestSpec | None = None
    responses: tuple[ResponseSpec, ...] = ()
    security: tuple[Mapping[str, tuple[str, ...]], ...] = ()
    messages: tuple[MessageSpec, ...] = ()
    reply: ReplySpec | None = None
    bindings: Mapping[str, str] = field(default_factory=dict)
    channel: str | None = None  # the channel's pointer
    protocol: str = "http"
    servers: tuple[ServerSpec, ...] = ()
    schema_fields: tuple[str, ...] = ()
