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
    "get", "read", "count", "translate", "ping", "echo", "graphql", "geocode", "retrieve", "detect",
    "recognize", "classify", "moderations", "embeddings", "embed", "rerank", "completions",
    "similarity", "autocompletion", "forecast", "plan", "tokenize", "inspect",
])
SIGN_IN = frozenset([
    "token", "login", "signin", "logon", "oauth", "oauth2", "authorize", "introspect", "register",
    "signup", "authenticate", "forgot",
])
PROBES = frozenset([
    "health", "healthz", "livez", "readyz", "ping", "status", "jwks", "known", "openapi", "version",
])
GENERATES = frozenset([
    "chat", "completion", "completions", "answer", "answers", "ask", "draft", "drafts",
    "summarize", "summarise", "summary", "summaries", "generate", "generation", "generations",
    "assistant", "assistants", "copilot", "rewrite", "translate",
])
# In an operation's name these tell a model at work; the others only where the document speaks of
# models at all.
PLAIN = frozenset([
    "llm", "gpt", "completion", "completions", "prompt", "copilot", "embedding", "embeddings",
    "embed", "rerank", "moderation", "moderations", "inference",
])
AT_WORK = PLAIN | GENERATES | frozenset([
    "agent", "agents", "classify", "extract", "extraction", "extractions", "transcribe",
    "transcription", "transcriptions",
])
OF_MODELS = frozenset([
    "llm", "llms", "gpt", "copilot", "embedding", "embeddings", "prompt", "prompts", "chatbot",
    "rag", "ai", "genai", "completions",
])
MODEL_INPUTS = frozenset([
    "prompt", "system_prompt", "messages", "max_tokens", "max_output_tokens", "top_p", "top_k",
    "temperature", "model",
])
NO_MODEL = frozenset(["count", "tokenize", "tokens", "feedback", "rating", "ratings"])
AMBIGUOUS_INPUTS = frozenset(["temperature", "model", "top_k"])
TEXT_INPUTS = frozenset([
    "prompt", "messages", "message", "input", "inputs", "text", "texts", "query", "question",
    "content", "instructions", "instruction", "document", "documents", "context",
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
    if operation.method != "POST":
        return False
    if READ_LIKE & (last_words(operation) | first_words(operation)):
        return True
    return is_model_call(survey, operation) and not creates(operation)


def creates(operation: OperationSpec) -> bool:
    """Whether it answers that something is there now, or will be."""
    return any(each.status in ("201", "202") for each in operation.responses)


def last_words(operation: OperationSpec) -> frozenset[str]:
    """The words of the path's last part that is no parameter."""
    parts = [part for part in operation.path.split("/") if part and "{" not in part]
    return frozenset(words_of(parts[-1])) if parts else frozenset()


def first_words(operation: OperationSpec) -> frozenset[str]:
    """The verb that the operation's id begins with."""
    return frozenset(words_of(operation.operation_id or "")[:1])


def is_sign_in(survey: Survey, operation: OperationSpec) -> bool:
    """Whether callers come without an identity by nature: to get one, or to see if it is up."""
    words = survey.words(operation)
    return bool(SIGN_IN & words or (operation.method not in WRITES and PROBES & words))


def is_model_call(survey: Survey, operation: OperationSpec) -> bool:
    """Whether it hands its input to a model."""
    if operation.method not in ("POST", "RECEIVE"):
        return False
    names, words = survey.input_names(operation), survey.words(operation)
    if NO_MODEL & last_words(operation):
        return False
    told = MODEL_INPUTS & names
    if len(told) >= 2 and told - AMBIGUOUS_INPUTS:
        return True
    if not TEXT_INPUTS & names:
        return False
    return bool(PLAIN & words) or bool(AT_WORK & words and OF_MODELS & survey.own_words)


def is_generation(survey: Survey, operation: OperationSpec) -> bool:
    """Whether a model writes its answer, so that the caller pays by the token."""
    return is_model_call(survey, operation) and bool(
        GENERATES & survey.words(operation)
        or {"messages", "max_tokens", "max_output_tokens"} & survey.input_names(operation)
    )


def is_destructive(survey: Survey, operation: OperationSpec) -> bool:
    """Whether what it takes away is gone: a DELETE, or a POST named so."""
    if operation.method == "DELETE":
        return True
    return operation.method == "POST" and bool(
        DESTRUCTIVE & (last_words(operation) | first_words(operation))
    )
