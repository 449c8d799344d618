"""Pages for those who look after the whole: rules and decisions, the log, what did not arrive."""

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.audit.record import record, verify_chain
from marketplace.errors import Forbidden, Unauthenticated
from marketplace.events.models import Delivery, OutboxEvent, WebhookEndpoint
from marketplace.events.outbox import replay
from marketplace.events.webhooks.endpoints import replay_delivery
from marketplace.policy.models import PolicyDecision
from marketplace.policy.rules import rules_in_force
from marketplace.rest.authentication import actor_of
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

PAGE = 50
RECENT = timedelta(days=30)


def _admin(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.is_authenticated:
        raise Unauthenticated
    if not actor.is_admin:
        raise Forbidden("This part is for admins of the tenant and of the platform.")
    return actor


def _widened(actor: Actor) -> AbstractContextManager[None]:
    """A platform admin sees every tenant here; a tenant admin his own."""
    return platform_scope() if actor.is_platform_admin else nullcontext()


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The rules in force, how they decided lately, and what waits for an admin."""
    actor = _admin(request)
    since = clock.now() - RECENT
    with _widened(actor):
        counts = dict(
            PolicyDecision.objects.filter(at__gte=since)
            .values_list("rule")
            .annotate(times=Count("id"))
        )
        outcomes = PolicyDecision.objects.filter(at__gte=since).aggregate(
            allowed=Count("id", filter=Q(outcome="allow")),
            waited=Count("id", filter=Q(outcome="wait")),
            denied=Count("id", filter=Q(outcome="deny")),
        )
        decisions = list(PolicyDecision.objects.order_by("-at")[:12])
        page = {
            "at_overview": True,
            "rules": [(rule, counts.get(rule.id, 0)) for rule in rules_in_force().by_id.values()],
            "version": rules_in_force().version,
            "outcomes": outcomes,
            "decisions": decisions,
            "dead": OutboxEvent.objects.filter(dead_at__isnull=False).count(),
            "undelivered": Delivery.objects.filter(state=Delivery.State.DEAD).count(),
        }
        return render(request, "console/overview.html", page)


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The hash-chained log, searched by action and target, with the chain's own check."""
    actor = _admin(request)
    action, target = request.GET.get("action", ""), request.GET.get("target", "")
    with _widened(actor):
        rows = AuditEntry.objects.select_related("tenant").order_by("-at", "-sequence")
        if not actor.is_platform_admin:
            rows = rows.filter(chain=str(actor.tenant_id))
        if action:
            rows = rows.filter(action__startswith=action)
        if target:
            rows = rows.filter(target__icontains=target)
        entries = Paginator(rows, PAGE).get_page(request.GET.get("page"))
        check = verify_chain(actor.tenant_id) if "verify" in request.GET else None
        page = {
            "at_audit": True,
            "entries": entries,
            "action": action,
            "target": target,
            "check": check,
        }
        return render(request, "console/audit.html", page)


@require_GET
def events(request: HttpRequest) -> HttpResponse:
    """Webhooks, their deliveries, and the events whose handlers gave up."""
    actor = _admin(request)
    with _widened(actor):
        page = {
            "at_events": True,
            "endpoints": list(WebhookEndpoint.objects.order_by("-id")[:PAGE]),
            "deliveries": list(
                Delivery.objects.select_related("endpoint").order_by("-created_at")[:PAGE]
            ),
            "dead": list(OutboxEvent.objects.filter(dead_at__isnull=False)[:PAGE]),
        }
        return render(request, "console/events.html", page)


@require_POST
def replay_event(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """Put a dead event back in the queue."""
    actor = _admin(request)
    with _widened(actor), transaction.atomic():
        event = get_object_or_404(OutboxEvent, id=event_id, dead_at__isnull=False)
        replay(event)
        record(
            actor=actor,
            action="event.replayed",
            target=f"event:{event.id}",
            tenant_id=event.tenant_id,
            details={"kind": event.kind},
        )
    messages.success(request, "It is in the queue again.")
    return redirect("console-events")


@require_POST
def resend(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Send a webhook again."""
    actor = _admin(request)
    with _widened(actor):
        replay_delivery(actor=actor, delivery_id=delivery_id)
    messages.success(request, "It is sent again within seconds.")
    return redirect("console-events")
