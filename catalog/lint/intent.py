"""What an operation is for, read from its method and its words."""

from __future__ import annotations

from catalog.documents.operation import OperationSpec
from catalog.lint.survey import Survey
from catalog.lint.words import words_of

WRITES = frozenset(["POST", "PUT", "PATCH", "DELETE"])
# fmt: off
READ_LIKE = frozenset([
    "search", "query", "find", "lookup", "list", "validate", "verify", "check", "preview",
    "estimate", "calculate", "compute", "quote", "quotes", "rate", "rates", "simulate", "dry",
    "test", "convert", "parse", "normalize", "normalise", "render", "score", "compare", "match",
    "filter", "export", "introspect", "suggest", "autocomplete", "explain", "diff", "batchget",
    "get", "read", "count", "translate", "ping", "echo", "graphql",
])
SIGN_IN = frozenset([
    "token", "tokens", "login", "signin", "logon", "oauth", "oauth2", "authorize", "introspect",
    "jwks", "register", "signup", "webhook", "webhooks", "callback", "callbacks", "password",
    "authenticate", "auth", "health", "healthz", "ping", "status",
])
GENERATES = frozenset([
    "llm", "chat", "completion", "completions", "prompt", "prompts", "copilot", "assistant",
    "assistants", "generate", "generation", "generations", "inference", "summarize", "summarise",
    "summary", "draft", "ask", "answer", "answers", "agent",
])
MODEL_WORDS = GENERATES | frozenset([
    "embedding", "embeddings", "embed", "rerank", "moderation", "moderations", "classify",
    "transcription", "transcriptions", "transcribe", "extraction", "extract", "ai", "model",
    "models", "rag", "vector", "vectors",
])
MODEL_INPUTS = frozenset([
    "prompt", "system_prompt", "user_prompt", "messages", "instructions", "question", "max_tokens",
    "temperature", "top_p", "system",
])
DESTRUCTIVE = frozenset([
    "delete", "purge", "erase", "wipe", "destroy", "drop", "truncate", "anonymize", "anonymise",
    "terminate", "reset", "shred", "forget", "decommission",
])
# fmt: on


def is_read(survey: Survey, operation: OperationSpec) -> bool:
    """Whether it changes nothing: by its method, or a POST that only asks."""
    if operation.method not in WRITES:
        return True
    return operation.method == "POST" and bool(
        READ_LIKE & last_words(operation) or READ_LIKE & first_words(operation)
    )


def last_words(operation: OperationSpec) -> frozenset[str]:
    """The words of the path's last part that is no parameter."""
    parts = [part for part in operation.path.split("/") if part and "{" not in part]
    return frozenset(words_of(parts[-1])) if parts else frozenset()


def first_words(operation: OperationSpec) -> frozenset[str]:
    """The verb that the operation's id begins with."""
    return frozenset(words_of(operation.operation_id or "")[:1])


def is_sign_in(survey: Survey, operation: OperationSpec) -> bool:
    """Whether callers come without an identity by nature: to get one, or to be looked at."""
    return bool(SIGN_IN & survey.words(operation))


def is_model_call(survey: Survey, operation: OperationSpec) -> bool:
    """Whether it hands its input to a model."""
    if operation.method not in ("POST", "RECEIVE"):
        return False
    names = survey.input_names(operation)
    if len(MODEL_INPUTS & names) >= 2:
        return True
    return bool(MODEL_WORDS & survey.words(operation)) and bool(
        names & (MODEL_INPUTS | {"model", "input", "text", "query", "content"})
    )


def is_generation(survey: Survey, operation: OperationSpec) -> bool:
    """Whether a model writes its answer, so that the caller pays by the token."""
    return is_model_call(survey, operation) and bool(
        GENERATES & survey.words(operation)
        or len({"prompt", "messages", "max_tokens", "temperature"} & survey.input_names(operation))
        >= 2
    )


def is_destructive(survey: Survey, operation: OperationSpec) -> bool:
    """Whether what it takes away is gone: a DELETE, or a POST named so."""
    if operation.method == "DELETE":
        return True
    return operation.method == "POST" and bool(
        DESTRUCTIVE & (last_words(operation) | first_words(operation))
    )
