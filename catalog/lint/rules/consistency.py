"""Schemas: names and types"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice

from catalog.documents.operation import OperationSpec, ParameterSpec
from catalog.documents.shapes import mapping, sequence, text
from catalog.lint.places import inside, on_field, on_node
from catalog.lint.rule import Hit, Rule
from catalog.lint.schemas import Field, Node, kinds_of
from catalog.lint.survey import Survey, once
from catalog.lint.words import main_style, quoted, style_of, words_of

SHAPES = (
    "type", "properties", "items", "allOf", "oneOf", "anyOf", "enum", "const", "$ref", "not",
    "additionalProperties", "$dynamicRef", "format", "pattern", "prefixItems", "if", "then",
)  # fmt: skip
MOST_BRANCHES = 30
MOST_MARKS = 60  # properties of a branch that could set it apart
MONEY = frozenset(["amount", "price", "total", "subtotal", "balance", "cost", "fee", "tax", "vat",
                   "discount", "refund", "payment"])  # fmt: skip
NOT_MONEY = frozenset(["rate", "percent", "percentage", "count", "ratio", "tokens", "items"])
MOMENTS = frozenset(["at", "date", "datetime", "timestamp"])
DATED = frozenset(["date", "date-time", "time", "duration", "unix-time", "timestamp"])


def fields(survey: Survey) -> Iterable[Field]:
    return survey.fields


@once
def field_style(survey: Survey) -> str:
    return main_style(field.name for field in survey.fields)


def other_style(survey: Survey, field: Field) -> Hit | None:
    style, main = style_of(field.name), field_style(survey)
    if not style or style == main:
        return None
    return on_field(field, f"{quoted(field.name)} is {style}; most are {main}")


def named_parameters(survey: Survey) -> Iterable[tuple[OperationSpec, ParameterSpec]]:
    return [each for each in survey.parameters if each[1].where in ("query", "path")]


@once
def parameter_style(survey: Survey) -> str:
    return main_style(each.name for _, each in named_parameters(survey))


def parameter_in_other_style(
    survey: Survey, place: tuple[OperationSpec, ParameterSpec]
) -> Hit | None:
    operation, parameter = place
    style, main = style_of(parameter.name), parameter_style(survey)
    if not style or style == main:
        return None
    said = f"{quoted(parameter.name)} is {style}; most are {main}"
    return Hit(parameter.pointer, said, inside(operation, parameter.pointer))


def undescribed(_: Survey, field: Field) -> Hit | None:
    for schema in (field.site, field.schema):
        if schema.get("description") or schema.get("title"):
            return None
    return on_field(field, f"{quoted(field.name)} is not described")


def untyped(_: Survey, field: Field) -> Hit | None:
    if field.node.given:
        return None  # a part of an allOf only refines what another part types
    if any(word in field.schema for word in SHAPES) or any(word in field.site for word in SHAPES):
        return None
    return on_field(field, f"{quoted(field.name)} may be anything")


def money(survey: Survey) -> Iterable[Field]:
    return [
        field
        for field in survey.fields
        if words_of(field.name)[-1:]
        and words_of(field.name)[-1] in MONEY
        and not NOT_MONEY & set(words_of(field.name))
    ]


def inexact(_: Survey, field: Field) -> Hit | None:
    if "number" not in kinds_of(field.schema) or field.schema.get("format") == "decimal":
        return None
    return on_field(field, f"{quoted(field.name)} is a number with binary fractions")


def moments(survey: Survey) -> Iterable[Field]:
    """Texts that are called a day or a moment."""
    return [
        field
        for field in survey.fields
        if "string" in kinds_of(field.schema)
        and (words_of(field.name)[-1:] and words_of(field.name)[-1] in MOMENTS)
        and "enum" not in field.schema
    ]


def without_format(_: Survey, field: Field) -> Hit | None:
    if text(field.schema.get("format")) in DATED or "pattern" in field.schema:
        return None
    return on_field(field, f"{quoted(field.name)} is a text without `format: date-time`")


def unions(survey: Survey) -> Iterable[Node]:
    """Choices between several objects."""
    return [node for node in survey.schemas.unions if choices(survey, node) >= 2]


def choices(survey: Survey, node: Node) -> int:
    return max(
        sum("object" in kinds_of(mapping(survey.at(each))) for each in branches[:MOST_BRANCHES])
        for branches in (sequence(node.schema.get("oneOf")), sequence(node.schema.get("anyOf")))
    )


def ambiguous(survey: Survey, node: Node) -> Hit | None:
    """A choice is told by a discriminator, or by a property that is a constant in each branch."""
    if "discriminator" in node.schema:
        return None
    marks: Counter[str] = Counter()
    branches = [
        mapping(survey.at(each))
        for word in ("oneOf", "anyOf")
        for each in sequence(node.schema.get(word))[:MOST_BRANCHES]
    ]
    objects = [each for each in branches if "object" in kinds_of(each)]
    for branch in objects:
        for name, schema in islice(mapping(branch.get("properties")).items(), MOST_MARKS):
            said = mapping(survey.at(schema))
            if "const" in said or len(sequence(said.get("enum"))) == 1:
                marks[name] += 1
    if any(count >= len(objects) - 1 for count in marks.values()):
        return None
    return on_node(node, f"A choice between {len(objects)} objects that nothing tells apart")


RULES = [
    Rule(
        id="property-style-mixed",
        level="info",
        title="Properties are all in one style",
        why="Who has to look up whether it is `createdAt` or `created_at` will get one wrong.",
        mend="Choose one style for all properties, in the next major version.",
        before="""
            properties:
              created_at: {type: string}
              updatedAt: {type: string}
        """,
        after="""
            properties:
              created_at: {type: string}
              updated_at: {type: string}
        """,
        applies_to="both",
        places=fields,
        check=other_style,
    ),
    Rule(
        id="parameter-style-mixed",
        level="info",
        title="Parameters are all in one style",
        why="Who has to look up whether it is `pageSize` or `page_size` will get one wrong.",
        mend="Choose one style for all parameters, in the next major version.",
        before="""
            - name: page_size
            - name: sortBy
        """,
        after="""
            - name: page_size
            - name: sort_by
        """,
        applies_to="openapi",
        places=named_parameters,
        check=parameter_in_other_style,
    ),
    Rule(
        id="property-description-missing",
        level="info",
        title="Properties are described",
        why="A name alone leaves units, formats and meaning to be guessed, by models most of all.",
        mend="Add a `description` of one line.",
        before="""
            weight:
              type: number
        """,
        after="""
            weight:
              type: number
              description: In grams, packed.
        """,
        applies_to="both",
        places=fields,
        check=undescribed,
    ),
    Rule(
        id="property-untyped",
        level="info",
        title="Properties have a type",
        why="What may be anything is checked by nobody, and `any` in every client.",
        mend="Add `type`, or refer to a schema.",
        before="""
            amount:
              description: What was paid
        """,
        after="""
            amount:
              description: What was paid
              $ref: '#/components/schemas/Money'
        """,
        applies_to="both",
        places=fields,
        check=untyped,
    ),
    Rule(
        id="money-inexact",
        level="warning",
        title="Money is exact",
        why="Binary fractions can't hold 0.10: sums are off by a cent, and books don't close.",
        mend="Use an integer in the smallest unit, or a decimal text, with the currency beside it.",
        before="""
            amount:
              type: number
        """,
        after="""
            amount:
              type: object
              properties:
                value: {type: string, pattern: '^[0-9]{1,12}[.][0-9]{2}$'}
                currency: {type: string, pattern: '^[A-Z]{3}$'}
        """,
        applies_to="both",
        places=money,
        check=inexact,
    ),
    Rule(
        id="date-without-format",
        level="info",
        title="Days and moments have a format",
        why="01/02 is two days; RFC 3339 is one, and clients make a real date of it.",
        mend="Add `format: date` or `format: date-time`.",
        before="""
            created_at:
              type: string
        """,
        after="""
            created_at:
              type: string
              format: date-time
        """,
        applies_to="both",
        places=moments,
        check=without_format,
        sources=("RFC 3339",),
    ),
    Rule(
        id="choice-without-discriminator",
        level="info",
        title="Choices between objects can be told apart",
        why="Generated code and models try each branch in turn and take the wrong one.",
        mend="Add a `discriminator`, or a property that is a constant in each branch.",
        before="""
            oneOf:
              - $ref: '#/components/schemas/Card'
              - $ref: '#/components/schemas/Transfer'
        """,
        after="""
            oneOf:
              - $ref: '#/components/schemas/Card'
              - $ref: '#/components/schemas/Transfer'
            discriminator:
              propertyName: kind
        """,
        applies_to="both",
        places=unions,
        check=ambiguous,
    ),
]
