"""REST of budgets and quotas."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.limits import budgets, quotas
from billing.limits.budgets import Standing
from billing.limits.subjects import QUOTA_KINDS
from billing.models import Budget
from billing.money import from_micros, to_micros
from billing.rest import AmountField, KeyedPage
from marketplace.rest.serializers import StrictSerializer, checked
from marketplace.rest.views import RestView


class BudgetIn(StrictSerializer):
    """A budget to set. `subject` is an id, slug or cost center; empty for the tenant."""

    subject_kind = serializers.ChoiceField(choices=Budget.Subject.choices)
    subject = serializers.CharField(max_length=200, allow_blank=True, default="")
    amount = AmountField()
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    window = serializers.ChoiceField(choices=["day", "month"], default="month")
    thresholds = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=1000), max_length=10, required=False
    )
    hard = serializers.BooleanField(default=False)


class BudgetOut(serializers.Serializer[Any]):
    """A budget and how it stands in the window around now."""

    id = serializers.UUIDField(source="budget.id")
    subject_kind = serializers.CharField(source="budget.subject_kind")
    subject_id = serializers.UUIDField(source="budget.subject_id", allow_null=True)
    subject = serializers.CharField(source="budget.subject_name")
    window = serializers.CharField(source="budget.window")
    amount = serializers.SerializerMethodField()
    currency = serializers.CharField(source="budget.currency")
    thresholds = serializers.ListField(source="budget.thresholds", child=serializers.IntegerField())
    hard = serializers.BooleanField(source="budget.hard")
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    spent = serializers.SerializerMethodField()
    reserved = serializers.SerializerMethodField()
    left = serializers.SerializerMethodField()
    forecast = serializers.SerializerMethodField()
    runs_out = serializers.DateField(allow_null=True)

    def get_amount(self, standing: Standing) -> str:
        return str(from_micros(standing.budget.amount_micros))

    def get_spent(self, standing: Standing) -> str:
        return str(from_micros(standing.spent_micros))

    def get_reserved(self, standing: Standing) -> str:
        return str(from_micros(standing.reserved_micros))

    def get_left(self, standing: Standing) -> str:
        return str(from_micros(standing.left_micros))

    def get_forecast(self, standing: Standing) -> str:
        return str(from_micros(standing.forecast_micros))


class Budgets(RestView):
    """Budgets of the tenant, its teams, applications and cost centers."""

    area = "billing"

    @extend_schema(operation_id="listBudgets", responses=BudgetOut(many=True))
    def get(self, request: Request) -> Response:
        """List the budgets that the caller may see, with what is spent and forecast."""
        page = KeyedPage(request, budgets.visible(self.actor))
        return page.answer(BudgetOut(budgets.standings(page.rows), many=True).data)

    @extend_schema(operation_id="setBudget", request=BudgetIn, responses=BudgetOut)
    def put(self, request: Request) -> Response:
        """Set a subject's budget for a window, in place of the one before."""
        given = checked(BudgetIn, request.data)
        extra = {name: given[name] for name in ("currency", "thresholds") if name in given}
        budget = budgets.set_budget(
            actor=self.actor,
            subject_kind=given["subject_kind"],
            subject=given["subject"],
            amount_micros=to_micros(given["amount"]),
            window=given["window"],
            hard=given["hard"],
            **extra,
        )
        return Response(BudgetOut(budgets.standing_of(budget)).data)


class OneBudget(RestView):
    """One budget."""

    area = "billing"

    @extend_schema(operation_id="removeBudget", responses={204: None})
    def delete(self, request: Request, budget_id: UUID) -> Response:
        """Take it away."""
        budgets.remove_budget(actor=self.actor, budget_id=budget_id)
        return Response(status=204)


class QuotaIn(StrictSerializer):
    """A quota to set. `subject` is an id or slug, or empty for the tenant."""

    subject_kind = serializers.ChoiceField(choices=QUOTA_KINDS)
    subject = serializers.CharField(max_length=200, allow_blank=True, default="")
    meter = serializers.CharField(max_length=60, default="requests")
    limit = serializers.IntegerField(min_value=0)
    window = serializers.ChoiceField(choices=["minute", "hour", "day", "month"])
    sliding = serializers.BooleanField(default=False)
    hard = serializers.BooleanField(default=True)


class QuotaOut(serializers.Serializer[Any]):
    """A quota and what is used of it in the window around now."""

    id = serializers.UUIDField(source="quota.id")
    subject_kind = serializers.CharField(source="quota.subject_kind")
    subject_id = serializers.UUIDField(source="quota.subject_id")
    subject = serializers.CharField(source="quota.subject_name")
    meter = serializers.CharField(source="quota.meter")
    limit = serializers.IntegerField(source="quota.limit")
    window = serializers.CharField(source="quota.window")
    sliding = serializers.BooleanField(source="quota.sliding")
    hard = serializers.BooleanField(source="quota.hard")
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    used = serializers.IntegerField()
    left = serializers.IntegerField()


class Quotas(RestView):
    """Quotas of the tenant, its teams, applications, keys and APIs."""

    area = "billing"

    @extend_schema(operation_id="listQuotas", responses=QuotaOut(many=True))
    def get(self, request: Request) -> Response:
        """List the quotas that the caller may see, with what is used."""
        page = KeyedPage(request, quotas.visible(self.actor))
        return page.answer(QuotaOut(quotas.quota_standings(page.rows), many=True).data)

    @extend_schema(operation_id="setQuota", request=QuotaIn, responses=QuotaOut)
    def put(self, request: Request) -> Response:
        """Set a subject's quota of a meter for a window, in place of the one before."""
        given = checked(QuotaIn, request.data)
        quota = quotas.set_quota(actor=self.actor, **given)
        return Response(QuotaOut(quotas.quota_standings([quota])[0]).data)


class OneQuota(RestView):
    """One quota."""

    area = "billing"

    @extend_schema(operation_id="removeQuota", responses={204: None})
    def delete(self, request: Request, quota_id: UUID) -> Response:
        """Take it away."""
        quotas.remove_quota(actor=self.actor, quota_id=quota_id)
        return Response(status=204)
