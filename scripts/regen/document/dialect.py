"""
One schema at a time into one dialect: OpenAPI 3.0 as the rest of the pipeline knows it.

Works on schemas alone, without following references. Every keyword that survives is listed here, so nothing unknown
reaches the generator.
"""

from __future__ import annotations

import json
from typing import Any

from regen.notes import Notes

TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
MISTYPED: dict[str, dict[str, Any]] = {
    "str": {"type": "string"}, "text": {"type": "string"}, "uuid": {"type": "string"},
    "date": {"type": "string", "format": "date"}, "datetime": {"type": "string", "format": "date-time"},
    "date-time": {"type": "string", "format": "date-time"}, "file": {"type": "string", "format": "binary"},
    "float": {"type": "number"}, "double": {"type": "number"}, "decimal": {"type": "number"},
    "int": {"type": "integer"}, "long": {"type": "integer"}, "bool": {"type": "boolean"},
    "list": {"type": "array"}, "dict": {"type": "object"}, "map": {"type": "object"},
}  # fmt: skip
LIMITS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
)
TEXT_FORMATS = frozenset({"date", "date-time", "decimal", "uuid", "email", "uri", "binary"})
EXTENSIONS = ("x-only", "x-undocumented", "x-working-name", "x-free-form", "x-values")
PLAIN = ("description", "default", "format", "pattern", "deprecated", *LIMITS, *EXTENSIONS)
SIBLINGS = ("description", "default", "nullable", "example", "deprecated", "format", *LIMITS)


def canonical(raw: Any, where: str, notes: Notes) -> dict[str, Any]:
    """A schema of OpenAPI 3.0 or 3.1, valid or nearly so, in the one form the next steps expect."""
    if not isinstance(raw, dict):
        if not isinstance(raw, bool):
            notes.repair(where, "is not a schema; read as any value")
        return {}
    if isinstance(raw.get("$ref"), str):
        return _reference(raw, where, notes)
    schema = {key: raw[key] for key in PLAIN if key in raw}
    _texts(raw, schema)
    nullable = raw.get("nullable") is True
    nullable |= _typed(raw, schema, where, notes)
    _children(raw, schema, where, notes)
    nullable |= _values(raw, schema, where, notes)
    nullable |= _combined(raw, schema, where, notes)
    _reflected(raw, schema, where, notes)
    _guess_type(schema)
    _exclusive(schema)
    if isinstance(schema.get("type"), list):
        _several_types(schema)
    if nullable:
        schema["nullable"] = True
    return schema


def _reference(raw: dict[str, Any], where: str, notes: Notes) -> dict[str, Any]:
    target = {"$ref": raw["$ref"]}
    rest = {key: value for key, value in raw.items() if key != "$ref" and key not in SIBLINGS and key != "summary"}
    structural = {
        key: value for key, value in rest.items() if key in ("properties", "required", "allOf", "oneOf", "anyOf")
    }
    siblings = {key: raw[key] for key in SIBLINGS if key in raw}
    if "summary" in raw and "description" not in siblings:
        siblings["description"] = raw["summary"]
    if structural:
        notes.repair(where, "keywords beside a $ref are combined with it")
        return canonical({**siblings, "allOf": [target, {"type": "object", **structural}]}, where, notes)
    if not siblings:
        return target
    return canonical({**siblings, "allOf": [target]}, where, notes)


def _texts(raw: dict[str, Any], schema: dict[str, Any]) -> None:
    if not isinstance(schema.get("description", ""), str):
        del schema["description"]
    if not isinstance(schema.get("format", ""), str):
        del schema["format"]
    if raw.get("type") == "string" and "contentMediaType" in raw and "contentEncoding" not in raw:
        schema["format"] = "binary"
    examples = raw.get("examples")
    example = raw["example"] if "example" in raw else (examples[0] if isinstance(examples, list) and examples else None)
    if isinstance(example, str | int | float) and not isinstance(example, bool):
        schema["example"] = example


def _typed(raw: dict[str, Any], schema: dict[str, Any], where: str, notes: Notes) -> bool:
    """Write the type, a list only where several remain; says whether null was among them."""
    types = raw.get("type")
    names = types if isinstance(types, list) else [] if types is None else [types]
    known: list[str] = []
    for name in names:
        if isinstance(name, str) and name in TYPES:
            known.append(name)
        elif isinstance(name, str) and name.lower() in {*TYPES, *MISTYPED}:
            meant = MISTYPED.get(name.lower(), {"type": name.lower()})
            notes.repair(where, f"unknown type {name!r} read as {meant['type']!r}")
            schema.update({key: value for key, value in meant.items() if key != "type"})
            known.append(meant["type"])
        else:
            notes.repair(where, f"unknown type {name!r}; read as any value")
    rest = [name for name in dict.fromkeys(known) if name != "null"]
    if set(rest) == {"integer", "number"}:
        rest = ["number"]
    if rest:
        schema["type"] = rest[0] if len(rest) == 1 else rest
    return "null" in known


def _children(raw: dict[str, Any], schema: dict[str, Any], where: str, notes: Notes) -> None:
    properties = raw.get("properties")
    required = [name for name in listed(raw.get("required")) if isinstance(name, str)]
    if isinstance(properties, dict):
        schema["properties"] = {}
        for name, child in properties.items():
            here = f"{where}/properties/{name}"
            schema["properties"][name] = canonical(child, here, notes)
            if isinstance(child, dict) and isinstance(child.get("required"), bool):
                notes.repair(here, "`required` stands on the property; moved to the list of its object")
                if child["required"]:
                    required.append(name)
        known = [name for name in dict.fromkeys(required) if name in properties]
        missing = sorted(set(required) - set(known))
        if missing and "allOf" not in raw:
            notes.repair(where, f"required fields that are not described: {', '.join(missing)}")
        required = required if "allOf" in raw else known
    if required:
        schema["required"] = list(dict.fromkeys(required))
    if schema.get("type") == "array" or "items" in raw or "prefixItems" in raw:
        schema["items"] = _items(raw, where, notes)
    extra = raw.get("additionalProperties")
    if extra is None and isinstance(raw.get("patternProperties"), dict) and raw["patternProperties"]:
        extra = next(iter(raw["patternProperties"].values()))
    if extra is True or extra == {}:
        schema["additionalProperties"] = True
    elif isinstance(extra, dict):
        schema["additionalProperties"] = canonical(extra, f"{where}/additionalProperties", notes)


def _items(raw: dict[str, Any], where: str, notes: Notes) -> dict[str, Any]:
    items = raw.get("items")
    if isinstance(items, dict) and "prefixItems" not in raw:
        return canonical(items, f"{where}/items", notes)
    if isinstance(items, list) or "prefixItems" in raw:
        notes.repair(where, "an array with one schema per place; read as an array of any value")
    elif not isinstance(items, bool):
        notes.repair(where, "an array without items; read as an array of any value")
    return {}


def _values(raw: dict[str, Any], schema: dict[str, Any], where: str, notes: Notes) -> bool:
    """Clean the enum; says whether null was among the values."""
    if "enum" not in raw and "const" not in raw:
        return False
    written = listed(raw.get("enum")) if "enum" in raw else [raw["const"]]
    values: list[Any] = []
    for value in written:
        if value is not None and not any(
            value is seen or (type(value) is type(seen) and value == seen) for seen in values
        ):
            values.append(value)
    if len(values) < len([value for value in written if value is not None]):
        notes.repair(where, "an enum that lists a value twice")
    if not written:
        notes.repair(where, "an empty enum; read as if there were none")
    if values and schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        notes.repair(where, "an enum on an array; read as the enum of its items")
        schema["items"] = {**schema["items"], "type": "string", "enum": [str(value) for value in values]}
    elif values and all(isinstance(value, str) for value in values):
        schema["type"] = "string"
        schema["enum"] = values
        schema.pop("format", None)
    elif values:
        schema["description"] = joined(schema.get("description"), f"One of {', '.join(json.dumps(v) for v in values)}.")
    return None in written


def _combined(raw: dict[str, Any], schema: dict[str, Any], where: str, notes: Notes) -> bool:
    """allOf, oneOf and anyOf; says whether null was one of the choices."""
    nullable = False
    if isinstance(raw.get("allOf"), list):
        schema["allOf"] = [canonical(arm, f"{where}/allOf/{i}", notes) for i, arm in enumerate(raw["allOf"])]
        if schema.get("type") == "object":
            del schema["type"]
    choices: list[dict[str, Any]] = []
    for keyword in ("oneOf", "anyOf"):
        for i, arm in enumerate(listed(raw.get(keyword))):
            if isinstance(arm, dict) and (
                arm.get("type") == "null" or arm.get("enum") == [None] or arm == {"nullable": True}
            ):
                nullable = True
                continue
            choice = canonical(arm, f"{where}/{keyword}/{i}", notes)
            nullable |= bool(choice.pop("nullable", False))
            if choice not in choices:
                choices.append(choice)
    if choices and "properties" in schema:
        notes.repair(where, "choices beside properties; the properties count")
    elif len(choices) == 1 and "allOf" not in schema:
        schema.pop("type", None)
        schema["allOf"] = choices
    elif choices:
        schema.pop("type", None)
        schema["oneOf"] = choices
        if isinstance(raw.get("discriminator"), dict):
            schema["discriminator"] = raw["discriminator"]
    return nullable


def _reflected(raw: dict[str, Any], schema: dict[str, Any], where: str, notes: Notes) -> None:
    """`type: object` without fields is what reflection writes for `string | null`: its format or example says more."""
    if schema.get("type") != "object" or {"properties", "additionalProperties", "allOf", "oneOf"} & set(schema):
        return
    shown = [value for value in (raw.get("example"), raw.get("default")) if value is not None]
    if "format" in schema:
        notes.repair(where, f"an object of the format {schema['format']!r}; read as text")
        schema["type"] = "string"
    elif shown and all(isinstance(value, str | int | float) for value in shown):
        notes.repair(where, "an object whose example is a plain value; read as any value")
        del schema["type"]


def _guess_type(schema: dict[str, Any]) -> None:
    if "type" not in schema and "allOf" not in schema and "oneOf" not in schema:
        if "properties" in schema or "additionalProperties" in schema:
            schema["type"] = "object"
        elif "items" in schema:
            schema["type"] = "array"
        elif "enum" in schema or schema.get("format") in TEXT_FORMATS:
            schema["type"] = "string"


def _exclusive(schema: dict[str, Any]) -> None:
    """The 3.1 form `exclusiveMinimum: 0` becomes the 3.0 form `minimum: 0, exclusiveMinimum: true`."""
    for exclusive, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        limit = schema.get(exclusive)
        if isinstance(limit, int | float) and not isinstance(limit, bool):
            schema[plain] = limit
            schema[exclusive] = True
        elif limit is False:
            del schema[exclusive]


def _several_types(schema: dict[str, Any]) -> None:
    types = schema.pop("type")
    shared = {
        key: schema.pop(key) for key in list(schema) if key not in ("description", "default", "example", "deprecated")
    }
    belongs = {"properties": "object", "required": "object", "additionalProperties": "object", "items": "array"}
    schema["oneOf"] = [
        {"type": name, **{key: value for key, value in shared.items() if belongs.get(key, name) == name}}
        for name in types
    ]


def listed(value: Any) -> list[Any]:
    """The list, or none where there is something else."""
    return value if isinstance(value, list) else []


def joined(*sentences: str | None) -> str:
    """Sentences in a row, each ended by a full stop, leaving out the empty ones."""
    filled = [sentence.strip() for sentence in sentences if sentence and sentence.strip()]
    return " ".join(sentence if sentence[-1] in ".!?:" else f"{sentence}." for sentence in filled)
