"""Quotes and order confirmations: not booked, numbered when sent, converted once."""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.rules.call import Call, Refusal, broken, found, invalid
from ledgerbee_sandbox.rules.dates import with_days
from ledgerbee_sandbox.rules.paging import matching, ordered, page_of
from ledgerbee_sandbox.rules.partners.customers import need_email, the_customer
from ledgerbee_sandbox.rules.registry import FieldsOf, answers
from ledgerbee_sandbox.rules.sales.documents import (
    HIDDEN,
    new_document,
    pdf_rule,
    priced_lines,
    recipient,
    row,
    sent,
)
from ledgerbee_sandbox.rules.sales.documents import shown as document_shown
from ledgerbee_sandbox.rules.sales.invoices import invoice_shown, new_invoice

_COPIED = ("customerId", "date", "customerDepartmentId", "customerContactId", "currency", "reference", "ourReference")
_LINE = ("priceId", "quantity", "unitPrice", "description", "lineType")
_HIDDEN = HIDDEN | {"convertedTo", "number"}
_REQUIRES_SENT = "SALES_DOCUMENT_CONVERT_REQUIRES_SENT"


@frozen
class _Kind:
    """What tells quotes and order confirmations apart."""

    what: str
    table: str
    letters: str
    targets: tuple[str, ...]


_QUOTE = _Kind("Quote", "quotes", "QU", ("orderConfirmation", "invoice"))
_ORDER = _Kind("Order confirmation", "order_confirmations", "OC", ("invoice",))


def _display_status(call: Call, document: Record) -> str:
    if document.get("convertedTo"):
        return "converted"
    until = document.get("validUntil")
    if document["status"] == "sent" and until and until < call.books.clock.today().isoformat():
        return "expired"
    return str(document["status"])


def _extra(call: Call, kind: _Kind, document: Record) -> Record:
    """What is shown besides the fields that are kept."""
    extra = {"displayStatus": _display_status(call, document)}
    return {**extra, "type": "quote"} if kind is _QUOTE else extra


def _shown(call: Call, kind: _Kind, document: Record) -> Record:
    answer = document_shown(document, _HIDDEN) | _extra(call, kind, document)
    return {name: value for name, value in answer.items() if value is not None or name == "documentNumber"}


def _listed(call: Call, kind: _Kind) -> Record:
    """The filter `status` takes the display status; the newest come first unless sorted."""
    documents = matching(call, list(call.books[kind.table]), "customerId")
    wanted = call.query.get("status")
    if wanted is not None:
        documents = [document for document in documents if _display_status(call, document) == wanted]
    names = {name: name for name in ("date", "documentNumber", "amount", "status", "validUntil")}
    documents = ordered(call, documents, names, "createdAt", "DESC")
    return page_of(call, documents, lambda document: row(document, _HIDDEN) | _extra(call, kind, document))


def _created(call: Call, kind: _Kind, fields: Record) -> Record:
    fields = with_days(fields, "date", "validUntil")
    document = {**new_document(call, fields, _lines(call, fields)), "documentNumber": None}
    return call.books[kind.table].put(document)


def _lines(call: Call, fields: Record) -> list[Record]:
    customer = the_customer(call, fields["customerId"])
    return priced_lines(call, fields["lines"], customer)


def _the_document(call: Call, kind: _Kind) -> Record:
    return found(call.books[kind.table].get(call.path[0]), kind.what)


def _replaced(call: Call, kind: _Kind) -> Record:
    """PATCH replaces the editable fields and the lines as a whole; drafts only."""
    old = _the_document(call, kind)
    if old["status"] != "draft" or old.get("convertedTo"):
        raise broken("Only a draft can be changed")
    fields = with_days(call.fields, "date", "validUntil")
    new = new_document(call, fields, _lines(call, fields))
    kept = {name: old[name] for name in ("id", "documentNumber", "createdAt", "sends")}
    return call.books[kind.table].put({**new, **kept})


def _sent(call: Call, kind: _Kind) -> Record:
    """Number the document and note the delivery. An unknown recipient becomes a contact of the customer."""
    document, fields = _the_document(call, kind), call.fields
    if document.get("convertedTo"):
        raise broken("A converted document is read-only")
    need_email({"email": fields.get("recipientEmail")})
    email = recipient(call, document, fields, "recipientEmail")
    channel = str(fields.get("deliveryType", "Manual"))
    document = sent(call, document, channel, email=email)
    contact = _linked_contact(call, document, fields.get("recipientEmail"))
    number = document["documentNumber"] or f"{kind.letters}-{call.books.next_number(kind.table):05}"
    status = document["status"] if document["status"] != "draft" else "sent"
    more = {"customerContactId": contact} if contact else {}
    document = call.books[kind.table].put({**document, **more, "documentNumber": number, "status": status})
    return _shown(call, kind, document)


def _linked_contact(call: Call, document: Record, email: Any) -> str | None:
    if not email:
        return None
    contacts = call.books["contacts"]
    known = contacts.first(ownerId=document["customerId"], email=email)
    if known is None:
        fields = {"ownerId": document["customerId"], "name": str(email).partition("@")[0], "email": email}
        known = contacts.put({**fields, "id": call.books.new_id(), "isDefault": False})
    return str(known["id"])


def _converted(call: Call, kind: _Kind) -> Record:
    """Copy the fields and lines into the target, adjusted by `document`; the answer is the target."""
    source, target = _the_document(call, kind), call.fields["target"]
    if target not in kind.targets:
        raise invalid("target", "isEnum", f"target must be one of the following values: {', '.join(kind.targets)}")
    if source.get("convertedTo"):
        raise broken("The document is converted already")
    if source["status"] not in {"sent", "accepted"}:
        raise Refusal(400, f"Only a sent {kind.what.lower()} can be converted", _REQUIRES_SENT)
    fields = {name: source[name] for name in (*_COPIED, "notes", "documentTemplateId") if source.get(name) is not None}
    fields["lines"] = [{name: line[name] for name in _LINE if name in line} for line in source["lines"]]
    fields |= call.fields.get("document") or {}
    copy = evolve(call, body=fields)
    made = new_invoice(copy, fields) if target == "invoice" else _created(copy, _ORDER, fields)
    more = {"convertedToInvoiceId": made["id"]} if target == "invoice" else {}
    call.books[kind.table].change(source, convertedTo=made["id"], **more, updatedAt=call.books.stamp())
    return invoice_shown(made) if target == "invoice" else _shown(call, _ORDER, made)


def _register(kind: _Kind, titles: dict[str, str]) -> None:
    answers(titles["list"])(lambda call: _listed(call, kind))
    answers(titles["create"])(lambda call: _shown(call, kind, _created(call, kind, call.fields)))
    answers(titles["get"])(lambda call: _shown(call, kind, _the_document(call, kind)))
    answers(titles["update"])(lambda call: _shown(call, kind, _replaced(call, kind)))
    answers(titles["convert"], fields_of=FieldsOf("Create a draft quote", of="body", at="document"))(
        lambda call: _converted(call, kind)
    )
    answers(titles["pdf"])(pdf_rule(kind.table, kind.what, "documentNumber"))
    answers(titles["send"])(lambda call: _sent(call, kind))


_register(
    _QUOTE,
    {
        "list": "List quotes",
        "create": "Create a draft quote",
        "get": "Get a quote by id",
        "update": "Update a draft quote",
        "convert": "Convert a quote",
        "pdf": "Download a quote as PDF",
        "send": "Send a quote",
    },
)
_register(
    _ORDER,
    {
        "list": "List order confirmations",
        "create": "Create a draft order confirmation",
        "get": "Get an order confirmation by id",
        "update": "Update a draft order confirmation",
        "convert": "Convert an order confirmation into an invoice",
        "pdf": "Download an order confirmation as PDF",
        "send": "Send an order confirmation",
    },
)
