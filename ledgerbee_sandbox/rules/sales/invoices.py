"""Invoices: drafts without a number, booked and numbered when sent."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.books.money import decimal
from ledgerbee_sandbox.rules.accounting.ledger import book_sale
from ledgerbee_sandbox.rules.call import Call, broken, found, invalid
from ledgerbee_sandbox.rules.dates import with_days
from ledgerbee_sandbox.rules.paging import containing, matching, page_of
from ledgerbee_sandbox.rules.partners.customers import need_email, the_customer
from ledgerbee_sandbox.rules.registry import answers
from ledgerbee_sandbox.rules.sales.documents import (
    HIDDEN,
    delivery_status,
    new_document,
    pdf_rule,
    priced_lines,
    recipient,
    row,
    sent,
    shown,
)

DEFAULT_PAYMENT_TERMS = 30
_NULLABLE = ("number", "dueDate", "reference", "ourReference", "notes")
_OWN = {"paymentTerms", "customerDepartmentId", "customerContactId", "creditedBy", "documentTemplateId", "paid"}
_HIDDEN = HIDDEN | _OWN


def invoice_shown(invoice: Record) -> Record:
    return shown(invoice, _HIDDEN)


@answers("List invoices")
def list_invoices(call: Call) -> Record:
    records = matching(call, call.books["invoices"].newest_first(), "status", "customerId")
    found = containing(call, records, "number", "description")
    return page_of(call, found, lambda invoice: row(invoice, _HIDDEN))


@answers("Create a draft invoice")
def create_invoice(call: Call) -> Record:
    return invoice_shown(new_invoice(call, call.fields))


def new_invoice(call: Call, fields: Record) -> Record:
    """Store a draft; the due date follows from the payment terms when left out."""
    customer = the_customer(call, fields["customerId"])
    fields = with_days(fields, "date", "dueDate")
    lines = priced_lines(call, fields["lines"], customer)
    due = fields.get("dueDate") or _due(fields["date"], fields.get("paymentTerms", customer.get("paymentTerms")))
    given: dict[str, Any] = {**dict.fromkeys(_NULLABLE), **fields, "dueDate": due, "number": None}
    return call.books["invoices"].put(new_document(call, given, lines))


def _due(date: str, terms: Any) -> str:
    """The day on which an invoice of that date is due, so many days later."""
    days = decimal(DEFAULT_PAYMENT_TERMS if terms is None else terms)
    if days is None:
        raise invalid("paymentTerms", "isNumber", "paymentTerms must be a number of days")
    try:
        return (datetime.date.fromisoformat(date) + datetime.timedelta(days=int(days))).isoformat()
    except OverflowError:
        raise invalid("paymentTerms", "max", "paymentTerms must end within the calendar") from None


@answers("Get an invoice by ID")
def get_invoice(call: Call) -> Record:
    return invoice_shown(_the_invoice(call))


def _the_invoice(call: Call) -> Record:
    return found(call.books["invoices"].get(call.path[0]), "Invoice")


@answers("Get the delivery status of an invoice")
def get_delivery_status(call: Call) -> Record:
    return delivery_status(_the_invoice(call))


answers("Download the invoice PDF")(pdf_rule("invoices", "Invoice"))


@answers("Send an invoice to the customer")
def send_invoice(call: Call) -> Record:
    """Book a draft, give it its number and note the delivery; a booked invoice is only delivered again."""
    document, answer = deliver(call, _the_invoice(call))
    if document["status"] == "draft":
        document = book_invoice(call.books, document)
    call.books["invoices"].put(document)
    return answer


def book_invoice(books: Books, invoice: Record) -> Record:
    """Give the invoice its number and post it to the ledger."""
    booked = {**invoice, "number": f"INV-{books.next_number('invoices'):05}", "status": "sent"}
    book_sale(books, booked, f"Invoice {booked['number']}")
    return booked


def deliver(call: Call, document: Record) -> tuple[Record, Record]:
    """
    Note a delivery of an invoice or credit note; return the changed document and the answer.

    Raises:
        Refusal: the channel needs an address that nobody has, or the template is unknown.
    """
    fields, channel = call.fields, str(call.fields["deliveryType"])
    if document["status"] in {"cancelled", "uncollectible"}:
        raise broken("The document can no longer be sent")
    need_email({"email": fields.get("overrideEmail")}, "override")
    template = fields.get("documentTemplateId")
    if template is not None:
        found(call.books["document_templates"].get(template), "Document template")
    customer = the_customer(call, document["customerId"])
    email = recipient(call, document, fields, "overrideEmail")
    ean = fields.get("overrideEanNumber") or customer.get("eanNumber")
    document = sent(call, document, channel, email=email, ean=str(ean) if ean else None)
    if fields.get("updateCustomerRecord"):
        names = {"overrideEmail": "email", "overrideEanNumber": "eanNumber"}
        call.books["customers"].change(customer, **{new: fields[old] for old, new in names.items() if fields.get(old)})
    sproom = call.books.new_id() if channel == "Sproom" else None
    return document, {"success": True, "deliveryType": channel, "sproomDocumentId": sproom}


def pay(books: Books, invoice: Record, amount: Decimal) -> Record:
    """Settle an invoice, in whole or in part. The API has no call for it; the control API does."""
    if invoice["status"] not in {"sent", "partially_paid"}:
        raise invalid("id", "isSent", "only a sent invoice can be paid")
    paid = Decimal(invoice.get("paid", 0)) + amount
    status = "paid" if paid >= invoice["amount"] else "partially_paid"
    return books["invoices"].change(invoice, paid=paid, status=status)
