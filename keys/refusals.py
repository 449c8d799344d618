"""Refusals that leave a trace: the log tells of them even where their transaction is undone."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from django.db import connection, transaction

from marketplace.audit.record import record
from marketplace.errors import Problem
from marketplace.tenants.actor import Actor


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who was refused what."""

    actor: Actor
    action: str
    target: str
    problem: str


_unwritten: "WeakKeyDictionary[Problem, Refusal]" = WeakKeyDictionary()


def refuse(problem: Problem, *, actor: Actor, action: str, target: str) -> Problem:
    """The problem, to be raised, noted in the actor's log.

    Within a transaction, which the problem will undo, the note is left for the door to write
    (`write_refusal`).
    """
    refusal = Refusal(actor, action, target, problem.type)
    if connection.in_atomic_block:
        _unwritten[problem] = refusal
    else:
        _write(refusal)
    return problem


def write_refusal(error: Exception) -> None:
    """Write the note of a refusal that was undone with its transaction; for doors."""
    refusal = _unwritten.pop(error, None) if isinstance(error, Problem) else None
    if refusal is not None:
        _write(refusal)


def _write(refusal: Refusal) -> None:
    if refusal.actor.tenant_id is None:
        return
    with transaction.atomic():
        record(
            actor=refusal.actor,
            action=f"{refusal.action}.refused",
            target=refusal.target,
            tenant_id=refusal.actor.tenant_id,
            details={"problem": refusal.problem},
        )
