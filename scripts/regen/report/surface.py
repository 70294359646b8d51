"""openapi/surface.json: what users can see of the package, remembered from the last accepted document."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from regen.model.api import Api, Endpoint, Enum, Model, Schema, Value

Node = dict[str, Any]
TYPES = {"integer": "int", "number": "Decimal", "boolean": "bool", "string": "str"}
FORMATS = {"date": "date", "date-time": "datetime", "decimal": "Decimal", "binary": "Attachment"}


def read_surface(text: str | None) -> Node:
    """The remembered surface; nothing where there is no file or no sense in it."""
    try:
        data = json.loads(text) if text is not None else {}
    except ValueError:
        return {}
    return data if isinstance(data, dict) and {"operations", "models"} <= set(data) else {}


def surface_text(surface: Node) -> str:
    """Return the text of openapi/surface.json."""
    return json.dumps(surface, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def surface_of(api: Api) -> Node:
    """Operations, models, aliases and conversions in SDK words."""
    return {
        "operations": {name: _operation(endpoint) for name, endpoint in api.endpoints.items()},
        "models": {name: _class(one) for name, one in api.classes.items()},
        "aliases": api.aliases,
        "external": api.external,
        "conversions": api.conversions,
        "site_values": api.site_values,
    }


def _operation(endpoint: Endpoint) -> Node:
    arguments: Node = {}
    for argument in endpoint.arguments:
        number = sum(one["place"].startswith("path") for one in arguments.values())
        place = f"path.{number}" if argument.place == "path" else argument.place
        arguments[argument.name] = {"place": place, "wire": argument.wire, **_value(argument)}
    body = endpoint.body
    answer = "file" if endpoint.kind == "file" else "None" if endpoint.answer is None else type_text(endpoint.answer)
    return {
        "kind": endpoint.kind,
        "request": endpoint.request,
        "security": endpoint.security,
        "repeatable": endpoint.repeatable,
        "deprecated": endpoint.deprecation is not None,
        "paged": endpoint.paged,
        "page_limit": endpoint.limit_max,
        "idempotency": endpoint.idempotency_header is not None,
        "batch": asdict(endpoint.batch) if endpoint.batch else None,
        "many": endpoint.many,
        "arguments": arguments,
        "body": {"type": type_text(body.schema), "required": body.required} if body else None,
        "answer": answer,
    }


def _class(one: Model | Enum) -> Node:
    about: Node = {"sides": list(one.sides), "sites": list(one.sites)}
    if isinstance(one, Enum):
        return {**about, "values": one.members}
    return {**about, "fields": {field.wire: _value(field) for field in one.fields}}


def _value(value: Value) -> Node:
    default = {} if value.default is None else {"default": value.default}
    # Two kinds of Decimal on the wire: what is text today stays text where a document no longer says.
    text = {"decimal_text": True} if "'decimal'" in repr(value.schema) else {}
    return {"type": type_text(value.schema), "required": value.required, "limits": value.limits, **default, **text}


def type_text(schema: Schema) -> str:
    """A type as a reader of the report would say it: `list[PublicInvoiceLine]`, `Decimal | None`."""
    text = _type(schema)
    return f"{text} | None" if schema.get("nullable") else text


def _type(schema: Schema) -> str:
    if "$ref" in schema or "allOf" in schema:
        target: str = schema["$ref"] if "$ref" in schema else schema["allOf"][0]["$ref"]
        return target.rsplit("/", 1)[-1]
    if "oneOf" in schema:
        return " | ".join(type_text(arm) for arm in schema["oneOf"])
    kind = schema.get("type")
    if kind == "array":
        return f"list[{type_text(schema['items'])}]"
    if kind == "object":
        extra = schema.get("additionalProperties")
        return f"dict[str, {type_text(extra) if isinstance(extra, dict) else 'Any'}]"
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    return FORMATS.get(schema.get("format", ""), TYPES.get(str(kind), "Any"))
