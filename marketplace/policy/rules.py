"""The rules: Cedar files read once, checked against the schema, and evaluated.

Every folder here with `.cedar` files is a set's part; all parts together are the policies in
force. Their version is a hash over the texts, kept with each decision.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cedarpy

HOME = Path(__file__).resolve().parent
SCHEMA_FILE = "schema.cedarschema"
NO_PERMIT = "nothing-permits-this"


class RulesProblem(Exception):
    """The policies cannot be used; the message names file or rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One Cedar policy: its `@id`, `@because`, whether it permits or forbids, or only advises;
    `field` points at what in the request it finds wrong, where it is one thing."""

    id: str
    because: str
    effect: str
    advice: bool
    field: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One evaluation: whether it passes, and the rules that decided (all that forbid, or all that
    permit); empty where nothing permits."""

    allowed: bool
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Rules:
    """Parsed policies with their schema."""

    version: str
    by_id: Mapping[str, Rule]
    binding: cedarpy.PolicySet
    advising: cedarpy.PolicySet
    schema: cedarpy.Schema
    _by_place: tuple[Mapping[str, Rule], Mapping[str, Rule]]

    def evaluate(self, request: Mapping[str, Any]) -> Verdict:
        """Whether the rules let `request` pass.

        `request` is {principal, action, resource, context}; principal and resource are
        {type, id, attributes…}. Raises RulesProblem where it does not fit the schema.
        """
        result = self._ask(self.binding, request)
        named = tuple(self._by_place[0][place] for place in result.diagnostics.reasons)
        return Verdict(result.allowed, tuple(sorted(named, key=self._order)))

    def advise(self, request: Mapping[str, Any]) -> tuple[Rule, ...]:
        """The advice that applies to `request`."""
        result = self._ask(self.advising, request)
        if not result.allowed:
            return ()
        named = (self._by_place[1][place] for place in result.diagnostics.reasons)
        return tuple(sorted(named, key=self._order))

    def without(self, rule_id: str) -> "Rules":
        """The same rules but one, to see whether its cases notice."""
        return read_rules(HOME, leave_out=rule_id)

    def _order(self, rule: Rule) -> int:
        return list(self.by_id).index(rule.id)

    def _ask(self, policies: cedarpy.PolicySet, request: Mapping[str, Any]) -> cedarpy.AuthzResult:
        principal, resource = _entity(request["principal"]), _entity(request["resource"])
        asked = {
            "principal": principal["uid"],
            "action": {"type": "Action", "id": request["action"]},
            "resource": resource["uid"],
            "context": dict(request["context"]),
        }
        entities = [principal]
        if resource["uid"] != principal["uid"]:
            entities.append(resource)
        result = cedarpy.is_authorized(asked, policies, entities, self.schema)
        if result.diagnostics.errors:
            raise RulesProblem("; ".join(result.diagnostics.errors))
        return result


def _entity(given: Mapping[str, Any]) -> dict[str, Any]:
    attributes = {name: value for name, value in given.items() if name not in {"type", "id"}}
    if given["type"] == "Actor":
        attributes["id"] = given["id"]
    return {
        "uid": {"type": given["type"], "id": given["id"]},
        "attrs": attributes,
        "parents": [],
    }


@cache
def rules_in_force() -> Rules:
    """The rules of this folder, read once a process."""
    return read_rules(HOME)


def read_rules(home: Path, *, leave_out: str = "") -> Rules:
    """The rules under `home`. Raises RulesProblem where one does not parse, lacks `@id` or
    `@because`, repeats an id, or says what the schema does not know."""
    schema_text = (home / SCHEMA_FILE).read_text()
    files = sorted(home.glob("*/*.cedar"))
    digest = hashlib.sha256(schema_text.encode())
    texts: list[tuple[Rule, str]] = []
    for file in files:
        text = file.read_text()
        digest.update(text.encode())
        texts += _rules_of(file, text)
    found: dict[str, Rule] = {}
    for rule, _ in texts:
        if rule.id in found:
            raise RulesProblem(f"two rules are called {rule.id!r}")
        found[rule.id] = rule
    kept = [(rule, text) for rule, text in texts if rule.id != leave_out]
    binding = [pair for pair in kept if not pair[0].advice]
    advising = [pair for pair in kept if pair[0].advice]
    checked = cedarpy.validate_policies("\n".join(text for _, text in kept), schema_text)
    if not checked.validation_passed:
        raise RulesProblem("; ".join(error.error for error in checked.errors))
    return Rules(
        version=digest.hexdigest()[:16],
        by_id=found,
        binding=_policy_set(binding),
        advising=_policy_set(advising),
        schema=cedarpy.Schema.from_str(schema_text),
        _by_place=(_places(binding), _places(advising)),
    )


def _policy_set(pairs: list[tuple[Rule, str]]) -> cedarpy.PolicySet:
    return cedarpy.PolicySet.from_str("\n".join(text for _, text in pairs))


def _places(pairs: list[tuple[Rule, str]]) -> dict[str, Rule]:
    # Cedar names policies by their place in the text; the order of the pairs is that place.
    return {f"policy{place}": rule for place, (rule, _) in enumerate(pairs)}


def _rules_of(file: Path, text: str) -> list[tuple[Rule, str]]:
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    except ValueError as error:
        raise RulesProblem(f"{file.name}: {error}") from None
    found = []
    for place in range(len(parsed)):
        policy = parsed[f"policy{place}"]
        notes = policy.get("annotations", {})
        if not notes.get("id") or not notes.get("because"):
            raise RulesProblem(f"{file.name}: rule {place + 1} lacks @id or @because")
        alone = {"staticPolicies": {"policy0": policy}, "templates": {}, "templateLinks": []}
        source = cedarpy.policies_from_json_str(json.dumps(alone))
        rule = Rule(
            notes["id"],
            notes["because"],
            policy["effect"],
            "advice" in notes,
            notes.get("field") or "",
        )
        found.append((rule, source))
    return found
