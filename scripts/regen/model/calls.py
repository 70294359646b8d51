"""An operation as the SDK calls it: named, with settled schemas for its arguments, body and answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from regen.document.contents import Answered, answer_of, body_of
from regen.document.dialect import canonical, listed
from regen.document.operations import Operation, security_schemes
from regen.model.api import Schema
from regen.model.security import security_by_kind
from regen.model.shapes import FREE_FORM, Shapes, reference
from regen.naming.matching import Named
from regen.notes import Notes

Node = dict[str, Any]
NOT_ARGUMENTS = frozenset({"authorization", "accept", "content-type"})
IDEMPOTENCY = re.compile(r"idempotency-key$", re.IGNORECASE)
JSON = "application/json"
PLAIN_TEXTS = ("description", "example", "default")
SCALARS = ("string", "number", "integer", "boolean")
UNDOCUMENTED: Schema = {"type": "object", "x-undocumented": True}


@dataclass
class Call:
    """
    One method of one resource.

    `node` is the operation as the overlay sees it, its schemas settled; the other fields are read from it.
    """

    named: Named
    node: Node
    answered: Answered
    parameters: list[Node] = field(default_factory=list)
    body: Node | None = None
    schema: Schema | None = None
    paging: dict[str, Schema] = field(default_factory=dict)
    idempotency_header: str | None = None

    @property
    def name(self) -> str:
        """`invoices.list`."""
        return self.named.name

    @property
    def kind(self) -> str:
        """one, list, batch or file."""
        return self.named.entry.kind

    @property
    def media(self) -> str:
        """The media type of a file, or of a text; empty for JSON."""
        if self.kind == "file":
            return "application/pdf" if self.operation.path.endswith("/pdf") else self.answered.media or "*/*"
        return self.answered.media if self.kind == "one" and self.answered.kind == "text" else ""

    @property
    def operation(self) -> Operation:
        """The operation of the document behind it."""
        return self.named.operation


def read_call(named: Named, document: Node, shapes: Shapes, notes: Notes) -> Call:
    """Settle everything an operation takes and answers."""
    operation = named.operation
    node: Node = {
        key: value
        for key, value in operation.raw.items()
        if key in ("summary", "description", "deprecated") or key.startswith("x-")
    }
    node["security"] = security_by_kind(operation.security, document)
    node["parameters"] = [_described(parameter, operation, notes) for parameter in operation.parameters]
    body = body_of(operation, document, notes)
    if body is not None:
        node["requestBody"] = {
            "required": body["required"],
            "x-form": body["form"],
            "description": body["description"],
            "content": {JSON: {"schema": canonical(body["schema"], body["where"], notes)}},
        }
    responses = operation.raw.get("responses")
    node["responses"] = (
        {code: answer for code, answer in responses.items() if not str(code).startswith("2")}
        if isinstance(responses, dict)
        else {}
    )
    answered = answer_of(operation, document, notes)
    answer = answered.schema
    if answer is not None:
        answer = shapes.settle(canonical(answer, _answer_place(operation), notes), _answer_place(operation))
        items = items_of(answer, shapes) if named.entry.kind == "list" else None
        node["responses"]["200"] = {
            "content": {JSON: {"schema": answer if items is None else {"type": "array", "items": items}}}
        }
    call = Call(named, node, answered)
    settle_call(call, document, shapes, notes)
    return call


def settle_call(call: Call, document: Node, shapes: Shapes, notes: Notes) -> None:
    """Read from the operation's node what the method takes and answers; once more where the overlay changed it."""
    call.parameters, call.body, call.paging, call.idempotency_header = [], None, {}, None
    hidden = {
        str(scheme.get("name", "")).lower()
        for scheme in security_schemes(document).values()
        if scheme.get("type") == "apiKey"
    }
    for parameter in listed(call.node.get("parameters")):
        if isinstance(parameter, dict) and {type(parameter.get("name")), type(parameter.get("in"))} == {str}:
            _parameter(call, parameter, hidden, shapes, notes)
        else:
            notes.repair(call.operation.where, "a parameter without name or place is left out")
    if call.kind == "list" and {"page", "limit"} <= {p["name"] for p in call.parameters if p["in"] == "query"}:
        call.paging = {p["name"]: p["schema"] for p in call.parameters if p["name"] in ("page", "limit")}
        call.parameters = [p for p in call.parameters if not (p["in"] == "query" and p["name"] in call.paging)]
    if call.kind == "batch":
        for parameter in call.parameters:
            where = f"{call.operation.where}/parameters/{parameter['name']}"
            notes.repair(where, "a batch takes its entries alone; left out, extra_headers= can carry a header")
        call.parameters = []
    body = call.node.get("requestBody")
    if isinstance(body, dict):
        where = f"{call.operation.where}/requestBody"
        schema = _settled_content(body, where, shapes, notes)
        description = body.get("description")
        call.body = {
            "required": body.get("required") is True,
            "form": body.get("x-form") is True,
            "description": description if isinstance(description, str) else "",
            "schema": root(dict(UNDOCUMENTED) if schema is None else schema, where, notes),
        }
    _answer(call, shapes, notes)


def _described(parameter: Node, operation: Operation, notes: Notes) -> Node:
    """A parameter with its schema in the one dialect."""
    where = f"{operation.where}/parameters/{parameter['name']}"
    schema = parameter.get("schema")
    if schema is None and isinstance(parameter.get("content"), dict):
        notes.repair(where, "sent as JSON text (`content`); the argument is a string")
    return {**parameter, "schema": canonical({"type": "string"} if schema is None else schema, where, notes)}


def _settled_content(holder: Node, where: str, shapes: Shapes, notes: Notes) -> Schema | None:
    """The JSON schema of a body or an answer, settled where it stands."""
    content = holder.get("content")
    media = content.get(JSON) if isinstance(content, dict) else None
    if not isinstance(media, dict) or "schema" not in media:
        return None
    media["schema"] = shapes.settled(media["schema"], where)
    schema: Schema = media["schema"]
    return schema


def _parameter(call: Call, node: Node, hidden: set[str], shapes: Shapes, notes: Notes) -> None:
    name, place, where = node["name"], node["in"], f"{call.operation.where}/parameters/{node['name']}"
    if place not in ("path", "query", "header"):
        notes.repair(where, f"a parameter in {place!r} is left out")
        return
    if (place == "header" and name.lower() in NOT_ARGUMENTS) or (place != "path" and name.lower() in hidden):
        notes.repair(where, "credentials and media types are the client's business; left out")
        return
    if place == "header" and IDEMPOTENCY.search(name) and call.idempotency_header is None:
        call.idempotency_header = name
        return
    node["schema"] = settled = shapes.settled(node.get("schema", {"type": "string"}), where)
    for key, kinds in (("description", str), ("example", (str, int, float)), ("deprecated", bool)):
        if isinstance(node.get(key), kinds):
            settled = {"allOf": [settled], key: node[key]} if "$ref" in settled else {**settled, key: node[key]}
    shaped = settled.get("type") == "object" and bool({"properties", "additionalProperties"} & set(settled))
    deep = place == "query" and (node.get("style") == "deepObject" or shaped or _is_object(settled, shapes))
    if deep and not settled.get("x-free-form"):
        kept: Schema = {key: settled[key] for key in ("description", "nullable") if key in settled}
        settled = {**FREE_FORM, **kept}
    elif place != "query" and _is_object(settled, shapes):
        settled = {"type": "object", **{key: settled[key] for key in PLAIN_TEXTS if key in settled}}
    if settled.get("type") == "array" and _is_object(settled.get("items", {}), shapes):
        settled = {**settled, "items": {"type": "object"}}
    commas = place == "query" and settled.get("type") == "array" and node.get("explode") is False
    commas = commas and node.get("style", "form") == "form"
    call.parameters.append(
        {
            "name": name,
            "in": place,
            "required": place == "path" or node.get("required") is True,
            "schema": flat(settled, place, where, notes),
            **({"x-comma-joined": True} if commas else {}),
        }
    )


def _is_object(settled: Schema, shapes: Shapes) -> bool:
    name = reference(settled)
    return name is not None and shapes.model(name).get("type") == "object"


def flat(schema: Schema, place: str, where: str, notes: Notes) -> Schema:
    """Arguments in path, query and header are plain values or lists of them; a part of a path is text or a number."""
    kind = schema.get("type")
    if place == "path":
        kept = {key: schema[key] for key in (*PLAIN_TEXTS, "deprecated") if key in schema}
        if schema.get("nullable"):
            notes.repair(where, "may be null in a path, says the document; null names nothing and is refused")
        if kind in ("integer", "number"):
            return {"oneOf": [{"type": "integer"}, {"type": "string"}], **kept}
        if kind == "string" or reference(schema) is not None:
            return {key: value for key, value in schema.items() if key not in ("nullable", "format")}
        notes.repair(where, f"{kind or 'any value'} in a path; read as text")
        return {"type": "string", **kept}
    if place == "header" and (kind is None or kind == "object") and not schema.get("oneOf") and not reference(schema):
        notes.repair(where, f"{kind or 'any value'} in a header; read as text")
        return {"type": "string", **{key: schema[key] for key in PLAIN_TEXTS if key in schema}}
    if kind == "array":
        items = schema.get("items", {})
        if items.get("type") in ("object", "array") or (place == "header" and not items):
            notes.repair(where, "a list of objects or of anything cannot be written here; its items are text")
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


def _answer_place(operation: Operation) -> str:
    return f"{operation.where}/responses"


def _answer(call: Call, shapes: Shapes, notes: Notes) -> None:
    where = _answer_place(call.operation)
    responses = call.node.get("responses")
    success = responses.get("200") if isinstance(responses, dict) else None
    schema = _settled_content(success, where, shapes, notes) if isinstance(success, dict) else None
    if call.kind == "file":
        call.schema = None
        return
    if call.answered.kind == "file":
        notes.repair(where, f"answers a file, but {call.name} is locked as {call.kind!r}; read as an unknown object")
    if schema is not None:
        schema = root(schema, where, notes)
    if call.kind == "list":
        items = items_of(schema, shapes) if schema is not None else None
        if items is None:
            if schema is not None and not schema.get("x-undocumented"):
                notes.repair(where, "a list whose array cannot be told; its items have no known fields")
            items = dict(UNDOCUMENTED)
        call.schema = {"type": "array", "items": root(items, where, notes)}
    elif schema is not None and not schema.get("x-undocumented"):
        call.schema = schema
    elif schema is None and call.answered.kind == "nothing":
        call.schema = None
    elif call.operation.method == "DELETE":
        call.schema = {"x-undocumented": True}
    else:
        call.schema = schema or dict(UNDOCUMENTED)


def items_of(schema: Schema, shapes: Shapes) -> Schema | None:
    """What a listing lists: the items of a bare array, of `data`, or of the only array of an object or its `data`."""
    name = reference(schema)
    opened = shapes.model(name) if name is not None else schema
    if opened.get("type") == "array":
        return dict(opened.get("items", {}))
    properties = opened.get("properties", {})
    arrays = {key: child for key, child in properties.items() if child.get("type") == "array"}
    things = [child for child in arrays.values() if child.get("items", {}).get("type") not in SCALARS]
    chosen = arrays.get("data") or (things[0] if len(things) == 1 else None)
    if chosen is None and "data" in properties:
        return items_of(properties["data"], shapes)
    return dict(chosen.get("items", {})) if chosen is not None else None
