"""Meridian Quay Group: its business units, teams and people."""

from __future__ import annotations

from marketplace.demo.company.records import Person, ServiceAccount, Team, Tenant

COMPANY = "Meridian Quay Group"

TENANTS: tuple[Tenant, ...] = (
    Tenant(
        slug="retail",
        name="Meridian Retail",
        currency="EUR",
        cost_center="MR-1000",
        monthly_budget="24000",
    ),
    Tenant(
        slug="logistics",
        name="Meridian Logistics",
        currency="USD",
        cost_center="ML-2000",
        monthly_budget="15000",
    ),
    Tenant(
        slug="financial-services",
        name="Meridian Financial Services",
        currency="EUR",
        cost_center="MF-3000",
        monthly_budget="18000",
    ),
)

_TEAMS: tuple[tuple[str, str, str, str], ...] = (
    ("retail", "checkout", "Checkout", "MR-1110"),
    ("retail", "catalogue", "Catalogue", "MR-1120"),
    ("retail", "customer", "Customer", "MR-1130"),
    ("retail", "engagement", "Engagement", "MR-1140"),
    ("logistics", "transport", "Transport", "ML-2110"),
    ("logistics", "warehouse", "Warehouse", "ML-2120"),
    ("logistics", "fleet", "Fleet", "ML-2130"),
    ("logistics", "places", "Places", "ML-2140"),
    ("financial-services", "payments", "Payments", "MF-3110"),
    ("financial-services", "risk", "Risk", "MF-3120"),
    ("financial-services", "accounting", "Accounting", "MF-3130"),
    ("financial-services", "ai-platform", "AI Platform", "MF-3140"),
)
TEAMS: tuple[Team, ...] = tuple(
    Team(
        tenant=tenant,
        slug=slug,
        name=name,
        cost_center=cost_center,
        email=f"{slug}@meridian.example",
    )
    for tenant, slug, name, cost_center in _TEAMS
)


def _colleague(address: str, name: str, tenant: str, team: str, *, owner: bool = False) -> Person:
    return Person(
        email=f"{address}@meridian.example",
        name=name,
        tenant=tenant,
        teams=((team, "owner" if owner else "member"),),
    )


PEOPLE: tuple[Person, ...] = (
    Person(
        email="ines.moreau@meridian.example",
        name="Ines Moreau",
        tenant=None,
        platform_admin=True,
        persona="Platform admin: writes the policies and watches the whole",
    ),
    Person(
        email="ada.okafor@meridian.example",
        name="Ada Okafor",
        tenant="retail",
        teams=(("checkout", "member"),),
        persona="Developer: builds the web shop's checkout",
    ),
    Person(
        email="tomas.novak@meridian.example",
        name="Tomáš Novák",
        tenant="retail",
        teams=(("checkout", "owner"), ("catalogue", "member")),
        persona="API owner: Orders and Order Events",
    ),
    Person(
        email="helga.brandt@meridian.example",
        name="Helga Brandt",
        tenant="retail",
        role="finance",
        persona="Finance: closes the retail month",
    ),
    Person(
        email="mateo.ruiz@meridian.example",
        name="Mateo Ruiz",
        tenant="retail",
        role="admin",
        persona="Tenant admin of Meridian Retail",
    ),
    _colleague("lena.vogt", "Lena Vogt", "retail", "catalogue", owner=True),
    _colleague("samir.haddad", "Samir Haddad", "retail", "customer", owner=True),
    _colleague("chiara.bianchi", "Chiara Bianchi", "retail", "engagement", owner=True),
    _colleague("yara.demir", "Yara Demir", "retail", "catalogue"),
    _colleague("piotr.zielinski", "Piotr Zieliński", "retail", "customer"),
    _colleague("noor.aziz", "Noor Aziz", "retail", "engagement"),
    Person(
        email="grace.whitfield@meridian.example",
        name="Grace Whitfield",
        tenant="logistics",
        teams=(("transport", "owner"),),
        persona="API owner: Shipment Tracking",
    ),
    Person(
        email="deshawn.carter@meridian.example",
        name="DeShawn Carter",
        tenant="logistics",
        teams=(("warehouse", "member"), ("fleet", "member")),
        persona="Developer: routes robots and vans",
    ),
    Person(
        email="ruth.feldman@meridian.example",
        name="Ruth Feldman",
        tenant="logistics",
        role="finance",
        persona="Finance: pays for logistics in US dollars",
    ),
    Person(
        email="oskar.lindqvist@meridian.example",
        name="Oskar Lindqvist",
        tenant="logistics",
        role="admin",
        persona="Tenant admin of Meridian Logistics",
    ),
    _colleague("mei.tanaka", "Mei Tanaka", "logistics", "warehouse", owner=True),
    _colleague("luis.ferreira", "Luís Ferreira", "logistics", "fleet", owner=True),
    _colleague("hanna.korhonen", "Hanna Korhonen", "logistics", "places", owner=True),
    _colleague("tariq.bello", "Tariq Bello", "logistics", "transport"),
    Person(
        email="arjun.mehta@meridian.example",
        name="Arjun Mehta",
        tenant="financial-services",
        teams=(("payments", "owner"),),
        persona="API owner: Payments, about to hurt its consumers with version 3",
    ),
    Person(
        email="sofia.lund@meridian.example",
        name="Sofia Lund",
        tenant="financial-services",
        teams=(("risk", "member"), ("ai-platform", "member")),
        persona="Developer: builds the dispute copilot",
    ),
    Person(
        email="daniel.weiss@meridian.example",
        name="Daniel Weiss",
        tenant="financial-services",
        role="finance",
        persona="Finance: books what the group's platforms cost",
    ),
    Person(
        email="amara.diallo@meridian.example",
        name="Amara Diallo",
        tenant="financial-services",
        role="admin",
        persona="Tenant admin of Meridian Financial Services",
    ),
    _colleague("viktor.ilic", "Viktor Ilić", "financial-services", "risk", owner=True),
    _colleague("emma.castell", "Emma Castell", "financial-services", "accounting", owner=True),
    _colleague("kenji.mori", "Kenji Mori", "financial-services", "ai-platform", owner=True),
    _colleague("paula.stein", "Paula Stein", "financial-services", "payments"),
    _colleague("jonas.berg", "Jonas Berg", "financial-services", "accounting"),
)

SERVICE_ACCOUNTS: tuple[ServiceAccount, ...] = (
    ServiceAccount(
        tenant="retail", team="engagement", slug="shopping-agent", name="Shopping agent"
    ),
    ServiceAccount(
        tenant="logistics", team="transport", slug="dispatch-agent", name="Dispatch agent"
    ),
    ServiceAccount(
        tenant="financial-services", team="risk", slug="dispute-agent", name="Dispute agent"
    ),
)
