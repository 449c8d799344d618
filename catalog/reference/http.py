"""An HTTP operation as its page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from catalog.analysis.places import Tokens
from catalog.analysis.text import told
from catalog.reference.bodies import Body, Reader
from catalog.reference.schema import Field
from catalog.reference.snippets import Call, http_samples
from catalog.reference.source import Source
from marketplace.ui.code import Sample

PLACES = {"path": "Path", "query": "Query", "querystring": "Query", "header": "Headers"}
PLACES |= {"cookie": "Cookies"}
TONES = {"1": "gray", "2": "green", "3": "blue", "4": "amber", "5": "red"}
NOT_OURS = frozenset({"authorization", "accept", "content-type"})  # OpenAPI: ignored as parameters


@dataclass(slots=True)
class Answer:
    """One response: its status as a number, a range (4XX) or "default"."""

    status: str
    tone: str
    phrase: str
    html: str = ""
    bodies: list[Body] = field(default_factory=list)
    headers: list[Field] = field(default_factory=list)


@dataclass(slots=True)
class HttpReference:
    """What is sent, what comes back, and the first call."""

    parameters: dict[str, list[Field]] = field(default_factory=dict)
    body_html: str = ""
    body_required: bool = False
    bodies: list[Body] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    callbacks: list[str] = field(default_factory=list)
    call: Call | None = None

    @property
    def samples(self) -> list[Sample]:
        """The first call in each language."""
        return http_samples(self.call) if self.call else []

    @property
    def shown_answer(self) -> tuple[Answer, Body] | None:
        """The answer that stands beside the call: the first good one with an example."""
        for wanted in ("2", ""):
            for answer in self.answers:
                body = next((body for body in answer.bodies if body.examples), None)
                if body is not None and answer.status.startswith(wanted):
                    return answer, body
        return None


def read_http(source: Source, at: Tokens, *, method: str, path: str, base: str) -> HttpReference:
    """The operation at `at`; `base` is the address callers use, without the path."""
    node = source.at(at)
    if not isinstance(node, dict):
        return HttpReference()
    reader = Reader.of(source)
    made = HttpReference()
    rows = _parameters(source, node, at)
    for parameter, place in rows:
        where = PLACES.get(str(parameter.get("in")), "")
        if where and str(parameter.get("name", "")).lower() not in NOT_OURS:
            made.parameters.setdefault(where, []).append(_parameter(reader, parameter, place))
    made.parameters = {
        name: made.parameters[name]
        for name in dict.fromkeys(PLACES.values())
        if name in made.parameters
    }
    request = source.resolve(node.get("requestBody"), (*at, "requestBody"))
    if isinstance(request.value, dict):
        made.body_html = told(request.value.get("description"))
        made.body_required = request.value.get("required") is True
        made.bodies = reader.bodies(request.value.get("content"), (*request.at, "content"))
    made.answers = _answers(reader, node.get("responses"), (*at, "responses"))
    callbacks = node.get("callbacks")
    made.callbacks = [str(name) for name in callbacks] if isinstance(callbacks, dict) else []
    made.call = _call(reader, rows, made.bodies, method=method, path=path, base=base)
    return made


def _parameters(
    source: Source, node: Mapping[str, Any], at: Tokens
) -> list[tuple[Mapping[str, Any], Tokens]]:
    """The operation's parameters, and its path's where it does not say them anew."""
    found: dict[tuple[str, str], tuple[Mapping[str, Any], Tokens]] = {}
    shared = source.at((*at[:-1], "parameters"))
    for values, place in ((shared, (*at[:-1], "parameters")), (node.get("parameters"), at)):
        if not isinstance(values, list):
            continue
        start = place if place[-1] == "parameters" else (*place, "parameters")
        for index, value in enumerate(values):
            resolved = source.resolve(value, (*start, str(index)))
            if isinstance(resolved.value, dict):
                key = (str(resolved.value.get("in")), str(resolved.value.get("name")))
                found[key] = (resolved.value, resolved.at)
    return list(found.values())


def _parameter(reader: Reader, node: Mapping[str, Any], at: Tokens) -> Field:
    schema, place = _schema_of(node, at)
    drawn = reader.schemas.read(
        schema, place, name=str(node.get("name", "")), required=node.get("required") is True
    )
    drawn.html = told(node.get("description")) or drawn.html
    if node.get("deprecated") is True and "deprecated" not in drawn.flags:
        drawn.flags.append("deprecated")
    return drawn


def _schema_of(node: Mapping[str, Any], at: Tokens) -> tuple[Any, Tokens]:
    content = node.get("content")
    if isinstance(content, dict) and content:
        media, inner = next(iter(content.items()))
        if isinstance(inner, dict):
            return inner.get("schema", {}), (*at, "content", str(media), "schema")
    return node.get("schema", {}), (*at, "schema")


def _answers(reader: Reader, responses: Any, at: Tokens) -> list[Answer]:
    found = []
    for status, node in responses.items() if isinstance(responses, dict) else ():
        status = str(status)
        if status.startswith("x-"):
            continue
        resolved = reader.source.resolve(node, (*at, status))
        answer = Answer(status, TONES.get(status[:1], "gray"), _phrase(status))
        if isinstance(resolved.value, dict):
            answer.html = told(resolved.value.get("description"))
            answer.bodies = reader.bodies(resolved.value.get("content"), (*resolved.at, "content"))
            headers = resolved.value.get("headers")
            for name, header in headers.items() if isinstance(headers, dict) else ():
                inner = reader.source.resolve(header, (*resolved.at, "headers", str(name)))
                if isinstance(inner.value, dict):
                    value = {**inner.value, "name": str(name)}
                    answer.headers.append(_parameter(reader, value, inner.at))
        found.append(answer)
    return found


def _phrase(status: str) -> str:
    if status.isdigit():
        try:
            return HTTPStatus(int(status)).phrase
        except ValueError:
            return ""
    return "Any other" if status == "default" else "Any of them"


def _call(
    reader: Reader,
    rows: list[tuple[Mapping[str, Any], Tokens]],
    bodies: list[Body],
    *,
    method: str,
    path: str,
    base: str,
) -> Call:
    """The least that must be sent: required parameters and the body's first media type."""
    given: dict[str, list[tuple[str, Any]]] = {"path": [], "query": [], "header": []}
    for node, at in rows:
        place, name = str(node.get("in")), str(node.get("name", ""))
        if place not in given or not (node.get("required") is True or place == "path"):
            continue
        if name.lower() in NOT_OURS:
            continue
        given[place].append((name, _value_of(reader, node, at, name)))
    body = next((b for b in bodies if b.media.endswith("json")), bodies[0] if bodies else None)
    return Call(
        method=method,
        base=base,
        path=path,
        path_values=dict(given["path"]),
        query=given["query"],
        headers=given["header"],
        media=body.media if body else "",
        body=body.value if body else None,
    )


def _value_of(reader: Reader, node: Mapping[str, Any], at: Tokens, name: str) -> Any:
    examples = reader.examples(node, at, "")
    if examples:
        return examples[0][0]
    schema, place = _schema_of(node, at)
    value = reader.samples.value(schema, place, name=name)
    return value if value is not None else name
