"""What the demo company starts with. Names and numbers are made up."""

from __future__ import annotations

from typing import Any

# number, name, ledger type, classification, control account, VAT code
ACCOUNTS: list[tuple[int, str, str, str | None, str | None, str | None]] = [
    (1000, "Revenue", "HEADING", None, None, None),
    (1010, "Sales, domestic", "PROFIT_AND_LOSS", "REVENUE", None, "S25"),
    (1020, "Sales, EU", "PROFIT_AND_LOSS", "REVENUE", None, "SEU"),
    (1030, "Sales, abroad", "PROFIT_AND_LOSS", "REVENUE", None, "SAB"),
    (1040, "Sales, domestic without VAT", "PROFIT_AND_LOSS", "REVENUE", None, None),
    (1999, "Revenue, total", "TOTAL_FROM", None, None, None),
    (2010, "Office supplies", "PROFIT_AND_LOSS", "EXPENSE", None, "P25"),
    (2020, "Rent", "PROFIT_AND_LOSS", "EXPENSE", None, "P25"),
    (2030, "Wages", "PROFIT_AND_LOSS", "EXPENSE", None, None),
    (5600, "Receivables", "BALANCE_SHEET", "ASSET", "ACCOUNTS_RECEIVABLE", None),
    (5820, "Bank", "BALANCE_SHEET", "ASSET", None, None),
    (6000, "Equity", "BALANCE_SHEET", "EQUITY", None, None),
    (6800, "Payables", "BALANCE_SHEET", "LIABILITY", "ACCOUNTS_PAYABLE", None),
    (6900, "Sales VAT", "BALANCE_SHEET", "LIABILITY", None, None),
    (6910, "Purchase VAT", "BALANCE_SHEET", "LIABILITY", None, None),
]
# code, name, rate in percent, use, number of the account it is booked on
VAT_CODES: list[tuple[str, str, int, str, int]] = [
    ("S25", "Sales VAT 25 %", 25, "sales", 6900),
    ("SEU", "Sales to the EU", 0, "sales", 6900),
    ("SAB", "Sales abroad", 0, "sales", 6900),
    ("P25", "Purchase VAT 25 %", 25, "purchase", 6910),
]
CUSTOMERS: list[dict[str, Any]] = [
    {"customerNumber": "C0001", "name": "Acme Denmark A/S", "email": "ap@acme.example", "vatNumber": "DK11111111"},
    {"customerNumber": "C0002", "name": "Nordic Paper ApS", "email": "bills@nordicpaper.example", "city": "Odense"},
    {"customerNumber": "C0003", "name": "Hansen & Søn", "email": "kontor@hansen.example", "city": "Aarhus"},
    {
        "customerNumber": "C0004",
        "name": "Blau GmbH",
        "email": "rechnung@blau.example",
        "vatZone": "eu",
        "countryCode": "DE",
    },
    {
        "customerNumber": "C0005",
        "name": "Verde Srl",
        "email": "fatture@verde.example",
        "vatZone": "eu",
        "countryCode": "IT",
    },
    {
        "customerNumber": "C0006",
        "name": "Green Inc.",
        "email": "ap@green.example",
        "vatZone": "abroad",
        "countryCode": "US",
    },
    {
        "customerNumber": "C0007",
        "name": "Kommune Nord",
        "email": "faktura@nord.example",
        "eanNumber": "5790000000001",
        "externalSystemId": "erp-7",
        "metadata": {"segment": "public"},
    },
    {
        "customerNumber": "C0008",
        "name": "Røde Tønder I/S",
        "email": "post@tonder.example",
        "vatZone": "domestic_without_vat",
    },
]
VENDORS = [("V001", "Office World A/S"), ("V002", "Harbour Rent ApS")]
_MONTH = {"billingPeriodType": "recurring", "billingInterval": "month"}
PRODUCTS: list[tuple[str, str, str, list[dict[str, Any]]]] = [
    (
        "P001",
        "Web Hosting",
        "month",
        [
            {"nickname": "Monthly", "unitAmount": "99.99", **_MONTH},
            {"nickname": "Yearly", "unitAmount": "999.00", "billingPeriodType": "recurring", "billingInterval": "year"},
        ],
    ),
    ("P002", "Support", "month", [{"nickname": "Monthly", "unitAmount": "450.00", **_MONTH}]),
    ("P003", "Consulting", "hour", [{"nickname": "Hour", "unitAmount": "1083.32", "billingPeriodType": "one_time"}]),
    (
        "P004",
        "API calls",
        "call",
        [{"nickname": "Per call", "unitAmount": "0.01", "billingPeriodType": "usage", "billingInterval": "month"}],
    ),
]
TEMPLATES = [
    (kind, f"{name} {kind.split('-')[0]}", name == "Standard")
    for kind in ("invoice-template", "credit-note-template", "quote-template", "order-confirmation-template")
    for name in ("Plain", "Standard")
]
