"""An operation as the SDK calls it: named, with settled schemas for its arguments, body and answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from regen.document.dialect import canonical
from regen.document.operations import Operation, answer_of, body_of, security_schemes
from regen.model.shapes import Schema, Shapes, reference
from regen.naming.matching import Named
from regen.notes import Notes

Node = dict[str, Any]
NOT_ARGUMENTS = frozenset({"authorization", "accept", "content-type"})
IDEMPOTENCY = re.compile(r"idempotency-key$", re.IGNORECASE)
SCALARS = ("string", "number", "integer", "boolean")
UNDOCUMENTED: Schema = {"type": "object", "x-undocumented": True}


@dataclass
class Call:
    """One method of one resource."""

    named: Named
    parameters: list[Node] = field(default_factory=list)
    body: Node | None = None
    answer: str = "unknown"
    schema: Schema | None = None
    paging: dict[str, Schema] = field(default_factory=dict)
    idempotency_header: str | None = None
    view: Node = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`invoices.list`."""
        return self.named.name

    @property
    def kind(self) -> str:
        """one, list, batch or file."""
        return self.named.entry.kind

    @property
    def operation(self) -> Operation:
        """The operation of the document behind it."""
        return self.named.operation


def read_call(named: Named, document: Node, shapes: Shapes, notes: Notes) -> Call:
    """Settle everything an operation takes and answers."""
    call = Call(named)
    operation = named.operation
    hidden = {
        str(scheme.get("name", "")).lower()
        for scheme in security_schemes(document).values()
        if scheme.get("type") == "apiKey"
    }
    for parameter in operation.parameters:
        _parameter(call, parameter, hidden, shapes, notes)
    if call.kind == "list" and {"page", "limit"} <= {p["name"] for p in call.parameters if p["in"] == "query"}:
        call.paging = {p["name"]: p["schema"] for p in call.parameters if p["name"] in ("page", "limit")}
        call.parameters = [p for p in call.parameters if not (p["in"] == "query" and p["name"] in call.paging)]
    if call.kind == "batch":
        for parameter in call.parameters:
            where = f"{operation.where}/parameters/{parameter['name']}"
            notes.repair(where, "a batch takes its entries alone; left out, extra_headers= can carry a header")
        call.parameters = []
    body = body_of(operation, document, notes)
    if body is not None:
        where = body.pop("where")
        body["schema"] = root(shapes.settle(canonical(body["schema"], where, notes), where), where, notes)
        call.body = body
    _answer(call, document, shapes, notes)
    return call


def _parameter(call: Call, raw: Node, hidden: set[str], shapes: Shapes, notes: Notes) -> None:
    name, place, where = raw["name"], raw["in"], f"{call.operation.where}/parameters/{raw['name']}"
    if place == "cookie" or place not in ("path", "query", "header"):
        notes.repair(where, f"a parameter in {place!r} is left out")
        return
    if (place == "header" and name.lower() in NOT_ARGUMENTS) or (place != "path" and name.lower() in hidden):
        notes.repair(where, "credentials and media types are the client's business; left out")
        return
    if place == "header" and IDEMPOTENCY.search(name) and call.idempotency_header is None:
        call.idempotency_header = name
        return
    schema = raw.get("schema")
    if schema is None and isinstance(raw.get("content"), dict):
        notes.repair(where, "sent as JSON text (`content`); the argument is a string")
        schema = {"type": "string"}
    settled = shapes.settle(canonical(schema if schema is not None else {"type": "string"}, where, notes), where)
    for key in ("description", "example", "deprecated"):
        if key in raw and isinstance(raw[key], str | int | float):
            settled = {"allOf": [settled], key: raw[key]} if "$ref" in settled else {**settled, key: raw[key]}
    deep = place == "query" and (raw.get("style") == "deepObject" or _is_object(settled, shapes))
    if settled.get("type") == "object" and place == "query" and not deep:
        deep = True
    if deep and not settled.get("x-free-form"):
        kept: Schema = {key: settled[key] for key in ("description", "nullable") if key in settled}
        settled = {"type": "object", "additionalProperties": True, "x-free-form": True, **kept}
    commas = place == "query" and settled.get("type") == "array" and raw.get("explode") is False
    commas = commas and raw.get("style", "form") == "form"
    call.parameters.append(
        {
            "name": name,
            "in": place,
            "required": place == "path" or raw.get("required") is True,
            "schema": flat(settled, where, notes),
            **({"x-deep-object": True} if deep else {}),
            **({"x-comma-joined": True} if commas else {}),
        }
    )


def _is_object(settled: Schema, shapes: Shapes) -> bool:
    name = reference(settled)
    return name is not None and shapes.model(name).get("type") == "object"


def flat(schema: Schema, where: str, notes: Notes) -> Schema:
    """Arguments in path, query and header are plain values or lists of them."""
    if schema.get("type") == "array":
        items = schema.get("items", {})
        if items.get("type") in ("object", "array"):
            notes.repair(where, "a list of objects cannot be written into a URL; its items are strings")
            return {**schema, "items": {"type": "string"}}
    return schema


def root(schema: Schema, where: str, notes: Notes) -> Schema:
    """The body or answer itself: an object nobody described becomes a class without fields."""
    if schema.get("type") == "object" and "properties" not in schema and "additionalProperties" not in schema:
        return {**schema, "x-undocumented": True}
    if schema.get("type") == "object" and schema.get("properties") == {}:
        return {**schema, "x-undocumented": True}
    if not set(schema) - {"description", "nullable"}:
        notes.repair(where, "says nothing about the shape; read as an object without known fields")
        return dict(UNDOCUMENTED)
    return schema


def _answer(call: Call, document: Node, shapes: Shapes, notes: Notes) -> None:
    where = f"{call.operation.where}/responses"
    answer, raw = answer_of(call.operation, document, notes)
    schema = None
    if answer == "json":
        schema = root(shapes.settle(canonical(raw, where, notes), where), where, notes)
    if answer == "file" and call.kind != "file":
        notes.repair(where, f"answers a file, but {call.name} is locked as {call.kind!r}; read as an unknown object")
        answer = "unknown"
    if call.kind == "file":
        call.answer, call.schema = "file", None
    elif call.kind == "list":
        items = items_of(schema, shapes) if schema is not None else None
        if items is None:
            if schema is not None and not schema.get("x-undocumented"):
                notes.repair(where, "a list whose array cannot be told; its items have no known fields")
            items = dict(UNDOCUMENTED)
        call.answer, call.schema = "json", {"type": "array", "items": root(items, where, notes)}
    elif answer == "nothing":
        call.answer, call.schema = "nothing", None
    elif schema is None or schema.get("x-undocumented"):
        deletes = call.operation.method == "DELETE"
        call.answer, call.schema = "json", ({"x-undocumented": True} if deletes else schema or dict(UNDOCUMENTED))
    else:
        call.answer, call.schema = "json", schema


def items_of(schema: Schema, shapes: Shapes) -> Schema | None:
    """What a listing lists: the items of a bare array, of `data`, or of the only array of an object."""
    name = reference(schema)
    opened = shapes.model(name) if name is not None else schema
    if opened.get("type") == "array":
        return dict(opened.get("items", {}))
    properties = opened.get("properties", {})
    arrays = {key: child for key, child in properties.items() if child.get("type") == "array"}
    things = [child for child in arrays.values() if child.get("items", {}).get("type") not in SCALARS]
    chosen = arrays.get("data") or (things[0] if len(things) == 1 else None)
    return dict(chosen.get("items", {})) if chosen is not None else None
