"""Swagger 2.0 → OpenAPI 3.0, so that every HTTP description can be served in one form.

The original is never changed. What 3.0 has no word for is kept as an extension
(`x-collection-format`). References other than to a named part are to copies under components.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from catalog.documents import pointers, refs
from catalog.documents.shapes import mapping, sequence, text

OPENAPI = "3.0.3"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
ANY = "application/json"
FORM = "application/x-www-form-urlencoded"
UPLOAD = "multipart/form-data"
COMPONENT_NAME = re.compile(r"[^A-Za-z0-9._-]+")

STYLES = {
    "multi": {"style": "form", "explode": True},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
}
FLOWS = {
    "implicit": "implicit",
    "password": "password",
    "application": "clientCredentials",
    "accessCode": "authorizationCode",
}
PARAMETER_WORDS = ("name", "in", "description", "required", "allowEmptyValue")
SCHEMA_WORDS = (
    "type", "format", "items", "default", "maximum", "exclusiveMaximum", "minimum",
    "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems",
    "uniqueItems", "enum", "multipleOf",
)  # fmt: skip


def to_openapi3(tree: dict[str, Any]) -> dict[str, Any]:
    """The same API as an OpenAPI 3.0 tree; an OpenAPI 3 tree comes back as it is."""
    return Upgrade(tree).document() if "swagger" in tree else tree


def extensions(holder: Mapping[str, Any]) -> dict[str, Any]:
    return {word: value for word, value in holder.items() if word.startswith("x-")}


class Upgrade:
    """One conversion, with the names it gave."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree
        self.resolver = refs.Resolver(tree)
        self.schemas: dict[str, Any] = {}
        self.names: dict[str, str] = {}
        self.parts: dict[str, str] = {}
        self.taken: dict[str, set[str]] = {}
        for name in mapping(tree.get("definitions")):
            self.names[pointers.join("/definitions", name)] = self.free(name)
        self.waiting = list(self.names.items())
        for section in ("parameters", "responses"):
            for name in mapping(tree.get(section)):
                self.parts[pointers.join("", section, name)] = self.free(name, section)

    def free(self, name: str, section: str = "schemas") -> str:
        """A component's name made of this one, not taken yet in its section."""
        taken = self.taken.setdefault(section, set())
        wanted = COMPONENT_NAME.sub("_", name) or "part"
        free, count = wanted, 1
        while free in taken:
            count += 1
            free = f"{wanted}_{count}"
        taken.add(free)
        return free

    def document(self) -> dict[str, Any]:
        tree = self.tree
        found: dict[str, Any] = {"openapi": OPENAPI, "info": tree.get("info", {})}
        for word in ("tags", "externalDocs", "security"):
            if word in tree:
                found[word] = tree[word]
        servers = self.servers(tree.get("schemes"))
        if servers:
            found["servers"] = servers
        found["paths"] = {
            path: self.path_item(item) if path.startswith("/") else item
            for path, item in mapping(tree.get("paths")).items()
        }
        components = {
            "responses": {
                self.parts[pointers.join("/responses", name)]: self.response(
                    response, self.types(tree, "produces")
                )
                for name, response in mapping(tree.get("responses")).items()
            },
            "parameters": {
                self.parts[pointers.join("/parameters", name)]: self.parameter(mapping(parameter))
                for name, parameter in mapping(tree.get("parameters")).items()
                if mapping(parameter).get("in") not in ("body", "formData")
            },
            "requestBodies": {
                self.parts[pointers.join("/parameters", name)]: self.body(
                    parameter, self.types(tree, "consumes")
                )
                for name, parameter in mapping(tree.get("parameters")).items()
                if mapping(parameter).get("in") == "body"
            },
            "securitySchemes": {
                COMPONENT_NAME.sub("_", name): self.security_scheme(mapping(scheme))
                for name, scheme in mapping(tree.get("securityDefinitions")).items()
            },
        }
        for pointer, name in self.waiting:  # grows while references to other places are met
            self.schemas[name] = self.schema(refs.lookup(tree, pointer))
        components["schemas"] = self.schemas
        found["components"] = {word: part for word, part in components.items() if part}
        return found | extensions(tree)

    def servers(self, schemes: Any) -> list[dict[str, str]]:
        host, base = text(self.tree.get("host")), text(self.tree.get("basePath"))
        if not host:
            return [{"url": base}] if base else []
        names = [scheme for scheme in sequence(schemes) if isinstance(scheme, str)]
        return [{"url": f"{scheme}://{host}{base}"} for scheme in names or ["https"]]

    def types(self, holder: Mapping[str, Any], word: str) -> list[str]:
        listed = holder[word] if word in holder else self.tree.get(word)
        return [name for name in sequence(listed) if isinstance(name, str)]

    def path_item(self, item: Any) -> dict[str, Any]:
        item = mapping(item)
        found = extensions(item)
        if isinstance(item.get("$ref"), str):
            found["$ref"] = item["$ref"]
        shared = sequence(item.get("parameters"))
        plain = [self.parameter_or_ref(each) for each in shared if not self.is_body(each)]
        if plain:
            found["parameters"] = plain
        bodies = [each for each in shared if self.is_body(each)]
        for method in METHODS:
            if isinstance(item.get(method), dict):
                found[method] = self.operation(item[method], bodies)
        return found

    def operation(self, operation: dict[str, Any], shared: list[Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for word in (
            "tags", "summary", "description", "externalDocs", "operationId", "deprecated",
            "security",
        ):  # fmt: skip
            if word in operation:
                found[word] = operation[word]
        own = sequence(operation.get("parameters"))
        plain = [self.parameter_or_ref(each) for each in own if not self.is_body(each)]
        if plain:
            found["parameters"] = plain
        body = self.request([*shared, *(each for each in own if self.is_body(each))], operation)
        if body:
            found["requestBody"] = body
        produces = self.types(operation, "produces")
        found["responses"] = {
            status: response
            if status.startswith("x-")
            else self.response_or_ref(response, operation, produces)
            for status, response in mapping(operation.get("responses")).items()
        }
        if "schemes" in operation and self.servers(operation["schemes"]):
            found["servers"] = self.servers(operation["schemes"])
        return found | extensions(operation)

    def security_scheme(self, scheme: Mapping[str, Any]) -> dict[str, Any]:
        kind = scheme.get("type")
        found: dict[str, Any] = {"type": kind}
        if kind == "basic":
            found = {"type": "http", "scheme": "basic"}
        elif kind == "apiKey":
            found |= {word: scheme[word] for word in ("name", "in") if word in scheme}
        elif kind == "oauth2":
            flow = {"scopes": mapping(scheme.get("scopes"))}
            for word in ("authorizationUrl", "tokenUrl"):
                if word in scheme:
                    flow[word] = scheme[word]
            found["flows"] = {FLOWS.get(text(scheme.get("flow")), "implicit"): flow}
        if "description" in scheme:
            found["description"] = scheme["description"]
        return found | extensions(scheme)

    # Parameters and bodies

    def part(self, ref: str | None, section: str) -> str | None:
        """The name of the named parameter or response that this refers to."""
        pointer = pointers.of_fragment((ref or "")[1:])
        return self.parts.get(pointer) if pointer.startswith(f"/{section}/") else None

    def behind(self, value: Any) -> Mapping[str, Any]:
        try:
            return mapping(self.resolver.at(value, "")[0])
        except LookupError:
            return {}

    def is_body(self, parameter: Any) -> bool:
        return self.behind(parameter).get("in") in ("body", "formData")

    def parameter_or_ref(self, parameter: Any) -> dict[str, Any]:
        ref = refs.reference(parameter)
        if ref is None:
            return self.parameter(mapping(parameter))
        name = self.part(ref, "parameters")
        if name:
            return {"$ref": f"#/components/parameters/{name}"}
        behind = self.behind(parameter)
        return self.parameter(behind) if behind else {"$ref": ref}

    def parameter(self, parameter: Mapping[str, Any]) -> dict[str, Any]:
        found = {word: parameter[word] for word in PARAMETER_WORDS if word in parameter}
        found["schema"] = self.plain_schema(parameter)
        return found | self.style(parameter) | extensions(parameter)

    def style(self, parameter: Mapping[str, Any]) -> dict[str, Any]:
        if parameter.get("type") != "array":
            return {}
        collection = text(parameter.get("collectionFormat")) or "csv"
        if parameter.get("in") in ("query", "formData"):
            if collection in STYLES:
                return dict(STYLES[collection])
            if collection == "csv":
                return {"style": "form", "explode": False}
        return {} if collection == "csv" else {"x-collection-format": collection}

    def plain_schema(self, holder: Mapping[str, Any]) -> dict[str, Any]:
        """The schema written into a parameter, a header or an item."""
        words = {word: holder[word] for word in SCHEMA_WORDS if word in holder}
        return dict(self.schema(words))

    def request(self, parameters: list[Any], operation: Mapping[str, Any]) -> Any:
        consumes = self.types(operation, "consumes")
        for parameter in reversed(parameters):
            behind = self.behind(parameter)
            if behind.get("in") == "body":
                ref = refs.reference(parameter)
                name = self.part(ref, "parameters")
                if name and "consumes" not in operation:
                    return {"$ref": f"#/components/requestBodies/{name}"}
                return self.body(behind, consumes)
        fields = [self.behind(parameter) for parameter in parameters]
        return self.form(fields, consumes) if fields else None

    def body(self, parameter: Any, consumes: list[str]) -> dict[str, Any]:
        parameter = mapping(parameter)
        schema = self.schema(parameter.get("schema", {}))
        found: dict[str, Any] = {
            "content": {media: {"schema": schema} for media in consumes or [ANY]}
        }
        for word in ("description", "required"):
            if word in parameter:
                found[word] = parameter[word]
        if text(parameter.get("name")):
            found["x-body-name"] = parameter["name"]
        return found | extensions(parameter)

    def form(self, fields: list[Mapping[str, Any]], consumes: list[str]) -> dict[str, Any]:
        properties, encoding = {}, {}
        for each in fields:
            name = text(each.get("name"))
            properties[name] = self.plain_schema(each) | extensions(each)
            if "description" in each:
                properties[name]["description"] = each["description"]
            style = {word: value for word, value in self.style(each).items() if word[0] != "x"}
            if style:
                encoding[name] = style
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        required = [text(each.get("name")) for each in fields if each.get("required") is True]
        if required:
            schema["required"] = required
        has_file = any(each.get("type") == "file" for each in fields)
        types = [media for media in consumes if media in (FORM, UPLOAD)]
        media_type: dict[str, Any] = {"schema": schema}
        if encoding:
            media_type["encoding"] = encoding
        content = dict.fromkeys(types or [UPLOAD if has_file else FORM], media_type)
        return {"content": content, "required": True} if required else {"content": content}

    # Responses

    def response_or_ref(
        self, response: Any, operation: Mapping[str, Any], produces: list[str]
    ) -> dict[str, Any]:
        ref = refs.reference(response)
        if ref is None:
            return self.response(response, produces)
        name = self.part(ref, "responses")
        if name and "produces" not in operation:
            return {"$ref": f"#/components/responses/{name}"}
        behind = self.behind(response)
        return self.response(behind, produces) if behind else {"$ref": ref}

    def response(self, response: Any, produces: list[str]) -> dict[str, Any]:
        response = mapping(response)
        found: dict[str, Any] = {"description": text(response.get("description"))}
        examples = mapping(response.get("examples"))
        if "schema" in response or examples:
            content: dict[str, Any] = {}
            given = [media for media in examples if not media.startswith("x-")]
            for media in dict.fromkeys([*(produces or ([] if given else [ANY])), *given]):
                content[media] = {}
                if "schema" in response:
                    content[media]["schema"] = self.schema(response["schema"])
                if media in examples:
                    content[media]["example"] = examples[media]
            found["content"] = content
        headers = mapping(response.get("headers"))
        if headers:
            found["headers"] = {name: self.header(header) for name, header in headers.items()}
        return found | extensions(response)

    def header(self, header: Any) -> dict[str, Any]:
        header = mapping(header)
        found: dict[str, Any] = {"schema": self.plain_schema(header)}
        if "description" in header:
            found["description"] = header["description"]
        return found | extensions(header)

    # Schemas

    def schema(self, schema: Any) -> Any:
        """A schema in 3.0's words: file, discriminator and null are said otherwise there."""
        if not isinstance(schema, dict):
            return schema
        ref = refs.reference(schema)
        if ref is not None:
            return {"$ref": self.moved(ref)}
        found: dict[str, Any] = {}
        for word, value in schema.items():
            if word in ("properties", "patternProperties", "definitions"):
                found[word] = {}
                for name, each in mapping(value).items():
                    found[word][name] = self.schema(each)
            elif word in ("allOf", "oneOf", "anyOf"):
                found[word] = []
                for each in sequence(value):
                    found[word].append(self.schema(each))
            elif word == "items" and isinstance(value, list):
                found[word] = self.schema(
                    {"anyOf": value} if len(value) > 1 else (value or [{}])[0]
                )
            elif word in ("items", "additionalProperties", "not"):
                found[word] = self.schema(value)
            elif word == "discriminator" and isinstance(value, str):
                found[word] = {"propertyName": value}
            elif word == "x-nullable":
                found["nullable"] = value is True
            else:
                found[word] = value
        if found.get("type") == "file":
            found |= {"type": "string", "format": "binary"}
        elif found.get("type") == "null":
            del found["type"]
            found |= {"nullable": True, "enum": [None]}
        elif isinstance(found.get("type"), list):
            self.one_type(found)
        if found.get("type") == "array" and "items" not in found:
            found["items"] = {}
        return found

    @staticmethod
    def one_type(schema: dict[str, Any]) -> None:
        """3.0 knows no list of types."""
        listed = schema.pop("type")
        kinds = [kind for kind in listed if kind != "null"]
        if len(kinds) < len(listed):
            schema["nullable"] = True
        if len(kinds) == 1:
            schema["type"] = kinds[0]
        elif kinds and "anyOf" not in schema:
            schema["anyOf"] = [{"type": kind} for kind in kinds]

    def moved(self, ref: str) -> str:
        """Where what a reference names stands in the new tree."""
        pointer = pointers.of_fragment(ref[1:])
        if pointer not in self.names:
            try:
                refs.lookup(self.tree, pointer)
            except refs.Dangling:
                return ref
            self.names[pointer] = self.free("_".join(pointers.split(pointer)[-3:]))
            self.waiting.append((pointer, self.names[pointer]))
        return "#/components/schemas/" + self.names[pointer]
