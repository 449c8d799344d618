"""Foreign values as literals of a language, so that nothing in a document becomes code."""

import json
from typing import Any


def plain(value: Any) -> str:
    """A parameter's value as it is written in an address or a form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def quoted(text: str) -> str:
    """A string literal of Python and of JavaScript alike."""
    return (
        json.dumps(text, ensure_ascii=False)
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


def shell(text: str) -> str:
    """A word of a POSIX shell in which nothing is expanded."""
    return "'" + text.replace("'", "'\\''") + "'"


def json_text(value: Any, indent: int | None = 2) -> str:
    """JSON, on one line where `indent` is None."""
    return json.dumps(value, indent=indent, ensure_ascii=False)


def python_value(value: Any, depth: int = 1) -> str:
    """Nested data as Python writes it; `depth` is the indentation of its closing bracket."""
    pad, end = "    " * (depth + 1), "    " * depth
    if isinstance(value, dict) and value:
        rows = ",\n".join(
            f"{pad}{quoted(str(key))}: {python_value(inner, depth + 1)}"
            for key, inner in value.items()
        )
        return f"{{\n{rows},\n{end}}}"
    if isinstance(value, list) and value:
        rows = ",\n".join(pad + python_value(inner, depth + 1) for inner in value)
        return f"[\n{rows},\n{end}]"
    return quoted(value) if isinstance(value, str) else repr(value)
