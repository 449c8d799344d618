"""The rows of access: who asked, what was granted, the keys, and the gateways that ask."""

from keys.models.access import AccessRequest, Grant, GrantScope
from keys.models.applications import Application, Consent
from keys.models.gateways import EnforcementPoint, EnforcementPointApi
from keys.models.incidents import BreakGlass, LeakReport, LeakReporter
from keys.models.keys import Key, Revocation
from keys.models.tokens import SigningKey, UsedTokenId, WorkloadIdentity

__all__ = [
    "AccessRequest",
    "Application",
    "BreakGlass",
    "Consent",
    "EnforcementPoint",
    "EnforcementPointApi",
    "Grant",
    "GrantScope",
    "Key",
    "LeakReport",
    "LeakReporter",
    "Revocation",
    "SigningKey",
    "UsedTokenId",
    "WorkloadIdentity",
]
