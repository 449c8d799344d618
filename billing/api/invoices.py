"""REST of invoices by Stripe: the setting, the invoices, what differs."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.invoicing import accounts
from billing.invoicing.compare import latest
from billing.models import StripeAccount, StripeInvoice
from billing.months import parse_month
from billing.queries.periods import finance_tenant
from marketplace.errors import NotFound
from marketplace.rest.pages import CursorPage
from marketplace.rest.serializers import StrictSerializer, checked
from marketplace.rest.views import RestView


class StripeSettingIn(StrictSerializer):
    """Have closed months invoiced by Stripe from `since` (yyyy-mm) on."""

    email = serializers.EmailField(max_length=254)
    since = serializers.CharField(max_length=7)
    customer_id = serializers.CharField(max_length=255, allow_blank=True, default="")
    collection = serializers.ChoiceField(
        choices=StripeAccount.Collection.choices, default=StripeAccount.Collection.SEND
    )
    days_until_due = serializers.IntegerField(min_value=1, max_value=365, default=30)


class StripeSettingOut(serializers.ModelSerializer[StripeAccount]):
    """How a tenant is billed by Stripe."""

    since = serializers.DateField(format="%Y-%m")

    class Meta:
        model = StripeAccount
        fields = [
            "active", "customer_id", "email", "since", "collection", "days_until_due", "set_by",
            "set_at",
        ]  # fmt: skip


class InvoiceOut(serializers.ModelSerializer[StripeInvoice]):
    """An invoice of a closed month; `amount` is the statement's total in its currency."""

    period = serializers.CharField(source="period.name")
    amount = serializers.CharField(source="shown_amount")

    class Meta:
        model = StripeInvoice
        fields = [
            "id", "period", "currency", "amount", "state", "state_at", "stripe_id", "number", "url",
            "attempts", "blocked", "error",
        ]  # fmt: skip


class DifferenceOut(serializers.Serializer[Any]):
    """One difference: missing, extra, twice, amount, line, status or meter."""

    kind = serializers.CharField()
    what = serializers.CharField()
    ours = serializers.CharField()
    stripe = serializers.CharField()
    invoice = serializers.CharField()


class ComparisonOut(serializers.Serializer[Any]):
    """What the last comparison found. `failure` says why it could not be made."""

    at = serializers.DateTimeField()
    invoices = serializers.IntegerField()
    meters = serializers.IntegerField()
    failure = serializers.CharField()
    differences = DifferenceOut(many=True)


class ByInvoice(CursorPage):
    """The newest first."""

    ordering = "-created_at"


class StripeSetting(RestView):
    """Whether and how the tenant is billed by Stripe."""

    area = "billing"

    @extend_schema(operation_id="getStripeSetting", responses=StripeSettingOut)
    def get(self, request: Request) -> Response:
        """How the tenant is billed by Stripe."""
        account = accounts.account_of(finance_tenant(self.actor))
        if account is None:
            raise NotFound("The tenant is not billed by Stripe.")
        return Response(StripeSettingOut(account).data)

    @extend_schema(operation_id="billByStripe", request=StripeSettingIn, responses=StripeSettingOut)
    def put(self, request: Request) -> Response:
        """Have closed months invoiced by Stripe."""
        given = checked(StripeSettingIn, request.data)
        given["since"] = parse_month(given["since"], "/since")
        return Response(StripeSettingOut(accounts.bill_by_stripe(actor=self.actor, **given)).data)

    @extend_schema(operation_id="stopBillingByStripe", request=None, responses=StripeSettingOut)
    def delete(self, request: Request) -> Response:
        """Invoice no month that is closed from now on."""
        return Response(StripeSettingOut(accounts.stop_billing(actor=self.actor)).data)


class Invoices(RestView):
    """The tenant's invoices by Stripe."""

    area = "billing"

    @extend_schema(operation_id="listInvoices", responses=InvoiceOut(many=True))
    def get(self, request: Request) -> Response:
        """List the invoices, the newest first."""
        page = ByInvoice()
        rows = StripeInvoice.across.filter(tenant_id=finance_tenant(self.actor)).select_related(
            "period"
        )
        found = page.paginate_queryset(rows, request, view=self)
        return page.get_paginated_response(InvoiceOut(found, many=True).data)


class SendAgain(RestView):
    """Sending an invoice again that waits for a person."""

    area = "billing"

    @extend_schema(operation_id="sendInvoiceAgain", request=None, responses=InvoiceOut)
    def post(self, request: Request, invoice_id: UUID) -> Response:
        """Send it again."""
        invoice = accounts.try_again(actor=self.actor, invoice_id=invoice_id)
        return Response(InvoiceOut(invoice).data)


class Comparison(RestView):
    """Ours against Stripe's."""

    area = "billing"

    @extend_schema(operation_id="getStripeComparison", responses=ComparisonOut)
    def get(self, request: Request) -> Response:
        """What the last comparison found."""
        found = latest(finance_tenant(self.actor))
        if found is None:
            raise NotFound("Nothing was compared yet.")
        return Response(ComparisonOut(found).data)

    @extend_schema(operation_id="compareWithStripe", request=None, responses=StripeSettingOut)
    def post(self, request: Request) -> Response:
        """Compare now; the answer comes by GET within a minute."""
        return Response(StripeSettingOut(accounts.compare_soon(actor=self.actor)).data, status=202)
