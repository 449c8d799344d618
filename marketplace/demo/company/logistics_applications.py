"""Applications of Meridian Logistics and what they call."""

from __future__ import annotations

from marketplace.demo.company.records import Application
from marketplace.demo.company.rhythms import tokens, use

LOGISTICS_APPLICATIONS: tuple[Application, ...] = (
    Application(
        slug="warehouse-control",
        name="Warehouse control",
        team="warehouse",
        purpose="Runs the floor in Leipzig, Venlo and Columbus",
        uses=(
            use("inventory@1.8.0", 31_000, "depot", {"moveStock": 0.6, "listStock": 0.4}),
            use("orders@2.1.0", 9_800, "depot", {"getFulfilment": 0.6, "packFulfilment": 0.4}),
            use(
                "warehouse-robots@1.2.0",
                140_000,
                "depot",
                {"publishRobotState": 0.95, "receiveMission": 0.05},
                per_call=(("bytes", 1_400),),
                growth=0.02,
            ),
        ),
    ),
    Application(
        slug="dispatch-board",
        name="Dispatch board",
        team="transport",
        purpose="Books carriers and watches what is late",
        uses=(
            use("shipping-rates@1.5.0", 8_700, "depot", {"quoteRates": 0.9, "listServices": 0.1}),
            use("orders@2.0.0", 4_100, "depot", {"shipFulfilment": 0.7, "getFulfilment": 0.3}),
            use(
                "tracking-events@1.0.0",
                33_000,
                "steady",
                {"publishParcelScanned": 0.9, "publishArrivalChanged": 0.1},
                per_call=(("bytes", 900),),
            ),
            use(
                "weather-and-holidays@1.2.0",
                1_900,
                "depot",
                {"getForecast": 0.8, "listHolidays": 0.2},
            ),
            use("payments@2.3.0", 130, "office", {"createPaymentLink": 0.6, "getPaymentLink": 0.4}),
        ),
    ),
    Application(
        slug="dispatch-agent",
        name="Dispatch agent",
        team="transport",
        purpose="Proposes new routes when a delivery is going to be late",
        service_account="dispatch-agent",
        uses=(
            use(
                "shipment-tracking@1.3.0",
                1_700,
                "agent",
                {"listShipments": 0.5, "getArrivalEstimate": 0.5},
            ),
            use(
                "llm-gateway@1.0.0",
                980,
                "agent",
                {"createChatCompletion": 1.0},
                growth=0.28,
                per_call=tokens(1_100, 900, 240),
            ),
        ),
    ),
    Application(
        slug="driver-app",
        name="Driver app",
        team="fleet",
        purpose="What 2,600 drivers carry in their pocket",
        uses=(
            use("fleet-management@1.0.0", 12_000, "depot", {"getTrip": 0.7, "recordStop": 0.3}),
            use(
                "fleet-telematics@2.0.0",
                96_000,
                "depot",
                {"publishPosition": 0.9, "publishDrivingTime": 0.1},
                per_call=(("bytes", 620),),
            ),
            use("addresses@1.4.0", 5_100, "depot", {"geocodeAddress": 0.9, "reverseGeocode": 0.1}),
        ),
    ),
    Application(
        slug="delivery-notes",
        name="Delivery notes",
        team="warehouse",
        purpose="Reads suppliers' paper at goods receipt",
        uses=(
            use(
                "document-extraction@1.1.0",
                740,
                "depot",
                {"extractDocument": 0.5, "getExtraction": 0.5},
                per_call=(("seconds", 3.1),),
                growth=0.15,
            ),
            use(
                "meridian-erp@2026.3",
                1_300,
                "depot",
                {"createGoodsReceipt": 0.6, "getPurchaseOrder": 0.4},
            ),
        ),
    ),
)
