"""Credit notes: numbered when created, negative throughout, booked when sent."""

from __future__ import annotations

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.rules.accounting.ledger import book_sale
from ledgerbee_sandbox.rules.call import Call, broken, found
from ledgerbee_sandbox.rules.dates import with_days
from ledgerbee_sandbox.rules.paging import containing, matching, page_of
from ledgerbee_sandbox.rules.partners.customers import the_customer
from ledgerbee_sandbox.rules.registry import FieldsOf, answers
from ledgerbee_sandbox.rules.sales.documents import (
    delivery_status,
    new_document,
    pdf_rule,
    priced_lines,
    row,
    shown,
)
from ledgerbee_sandbox.rules.sales.invoices import deliver


def _the_note(call: Call) -> Record:
    return found(call.books["credit_notes"].get(call.path[0]), "Credit note")


@answers("List credit notes")
def list_notes(call: Call) -> Record:
    records = matching(call, call.books["credit_notes"].newest_first(), "status", "customerId")
    return page_of(call, containing(call, records, "number", "description"), row)


@answers("Create a credit note", fields_of=FieldsOf("Create a draft quote", of="body"))
def create_note(call: Call) -> Record:
    """
    Prices are sent positive and stored negative. A credited invoice remembers its credit note.

    Without lines an invoice is credited as a whole, which is the sandbox's reading of a body that is not documented.
    """
    books = call.books
    fields = with_days(call.fields, "date")
    customer = the_customer(call, fields["customerId"])
    invoice = _credited(call, fields, customer)
    sent = fields.get("lines")
    if sent is None and invoice:
        names = ("priceId", "quantity", "unitPrice", "description", "lineType")
        sent = [{name: line[name] for name in names if name in line} for line in invoice["lines"]]
    lines = priced_lines(call, sent or [], customer, sign=-1)
    number = f"CN-{books.next_number('credit_notes'):05}"
    note = books["credit_notes"].put(
        {**new_document(call, {"date": books.clock.today().isoformat(), **fields}, lines), "number": number}
    )
    if invoice:
        books["invoices"].change(invoice, creditedBy=note["id"])
    return shown(note)


def _credited(call: Call, fields: Record, customer: Record) -> Record | None:
    if fields.get("invoiceNumber") is None:
        return None
    invoice = found(call.books["invoices"].first(number=fields["invoiceNumber"]), "Invoice")
    if invoice["customerId"] != customer["id"]:
        raise broken("The invoice is another customer's")
    if invoice.get("creditedBy"):
        raise broken("The invoice is credited already")
    return invoice


@answers("Get a credit note by ID")
def get_note(call: Call) -> Record:
    return shown(_the_note(call))


@answers("Get the delivery status of a credit note")
def get_delivery_status(call: Call) -> Record:
    return delivery_status(_the_note(call))


answers("Download the credit note PDF")(pdf_rule("credit_notes", "Credit note"))


@answers("Send a credit note to the customer")
def send_note(call: Call) -> Record:
    note, answer = deliver(call, _the_note(call))
    if note["status"] == "draft":
        note = {**note, "status": "sent"}
        book_sale(call.books, note, f"Credit note {note['number']}")
    call.books["credit_notes"].put(note)
    return answer
