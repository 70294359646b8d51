"""Double entry: what makes an entry postable, and how documents reach the ledger."""

from __future__ import annotations

import sys
from collections import defaultdict
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Decimal, localcontext
from typing import Any

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.books.money import decimal
from ledgerbee_sandbox.rules.call import broken, invalid

POSTABLE = ("BALANCE_SHEET", "PROFIT_AND_LOSS")
JOURNAL_TYPES = {
    "journal": "JOURNAL_ENTRY",
    "invoice": "INVOICE",
    "payment": "PAYMENT",
    "supplier_invoice": "SUPPLIER_INVOICE",
    "supplier_payment": "SUPPLIER_PAYMENT",
    "customer_invoice": "CUSTOMER_INVOICE",
    "customer_payment": "CUSTOMER_PAYMENT",
}
# The side of the receivable or payable leg for a positive amount; a negative one is on the other side.
LEG_SIDE = {
    "customer_invoice": "debit",
    "customer_payment": "credit",
    "supplier_invoice": "credit",
    "supplier_payment": "debit",
}
_PARTNER = {
    "customer": ("customerId", "customers", "customer_groups"),
    "supplier": ("vendorId", "vendors", "vendor_groups"),
}


def other(side: str) -> str:
    return "credit" if side == "debit" else "debit"


def partner_leg(books: Books, fields: Record, lines: list[Record], place: str) -> Record:
    """
    The line the server adds to customer and supplier entries, on the default account of the partner's group.

    Raises:
        Refusal: the partner is missing or unknown, or the caller sent a line on that account.
    """
    kind = str(fields["entryType"]).partition("_")[0]
    field, table, groups = _PARTNER[kind]
    partner = books[table].get(fields.get(field))
    if partner is None:
        if fields.get(field) is None:
            raise invalid(f"{place}{field}", "isNotEmpty", f"{field} is required for {fields['entryType']}")
        raise broken(f"{field} does not exist")
    group = books[groups].get(partner["customerGroupId" if kind == "customer" else "vendorGroupId"]) or {}
    account = group["defaultAccountId"]
    for number, line in enumerate(lines):
        if line.get("accountId") == account:
            raise invalid(
                f"{place}lines.{number}.accountId",
                "isCounterSide",
                "the receivable or payable line is added by the server",
            )
    amount = decimal(fields.get("originalAmount")) or Decimal(0)
    side = LEG_SIDE[fields["entryType"]]
    return {"accountId": account, "type": side if amount >= 0 else other(side), "amount": abs(amount)}


def checked_lines(books: Books, fields: Record, lines: list[Record], place: str = "") -> list[Record]:
    """
    Read the lines: a postable account, a side, an exact amount.

    Raises:
        Refusal: one of them is not, or a control account misses its customer or vendor.
    """
    return [_checked(books, fields, line, f"{place}lines.{number}.") for number, line in enumerate(lines)]


def _checked(books: Books, fields: Record, line: Record, place: str) -> Record:
    account = books["accounts"].get(line.get("accountId"))
    if account is None:
        raise invalid(f"{place}accountId", "exists", "accountId must be an account of the company")
    if account["ledgerType"] not in POSTABLE:
        raise invalid(
            f"{place}accountId", "isPostable", f"account {account['accountNumber']} is a {account['ledgerType']}"
        )
    for control, field in (("ACCOUNTS_RECEIVABLE", "customerId"), ("ACCOUNTS_PAYABLE", "vendorId")):
        if account["controlAccountType"] == control and not (fields.get(field) or line.get(field)):
            raise broken(f"Account {account['accountNumber']} needs a {field}")
    if line.get("type") not in {"debit", "credit"}:
        raise invalid(f"{place}type", "isEnum", "type must be one of: debit, credit")
    amount = decimal(line.get("amount"))
    if amount is None:
        raise invalid(f"{place}amount", "isNumber", "amount must be a number")
    vat_code = line.get("vatCodeId")
    if vat_code is not None and vat_code not in books["vat_codes"]:
        raise invalid(f"{place}vatCodeId", "exists", "vatCodeId must be a VAT code of the company")
    # The texts of the tables, and not those of this request: an entry then takes a sixth less memory.
    return {**line, "accountId": account["id"], "type": sys.intern(line["type"]), "amount": amount}


def need_balance(lines: list[Record]) -> None:
    """Refuse lines whose debits and credits differ."""
    sides: dict[str, Decimal] = defaultdict(Decimal)
    with localcontext(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN):  # Exact, however many digits there are.
        for line in lines:
            sides[line["type"]] += line["amount"]
    if sides["debit"] != sides["credit"]:
        raise broken(f"The entry does not balance: debit {sides['debit']}, credit {sides['credit']}")


def post(books: Books, fields: Record, lines: list[Record], **more: Any) -> Record:
    """Write an entry whose lines are checked and balanced; number it."""
    first = lines[0]
    contra = next((line["accountId"] for line in lines if line["type"] != first["type"]), None)
    return books["journal_entries"].put(
        {
            **fields,
            **more,
            "id": books.new_id(),
            "entryNumber": f"JE-{books.next_number('journal_entries'):05}",
            "status": "POSTED",
            "lines": lines,
            "accountId": first["accountId"],
            "type": first["type"],
            "contraAccountId": contra,
            "createdAt": books.stamp(),
        }
    )


def book_sale(books: Books, document: Record, text: str) -> Record:
    """Post a booked invoice or credit note: receivable against revenue and VAT."""
    customer = books["customers"].get(document["customerId"]) or {}
    group = books["customer_groups"].get(customer.get("customerGroupId")) or {}
    revenue: dict[str, Decimal] = defaultdict(Decimal)
    for line in document["lines"]:
        if "totalPrice" in line:
            revenue[_revenue_account(books, line, customer["vatZone"])] += line["totalPrice"]
    vat_account = next((code["accountToBookId"] for code in books["vat_codes"] if code["vatCodeUse"] == "sales"), "")
    if document["vat"]:
        revenue[vat_account] += document["vat"]
    lines = [{"accountId": group["defaultAccountId"], "type": "debit", "amount": document["amount"]}]
    lines += [
        {"accountId": account, "type": "credit", "amount": amount} for account, amount in revenue.items() if amount
    ]
    fields = {
        "entryType": "customer_invoice",
        "date": document["date"],
        "originalAmount": document["amount"],
        "currency": document["currency"],
        "customerId": customer["id"],
        "reference": document["number"],
        "description": text,
    }
    return post(books, fields, [_signed(line) for line in lines])


def _signed(line: Record) -> Record:
    """A negative amount is a positive one on the other side."""
    if line["amount"] >= 0:
        return line
    return {**line, "type": other(line["type"]), "amount": -line["amount"]}


def _revenue_account(books: Books, line: Record, zone: str) -> str:
    price = books["prices"].get(line["priceId"]) or {}
    product = books["products"].get(price.get("productId")) or {}
    group = books["product_groups"].get(product.get("productGroupId")) or {}
    fields = {"domestic": "domesticAccountId", "eu": "euAccountId", "abroad": "abroadAccountId"}
    return str(group[fields.get(zone, "domesticWithoutVatAccountId")])
