"""A small normalised document with one operation of each kind, and what is said beside it."""

from __future__ import annotations

import copy

from .describing import Node, argument, operation, parameter, ref, thing, told

COMPONENTS: Node = {
    "Invoice": thing(
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
    "InvoiceStatus": {"type": "string", "enum": ["draft", "sent"], "x-enum-varnames": ["DRAFT", "SENT"]},
    "Line": thing({"quantity": {"type": "number"}, "unitPrice": {"type": "string", "format": "decimal"}}, ["quantity"]),
    "Customer": thing({"name": {"type": "string"}}, ["name"]),
    "Card": thing({"kind": {"type": "string", "const": "card"}, "number": {"type": "string"}}, ["kind", "number"]),
    "Transfer": thing({"kind": {"type": "string", "const": "transfer"}, "iban": {"type": "string"}}, ["kind", "iban"]),
    "CreateInvoice": thing(
        {
            "lines": {"type": "array", "items": ref("Line")},
            "attachments": {"type": "array", "items": ref("AttachmentRequest")},
            "currency": {"type": "string", "description": "Currency. Default of the server: DKK."},
        },
        ["lines"],
        description="An invoice to make.",
    ),
    "AttachmentRequest": thing({"filename": {"type": "string"}}, ["filename"]),
    "Entry": thing({"amount": {"type": "number"}}, ["amount"]),
    "BookedEntry": thing({"id": {"type": "string"}}, ["id"]),
    "EntryBatch": thing({"entries": {"type": "array", "items": ref("Entry")}}, ["entries"]),
    "EntryBatchAnswer": thing({"entries": {"type": "array", "items": ref("BookedEntry")}}, ["entries"]),
    "SendInvoiceBody": {**thing({}), "x-undocumented": True},
    "SendInvoiceAnswer": {**thing({}), "x-undocumented": True},
    "A_1": thing({"a": {"type": "string"}}),
}  # fmt: skip

ID_PARAMETER = parameter("id", "path", {"type": "string"})
STATUS = parameter("status", "query", ref("InvoiceStatus"))
DEEP = parameter("metadata", "query", {"type": "object", "additionalProperties": True, "x-free-form": True})
IDS = parameter("ids", "query", {"type": "array", "items": {"type": "string"}})
PATHS: Node = {
    "/v1/invoices": {
        "get": operation("invoices.list", {"type": "array", "items": ref("Invoice")}, parameters=[STATUS, DEEP, IDS]),
        "post": operation("invoices.create", ref("Invoice"), body=ref("CreateInvoice")),
    },
    "/v1/invoices/{id}": {
        "get": operation("invoices.get", ref("Invoice"), parameters=[ID_PARAMETER]),
        "delete": operation("invoices.delete", {"x-undocumented": True}, parameters=[ID_PARAMETER]),
    },
    "/v1/invoices/{id}/send": {
        "post": operation(
            "invoices.send", ref("SendInvoiceAnswer"), body=ref("SendInvoiceBody"), required=False,
            parameters=[ID_PARAMETER],
        ),
    },
    "/v1/invoices/{id}/void": {
        "post": operation("invoices.void", None, parameters=[ID_PARAMETER]),
    },
    "/v1/invoices/{id}/pdf": {
        "get": operation("invoices.pdf", None, parameters=[ID_PARAMETER]),
    },
    "/v2/entries/batch": {"post": operation("entries.create_batch", ref("EntryBatchAnswer"), body=ref("EntryBatch"))},
    "/v1/usage/{meter}/{day}": {
        "post": operation(
            "usage.report", ref("A_1"), body=ref("A_1"),
            parameters=[
                parameter("meter", "path", ref("InvoiceStatus")),
                parameter("day", "path", {"type": "integer"}),
                parameter("X-Trace", "header", {"type": "string"}, required=True),
                parameter("X-Key", "header", {"type": "string"}, required=True),
            ],
        ),
    },
}  # fmt: skip

DOCUMENTED = {"required": True, "documented": True, "description": ""}
ID = [argument("id", "invoice_id", "Id of the invoice.")]
OPERATIONS = [
    told(
        "invoices.list", "GET", "/v1/invoices", kind="list", paged=True, limit_max=100, comma_joined=["ids"],
        scopes=["invoices-read"],
        arguments={
            "query": [
                argument("status", "status", "Only these."), argument("metadata", "metadata"), argument("ids", "ids"),
            ]
        },
    ),
    told(
        "invoices.create", "POST", "/v1/invoices", body=DOCUMENTED, scopes=[], security="key",
        errors=[{"status": 400, "code": "NO_LINES", "when": "it has no lines"}],
    ),
    told("invoices.get", "GET", "/v1/invoices/{id}", arguments={"path": ID}),
    told(
        "invoices.delete", "DELETE", "/v1/invoices/{id}", arguments={"path": ID}, repeatable=True,
        repeatable_reason="DELETE (RFC 9110)",
    ),
    told(
        "invoices.send", "POST", "/v1/invoices/{id}/send", arguments={"path": ID}, documentation="title-only",
        path_source="inferred",
        body={"required": False, "documented": False, "description": ""},
        deprecated={"successor": "invoices.create", "sunset": "2026-11-08"},
    ),
    told("invoices.void", "POST", "/v1/invoices/{id}/void", arguments={"path": ID}, security="none"),
    told(
        "invoices.pdf", "GET", "/v1/invoices/{id}/pdf", kind="file", arguments={"path": ID}, documentation="partial",
    ),
    told(
        "entries.create_batch", "POST", "/v2/entries/batch", kind="batch", many="create_many",
        batch={"field": "entries", "minimum": 1, "maximum": 100, "answers": "entries"},
        body=DOCUMENTED,
    ),
    told(
        "usage.report", "POST", "/v1/usage/{meter}/{day}", idempotency={"header": "x-key"}, repeatable=True,
        repeatable_reason="the API knows the key again", body=DOCUMENTED,
        arguments={
            "path": [argument("meter", "meter"), argument("day", "day")],
            "header": [argument("X-Trace", "trace"), argument("X-Key", "key")],
        },
    ),
]  # fmt: skip
RESOURCES = {"invoices": "InvoicesResource", "entries": "EntriesResource", "usage": "UsageResource"}


def small_document() -> Node:
    """Return the document, free to be changed."""
    info = {"title": "Small", "version": "1"}
    return copy.deepcopy({"openapi": "3.0.0", "info": info, "paths": PATHS, "components": {"schemas": COMPONENTS}})


def small_facts() -> Node:
    """Return what is said beside it, free to be changed."""
    operations = {f"{one['resource']}__{one['method']}": copy.deepcopy(one) for one in OPERATIONS}
    resources = {
        name: {
            "class": cls, "description": f"About {name}.", "docs_url": f"https://docs.example/{name}", "mixin": None,
            "methods": [key for key, one in operations.items() if one["resource"] == name],
        }
        for name, cls in RESOURCES.items()
    }  # fmt: skip
    models = {name: {"description": schema.get("description", "")} for name, schema in COMPONENTS.items()}
    return {
        "operations": operations,
        "resources": resources,
        "models": models,
        "external_types": {"AttachmentRequest": "ledgerbee_client._helpers.attachments:Attachment"},
        "aliases": {"OldInvoice": "Invoice"},
    }
