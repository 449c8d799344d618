"""An HTTP server that behaves as Stripe's API does for what we call.

Form-encoded bodies, idempotency keys (kept answers, failures included), pagination, errors in
Stripe's shape. Every request is checked against the parameter types that the `stripe` package
ships; what does not fit is refused and remembered in `violations`, which a test finds empty.
"""

import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

from stripe import params
from stripe.params import billing as billing_params

from tests.billing.stripe_params import decoded, violations

KEY = "sk_test_fake0123456789"
Answer = tuple[int, dict[str, Any]]
THREE_DECIMALS = {"bhd", "jod", "kwd", "omr", "tnd"}


class Refused(Exception):
    """An error in Stripe's shape."""

    def __init__(self, status: int, message: str, **more: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": "invalid_request_error", "message": message} | more}


class StripeFake:
    """The server and all that it holds. `faults` are taken one a request, in order; each is None
    or one of: drop (no answer, nothing done), lost (done, no answer), 429, 500, 500 after (done,
    and answered 500), 409, 402, 401."""

    def __init__(self) -> None:
        self.customers: dict[str, dict[str, Any]] = {}
        self.invoices: dict[str, dict[str, Any]] = {}
        self.items: dict[str, dict[str, Any]] = {}
        self.meters: dict[str, dict[str, Any]] = {}
        self.meter_events: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, tuple[str, Answer]] = {}
        self.events: list[dict[str, Any]] = []
        self.violations: list[str] = []
        self.requests: list[tuple[str, str]] = []
        self.faults: list[str | None] = []
        self.now = 1_793_000_000
        self._count = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget_keys(self) -> None:
        """A day passes: idempotency keys and meter events' identifiers are known no more."""
        self.kept.clear()
        for event in self.meter_events.values():
            event["known"] = False
        self.now += 90_000

    def new_id(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}_{self._count:06d}"

    def happens(self, invoice: dict[str, Any], kind: str) -> dict[str, Any]:
        """What Stripe would send as a webhook."""
        self.now += 1
        event = {
            "id": self.new_id("evt"), "object": "event", "type": kind, "created": self.now,
            "livemode": False, "data": {"object": json.loads(json.dumps(invoice))},
        }  # fmt: skip
        self.events.append(event)
        return event

    def becomes(self, invoice_id: str, status: str, kind: str) -> dict[str, Any]:
        """Somebody pays, or a person at Stripe voids: the invoice changes and a webhook tells."""
        self.invoices[invoice_id]["status"] = status
        return self.happens(self.invoices[invoice_id], kind)

    # --- one request ---------------------------------------------------------------------------
    def answer(self, method: str, target: str, body: str, headers: Any) -> Answer | None:
        """The answer, or None where the connection just ends."""
        parts = urlsplit(target)
        self.requests.append((method, parts.path))
        fault = self.faults.pop(0) if self.faults else None
        if fault == "drop":
            return None
        if headers.get("Authorization") != f"Bearer {KEY}" or fault == "401":
            return 401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}
        if fault == "429":
            return 429, {"error": {"type": "invalid_request_error", "code": "rate_limit"}}
        if fault == "409":
            return 409, {"error": {"type": "api_error", "code": "lock_timeout"}}
        if fault == "402":
            error = {
                "type": "card_error",
                "code": "card_declined",
                "message": "Your card was declined.",
            }
            return 402, {"error": error}
        key = headers.get("Idempotency-Key", "") if method == "POST" else ""
        same = f"{method} {target} {body}"
        if key in self.kept:
            before, kept = self.kept[key]
            if before != same:
                error = {
                    "type": "idempotency_error",
                    "message": "Keys for idempotent requests can"
                    " only be used with the same parameters they were first used with.",
                }
                return 400, {"error": error}
            return kept[0], kept[1] | {"_replayed": True}
        if fault == "500":
            answered: Answer = (500, {"error": {"type": "api_error", "message": "Oops"}})
        else:
            answered = self._done(method, parts.path, decoded(body or parts.query))
        if fault == "500 after":
            answered = (500, {"error": {"type": "api_error", "message": "Oops"}})
        if key and answered[0] != 400:
            self.kept[key] = (same, answered)
        return None if fault == "lost" else answered

    def _done(self, method: str, path: str, given: dict[str, Any]) -> Answer:
        for verb, pattern, kind, act in self.ROUTES:
            if verb == method and (match := re.fullmatch(pattern, path)):
                if found := list(violations(given, kind)):
                    self.violations += [f"{method} {path} {one}" for one in found]
                    return 400, {"error": {"type": "invalid_request_error", "message": found[0]}}
                try:
                    return 200, act(self, given, *match.groups())
                except Refused as refused:
                    return refused.status, refused.body
        self.violations.append(f"{method} {path}: no such endpoint")
        return 404, {"error": {"type": "invalid_request_error", "message": "Unrecognized request"}}

    # --- what each endpoint does ---------------------------------------------------------------
    def create_customer(self, given: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": self.new_id("cus"),
            "object": "customer",
            "created": self.now,
        } | given
        return self.customers.setdefault(found["id"], found)

    def search_customers(self, given: dict[str, Any]) -> dict[str, Any]:
        match = re.fullmatch(r"metadata\['(\w+)'\]:'(\w+)'", given["query"])
        assert match, given
        data = [
            c for c in self.customers.values()
            if c.get("metadata", {}).get(match[1]) == match[2]
        ]  # fmt: skip
        return {
            "object": "search_result",
            "data": data,
            "has_more": False,
            "url": "/v1/customers/search",
        }

    def create_invoice(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["customer"] not in self.customers:
            raise Refused(400, "No such customer", code="resource_missing", param="customer")
        if given["collection_method"] == "send_invoice" and "days_until_due" not in given:
            raise Refused(400, "You must pass days_until_due or due_date")
        if given.get("pending_invoice_items_behavior") != "exclude":
            raise Refused(400, "The tests expect drafts without pending items")
        invoice: dict[str, Any] = {
            "id": self.new_id("in"), "object": "invoice", "created": self.now, "status": "draft",
            "customer": given["customer"], "currency": given["currency"],
            "metadata": given.get("metadata", {}), "number": None, "hosted_invoice_url": None,
            "subtotal": 0, "total": 0, "status_transitions": {"finalized_at": None},
        }  # fmt: skip
        return self.invoices.setdefault(invoice["id"], invoice)

    def _invoice(self, invoice_id: str) -> dict[str, Any]:
        if invoice_id not in self.invoices:
            raise Refused(404, f"No such invoice: {invoice_id}", code="resource_missing")
        return self.invoices[invoice_id]

    def retrieve_invoice(self, given: dict[str, Any], invoice_id: str) -> dict[str, Any]:
        return self._invoice(invoice_id)

    def list_invoices(self, given: dict[str, Any]) -> dict[str, Any]:
        found = [i for i in self.invoices.values() if i["customer"] == given["customer"]]
        return self._page(found, given, "/v1/invoices")

    def finalize(self, given: dict[str, Any], invoice_id: str) -> dict[str, Any]:
        invoice = self._invoice(invoice_id)
        if invoice["status"] != "draft":
            raise Refused(400, "This invoice is already finalized", code="invoice_not_editable")
        self.now += 1
        invoice |= {
            "status": "open" if invoice["total"] > 0 else "paid",
            "number": f"N-{len(self.invoices):04d}",
            "hosted_invoice_url": f"https://invoice.example/{invoice_id}",
            "status_transitions": {"finalized_at": self.now},
        }
        self.invoices[invoice_id] = invoice
        self.happens(invoice, "invoice.finalized")
        if invoice["status"] == "paid":
            self.happens(invoice, "invoice.paid")
        return invoice

    def create_item(self, given: dict[str, Any]) -> dict[str, Any]:
        invoice = self._invoice(given["invoice"])
        if invoice["status"] != "draft":
            raise Refused(400, "This invoice is no longer editable", code="invoice_not_editable")
        amount = int(given["amount"])
        if given["currency"] != invoice["currency"] or given["customer"] != invoice["customer"]:
            raise Refused(400, "The currency and customer are the invoice's")
        if given["currency"] in THREE_DECIMALS and amount % 10:
            raise Refused(400, "The last digit must be 0", param="amount")
        if sum(i["invoice"] == invoice["id"] for i in self.items.values()) >= 250:
            raise Refused(400, "An invoice has at most 250 items")
        item: dict[str, Any] = {
            "id": self.new_id("ii"),
            "object": "invoiceitem",
            "date": self.now,
        } | given
        item["amount"] = amount
        self.items[item["id"]] = item
        self._sum(invoice)
        return item

    def _sum(self, invoice: dict[str, Any]) -> None:
        items = [i for i in self.items.values() if i["invoice"] == invoice["id"]]
        invoice["subtotal"] = invoice["total"] = sum(i["amount"] for i in items)

    def list_items(self, given: dict[str, Any]) -> dict[str, Any]:
        found = [i for i in self.items.values() if i["invoice"] == given["invoice"]]
        return self._page(found, given, "/v1/invoiceitems")

    def delete_item(self, given: dict[str, Any], item_id: str) -> dict[str, Any]:
        item = self.items.pop(item_id)
        self._sum(self.invoices[item["invoice"]])
        return {"id": item_id, "object": "invoiceitem", "deleted": True}

    def list_meters(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._page(list(self.meters.values()), given, "/v1/billing/meters")

    def create_meter(self, given: dict[str, Any]) -> dict[str, Any]:
        if any(m["event_name"] == given["event_name"] for m in self.meters.values()):
            raise Refused(400, "There is already an active meter with this event_name")
        meter: dict[str, Any] = {
            "id": self.new_id("mtr"),
            "object": "billing.meter",
            "created": self.now,
        } | given
        return self.meters.setdefault(meter["id"], meter)

    def create_meter_event(self, given: dict[str, Any]) -> dict[str, Any]:
        known = self.meter_events.get(given["identifier"])
        if known and known["known"]:
            raise Refused(400, f"An event already exists with identifier {given['identifier']}.")
        if given["payload"]["stripe_customer_id"] not in self.customers:
            raise Refused(400, "No such customer", code="resource_missing")
        assert re.fullmatch(r"\d+", given["payload"]["value"])
        times = (known["times"] if known else 0) + 1
        event = {
            "object": "billing.meter_event",
            "created": self.now,
            "known": True,
            "times": times,
        } | given
        self.meter_events[given["identifier"]] = event
        return event

    def summaries(self, given: dict[str, Any], meter_id: str) -> dict[str, Any]:
        start, end = int(given["start_time"]), int(given["end_time"])
        assert start % 86_400 == end % 86_400 == 0
        by_day: dict[int, int] = {}
        for event in self.meter_events.values():
            at = int(event["timestamp"])
            if (
                event["event_name"] == self.meters[meter_id]["event_name"]
                and event["payload"]["stripe_customer_id"] == given["customer"]
                and start <= at < end
            ):
                day = at // 86_400
                by_day[day] = by_day.get(day, 0) + int(event["payload"]["value"]) * event["times"]
        data = [
            {"id": f"mtrusg_{day}", "object": "billing.meter_event_summary", "meter": meter_id,
             "aggregated_value": float(total)}
            for day, total in sorted(by_day.items())
        ]  # fmt: skip
        return self._page(data, given, f"/v1/billing/meters/{meter_id}/event_summaries")

    @staticmethod
    def _page(found: list[dict[str, Any]], given: dict[str, Any], url: str) -> dict[str, Any]:
        """The newest first, from after `starting_after` on; at most `limit`, 100 at the most."""
        found = sorted(found, key=lambda one: str(one["id"]), reverse=True)
        if after := given.get("starting_after"):
            found = found[[one["id"] for one in found].index(after) + 1 :]
        limit = min(int(given.get("limit", 10)), 100)
        return {
            "object": "list", "url": url, "data": found[:limit], "has_more": len(found) > limit,
        }  # fmt: skip

    ROUTES: ClassVar[list[tuple[str, str, Any, Callable[..., dict[str, Any]]]]] = [
        ("POST", "/v1/customers", params.CustomerCreateParams, create_customer),
        ("GET", "/v1/customers/search", params.CustomerSearchParams, search_customers),
        ("POST", "/v1/invoices", params.InvoiceCreateParams, create_invoice),
        ("GET", "/v1/invoices", params.InvoiceListParams, list_invoices),
        ("GET", "/v1/invoices/([^/]+)", params.InvoiceRetrieveParams, retrieve_invoice),
        (
            "POST", "/v1/invoices/([^/]+)/finalize", params.InvoiceFinalizeInvoiceParams, finalize,
        ),
        ("POST", "/v1/invoiceitems", params.InvoiceItemCreateParams, create_item),
        ("GET", "/v1/invoiceitems", params.InvoiceItemListParams, list_items),
        ("DELETE", "/v1/invoiceitems/([^/]+)", params.InvoiceItemDeleteParams, delete_item),
        ("GET", "/v1/billing/meters", billing_params.MeterListParams, list_meters),
        ("POST", "/v1/billing/meters", billing_params.MeterCreateParams, create_meter),
        (
            "POST", "/v1/billing/meter_events", billing_params.MeterEventCreateParams,
            create_meter_event,
        ),
        (
            "GET", "/v1/billing/meters/([^/]+)/event_summaries",
            billing_params.MeterListEventSummariesParams, summaries,
        ),
    ]  # fmt: skip

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length).decode()
                with lock:
                    answered = fake.answer(self.command, self.path, body, self.headers)
                if answered is None:
                    self.close_connection = True
                    return
                status, found = answered
                data = json.dumps({k: v for k, v in found.items() if k != "_replayed"}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.send_header("Request-Id", "req_fake")
                if "_replayed" in found:
                    self.send_header("Idempotent-Replayed", "true")
                if status == 429:
                    self.send_header("Retry-After", "7")
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = _serve

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler
