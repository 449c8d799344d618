"""The document around the operations: info, tags, components, and words on the whole report."""

import re
from typing import Any

from ..comparison import Comparison, Scope
from ..rule import Rule
from ..values import MISSING, equal, show
from . import security, servers

RULES: list[Rule] = [
    Rule("api-version-not-bumped", "info", "none", "a breaking change came under the same version"),
    Rule("api-version-decreased", "info", "none", "a breaking change came under a lower version"),
    Rule(
        "api-major-version-not-bumped",
        "info",
        "none",
        "a breaking change came under the same major version",
    ),
    Rule("api-version-changed", "info", "none", "the version of the API changed"),
    Rule(
        "specification-version-changed",
        "info",
        "none",
        "the document follows another version of its specification",
    ),
    Rule("info-changed", "info", "none", "the contact, license or terms of the API changed"),
    Rule("tag-declaration-changed", "info", "none", "a tag is described in another way"),
    Rule("api-schema-removed", "info", "none", "a schema of the components was removed"),
    Rule("api-schema-added", "info", "none", "a schema of the components was added"),
    Rule("component-removed", "info", "none", "a shared part of the components was removed"),
    Rule("component-added", "info", "none", "a shared part of the components was added"),
    Rule(
        "unused-component-changed",
        "info",
        "none",
        "a shared part changed that no operation uses on both sides",
    ),
    Rule(
        "format-changed",
        "error",
        "none",
        "the document describes another kind of API (OpenAPI, AsyncAPI)",
    ),
    Rule(
        "further-changes",
        "warning",
        "none",
        "a use has more changes than the report holds, none of them known to be breaking",
    ),
    Rule(
        "further-breaking-changes",
        "error",
        "none",
        "a use has more changes than the report holds, breaking ones among them",
    ),
]

# semver.org, with a leading v allowed. Anything else has no major version to compare.
_SEMVER = re.compile(
    r"^v?(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$"
)


def semver(version: Any) -> tuple[int, int, int] | None:
    """Major, minor and patch; None where the version is not a semantic one."""
    found = _SEMVER.match(version) if isinstance(version, str) else None
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def judge_version(comparison: Comparison, before: Any, after: Any) -> None:
    """Tell when a breaking change came without the version that semver asks for."""
    old, new = semver(before), semver(after)
    if old is None or new is None or not any(c.level == "error" for c in comparison.changes):
        return
    told = f"A breaking change was found, and the version went from {show(before)} to {show(after)}"
    if before == after:
        rule = "api-version-not-bumped"
        told = f"A breaking change was found, and the version is still {show(after)}"
    elif new <= old:
        rule = "api-version-decreased"
    elif new[0] > old[0] or (new[0] == old[0] == 0 and new[1] > old[1]):
        # Below 1.0.0 the minor version plays the part of the major one.
        return
    else:
        rule = "api-major-version-not-bumped"
    comparison.tell(rule, Scope(), ("info", "version"), told, before=before, after=after)


def compare_info(comparison: Comparison, before: Any, after: Any) -> None:
    """Compare the info objects."""
    old, new = comparison.objects(before, after, Scope(), ("info",))
    for keyword in ("contact", "license", "termsOfService"):
        values = old.get(keyword, MISSING), new.get(keyword, MISSING)
        if not equal(*values):
            comparison.tell(
                "info-changed",
                Scope(),
                ("info", keyword),
                f"The {keyword} of the API changed from {show(values[0])} to {show(values[1])}",
                before=values[0],
                after=values[1],
            )
    versions = old.get("version", MISSING), new.get("version", MISSING)
    if not equal(*versions):
        comparison.tell(
            "api-version-changed",
            Scope(),
            ("info", "version"),
            f"The version of the API changed from {show(versions[0])} to {show(versions[1])}",
            before=versions[0],
            after=versions[1],
        )
    spoken = ("contact", "license", "termsOfService", "version")
    comparison.leftovers(old, new, spoken, Scope(), ("info",), "The API")


def compare_tags(comparison: Comparison, tokens: tuple[str, ...], before: Any, after: Any) -> None:
    """Compare the tags that the document declares."""
    if equal(before, after):
        return
    old, new = (
        {str(tag.get("name")): tag for tag in side if isinstance(tag, dict)}
        if isinstance(side, list)
        else {}
        for side in (before, after)
    )
    told = False
    for name in sorted(old.keys() | new.keys()):
        values = old.get(name, MISSING), new.get(name, MISSING)
        if not equal(*values):
            told = True
            comparison.tell(
                "tag-declaration-changed",
                Scope(),
                (*tokens, name),
                f"The tag {show(name)} changed from {show(values[0])} to {show(values[1])}",
                before=values[0],
                after=values[1],
            )
    if not told:
        comparison.leftovers(
            {"tags": before}, {"tags": after}, (), Scope(), tokens[:-1], "The list of tags"
        )


def compare_components(comparison: Comparison, before: Any, after: Any) -> None:
    """Tell of shared parts what no operation told."""
    old, new = comparison.objects(before, after, Scope(), ("components",))
    security.compare_schemes(
        comparison, old.get("securitySchemes", MISSING), new.get("securitySchemes", MISSING)
    )
    sections = sorted((old.keys() | new.keys()) - {"securitySchemes"})
    for section in sections:
        if section.startswith("x-"):
            continue
        values = old.get(section, MISSING), new.get(section, MISSING)
        compare_section(comparison, ("components", section), *values)
    extensions = [
        {key: value for key, value in side.items() if key.startswith("x-")} for side in (old, new)
    ]
    comparison.leftovers(
        extensions[0], extensions[1], (), Scope(), ("components",), "The components"
    )


def compare_section(
    comparison: Comparison, tokens: tuple[str, ...], before: Any, after: Any
) -> None:
    """Compare one section of the components by name."""
    if equal(before, after):
        return
    old, new = (side if isinstance(side, dict) else {} for side in (before, after))
    noun = "schema" if tokens[-1] == "schemas" else f"part {tokens[-1]}"
    prefix = "api-schema" if tokens[-1] == "schemas" else "component"
    for name in sorted(old.keys() | new.keys()):
        at = (*tokens, name)
        if name not in new:
            comparison.tell(
                f"{prefix}-removed",
                Scope(),
                at,
                f"The {noun} {show(name)} was removed",
                before=old[name],
            )
        elif name not in old:
            comparison.tell(
                f"{prefix}-added",
                Scope(),
                at,
                f"The {noun} {show(name)} was added",
                after=new[name],
            )
        elif not equal(old[name], new[name]) and not comparison.compared(old[name], new[name]):
            comparison.tell(
                "unused-component-changed",
                Scope(),
                at,
                f"The {noun} {show(name)} changed, which no operation uses on both sides",
                before=old[name],
                after=new[name],
            )
    if not old and not new:
        comparison.leftovers(
            {tokens[-1]: before}, {tokens[-1]: after}, (), Scope(), tokens[:-1], "The components"
        )


def compare_root(
    comparison: Comparison, before: dict[str, Any], after: dict[str, Any], spoken: set[str]
) -> None:
    """Compare what stands at the root of both documents beside their operations."""
    compare_info(comparison, before.get("info", MISSING), after.get("info", MISSING))
    servers.compare(
        comparison, Scope(), (), before.get("servers", MISSING), after.get("servers", MISSING)
    )
    compare_tags(comparison, ("tags",), before.get("tags", MISSING), after.get("tags", MISSING))
    security.compare_global(
        comparison, before.get("security", MISSING), after.get("security", MISSING)
    )
    compare_components(
        comparison, before.get("components", MISSING), after.get("components", MISSING)
    )
    comparison.leftovers(before, after, spoken, Scope(), (), "The document")
