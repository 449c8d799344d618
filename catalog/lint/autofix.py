"""Applies the sure mends: JSON Patch (RFC 6902) that only adds what was missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from catalog.documents import pointers
from catalog.lint.finding import LintFinding


class NotFitting(ValueError):
    """A step that does not fit the tree: its place is gone, or holds something already."""


def apply(tree: Any, findings: Iterable[LintFinding]) -> Any:
    """The tree with the autofixes of these findings; the given one stays as it is.

    A fix that no longer fits the tree is left out. Nothing that stands is changed or removed.
    """
    mended = deepcopy(tree)
    for finding in findings:
        for step in finding.autofix or ():
            try:
                add(mended, step)
            except NotFitting:
                break
    return mended


def add(tree: Any, step: Mapping[str, Any]) -> None:
    """One `add` in place. Raises NotFitting, also where it would replace something."""
    if step.get("op") != "add":
        raise NotFitting(f"{step.get('op')} is not a sure mend")
    try:
        *path, last = pointers.split(str(step.get("path")))
    except ValueError as error:
        raise NotFitting(str(error)) from None
    holder = tree
    for name in path:
        if type(holder) is dict and name in holder:
            holder = holder[name]
        elif type(holder) is list and name.isdecimal() and int(name) < len(holder):
            holder = holder[int(name)]
        else:
            raise NotFitting(f"nothing stands at {step['path']}")
    value = deepcopy(step.get("value"))
    if type(holder) is dict and last not in holder:
        holder[last] = value
    elif type(holder) is list and last == "-":
        if value not in holder:
            holder.append(value)
    else:
        raise NotFitting(f"{step['path']} is taken")
