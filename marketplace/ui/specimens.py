"""Made-up content of the gallery: one company's payments, orders and ledger."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django import forms

from marketplace import clock
from marketplace.ui.charts import Point, Series
from marketplace.ui.code import Sample
from marketplace.ui.markdown import render

DATA: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
CURL = """curl -X POST "$BASE/v3/payments/pay_81/refunds" \\
  -H "Authorization: Bearer $KEY" \\
  -H "Idempotency-Key: 7f3c" \\
  -d '{"amount": 1250}'"""
PYTHON = """import httpx

reply = httpx.post(
    f"{BASE}/v3/payments/pay_81/refunds",
    headers={"Authorization": f"Bearer {KEY}", "Idempotency-Key": "7f3c"},
    json={"amount": 1250},  # in minor units
)
reply.raise_for_status()"""
NODE = """const reply = await fetch(`${BASE}/v3/payments/pay_81/refunds`, {
  method: "POST",
  headers: { Authorization: `Bearer ${KEY}`, "Idempotency-Key": "7f3c" },
  body: JSON.stringify({ amount: 1250 }),
});"""
REPLY = """{
  "id": "re_5512",
  "payment": "pay_81",
  "amount": 1250,
  "currency": "EUR",
  "state": "pending",
  "created_at": "2026-11-25T09:14:07Z"
}"""
MARKDOWN = """Creates a refund for a **captured** payment. A payment may be refunded in
several parts; their sum never exceeds the captured amount.

- Sends `refund.created` at once and `refund.settled` when the scheme confirms.
- Safe to repeat with the same `Idempotency-Key` for 24 hours.

See [the settlement guide](https://docs.meridian.example/settlement)."""


class ExampleForm(forms.Form):
    """One of every field."""

    name = forms.CharField(
        label="Application", initial="checkout-web", help_text="A consumer your team owns."
    )
    purpose = forms.CharField(
        label="Purpose",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What the owner reads when a person decides.",
    )
    plan = forms.ChoiceField(
        label="Plan", choices=[("standard", "Standard, 50 calls a second"), ("burst", "Burst")]
    )
    life = forms.ChoiceField(
        label="Expires after",
        widget=forms.RadioSelect,
        initial="7",
        choices=[("1", "1 day"), ("7", "7 days"), ("30", "30 days")],
    )
    environment = forms.ChoiceField(
        label="Environment",
        widget=forms.RadioSelect,
        initial="sandbox",
        choices=[("sandbox", "Sandbox: at once, never billed"), ("live", "Live: about 9 minutes")],
    )
    limit = forms.DecimalField(
        label="Monthly limit", initial=200, help_text="Calls stop here, exactly."
    )
    document = forms.FileField(
        label="Document", required=False, help_text="OpenAPI or AsyncAPI, JSON or YAML, to 50 MB"
    )
    watch = forms.BooleanField(
        label="Tell me of breaking changes",
        required=False,
        initial=True,
        help_text="By e-mail, once a version.",
    )
    days = forms.MultipleChoiceField(
        label="Remind me",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=["7"],
        choices=[("7", "7 days before expiry"), ("1", "1 day before expiry")],
    )


def _month() -> list[Point]:
    first = date(2026, 10, 26)
    return [
        Point(f"{day.day} {day:%b}", count * 1000)
        for day, count in (
            (first + timedelta(days=at), count) for at, count in enumerate(DATA["days"])
        )
    ]


def _spend() -> list[Series]:
    labels = ["Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]
    rows = {
        "Payments": (311, 342, 330, 401, 428, 466),
        "Dispute copilot": (40, 88, 131, 160, 222, 301),
        "Customer 360": (120, 118, 131, 127, 140, 138),
        "Others": (84, 80, 77, 92, 90, 96),
    }
    return [
        Series(
            name,
            [Point(label, amount * 1_000_000) for label, amount in zip(labels, row, strict=True)],
        )
        for name, row in rows.items()
    ]


def _latency() -> list[Series]:
    hours = [f"{hour:02}:00" for hour in range(24)]
    p95 = [184 + (hour * 37) % 61 for hour in range(24)]
    return [
        Series("p50", [Point(h, v * 0.42) for h, v in zip(hours, p95, strict=True)]),
        Series("p95", [Point(h, v) for h, v in zip(hours, p95, strict=True)]),
        Series("p99", [Point(h, v * 1.9) for h, v in zip(hours, p95, strict=True)]),
    ]


def _keys() -> list[dict[str, Any]]:
    now = clock.now()
    return [row | {"expires": now + timedelta(days=row["days"], hours=3)} for row in DATA["keys"]]


def everything() -> dict[str, Any]:
    """What the gallery's templates show."""
    wrong = ExampleForm(
        {"name": "", "limit": "-", "life": "7", "environment": "live", "plan": "standard"}
    )
    wrong.is_valid()
    spend = _spend()
    now = clock.now()
    return DATA | {
        "form": ExampleForm(),
        "wrong": wrong,
        "calls": _month(),
        "spend": spend,
        "latency": _latency(),
        "ranked": [
            ("Payments", 466_120_000),
            ("Dispute copilot", 301_400_000),
            ("Customer 360", 138_000_000),
        ],
        "samples": [
            Sample("curl", CURL, "bash"),
            Sample("Python", PYTHON, "python"),
            Sample("Node", NODE, "javascript"),
        ],
        "reply": REPLY,
        "markdown": render(MARKDOWN),
        "keys": _keys(),
        "spent": sum(row["spend"] for row in DATA["keys"]),
        "sunset": date(2027, 3, 31),
        "minutes_ago": now - timedelta(minutes=3),
        "hours_ahead": now + timedelta(hours=9),
        "long_ago": now - timedelta(days=40),
    }
