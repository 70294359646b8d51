"""The demo company: always the same accounts, codes, customers, products, plans and documents."""

from __future__ import annotations

from typing import Any

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.demo.credentials import API_KEY, CLIENT_ID, CLIENT_SECRET, SSO_KEY, SSO_SCOPES
from ledgerbee_sandbox.demo.data import ACCOUNTS, CUSTOMERS, PRODUCTS, TEMPLATES, VAT_CODES, VENDORS
from ledgerbee_sandbox.demo.documents import account_id, add, add_customer
from ledgerbee_sandbox.rules.call import Call, Caller
from ledgerbee_sandbox.rules.catalogue.prices import new_price

PORTAL_SLUG = "demo"
# The reference names this scope on its API key, and no operation that needs it.
NAMED_SCOPES = ("journal-entries-write",)
LICENCES = ("Subscription", "Metered Products", "CustomerPortal")


def create_company(
    books: Books, scopes: list[str], *, invoices: int = 30, entries: int = 0, customers: int = 8
) -> None:
    """Found the company in empty books, then add that many invoices and journal entries."""
    _credentials(books, scopes)
    _ledger(books)
    _partners(books)
    call = Call(books=books, caller=Caller(name="demo"))
    _catalogue(call)
    add(books, invoices=invoices, entries=entries, customers=max(0, customers - len(CUSTOMERS)))


def _credentials(books: Books, scopes: list[str]) -> None:
    ordinary = sorted({*scopes, *NAMED_SCOPES}.difference(SSO_SCOPES))
    books["keys"].put({"id": API_KEY, "name": "sandbox", "scopes": ordinary})
    books["keys"].put({"id": SSO_KEY, "name": "sandbox partner SSO", "scopes": list(SSO_SCOPES)})
    books["clients"].put({"id": CLIENT_ID, "secret": CLIENT_SECRET, "scopes": ordinary})


def _ledger(books: Books) -> None:
    books["company"].put(
        {
            "id": books.new_id(),
            "name": "Demo Bees ApS",
            "email": "hello@demobees.example",
            "address": "Havnegade 1",
            "vat": 12345678,
            "billingEmail": "billing@demobees.example",
            "city": "Copenhagen",
            "postalCode": "1058",
            "countryCode": "DK",
            "phone": "+45 12345678",
            "preferredLanguage": "da",
            "licences": list(LICENCES),
            "currency": "DKK",
            "portalSlug": PORTAL_SLUG,
        }
    )
    ids = {number: books.new_id() for number, *_ in ACCOUNTS}
    codes = {code: books.new_id() for code, *_ in VAT_CODES}
    for number, name, kind, classification, control, code in ACCOUNTS:
        books["accounts"].put(
            {
                "id": ids[number],
                "name": name,
                "accountNumber": number,
                "publicAccountId": number,
                "ledgerType": kind,
                "accountClassification": classification,
                "controlAccountType": control,
                "vatCodeId": codes[code] if code else None,
            }
        )
    for row in VAT_CODES:
        books["vat_codes"].put(_vat_code(codes[row[0]], row, ids[row[4]]))
    kinds = ["JOURNAL_ENTRY", "SUPPLIER_INVOICE", "SUPPLIER_PAYMENT", "CUSTOMER_INVOICE", "CUSTOMER_PAYMENT"]
    for name, default in (("General Journal", True), ("Payroll", False)):
        category = {"id": books.new_id(), "name": name, "isDefault": default, "allowedJournalTypes": kinds}
        books["journal_categories"].put(category)
    for kind, name, default in TEMPLATES:
        template = {"name": name, "documentType": kind, "isDefault": default}
        books["document_templates"].put({"id": books.new_id(), **template, "createdAt": "2026-01-01T08:00:00.000Z"})


def _vat_code(code_id: str, fields: tuple[str, str, int, str, int], account: str) -> Record:
    code, name, rate, use, number = fields
    return {
        "id": code_id,
        "vatCode": code,
        "name": name,
        "vatRate": rate,
        "type": use,
        "principle": "net",
        "accountToBookId": account,
        "accountToBookNumber": number,
        "accountToBookName": name,
        "vatCodeUse": use,
    }


def _partners(books: Books) -> None:
    for table, name, number in (("customer_groups", "Customers", 5600), ("vendor_groups", "Vendors", 6800)):
        group = {"id": books.new_id(), "number": 1, "name": name, "defaultAccountId": account_id(books, number)}
        books[table].put(group)
    for fields in CUSTOMERS:
        add_customer(books, fields)
    vendor_group = next(iter(books["vendor_groups"]))
    for code, vendor_name in VENDORS:
        vendor = {
            "id": books.new_id(),
            "vendorNumber": code,
            "name": vendor_name,
            "currency": "DKK",
            "status": "ACTIVE",
        }
        vendor |= {"vendorGroupId": vendor_group["id"], "vendorGroupName": vendor_group["name"], "countryCode": "DK"}
        books["vendors"].put(vendor)


def _catalogue(call: Call) -> None:
    books, stamp = call.books, "2026-01-01T08:00:00.000Z"
    group = {"id": books.new_id(), "number": "PG001", "name": "Services", "createdAt": stamp, "updatedAt": stamp}
    fields = {
        "domesticAccountId": 1010,
        "euAccountId": 1020,
        "abroadAccountId": 1030,
        "domesticWithoutVatAccountId": 1040,
    }
    books["product_groups"].put({**group, **{name: account_id(books, number) for name, number in fields.items()}})
    meter = books["meters"].put({"id": books.new_id(), "name": "api-calls", "status": "ACTIVE"})
    for number, name, unit, prices in PRODUCTS:
        product = books["products"].put(
            {
                "id": books.new_id(),
                "productNumber": number,
                "name": name,
                "unit": unit,
                "productGroupId": group["id"],
                "productType": "services",
                "isActive": True,
                "isArchived": False,
                "description": None,
                "createdAt": stamp,
                "updatedAt": stamp,
            }
        )
        for place, price in enumerate(prices):
            usage: dict[str, Any] = {"meterId": meter["id"]} if price["billingPeriodType"] == "usage" else {}
            made = new_price(call, product["id"], {"pricingModel": "flat_rate", **price, **usage})
            books["prices"].change(made, status="active", isDefault=place == 0)
    _plans(books)
    _cards(books)


def _plans(books: Books) -> None:
    """Three plans of one, two and three prices; the last of them is not public and bills usage, too."""
    monthly = [price for price in books["prices"] if price["billingInterval"] == "month"]
    for place, (name, vanity) in enumerate((("Basic", "basic"), ("Pro", "pro"), ("Metered", None))):
        plan = {"id": books.new_id(), "name": name, "vanity": vanity, "displayOrder": place, "status": "ACTIVE"}
        plan |= {"interval": "month", "intervalCount": 1, "published": True}
        books["plans"].put({**plan, "priceIds": [price["id"] for price in monthly[: place + 1]]})


def _cards(books: Books) -> None:
    """The first two customers have saved a card."""
    for customer in list(books["customers"])[:2]:
        card: Record = {
            "provider": "quickpay",
            "label": "Visa ending 4242",
            "cardMask": "424242XXXXXX4242",
            "cardType": "visa",
        }
        card |= {"isDefault": True, "status": "active", "createdAt": "2026-01-01T08:00:00.000Z"}
        card |= {"expiryMonth": 12, "expiryYear": 2029, "customerId": customer["id"]}
        books["payment_methods"].put({"id": books.new_id(), **card})
