"""The demo's company as plain data: who there is, what they publish and what they call."""

from __future__ import annotations

from marketplace.demo.company.financial import FINANCIAL_APIS
from marketplace.demo.company.financial_applications import FINANCIAL_APPLICATIONS
from marketplace.demo.company.logistics import LOGISTICS_APIS
from marketplace.demo.company.logistics_applications import LOGISTICS_APPLICATIONS
from marketplace.demo.company.people import COMPANY, PEOPLE, SERVICE_ACCOUNTS, TEAMS, TENANTS
from marketplace.demo.company.records import Api, Application
from marketplace.demo.company.retail import RETAIL_APIS
from marketplace.demo.company.retail_applications import RETAIL_APPLICATIONS
from marketplace.demo.company.rhythms import RHYTHMS

APIS: tuple[Api, ...] = (*RETAIL_APIS, *LOGISTICS_APIS, *FINANCIAL_APIS)
APPLICATIONS: tuple[Application, ...] = (
    *RETAIL_APPLICATIONS,
    *LOGISTICS_APPLICATIONS,
    *FINANCIAL_APPLICATIONS,
)

__all__ = [
    "APIS",
    "APPLICATIONS",
    "COMPANY",
    "PEOPLE",
    "RHYTHMS",
    "SERVICE_ACCOUNTS",
    "TEAMS",
    "TENANTS",
]
