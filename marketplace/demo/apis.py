"""Seeding what is offered: every API, each version published on its day by the same function as
anybody's."""

from datetime import datetime, timedelta
from pathlib import Path

from catalog.apis import PlanTerms, create_api, update_api
from catalog.publish import publish_version
from marketplace import clock
from marketplace.demo.company import APIS
from marketplace.demo.company.records import Api as ApiRecord
from marketplace.demo.company.records import Plan as PlanRecord
from marketplace.demo.company.records import Version as VersionRecord
from marketplace.demo.prices import price_plans
from marketplace.demo.usage import first_moment
from marketplace.tenants.actor import Actor, actor_for_user
from marketplace.tenants.models import TeamMember

DOCUMENTS = Path(__file__).parent / "documents"
NEWS_DAYS = 2
RETIRES_IN = timedelta(days=75)
DEPRECATED_AGO = timedelta(days=21)
# The catalog's words for what the company's data writes shorter.
TONES = ("blue", "violet", "teal", "green", "amber", "red")


def owners() -> dict[str, Actor]:
    """The owner of each team, by the team's slug."""
    rows = TeamMember.across.filter(role=TeamMember.Role.OWNER).select_related(
        "team", "member__user"
    )
    return {row.team.slug: actor_for_user(row.member.user) for row in rows}


def seed_apis(now: datetime) -> None:
    """Publish the company's APIs but for the latest news, the oldest version first."""
    by_team = owners()
    for place, record in enumerate(APIS):
        actor = by_team[record.team]
        first = now - timedelta(days=record.versions[0].published_days_ago)
        with clock.frozen(first):
            api = create_api(
                actor=actor,
                slug=record.slug,
                name=record.name,
                team=record.team,
                summary=record.summary,
                data_class=record.data_class,
                risk=record.risk,
                residency=list(record.residency),
                latency_class=record.latency_class,
                cost_driver=record.cost_driver,
                icon=record.icon,
                tone=TONES[place % len(TONES)],
                capabilities=record.capabilities,
                plans=[_terms(plan, place=at) for at, plan in enumerate(record.plans)],
            )
        price_plans(api, record, effective_from=min(first, first_moment(now)))
        for version in record.versions:
            if version.published_days_ago > NEWS_DAYS:
                _publish(actor, record, version, now)
        if record.lifecycle == "deprecated":
            _deprecate(actor, record, now)


def seed_news(now: datetime) -> None:
    """Publish the versions of the last days, when there are consumers that they may hurt."""
    by_team = owners()
    for record in APIS:
        for version in record.versions:
            if version.published_days_ago <= NEWS_DAYS:
                _publish(by_team[record.team], record, version, now)


def _publish(actor: Actor, record: ApiRecord, version: VersionRecord, now: datetime) -> None:
    with clock.frozen(now - timedelta(days=version.published_days_ago)):
        publish_version(
            actor=actor,
            slug=record.slug,
            version=version.version,
            data=(DOCUMENTS / record.slug / version.file).read_bytes(),
        )


def _deprecate(actor: Actor, record: ApiRecord, now: datetime) -> None:
    with clock.frozen(now - DEPRECATED_AGO):
        changes = {
            "lifecycle": "deprecated",
            "deprecation_at": now - DEPRECATED_AGO,
            "sunset_at": now + RETIRES_IN,
        }
        update_api(actor=actor, slug=record.slug, changes=changes)


def _terms(plan: PlanRecord, *, place: int) -> PlanTerms:
    limits: dict[str, object] = {
        "rate_per_second": plan.per_second,
        "burst": 2 * plan.per_second,
    }
    if plan.monthly_quota:
        limits |= {"quota": plan.monthly_quota, "quota_period": "month"}
    return PlanTerms(slug=plan.slug, name=plan.name, limits=limits, is_default=place == 0)
