"""What use costs: meters, rate cards, shared costs."""

from django.db import models

from catalog.models import Api, Plan
from marketplace import clock
from marketplace.tenants.models import Team, Tenant, TenantOwned


class Aggregate(models.TextChoices):
    """How a meter's events make its quantity."""

    SUM = "sum", "Sum"
    COUNT = "count", "Count"
    MAX = "max", "Highest"
    UNIQUE = "unique", "Unique values"


class OwnMeter(TenantOwned):
    """A meter that an API's owner defined beside the built-in ones."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    unit = models.CharField(max_length=40)
    aggregate = models.CharField(max_length=6, choices=Aggregate, default=Aggregate.SUM)
    unique_of = models.CharField(
        max_length=60, blank=True, help_text="The member of the event's data that is counted"
    )
    created_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(aggregate__in=Aggregate.values), name="meter_aggregate_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(aggregate="unique") | ~models.Q(unique_of=""),
                name="unique_meter_names_its_member",
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class RateCard(TenantOwned):
    """The prices of an API from a time on: for all plans or one, for all tenants or one.

    Never changed: another card with a later time follows it, one with the same time replaces it.
    Belongs to the tenant that offers the API.
    """

    api = models.ForeignKey(Api, on_delete=models.PROTECT, related_name="rate_cards")
    plan = models.ForeignKey(
        Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="rate_cards"
    )
    consumer = models.ForeignKey(
        Tenant,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The tenant it is for; none: all",
    )
    currency = models.CharField(max_length=3)
    effective_from = models.DateTimeField()
    minimum_micros = models.BigIntegerField(default=0, help_text="Least charge a month")
    pooled = models.BooleanField(
        default=False, help_text="Tiers count over all of a tenant's applications, not each alone"
    )
    risk_multipliers = models.JSONField(default=dict, help_text="Risk class → factor as text")
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.CharField(max_length=200)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(minimum_micros__gte=0), name="card_minimum_not_negative"
            )
        ]
        indexes = [models.Index(fields=["api", "-effective_from"], name="card_by_time")]

    def __str__(self) -> str:
        return f"{self.api_id} from {self.effective_from}"


class Price(TenantOwned):
    """How one meter is priced on a card: `amount_micros` for every `per` units.

    `tiers` holds `{up_to, amount_micros, per, flat_micros}`, the last with `up_to` null.
    """

    class Model(models.TextChoices):
        FLAT = "flat", "Flat a month"
        PER_UNIT = "per_unit", "Per unit"
        TIERED = "tiered", "Tiered: all at the tier reached"
        GRADUATED = "graduated", "Graduated: each tier at its own"
        PACKAGE = "package", "Package: per started package"

    card = models.ForeignKey(RateCard, on_delete=models.CASCADE, related_name="prices")
    meter = models.CharField(max_length=60)
    operation_key = models.CharField(max_length=600, blank=True, help_text="Empty: all operations")
    model = models.CharField(max_length=10, choices=Model, default=Model.PER_UNIT)
    amount_micros = models.BigIntegerField(default=0)
    per = models.BigIntegerField(default=1)
    included = models.DecimalField(max_digits=20, decimal_places=6, default=0)
    tiers = models.JSONField(default=list)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["card", "meter", "operation_key"], name="price_once_per_meter"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_micros__gte=0), name="price_not_negative"
            ),
            models.CheckConstraint(condition=models.Q(per__gt=0), name="price_per_positive"),
            models.CheckConstraint(
                condition=models.Q(included__gte=0), name="price_included_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter} {self.model}"


class SharedCost(TenantOwned):
    """A monthly cost that is split over consumers by a rule, which each line names."""

    class Rule(models.TextChoices):
        EVEN = "even", "Even"
        PROPORTIONAL = "proportional", "In proportion to use"
        FIXED = "fixed", "Fixed shares"

    name = models.CharField(max_length=120)
    api = models.ForeignKey(
        Api, null=True, blank=True, on_delete=models.PROTECT, related_name="shared_costs"
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    amount_micros = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    rule = models.CharField(max_length=12, choices=Rule)
    meter = models.CharField(max_length=60, blank=True)
    shares = models.JSONField(default=dict, help_text="Team id → weight, for fixed shares")
    first_month = models.DateField()
    last_month = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.CharField(max_length=200)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_micros__gt=0), name="shared_cost_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(last_month=None)
                | models.Q(last_month__gte=models.F("first_month")),
                name="shared_cost_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RiskSince(models.Model):
    """An API's risk class from a time on, kept so that a change does not price the past anew."""

    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="+")
    risk = models.CharField(max_length=6)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api", "since"], name="risk_once_per_time")]

    def __str__(self) -> str:
        return f"{self.risk} since {self.since}"
