"""A small API with one operation of each kind."""

from __future__ import annotations

from regen.model.api import Api, Batch, Body, Deprecation, Enum, Model, Refusal, Resource

from .describing import argument, endpoint, ref, thing, words

CLASSES: list[Model | Enum] = [
    thing(
        "Invoice",
        {
            "id": {"type": "string", "description": "Id of the invoice.", "example": "in_1"},
            "amount": {"type": "string", "format": "decimal", "description": "Total including VAT."},
            "status": ref("InvoiceStatus", description="Where it stands."),
            "lines": {"type": "array", "items": ref("Line")},
            "dueDate": {"type": "string", "format": "date", "nullable": True},
            "createdAt": {"type": "string", "format": "date-time"},
            "customer": ref("Customer", nullable=True, description="Who pays."),
            "hours": {"type": "number"},
            "page": {"type": "integer"},
            "paid": {"type": "boolean"},
            "metadata": {"type": "object", "additionalProperties": True, "x-free-form": True, "nullable": True},
            "totals": {"type": "object", "additionalProperties": {"type": "string", "format": "decimal"}},
            "tags": {"type": "array", "items": {"type": "string", "nullable": True}},
            "payment": {"oneOf": [ref("Card"), ref("Transfer")]},
            "parent": ref("Invoice", nullable=True),
            "type": {"type": "string"},
            "get": {"type": "string"},
            "model": {"type": "string"},
            "signingSecret": {"type": "string"},
            "anything": {"x-undocumented": True},
        },
        ["id", "amount", "status", "lines"],
        description="An invoice.",
    ),
    words("InvoiceStatus", "draft", "sent"),
    thing("Line", {"quantity": {"type": "number"}, "unitPrice": {"type": "string", "format": "decimal"}}, ["quantity"]),
    thing("Customer", {"name": {"type": "string"}}, ["name"]),
    thing("Card", {"kind": {"type": "string", "const": "card"}, "number": {"type": "string"}}, ["kind", "number"]),
    thing("Transfer", {"kind": {"type": "string", "const": "transfer"}, "iban": {"type": "string"}}, ["kind", "iban"]),
    thing(
        "CreateInvoice",
        {
            "lines": {"type": "array", "items": ref("Line")},
            "attachments": {"type": "array", "items": ref("AttachmentRequest")},
            "currency": {"type": "string", "description": "Currency. Default of the server: DKK."},
        },
        ["lines"],
        description="An invoice to make.",
    ),
    thing("AttachmentRequest", {"filename": {"type": "string"}}, ["filename"]),
    thing("Entry", {"amount": {"type": "number"}}, ["amount"]),
    thing("BookedEntry", {"id": {"type": "string"}}, ["id"]),
    thing("EntryBatch", {"entries": {"type": "array", "items": ref("Entry")}}, ["entries"]),
    thing("EntryBatchAnswer", {"entries": {"type": "array", "items": ref("BookedEntry")}}, ["entries"]),
    thing("SendInvoiceBody", {}),
    thing("SendInvoiceAnswer", {}),
    thing("A_1", {"a": {"type": "string"}}),
]  # fmt: skip

ID = (argument("id", "invoice_id", "path", {"type": "string"}, "Id of the invoice."),)
FREE = {"type": "object", "additionalProperties": True, "x-free-form": True}
ENDPOINTS = [
    endpoint(
        "invoices.list", "GET", "/v1/invoices", kind="list", paged=True, limit_max=100, scopes=("invoices-read",),
        answer={"type": "array", "items": ref("Invoice")},
        arguments=(
            argument("status", "status", "query", ref("InvoiceStatus", description="Only these.")),
            argument("metadata", "metadata", "query", FREE),
            argument("ids", "ids", "query", {"type": "array", "items": {"type": "string"}}, comma_joined=True),
        ),
    ),
    endpoint(
        "invoices.create", "POST", "/v1/invoices", body=Body(ref("CreateInvoice")), answer=ref("Invoice"), scopes=(),
        security="key", refusals=(Refusal(400, "NO_LINES", "it has no lines"),),
    ),
    endpoint("invoices.get", "GET", "/v1/invoices/{id}", arguments=ID, answer=ref("Invoice")),
    endpoint(
        "invoices.delete", "DELETE", "/v1/invoices/{id}", arguments=ID, answer={"x-undocumented": True},
        repeatable=True, reason="DELETE (RFC 9110)",
    ),
    endpoint(
        "invoices.send", "POST", "/v1/invoices/{id}/send", arguments=ID, documentation="title-only", inferred=True,
        body=Body(ref("SendInvoiceBody"), required=False, documented=False), answer=ref("SendInvoiceAnswer"),
        deprecation=Deprecation("invoices.create", "2026-11-08"),
    ),
    endpoint("invoices.void", "POST", "/v1/invoices/{id}/void", arguments=ID, security="none"),
    endpoint("invoices.pdf", "GET", "/v1/invoices/{id}/pdf", kind="file", arguments=ID, documentation="partial"),
    endpoint(
        "entries.create_batch", "POST", "/v2/entries/batch", kind="batch", many="create_many",
        batch=Batch("entries", 1, 100, "entries"), body=Body(ref("EntryBatch")), answer=ref("EntryBatchAnswer"),
    ),
    endpoint(
        "usage.report", "POST", "/v1/usage/{meter}/{day}", idempotency_header="x-key", repeatable=True,
        reason="the API knows the key again", body=Body(ref("A_1")), answer=ref("A_1"),
        arguments=(
            argument("meter", "meter", "path", ref("InvoiceStatus")),
            argument("day", "day", "path", {"type": "integer"}),
            argument("X-Trace", "trace", "header", {"type": "string"}, required=True),
        ),
    ),
]  # fmt: skip


def small_api() -> Api:
    """Return all of it."""
    resources = {
        name: Resource(name, f"{name.capitalize()}Resource", f"About {name}.", f"https://docs.example/{name}")
        for name in ("invoices", "entries", "usage")
    }
    return Api(
        endpoints={one.name: one for one in ENDPOINTS},
        resources=resources,
        classes={one.name: one for one in CLASSES},
        external={"AttachmentRequest": "ledgerbee_client._helpers.attachments:Attachment"},
        aliases={"OldInvoice": "Invoice"},
    )
