"""An HTTP call in curl, Python and JavaScript."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from catalog.reference.snippets.values import json_text, plain, python_value, quoted, shell
from marketplace.ui.code import Sample

KEY = "API_KEY"
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Call:
    """One call: parameters that must be sent with a value each, and a body if it has one."""

    method: str
    base: str
    path: str
    path_values: Mapping[str, Any]
    query: Sequence[tuple[str, Any]] = ()
    headers: Sequence[tuple[str, Any]] = ()
    media: str = ""
    body: Any = None

    @property
    def url(self) -> str:
        """The address with its parameters filled in."""
        path = self.path
        for name, value in self.path_values.items():
            path = path.replace("{" + name + "}", quote(plain(value), safe=""))
        pairs = "&".join(
            f"{quote(name, safe='[]$')}={quote(plain(value), safe='')}"
            for name, value in self.query
        )
        return self.base + path + (f"?{pairs}" if pairs else "")

    @property
    def kind(self) -> str:
        """How the body is sent: json, form, parts, text, or nothing."""
        if self.body is None:
            return ""
        if self.media.endswith(("/json", "+json")):
            return "json"
        if self.media in {FORM, PARTS} and isinstance(self.body, dict):
            return "form" if self.media == FORM else "parts"
        return "text"


def http_samples(call: Call) -> list[Sample]:
    """curl, Python and JavaScript."""
    return [
        Sample("curl", _curl(call), "bash"),
        Sample("Python", _python(call), "python"),
        Sample("JavaScript", _javascript(call), "javascript"),
    ]


def _curl(call: Call) -> str:
    verb = "" if call.method == "GET" else f" -X {call.method}"
    lines = [f"curl{verb} {shell(call.url)}", f'-H "Authorization: Bearer ${KEY}"']
    lines += [f"-H {shell(f'{name}: {plain(value)}')}" for name, value in call.headers]
    match call.kind:
        case "form" | "parts":
            flag = "--data-urlencode" if call.kind == "form" else "-F"
            lines += [f"{flag} {shell(f'{key}={plain(v)}')}" for key, v in call.body.items()]
        case "json" | "text":
            text = json_text(call.body) if call.kind == "json" else plain(call.body)
            lines += [f"-H {shell(f'Content-Type: {call.media}')}", f"-d {shell(text)}"]
    return " \\\n  ".join(lines)


def _python(call: Call) -> str:
    headers = [f'"Authorization": "Bearer " + os.environ["{KEY}"]']
    headers += [f"{quoted(name)}: {quoted(plain(value))}" for name, value in call.headers]
    body = ""
    match call.kind:
        case "json":
            body = f"    json={python_value(call.body)},\n"
        case "form":
            body = f"    data={python_value(call.body)},\n"
        case "parts":
            body = f"    files={python_value({k: plain(v) for k, v in call.body.items()})},\n"
        case "text":
            headers.append(f"{quoted('Content-Type')}: {quoted(call.media)}")
            body = f"    data={quoted(plain(call.body))},\n"
    rows = "".join(f"        {row},\n" for row in headers)
    return (
        "import os\n\nimport requests\n\nanswer = requests.request(\n"
        f"    {quoted(call.method)},\n    {quoted(call.url)},\n"
        f"    headers={{\n{rows}    }},\n{body}    timeout=30,\n)\n"
        "answer.raise_for_status()\nprint(answer.text)"
    )


def _javascript(call: Call) -> str:
    headers = [f"Authorization: `Bearer ${{process.env.{KEY}}}`"]
    headers += [f"{quoted(name)}: {quoted(plain(value))}" for name, value in call.headers]
    before = body = ""
    match call.kind:
        case "json":
            headers.append(f'"Content-Type": {quoted(call.media)}')
            body = f"JSON.stringify({_indented(call.body)})"
        case "form":
            body = f"new URLSearchParams({_indented(call.body)})"
        case "parts":
            rows = [
                f"form.append({quoted(str(k))}, {quoted(plain(v))});" for k, v in call.body.items()
            ]
            before = "\n".join(["const form = new FormData();", *rows, "", ""])
            body = "form"
        case "text":
            headers.append(f'"Content-Type": {quoted(call.media)}')
            body = quoted(plain(call.body))
    rows_text = "".join(f"    {row},\n" for row in headers)
    body_row = f"  body: {body},\n" if body else ""
    return (
        f"{before}const answer = await fetch({quoted(call.url)}, {{\n"
        f"  method: {quoted(call.method)},\n  headers: {{\n{rows_text}  }},\n{body_row}}});\n"
        "if (!answer.ok) throw new Error(await answer.text());\n"
        "console.log(await answer.text());"
    )


def _indented(value: Any) -> str:
    return json_text(value).replace("\n", "\n  ")
