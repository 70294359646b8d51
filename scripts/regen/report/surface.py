"""openapi/surface.json: what users can see of the package, remembered from the last accepted document."""

from __future__ import annotations

import json
from typing import Any

from regen.document.dialect import LIMITS
from regen.model.calls import JSON, Call
from regen.model.components import shown
from regen.model.normalise import Normalised
from regen.model.shapes import Schema

Node = dict[str, Any]
TYPES = {"integer": "int", "number": "Decimal", "boolean": "bool", "string": "str"}
FORMATS = {"date": "date", "date-time": "datetime", "decimal": "Decimal", "binary": "bytes"}


def read_surface(text: str | None) -> Node:
    """The remembered surface; nothing where there is no file or no sense in it."""
    try:
        data = json.loads(text) if text is not None else {}
    except ValueError:
        return {}
    return data if isinstance(data, dict) and {"operations", "models"} <= set(data) else {}


def surface_text(surface: Node) -> str:
    """The file."""
    return json.dumps(surface, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def surface_of(result: Normalised) -> Node:
    """Operations, models, aliases and conversions in SDK words."""
    paths = result.document["paths"]
    operations = {
        call.name: _operation(call, paths[call.operation.path][call.operation.method.lower()], result)
        for call in result.calls
    }
    models: Node = {}
    for spot in result.spots:
        model = models.setdefault(spot.name, {"sides": [], "sites": []})
        model["sides"] = sorted({*model["sides"], *spot.sides})
        model["sites"] += [site for site in spot.sites if site not in model["sites"]]
        final = result.document["components"]["schemas"][spot.name]
        if "enum" in final:
            model["values"] = dict(zip(final["enum"], final["x-enum-varnames"], strict=True))
        else:
            model["fields"] = _fields(final, spot.schema)
    return {
        "operations": operations,
        "models": models,
        "aliases": dict(result.facts["aliases"]),
        "external": dict(result.facts["external_types"]),
        "conversions": result.matches,
        "site_values": result.site_values,
    }


def _operation(call: Call, written: Node, result: Normalised) -> Node:
    facts = result.facts["operations"][written["operationId"]]
    arguments: Node = {}
    numbered = {"path": 0, "query": 0, "header": 0}
    for parameter, own in zip(written["parameters"], call.parameters, strict=True):
        place = parameter["in"]
        record = facts["arguments"][place][numbered[place]]
        arguments[record["python"]] = {
            "place": f"path.{numbered[place]}" if place == "path" else place,
            "wire": parameter["name"],
            "type": type_text(parameter["schema"]),
            "required": parameter["required"],
            "limits": limits_of(own["schema"]),
            **default_of(own["schema"]),
        }
        numbered[place] += 1
    body = written.get("requestBody")
    content = written["responses"]["200"].get("content", {})
    answer = type_text(content[JSON]["schema"]) if JSON in content else "file" if content else "None"
    return {
        "kind": facts["kind"],
        "request": f"{facts['http_method']} {facts['path']}",
        "security": facts["security"],
        "repeatable": facts["repeatable"],
        "deprecated": facts["deprecated"] is not None,
        "paged": facts["paged"],
        "page_limit": facts["limit_max"],
        "idempotency": facts["idempotency"] is not None,
        "batch": facts["batch"],
        "many": facts["many"],
        "arguments": arguments,
        "body": {"type": type_text(body["content"][JSON]["schema"]), "required": body["required"]} if body else None,
        "answer": answer,
    }


def _fields(final: Schema, own: Schema) -> Node:
    required = set(final.get("required", []))
    return {
        name: {
            "type": type_text(schema),
            "required": name in required,
            "limits": limits_of(own.get("properties", {}).get(name, {})),
            **default_of(own.get("properties", {}).get(name, {})),
        }
        for name, schema in final["properties"].items()
    }


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


def default_of(schema: Schema) -> Node:
    """What the server takes where nothing is sent, as the docstring says it; nothing where it does not say."""
    return {"default": shown(schema["default"])} if schema.get("default") is not None else {}


def limits_of(schema: Schema) -> Node:
    """The limits of a value, those of its items included."""
    limits = {key: schema[key] for key in (*LIMITS, "pattern") if key in schema}
    if isinstance(schema.get("items"), dict):
        limits.update({f"items.{key}": value for key, value in limits_of(schema["items"]).items()})
    return limits
