"""A document as rules see it: its operations and schemas, listed once for all rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, wraps
from typing import Any, TypeVar

from catalog.documents import pointers
from catalog.documents.fields import Fields
from catalog.documents.operation import MessageSpec, OperationSpec, ParameterSpec, ResponseSpec
from catalog.documents.operations_events import EventOperations
from catalog.documents.operations_http import HttpOperations
from catalog.documents.operations_swagger import SwaggerOperations
from catalog.documents.refs import Dangling, Resolver, lookup
from catalog.documents.shapes import mapping, sequence, text
from catalog.lint.schemas import Field, Node, Schemas, Walk
from catalog.lint.words import joined, words_of

T = TypeVar("T")
LONGEST_READ = 1_000  # characters of the description that are read for words


def with_defaults(url: str, variables: Mapping[str, Any]) -> str:
    """A server's address with the default of each variable that is one of a few."""
    for name, value in variables.items():
        variable = mapping(value)
        if sequence(variable.get("enum")) or name in ("scheme", "protocol", "port", "basePath"):
            url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
    return url


class Survey:
    """One document under lint. Everything is worked out when it is first asked for."""

    def __init__(self, tree: Any, operations: Iterable[OperationSpec] | None = None) -> None:
        self.tree: dict[str, Any] = tree if type(tree) is dict else {}
        self.resolver = Resolver(self.tree)
        self.is_events = "asyncapi" in self.tree
        self.is_swagger = not self.is_events and "swagger" in self.tree
        self.operations = list(self.listed() if operations is None else operations)
        self.calls = [each for each in self.operations if each.kind == "http"]
        self.whole = (self,) if self.tree else ()
        self.kept: dict[Any, Any] = {}  # by what worked it out: see `once`
        self.taken_names: dict[str, frozenset[str]] = {}
        self.called: dict[str, frozenset[str]] = {}

    def listed(self) -> Iterable[OperationSpec]:
        if self.is_events:
            return EventOperations(self.tree).all()
        if self.is_swagger:
            return SwaggerOperations(self.tree).all()
        return HttpOperations(self.tree).all()

    @cached_property
    def info(self) -> Mapping[str, Any]:
        return mapping(self.tree.get("info"))

    @cached_property
    def own_words(self) -> frozenset[str]:
        """The words in which the document speaks of itself: title, description and tags."""
        told = ("title", "summary", "description")
        said = [text(self.info.get(word))[:LONGEST_READ] for word in told]
        said.append(text(mapping(self.info.get("contact")).get("name")))
        said += [tag for operation in self.operations for tag in operation.tags]
        parts = {part for each in said for part in each.split()}
        return frozenset(word for part in parts for word in words_of(part))

    @cached_property
    def schemas(self) -> Schemas:
        """The schemas that operations use."""
        return Walk(self.tree, self.resolver).over(self.operations)

    @cached_property
    def schemes(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The security schemes, each with its pointer."""
        holder = (
            ("/securityDefinitions", self.tree.get("securityDefinitions"))
            if self.is_swagger
            else (
                "/components/securitySchemes",
                mapping(self.tree.get("components")).get("securitySchemes"),
            )
        )
        return [
            (pointers.join(holder[0], name), mapping(self.at(scheme)))
            for name, scheme in mapping(holder[1]).items()
        ]

    @cached_property
    def servers(self) -> list[tuple[str, str, str]]:
        """Every server of the document: its pointer, its address and its protocol."""
        if self.is_swagger:
            host = text(self.tree.get("host"))
            schemes = [each for each in sequence(self.tree.get("schemes")) if type(each) is str]
            return [
                (f"/schemes/{index}", f"{scheme}://{host}", scheme)
                for index, scheme in enumerate(schemes)
                if host
            ]
        found = []
        for pointer, value in self.server_objects():
            server = mapping(self.at(value))
            protocol = text(server.get("protocol"))
            url = text(server.get("url")) or (
                f"{protocol}://{server['host']}" if text(server.get("host")) else ""
            )
            url = with_defaults(url, mapping(server.get("variables")))
            found.append((pointer, url, protocol.lower() or url.partition("://")[0].lower()))
        return found

    def server_objects(self) -> Iterable[tuple[str, Any]]:
        servers = self.tree.get("servers")
        if type(servers) is dict:
            return [(pointers.join("/servers", name), each) for name, each in servers.items()]
        return [(f"/servers/{index}", each) for index, each in enumerate(sequence(servers))]

    @cached_property
    def parameters(self) -> list[tuple[OperationSpec, ParameterSpec]]:
        """Every parameter of the calls that the API takes, a shared one once."""
        found: dict[str, tuple[OperationSpec, ParameterSpec]] = {}
        for operation in self.calls:
            for parameter in operation.parameters:
                found.setdefault(parameter.pointer, (operation, parameter))
        return list(found.values())

    @cached_property
    def errors(self) -> list[tuple[OperationSpec, ResponseSpec]]:
        """Every answer of the calls that tells an error, a shared one once: 4xx, 5xx, and the
        default beside a success."""
        found: dict[str, tuple[OperationSpec, ResponseSpec]] = {}
        for operation in self.calls:
            statuses = {each.status[:1] for each in operation.responses}
            for response in operation.responses:
                is_other = response.status == "default" and "2" in statuses
                if is_other or response.status[:1] in ("4", "5"):
                    found.setdefault(response.pointer, (operation, response))
        return list(found.values())

    @cached_property
    def messages(self) -> list[tuple[OperationSpec, MessageSpec]]:
        """Every message that an operation sends or takes, a shared one once."""
        found: dict[str, tuple[OperationSpec, MessageSpec]] = {}
        for operation in self.operations:
            replies = operation.reply.messages if operation.reply else ()
            for message in (*operation.messages, *replies):
                found.setdefault(message.pointer, (operation, message))
        return list(found.values())

    @cached_property
    def inputs(self) -> list[Node]:
        """Strings that the API takes."""
        return [node for node in self.schemas.strings if node.role == "in"]

    @cached_property
    def input_fields(self) -> list[Field]:
        """Properties of what the API takes."""
        return [field for field in self.schemas.fields if field.node.role == "in"]

    @cached_property
    def output_fields(self) -> list[Field]:
        """Properties of what the API gives."""
        return [field for field in self.schemas.fields if field.node.role == "out"]

    @cached_property
    def fields(self) -> list[Field]:
        """Every property, once, whether it is taken or given."""
        found: dict[int, Field] = {}
        for field in self.schemas.fields:
            found.setdefault(id(field.site), field)
        return list(found.values())

    @cached_property
    def names(self) -> Fields:
        return Fields(self.resolver)

    def at(self, value: Any) -> Any:
        """The value, or what it refers to; None where that is missing."""
        try:
            return self.resolver.at(value, "")[0]
        except LookupError:
            return None

    def value(self, pointer: str | None) -> Any:
        """What stands at a pointer, references followed; None where nothing does."""
        if pointer is None:
            return None
        try:
            return self.at(lookup(self.tree, pointer))
        except Dangling:
            return None

    def raw(self, operation: OperationSpec) -> Mapping[str, Any]:
        """An operation as the document has it."""
        return mapping(self.value(operation.pointer))

    def input_names(self, operation: OperationSpec) -> frozenset[str]:
        """The names, words joined by `_`, of all parameters and properties of the request."""
        if operation.key not in self.taken_names:
            media = operation.request.content if operation.request else ()
            wanted = [each.schema for each in media]
            wanted += [each.payload for each in operation.messages]
            found = {joined(name) for name in self.names.of(each for each in wanted if each)}
            found.update(joined(each.name) for each in operation.parameters)
            self.taken_names[operation.key] = frozenset(found)
        return self.taken_names[operation.key]

    def words(self, operation: OperationSpec) -> frozenset[str]:
        """The words of an operation's address and id."""
        if operation.key not in self.called:
            self.called[operation.key] = frozenset(
                words_of(operation.path) + words_of(operation.operation_id or "")
            )
        return self.called[operation.key]


def once(work: Callable[[Survey], T]) -> Callable[[Survey], T]:
    """Lets a function of a survey be worked out once a document, however many rules ask."""

    @wraps(work)
    def asked(survey: Survey) -> T:
        if work not in survey.kept:
            survey.kept[work] = work(survey)
        result: T = survey.kept[work]
        return result

    return asked
