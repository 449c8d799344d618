"""Agents and models"""

from __future__ import annotations

from collections.abc import Iterable

from catalog.documents.operation import OperationSpec
from catalog.documents.shapes import mapping
from catalog.lint.bounds import bounded, bounds_text
from catalog.lint.intent import is_generation, is_model_call
from catalog.lint.places import calls, on_node, on_operation
from catalog.lint.rule import Hit, Rule
from catalog.lint.schemas import Node
from catalog.lint.survey import Survey, once
from catalog.lint.words import joined, quoted, words_of

# fmt: off
FREE_TEXT = frozenset([
    "prompt", "system_prompt", "user_prompt", "input", "inputs", "text", "texts", "content",
    "question", "query", "instructions", "instruction", "message", "messages", "context",
    "system", "document", "documents", "body", "note", "transcript", "passage", "passages",
])
TOKEN_LIMITS = frozenset([
    "max_tokens", "max_output_tokens", "max_completion_tokens", "max_new_tokens", "token_limit",
    "max_length", "max_words", "max_characters", "max_response_tokens", "max_answer_tokens",
    "max_budget_tokens",
])
TELLS_USE = frozenset([
    "usage", "tokens", "input_tokens", "output_tokens", "prompt_tokens", "completion_tokens",
    "total_tokens", "token_count", "tokens_used", "token_usage", "cost",
])
EMPTY_WORDS = frozenset(["the", "a", "an", "of", "for", "to", "and", "or", "by", "this", "in",
                         "api", "endpoint", "operation", "method", "get",
                         "post", "put", "delete", "list", "all", "it", "is"])
# fmt: on
FEWEST_WORDS = 2


def model_texts(survey: Survey) -> Iterable[Node]:
    """Free texts that callers send to a model."""
    calls_to_models = {each.key for each in survey.operations if is_model_call(survey, each)}
    return [
        node
        for node in survey.inputs
        if node.operation.key in calls_to_models and joined(node.name) in FREE_TEXT
    ]


def endless_prompt(survey: Survey, node: Node) -> Hit | None:
    if node.says("maxLength", "enum", "const") or bounded(survey, node, bounds_text):
        return None
    return on_node(node, f"{quoted(node.name)} goes to a model and may have any length")


def generations(survey: Survey) -> Iterable[OperationSpec]:
    return [each for each in survey.operations if is_generation(survey, each)]


def endless_output(survey: Survey, operation: OperationSpec) -> Hit | None:
    if TOKEN_LIMITS & survey.input_names(operation):
        return None
    said = f"{operation.method} {quoted(operation.path)} can't be told how much to write"
    return on_operation(operation, said)


def token_limits(survey: Survey) -> Iterable[Node]:
    """What callers send to say how much a model may write."""
    return [
        node
        for node in survey.schemas.integers
        if node.role == "in" and joined(node.name) in TOKEN_LIMITS
    ]


def limit_open(survey: Survey, node: Node) -> Hit | None:
    if node.says("maximum", "exclusiveMaximum", "enum", "const"):
        return None
    return on_node(node, f"{quoted(node.name)} may be any number of tokens")


def use_untold(survey: Survey, operation: OperationSpec) -> Hit | None:
    pointers = [
        media.schema
        for response in operation.responses
        if response.status[:1] == "2"
        for media in response.content
        if media.schema
    ]
    messages = operation.reply.messages if operation.reply else ()
    pointers += [message.payload for message in messages if message.payload]
    if not pointers or TELLS_USE & {joined(name) for name in survey.names.of(pointers)}:
        return None
    said = f"{operation.method} {quoted(operation.path)} tells not how many tokens it took"
    return on_operation(operation, said)


def telling_words(operation: OperationSpec) -> set[str]:
    said = f"{operation.summary} {operation.description[:600]}"
    return {word for part in said.split() for word in words_of(part)} - EMPTY_WORDS


def too_short(_: Survey, operation: OperationSpec) -> Hit | None:
    """Summary and description together say less than a few words of their own."""
    if len(telling_words(operation)) >= FEWEST_WORDS:
        return None
    said = operation.summary.strip() or operation.description.strip()
    told = f"says only {quoted(said)}" if said else "says nothing"
    return on_operation(operation, f"{operation.method} {quoted(operation.path)} {told}")


@once
def twins(survey: Survey) -> dict[str, OperationSpec]:
    """The first operation by what it says of itself."""
    first: dict[str, OperationSpec] = {}
    for operation in survey.calls:
        first.setdefault(said_of(operation), operation)
    return first


def said_of(operation: OperationSpec) -> str:
    return " ".join(f"{operation.summary} {operation.description[:400]}".lower().split())


def same_words(survey: Survey, operation: OperationSpec) -> Hit | None:
    said = said_of(operation)
    other = twins(survey)[said]
    if not said or other is operation:
        return None
    where = f"{other.method} {quoted(other.path)}"
    return on_operation(operation, f"It says the same of itself as {where}")


def with_choices(survey: Survey) -> Iterable[OperationSpec]:
    """Operations with parameters of the query."""
    return [
        each
        for each in survey.calls
        if any(parameter.where == "query" for parameter in each.parameters)
    ]


def required_unclear(survey: Survey, operation: OperationSpec) -> Hit | None:
    """A required parameter without description, enum, format or example can only be guessed."""
    for parameter in operation.parameters:
        if parameter.where != "query" or not parameter.required or parameter.description.strip():
            continue
        schema = mapping(survey.value(parameter.schema))
        hints = ("enum", "format", "example", "examples", "default", "description", "const")
        if parameter.examples or any(word in schema for word in hints):
            continue
        said = f"{quoted(parameter.name)} is required, and nothing says what it takes"
        return on_operation(operation, said)
    return None


RULES = [
    Rule(
        id="prompt-unbounded",
        level="warning",
        title="Texts for a model have a greatest length",
        why="Each character is paid for; an endless prompt is an endless bill, and room for an"
        " injection.",
        mend="Add `maxLength`; 4 characters are about a token.",
        before="""
            prompt:
              type: string
        """,
        after="""
            prompt:
              type: string
              maxLength: 16000
        """,
        applies_to="both",
        places=model_texts,
        check=endless_prompt,
        sources=("OWASP LLM10:2025",),
    ),
    Rule(
        id="output-unbounded",
        level="warning",
        title="What a model writes has a limit",
        why="Budgets reserve the most a call can cost; without a limit that can't be known.",
        mend="Take `max_output_tokens` with a `maximum` and a default.",
        before="""
            properties:
              prompt: {type: string, maxLength: 16000}
        """,
        after="""
            properties:
              prompt: {type: string, maxLength: 16000}
              max_output_tokens: {type: integer, minimum: 1, maximum: 4096, default: 1024}
        """,
        applies_to="both",
        places=generations,
        check=endless_output,
        sources=("OWASP LLM10:2025",),
    ),
    Rule(
        id="token-limit-open",
        level="warning",
        title="A limit of tokens has a maximum",
        why="A limit that the caller sets as he likes is none: he pays for, and waits for, all of"
        " it.",
        mend="Add a `maximum`, and a `default` for who says nothing.",
        before="""
            max_output_tokens:
              type: integer
        """,
        after="""
            max_output_tokens:
              type: integer
              minimum: 1
              maximum: 4096
              default: 1024
        """,
        applies_to="both",
        places=token_limits,
        check=limit_open,
        sources=("OWASP LLM10:2025",),
    ),
    Rule(
        id="token-use-untold",
        level="info",
        title="A model's answer tells the tokens it took",
        why="Charges are settled by tokens; without them they settle at the reservation.",
        mend="Add `usage` with input and output tokens to the answer.",
        before="""
            properties:
              text: {type: string}
        """,
        after="""
            properties:
              text: {type: string}
              usage:
                type: object
                properties:
                  input_tokens: {type: integer}
                  output_tokens: {type: integer}
        """,
        applies_to="both",
        places=generations,
        check=use_untold,
    ),
    Rule(
        id="tool-description-too-short",
        level="warning",
        title="An agent can tell what an operation does",
        why="As a tool an operation is chosen by its words alone; with too few it is taken for"
        " another.",
        mend="Say in a sentence what it does, to what, and when not to use it.",
        before="""
            post:
              summary: Cancel
        """,
        after="""
            post:
              summary: Cancel a refund
              description: Possible until it is sent to the bank.
        """,
        applies_to="openapi",
        places=calls,
        check=too_short,
    ),
    Rule(
        id="tool-description-repeated",
        level="info",
        title="No two operations say the same of themselves",
        why="An agent that can't tell two tools apart takes either.",
        mend="Say in each what sets it apart from the other.",
        before="""
            /refunds:
              get: {summary: Get refunds}
            /refunds/archive:
              get: {summary: Get refunds}
        """,
        after="""
            /refunds:
              get: {summary: List refunds of the last 13 months}
            /refunds/archive:
              get: {summary: List refunds older than 13 months}
        """,
        applies_to="openapi",
        places=calls,
        check=same_words,
    ),
    Rule(
        id="tool-argument-unclear",
        level="warning",
        title="What must be given is explained",
        why="An agent fills a required argument that nothing explains with something that looks"
        " right.",
        mend="Add a description, a format, an enum or an example to each required parameter.",
        before="""
            - name: scope
              in: query
              required: true
              schema: {type: string}
        """,
        after="""
            - name: scope
              in: query
              required: true
              description: What to look in.
              schema: {type: string, enum: [shop, brand]}
        """,
        applies_to="openapi",
        places=with_choices,
        check=required_unclear,
    ),
]
