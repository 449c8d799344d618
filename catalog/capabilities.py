"""The curated vocabulary of what APIs are for.

An id is a dotted path whose prefix is its parent, so that asking for `payments` also finds
`payments.refunds`. Synonyms are the words people type who don't know ours; they stand in lower
case, singular, and name one capability each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Capability:
    """One entry: its dotted id, what people read, its parent's id and other words for it."""

    id: str
    label: str
    parent: str | None
    synonyms: tuple[str, ...]


_ENTRIES: tuple[tuple[str, str, str], ...] = (
    ("payments", "Payments", "pay; take money; charge"),
    ("payments.cards", "Card and wallet payments", "credit card; debit card; checkout; 3-d secure"),
    ("payments.direct_debit", "Direct debit and mandates", "sepa; mandate; iban; bank account"),
    ("payments.refunds", "Refunds", "refund; money back; reimburse; reimbursement; chargeback"),
    ("payments.payouts", "Payouts and settlement", "payout; settlement; reconcile"),
    ("payments.disputes", "Disputes", "dispute; contested payment; representment"),
    ("orders", "Orders", "order; purchase; sale"),
    ("orders.carts", "Carts and checkout", "cart; basket; shopping bag"),
    ("orders.fulfilment", "Fulfilment", "fulfillment; ship an order; dispatch; picking"),
    ("orders.returns", "Returns", "return; rma; send back; exchange; return label"),
    ("catalogue", "Products", "product; catalog; assortment; article"),
    ("catalogue.prices", "Prices and promotions", "price; promotion; discount; voucher"),
    ("catalogue.media", "Media assets", "image; picture; photo; video; dam; rendition"),
    ("inventory", "Inventory", "stock; availability; on hand"),
    ("inventory.reservations", "Stock reservations", "reserve stock; allocation; hold stock"),
    ("inventory.counts", "Stock counts", "cycle count; stocktake; adjustment"),
    ("logistics", "Logistics", "logistic; supply chain; transport"),
    ("logistics.rates", "Shipping rates", "shipping cost; freight quote; delivery cost; postage"),
    (
        "logistics.tracking",
        "Shipment tracking",
        "track; parcel; where is my package; delivery status",
    ),
    ("logistics.warehouse", "Warehouse automation", "warehouse; robot; conveyor; agv"),
    ("logistics.fleet", "Fleet", "vehicle; truck; van; telematic; driver"),
    ("places", "Places", "location; geography"),
    ("places.addresses", "Address validation", "address; postal code; zip code; postcode"),
    ("places.geocoding", "Geocoding", "geocode; coordinates; latitude; map"),
    ("places.weather", "Weather", "forecast; temperature; storm warning"),
    ("places.calendars", "Holidays and calendars", "public holiday; bank holiday; working day"),
    ("customers", "Customers", "customer; client; shopper; crm"),
    ("customers.profile", "Customer profile", "account; contact detail; preference"),
    (
        "customers.consent",
        "Consent",
        "gdpr; privacy; opt in; opt out; permission; unsubscribe; agree; withdraw consent; erase",
    ),
    ("customers.loyalty", "Loyalty", "point; reward; bonus; tier; member card"),
    ("identity", "Identity", "login; sign in; authentication"),
    ("identity.tokens", "Tokens", "token; jwt; oauth; access token; jwks"),
    ("identity.profile", "Workforce directory", "employee; staff; colleague; org chart; hr"),
    ("messaging", "Messaging", "message; notification; notify"),
    ("messaging.email", "E-mail", "email; mail; newsletter"),
    ("messaging.sms", "SMS", "text message; mobile message"),
    ("messaging.push", "Push", "push notification; app notification"),
    ("risk", "Risk", "risk check"),
    ("risk.fraud", "Fraud scoring", "fraud; fraudulent; scam; risk score"),
    ("risk.screening", "Screening and lists", "sanction; blocklist; deny list"),
    ("finance", "Finance", "accounting; bookkeeping"),
    ("finance.ledger", "Ledger", "journal; posting; double entry; account balance; general ledger"),
    ("finance.invoices", "Invoices", "invoice; bill; credit note; receipt; dunning"),
    ("finance.tax", "Tax", "vat; sales tax; tax rate; vat number"),
    ("finance.fx", "Exchange rates", "fx; currency conversion; exchange rate; forex"),
    ("finance.erp", "Enterprise resource planning", "erp; sap; back office"),
    (
        "finance.procurement",
        "Procurement",
        "purchase order; supplier; vendor; requisition; goods receipt",
    ),
    (
        "finance.assets",
        "Fixed assets and cost",
        "depreciation; asset register; cost center; budget plan",
    ),
    ("ai", "AI", "artificial intelligence; machine learning; model"),
    (
        "ai.completion",
        "Text generation",
        "llm; chat; gpt; completion; prompt; summarise; summarize",
    ),
    ("ai.embeddings", "Embeddings", "embed; vectorise; vectorize"),
    ("ai.extraction", "Document extraction", "ocr; scan; read a pdf; idp; parse document"),
    ("ai.copilots", "Copilots and agents", "copilot; assistant; agent; draft a reply"),
    ("ai.moderation", "Moderation and guards", "moderate; toxicity; prompt injection; guardrail"),
    ("search", "Search", "find; lookup; query"),
    (
        "search.rag",
        "Retrieval for answers (RAG)",
        "rag; retrieval; grounded answer; citation; passage",
    ),
    ("search.vectors", "Vector search", "vector; nearest neighbour; nearest neighbor; similarity"),
    (
        "events",
        "Events and streams",
        "event; stream; kafka; topic; subscribe; webhook; get notified",
    ),
    ("events.telemetry", "Telemetry", "mqtt; sensor; iot; heartbeat; device data"),
    ("platform", "Platform", "developer platform; infrastructure"),
    (
        "platform.flags",
        "Feature flags",
        "feature flag; feature toggle; rollout; experiment; a/b test",
    ),
    ("platform.reference", "Reference and public data", "open data; reference data; lookup table"),
)

CAPABILITIES: tuple[Capability, ...] = tuple(
    Capability(
        id=key,
        label=label,
        parent=key.rpartition(".")[0] or None,
        synonyms=tuple(word.strip() for word in words.split(";")),
    )
    for key, label, words in _ENTRIES
)
BY_ID: dict[str, Capability] = {each.id: each for each in CAPABILITIES}
_BY_TERM: dict[str, Capability] = {
    term: each for each in CAPABILITIES for term in (each.label.lower(), *each.synonyms)
}
_LONGEST_TERM = max(len(term.split()) for term in _BY_TERM)
_WORD = re.compile(r"[a-z0-9][a-z0-9/+&-]*")


def lineage(capability_id: str) -> tuple[Capability, ...]:
    """The capability and what it belongs to, the most general first. Raises KeyError."""
    parts = capability_id.split(".")
    return tuple(BY_ID[".".join(parts[: depth + 1])] for depth in range(len(parts)))


def children_of(capability_id: str | None) -> tuple[Capability, ...]:
    """The capabilities directly below one, or the top ones for None, in the curated order."""
    return tuple(each for each in CAPABILITIES if each.parent == capability_id)


def within(capability_id: str) -> frozenset[str]:
    """Ids of a capability and of everything below it: what a facet on it has to match."""
    prefix = capability_id + "."
    return frozenset(each for each in BY_ID if each == capability_id or each.startswith(prefix))


def named(term: str) -> Capability | None:
    """The capability that a word or phrase means, by id, label or synonym; else None."""
    key = " ".join(term.lower().split())
    return BY_ID.get(key) or _BY_TERM.get(key) or _BY_TERM.get(key.removesuffix("s"))


def mentioned_in(text: str) -> Iterator[Capability]:
    """Capabilities whose label or a synonym stands in a text, longest phrases first at each place.

    A capability comes once for each mention, so that a caller can count them to rank.
    """
    words = _WORD.findall(text.lower())
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST_TERM, len(words) - at), 0, -1):
            found = named(" ".join(words[at : at + length]))
            if found is not None:
                yield found
                at += length
                break
        else:
            at += 1
