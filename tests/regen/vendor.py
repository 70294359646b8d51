"""
The vendor's own file as we imagine it: the whole API in the manner of @nestjs/swagger, everything described.

Made from our transcription, in fixed order and without chance. Nothing of it is published; that is the point: whatever
of it comes true, `test_vendor.py` has seen before.
"""

# One construct per line.
# ruff: noqa: E501

from __future__ import annotations

import copy
import json
import re

from small import PREFIX, Node
from trials import changed, each_operation, published

GONE = "Archive a subscription plan"
AWKWARD = (
    "list", "date", "type", "from", "class", "self", "model", "_wire", "unknown_fields", "items", "get", "to_dict",
    "from_dict", "to_wire", "datetime", "str", "dict", "bool", "int", "Any", "Decimal", "UNSET", "None", "cls", "_unknown",
    "Field", "ClassVar", "2fa", "_id", "@type", "$schema", "first-name", "customer_id", "beløb", "def", "mro", "Model",
    "__init__", "__class__", "__slots__", "_WIRE", "Mapping", "keys", "values", "copy", "hash", "metadata", "name_", "nullable",
)  # fmt: skip
ON_KNOWN = (
    "list",
    "date",
    "type",
    "from",
    "class",
    "self",
    "model",
    "_wire",
    "unknown_fields",
    "items",
    "get",
    "to_dict",
)
ERROR = {"$ref": f"{PREFIX}ApiErrorResponseDto"}
REFUSALS = {
    "400": "Validation failed",
    "401": "Missing or invalid credentials",
    "403": "Insufficient scope",
    "429": "Too many requests",
}
NEW_TAG = "Bank Reconciliation"


def vendor_document() -> Node:
    """The document."""
    raw = published()
    schemas = _schemas(raw)
    paths: Node = {}
    for path, item in raw["paths"].items():
        for method, operation in item.items():
            if operation["summary"] != GONE:
                here = _path(path, operation)
                paths.setdefault(here, {})[method] = _operation(operation, method, here, schemas)
    _new_operations(paths, schemas)
    document = {
        "openapi": "3.0.0",
        "paths": paths,
        "info": {
            "title": "LedgerBee Public API",
            "description": "# Welcome\n\n`x-api-key`",
            "version": "1.0",
            "contact": {},
        },
        "tags": [],
        "servers": [{"url": "https://api.ledgerbee.com"}],
        "components": {
            "securitySchemes": {
                "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "oauth2": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {"tokenUrl": "/api/v1/auth/token", "scopes": {"invoices-read": "Read"}}
                    },
                },
            },
            "schemas": schemas,
        },
    }
    plain: Node = changed(_without_extensions, document)
    return plain


def _without_extensions(node: Node) -> Node:
    return {key: value for key, value in node.items() if not key.startswith("x-") or key == "x-api-key"}


def _schemas(raw: Node) -> Node:
    """Our classes: the working names otherwise, fuller, in another order, with fields nobody told of."""
    schemas: Node = {}
    sent = _sent(raw)
    for number, (name, schema) in enumerate(raw["components"]["schemas"].items()):
        made = changed(_no_longer_undescribed, schema)
        if "properties" in made:
            properties = made["properties"]
            made["properties"] = dict(reversed(properties.items()))
            if name not in sent:
                made["required"] = list(properties)
                extra = ON_KNOWN if number % 9 == 0 else (ON_KNOWN[number % len(ON_KNOWN)],)
                made["properties"] |= {
                    key: _field(key, number + i) for i, key in enumerate(extra) if key not in properties
                }
                first = next(iter(properties), "")
                clash = re.sub(r"([A-Z])", lambda match: f"_{match.group(1).lower()}", first)
                if clash != first and clash not in properties:
                    made["properties"] = {clash: {"type": "string", "deprecated": True}, **made["properties"]}
        new = (
            f"Public{name.removesuffix('Item').removesuffix('Body')}Dto{number}" if made.get("x-working-name") else name
        )
        schemas[name] = made | {"x-new": new}
    names = {name: schema.pop("x-new") for name, schema in schemas.items()}
    names["ErrorEnvelope"] = "ApiErrorResponseDto"

    def follow(node: Node) -> Node:
        target = node.get("$ref")
        if isinstance(target, str):
            node["$ref"] = PREFIX + names.get(target.removeprefix(PREFIX), target.removeprefix(PREFIX))
        return node

    renamed = {names[name]: changed(follow, schema) for name, schema in schemas.items()}
    renamed["PaginatedDto"] = {
        "type": "object",
        "properties": {key: {"type": "number", "example": 1} for key in ("total", "page", "limit", "totalPages")},
        "required": ["total", "page", "limit", "totalPages"],
    }
    renamed["MoneyDto"] = {
        "type": "object",
        "properties": {
            "amount": {"type": "string", "example": "1250.00"},
            "currency": {"type": "string", "enum": ["DKK", "EUR", "SEK"], "example": "DKK"},
        },
        "required": ["amount", "currency"],
    }
    renamed["x-names"] = names
    return renamed


def _sent(raw: Node) -> set[str]:
    """The classes that stand in bodies: what they require is published."""
    bodies = [operation.get("requestBody") for operation in each_operation(raw)]
    found: set[str] = set()
    waiting = re.findall(rf'"{PREFIX}(\w+)"', json.dumps(bodies))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += re.findall(rf'"{PREFIX}(\w+)"', json.dumps(raw["components"]["schemas"][name]))
    return found


def _no_longer_undescribed(node: Node) -> Node:
    """What stood undescribed inside a class has some fields now."""
    if node.get("x-undocumented"):
        return {
            "type": "object",
            "properties": {"id": {"type": "string"}, "amount": {"type": "number"}},
            "required": ["id"],
        }
    return node


def _field(name: str, number: int) -> Node:
    """One of the ways in which decorators describe a property."""
    ways: list[Node] = [
        {"type": "string", "description": f"The {name}.", "example": "abc"},
        {"type": "object", "nullable": True, "example": None, "description": "A string or null, says the code."},
        {"type": "string", "enum": ["draft", "sent", "paid"], "nullable": True},
        {"type": "number", "example": 12.5, "default": 0},
        {"nullable": True, "allOf": [{"$ref": f"{PREFIX}MoneyDto"}]},
        {"type": "array", "items": {"$ref": f"{PREFIX}MoneyDto"}, "example": []},
        {"format": "date-time", "type": "string", "example": "2026-01-02T03:04:05.000Z"},
        {"type": "object", "additionalProperties": {"type": "string"}, "example": {"key": "value"}},
        {"type": "boolean", "default": True},
        {"format": "date", "type": "string", "nullable": True},
        {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
        {"oneOf": [{"type": "string"}, {"type": "number"}], "nullable": True},
    ]
    return ways[number % len(ways)]


def _path(path: str, operation: Node) -> str:
    """The global prefix in every path, and other words where ours are inferred."""
    if operation.get("x-path-source") == "inferred":
        path = re.sub(r"/v1/(?!portal)", "/v1/public/", path)
        path = re.sub(r"{id}", "{entityUuid}", path)
    return f"/api{path}"


def _operation(operation: Node, method: str, path: str, schemas: Node) -> Node:
    words = "".join(word.title() for word in re.findall(r"[A-Za-z]+", operation["tags"][0]))
    last = [part for part in path.split("/") if part and "{" not in part][-1]
    made: Node = {
        "operationId": f"{words}Controller_{method}{_class_of(path, method)}{path.count('{')}_v1",
        "summary": operation["summary"],
        "description": f"**Requires scope** `{last}:read`.\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        "parameters": _parameters(operation, method, path, schemas["x-names"]),
    }
    number = sum(map(ord, made["operationId"] + path))
    body = copy.deepcopy(operation.get("requestBody"))
    if body is not None:
        body["required"] = True
        _described(body, f"{_class_of(path, method)}RequestDto", number, schemas)
        made["requestBody"] = body
    made["responses"] = _responses(operation, method, path, number, schemas)
    made["tags"] = operation["tags"]
    if operation["security"]:
        made["security"] = [
            {{"ApiKeyAuth": "x-api-key"}.get(k, "oauth2"): v for k, v in choice.items()}
            for choice in operation["security"]
        ]
    else:
        made["security"] = []
    if operation.get("deprecated") or number % 31 == 0:
        made["deprecated"] = True
        made["description"] = "**DEPRECATED.** Use the other one; will be removed on 2027-01-01."
    return made


def _parameters(operation: Node, method: str, path: str, names: Node) -> list[Node]:
    made = []
    wires = iter(re.findall(r"{(\w+)}", path))
    for parameter in copy.deepcopy(operation.get("parameters", [])):
        if parameter["in"] == "path":
            parameter["name"] = next(wires)
        target = parameter.get("schema", {})
        text = json.dumps(target)
        for name, new in names.items():
            text = text.replace(f'"{PREFIX}{name}"', f'"{PREFIX}{new}"')
        parameter["schema"] = json.loads(text)
        parameter["example"] = "abc"
        made.append(parameter)
    listed = {parameter["name"] for parameter in made}
    if operation["summary"].startswith("List "):
        made += [
            {
                "name": "page",
                "required": False,
                "in": "query",
                "schema": {"minimum": 1, "default": 1, "type": "number"},
            },
            {
                "name": "limit",
                "required": False,
                "in": "query",
                "schema": {"maximum": 100, "default": 25, "type": "number"},
            },
            {"name": "class", "required": False, "in": "query", "schema": {"type": "string"}},
            {"name": "class_", "required": False, "in": "query", "schema": {"type": "string"}},
            {"name": "customerId", "required": False, "in": "query", "schema": {"type": "string", "format": "uuid"}},
            {"name": "customer_id", "required": False, "in": "query", "schema": {"type": "string"}},
            {
                "name": "filter[from]",
                "required": False,
                "in": "query",
                "schema": {"format": "date-time", "type": "string"},
            },
            {
                "name": "ids[]",
                "required": False,
                "in": "query",
                "schema": {"type": "array", "items": {"type": "string"}},
            },
            {"name": "order", "required": False, "in": "query", "schema": {"enum": ["asc", "ASC"], "type": "string"}},
        ]
    made.append({"name": "x-request-id", "in": "header", "required": False, "schema": {"type": "string"}})
    made.append(
        {
            "name": "Accept-Language",
            "in": "header",
            "required": False,
            "schema": {"enum": ["da", "en"], "type": "string"},
        }
    )
    if method == "post":
        made.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string"}})
    return [
        one
        for n, one in enumerate(made)
        if one["name"] not in [other["name"] for other in made[:n]] or one["name"] not in listed
    ]


def _class_of(path: str, method: str) -> str:
    words = "".join(
        part.title()
        for part in re.findall(r"[a-z]+", re.sub(r"{[^}]*}", "", path))
        if part not in ("api", "v", "public")
    )
    return {"get": "", "post": "Create", "put": "Replace", "patch": "Update", "delete": "Delete"}[method] + words


def _described(holder: Node, name: str, number: int, schemas: Node) -> None:
    """Give an answer or body nobody had described a class, and others the names they have now."""
    for kind, media in list(holder.get("content", {}).items()):
        schema = media.get("schema", {})
        if schema.get("x-undocumented"):
            schemas.setdefault(name, _class(number))
            media["schema"] = {"$ref": f"{PREFIX}{name}"}
        else:
            text = json.dumps(schema)
            for old, new in schemas["x-names"].items():
                text = text.replace(f'"{PREFIX}{old}"', f'"{PREFIX}{new}"')
            media["schema"] = json.loads(text)
        if kind == "application/json" and number % 3 == 0:
            holder["content"] = {"application/json; charset=utf-8": media}
        media["example"] = {"id": "1"}


def _class(number: int) -> Node:
    fields = {"id": {"type": "string", "format": "uuid", "example": "0b1f"}, "createdAt": _field("createdAt", 6)}
    for i in range(8):
        key = AWKWARD[(number * 3 + i) % len(AWKWARD)]
        fields[key] = _field(key, number + i)
    fields["customerId"] = {"type": "string"}
    return {"type": "object", "properties": fields, "required": ["id", *list(fields)[4:8]]}


def _responses(operation: Node, method: str, path: str, number: int, schemas: Node) -> Node:
    made: Node = {}
    for code, response in copy.deepcopy(operation["responses"]).items():
        if not code.startswith("2"):
            continue
        content = response.get("content", {}).get("application/json", {}).get("schema", {})
        if method == "delete" and response.get("x-undocumented"):
            made["204"] = {"description": ""}
            continue
        undescribed = bool(content.get("x-undocumented"))
        name = f"{_class_of(path, method)}ResponseDto"
        _described(response, name, number, schemas)
        schema = next(iter(response["content"].values()))["schema"] if "content" in response else {}
        if operation["summary"].startswith("List ") and (undescribed or schema.get("type") == "array"):
            item = schema.get("items", schema)
            paged = {
                "allOf": [{"$ref": f"{PREFIX}PaginatedDto"}, {"properties": {"data": {"type": "array", "items": item}}}]
            }
            next(iter(response["content"].values()))["schema"] = paged
        made[code] = {**response, "description": ""}
    kind = "application/pdf" if path.endswith("/pdf") else "application/json"
    return made | {code: {"description": text, "content": {kind: {"schema": ERROR}}} for code, text in REFUSALS.items()}


def _new_operations(paths: Node, schemas: Node) -> None:
    security: list[Node] = [{"x-api-key": []}, {"oauth2": []}]
    del schemas["x-names"]
    schemas["BankLineDto"] = _class(1)
    schemas["InvoiceSentEvent"] = {
        "type": "object",
        "properties": {"type": {"type": "string", "enum": ["invoice.sent"]}, "data": {"$ref": f"{PREFIX}MoneyDto"}},
        "required": ["type", "data"],
    }
    schemas["InvoicePaidEvent"] = {
        "type": "object",
        "properties": {"type": {"type": "string"}, "data": {"$ref": f"{PREFIX}BankLineDto"}},
        "required": ["type", "data"],
    }
    base = {"parameters": [], "security": security, "description": ""}

    def answering(schema: Node, code: str = "200", kind: str = "application/json") -> Node:
        return {code: {"description": "", "content": {kind: {"schema": schema}}}}

    line = {"$ref": f"{PREFIX}BankLineDto"}
    paths["/api/v1/bank-reconciliation/lines"] = {
        "get": {"operationId": "BankController_findAll_v1", "summary": "List bank lines", "tags": [NEW_TAG], **base,
                "responses": answering({"type": "array", "items": line})},
    }  # fmt: skip
    paths["/api/v1/bank-reconciliation/lines/{id}"] = {
        "get": {
            "operationId": "BankController_findOne_v1",
            "summary": "",
            "tags": [NEW_TAG],
            **base,
            "responses": answering(line),
        },
    }
    paths["/api/v1/bank-reconciliation/statements"] = {
        "post": {
            "operationId": "BankController_upload_v1", "summary": "Upload a bank statement", "tags": [NEW_TAG], **base,
            "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": {
                "type": "object", "properties": {"file": {"type": "string", "format": "binary"}, "bank": {"type": "string"}},
                "required": ["file"]}}}},
            "responses": {"204": {"description": ""}},
        },
    }  # fmt: skip
    paths["/api/v1/journal-entries/export"] = {
        "get": {"operationId": "JournalExportController_csv_v1", "summary": "Export journal entries as CSV", "tags": ["Journal Entries"],
                **base, "responses": answering({"type": "string"}, kind="text/csv")},
    }  # fmt: skip
    event = {
        "oneOf": [{"$ref": f"{PREFIX}InvoiceSentEvent"}, {"$ref": f"{PREFIX}InvoicePaidEvent"}],
        "discriminator": {
            "propertyName": "type",
            "mapping": {"invoice.sent": f"{PREFIX}InvoiceSentEvent", "invoice.paid": f"{PREFIX}InvoicePaidEvent"},
        },
    }
    paths["/api/v1/webhook-endpoints/{endpointId}/events"] = {
        "get": {"operationId": "WebhookEventsController_list_v1", "summary": "List the events of a webhook endpoint",
                "tags": ["Webhook Endpoints"], **base, "responses": answering({"type": "array", "items": event})},
    }  # fmt: skip
