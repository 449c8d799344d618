"""Applications of Meridian Financial Services and what they call."""

from __future__ import annotations

from marketplace.demo.company.records import Application
from marketplace.demo.company.rhythms import tokens, use

FINANCIAL_APPLICATIONS: tuple[Application, ...] = (
    Application(
        slug="settlement-reconciler",
        name="Settlement reconciler",
        team="payments",
        purpose="Ties the bank's payouts to payments and the ledger",
        uses=(
            use("payments@2.3.0", 1_900, "night", {"listSettlementLines": 0.8, "listPayouts": 0.2}),
            use("ledger@1.2.0", 1_200, "night", {"postJournal": 0.7, "getBalance": 0.3}),
            use("payment-events@2.0.0", 21_000, "shop", {"publishPaymentCaptured": 1.0}),
        ),
    ),
    Application(
        slug="fraud-desk",
        name="Fraud desk",
        team="risk",
        purpose="Where analysts look at what the score doubts",
        uses=(
            use("fraud-scoring@1.1.0", 480, "office", {"getScore": 0.7, "reportOutcome": 0.3}),
            use("orders@2.2.0", 520, "office", {"getOrder": 0.6, "releaseHold": 0.4}),
            use("payments@2.3.0", 350, "office", {"getPayment": 0.6, "listPaymentEvents": 0.4}),
        ),
    ),
    Application(
        slug="dispute-desk",
        name="Dispute desk",
        team="risk",
        purpose="Answers card disputes within the scheme's deadline",
        service_account="dispute-agent",
        uses=(
            use(
                "dispute-copilot@1.0.0",
                190,
                "agent",
                {"draftReply": 0.3, "collectEvidence": 0.3, "getCase": 0.4},
                per_call=tokens(5_200, 3_000, 780),
                growth=0.30,
                started_days_ago=44,
            ),
            use(
                "shipment-tracking@1.3.0",
                210,
                "agent",
                {"listShipments": 0.5, "getProofOfDelivery": 0.5},
                growth=0.30,
                started_days_ago=44,
            ),
            use("payments@2.3.0", 240, "agent", {"getPayment": 0.7, "getReceipt": 0.3}),
        ),
    ),
    Application(
        slug="month-end-close",
        name="Month-end close",
        team="accounting",
        purpose="Closes the books of eleven companies",
        uses=(
            use("ledger@1.2.0", 2_100, "office", {"listJournals": 0.5, "getTrialBalance": 0.5}),
            use("fx-rates@1.1.0", 700, "office", {"getRate": 0.7, "getAverageRate": 0.3}),
            use(
                "meridian-erp@2026.3",
                2_800,
                "office",
                {"listCostCenters": 0.4, "listFixedAssets": 0.6},
            ),
        ),
    ),
    Application(
        slug="billing-run",
        name="Billing run",
        team="accounting",
        purpose="Sends invoices to business customers every night",
        uses=(
            use("invoices@1.4.0", 3_400, "night", {"createInvoice": 0.5, "issueInvoice": 0.5}),
            use("weather-and-holidays@1.2.0", 900, "night", {"addWorkingDays": 1.0}),
            use("notifications@1.0.0", 1_700, "night", {"sendMessage": 1.0}),
            use("tax-quotes@1.1.0", 1_700, "night", {"quoteTax": 0.9, "checkVatNumber": 0.1}),
        ),
    ),
    Application(
        slug="people-portal",
        name="People portal",
        team="ai-platform",
        purpose="The intranet's who is who",
        uses=(
            use("hr-directory@1.0.0", 1_600, "office", {"searchPeople": 0.6, "getPerson": 0.4}),
            use(
                "embeddings-index@1.2.0",
                2_700,
                "office",
                {"queryVectors": 1.0},
                per_call=(("vectors_queried", 40_000),),
            ),
        ),
    ),
)
