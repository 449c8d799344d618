"""Bodies: the schema of what is sent or answered in one media type, and its examples."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.analysis.places import Tokens
from catalog.analysis.text import as_text, short
from catalog.reference.samples import SampleMaker
from catalog.reference.schema import Field, SchemaReader
from catalog.reference.source import Source
from marketplace.ui.code import Sample

MOST_EXAMPLES = 6


@dataclass(slots=True)
class Body:
    """What goes over the wire in one media type. `value` is the first example, or a made-up one
    (`made` tells)."""

    media: str
    schema: Field | None = None
    examples: list[Sample] = field(default_factory=list)
    value: Any = None
    made: bool = False

    @property
    def language(self) -> str:
        """For highlighting."""
        return language_of(self.media)


@dataclass(slots=True)
class Reader:
    """The two readers that a page's bodies share."""

    source: Source
    schemas: SchemaReader
    samples: SampleMaker

    @classmethod
    def of(cls, source: Source) -> "Reader":
        return cls(source, SchemaReader(source), SampleMaker(source))

    def bodies(self, content: Any, at: Tokens) -> list[Body]:
        """The bodies of an OpenAPI `content` map."""
        if not isinstance(content, dict):
            return []
        found = []
        for media, node in content.items():
            place = (*at, str(media))
            resolved = self.source.resolve(node, place)
            if isinstance(resolved.value, dict):
                found.append(self.body(str(media), resolved.value, resolved.at))
        return found

    def body(self, media: str, node: Mapping[str, Any], at: Tokens) -> Body:
        """One media type object: `schema` (or `itemSchema`), `example`, `examples`."""
        made = Body(media)
        keyword = "schema" if "schema" in node else "itemSchema"
        if keyword in node:
            place = (*at, keyword)
            made.schema = self.schemas.read(node[keyword], place)
            made.value, made.made = self.samples.value(node[keyword], place), True
        given = self.examples(node, at, media)
        if given:
            made.examples = [sample for _, sample in given]
            made.value, made.made = given[0][0], False
        elif made.value is not None:
            made.examples = [Sample("Sample", as_text(made.value), made.language)]
        return made

    def examples(self, node: Mapping[str, Any], at: Tokens, media: str) -> list[tuple[Any, Sample]]:
        """The examples a document gives: values and how they are shown."""
        found: list[tuple[Any, Sample]] = []
        if "example" in node:
            found.append((node["example"], self._sample("Example", node["example"], media)))
        named = node.get("examples")
        if isinstance(named, dict):
            rows = [(str(name), part) for name, part in named.items()]
        else:
            rows = [("", part) for part in named] if isinstance(named, list) else []
        for index, (name, part) in enumerate(rows[:MOST_EXAMPLES]):
            resolved = self.source.resolve(part, (*at, "examples", name or str(index)))
            value = resolved.value
            if not isinstance(value, dict):
                continue
            label = short(value.get("summary") or value.get("name") or name, 40)
            inner = value.get("value", value.get("dataValue", value.get("payload")))
            if inner is None and isinstance(value.get("serializedValue"), str):
                inner = value["serializedValue"]
            if inner is not None:
                found.append((inner, self._sample(label or f"Example {index + 1}", inner, media)))
        return found

    def _sample(self, label: str, value: Any, media: str) -> Sample:
        return Sample(label, as_text(value), language_of(media))


def language_of(media: str) -> str:
    """The language that a media type is highlighted as."""
    kind = media.partition(";")[0].strip().lower()
    if kind.endswith(("json", "+json")) or not kind or "*" in kind:
        return "json"
    if kind.endswith(("xml", "+xml")):
        return "xml"
    return "yaml" if kind.endswith("yaml") else "text"
