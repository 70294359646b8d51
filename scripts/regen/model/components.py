"""The last form of every schema: what the generator gets, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from regen.config import Config
from regen.document.dialect import joined
from regen.model.shapes import PREFIX, Schema, Shapes
from regen.model.sites import Spot, is_class, open_ended
from regen.naming.lock import Lock
from regen.naming.words import attribute_name, enum_member
from regen.notes import Notes

# What users knew of a class before, under `fields` or `values`, by wire name.
Known = Callable[[str, str], list[str]]
FORMATS = frozenset({"date-time", "date", "decimal", "binary"})
WHOLE = frozenset({"int32", "int64", "integer", "int"})


class Finisher:
    """Writes settled schemas in their final form; knows the name of every class."""

    def __init__(self, spots: list[Spot], shapes: Shapes, config: Config, notes: Notes) -> None:
        self._by_component = {spot.component: spot.name for spot in spots if spot.component is not None}
        self._by_identity = {id(spot.schema): spot for spot in spots}
        self._shapes = shapes
        self._config = config
        self._notes = notes

    def field(self, schema: Schema, name: str, places: list[str]) -> Schema:
        """The schema of a field, argument, body or answer, where it is used."""
        if "$ref" in schema:
            return self._referring(schema["$ref"], {key: v for key, v in schema.items() if key != "$ref"})
        if "allOf" in schema and len(schema["allOf"]) == 1:
            own = {key: value for key, value in schema.items() if key != "allOf"}
            inner = schema["allOf"][0]
            if "$ref" in inner:
                return self._referring(inner["$ref"], {**inner, **own})
            return self.field({**inner, **own}, name, places)
        spot = self._by_identity.get(id(schema))
        if spot is not None:
            return self._use(spot.name, schema)
        if schema.get("x-undocumented") and "type" not in schema:
            return {"x-undocumented": True}
        return self._plain(schema, name, places)

    def _referring(self, component: str, own: Schema) -> Schema:
        nullable = own.get("nullable") or self._shapes.model(component).get("nullable")
        return self._use(self._by_component[component], {**own, **({"nullable": True} if nullable else {})})

    def _use(self, name: str, own: Schema) -> Schema:
        target = {"$ref": f"{PREFIX}{name}"}
        told = own.get("description", "") if "properties" in own else describe(own)
        if not own.get("nullable") and not told and "x-only" not in own:
            return target
        return {
            **({"x-only": own["x-only"]} if "x-only" in own else {}),
            **({"nullable": True} if own.get("nullable") else {}),
            "allOf": [target],
            **({"description": told} if told else {}),
        }

    def _plain(self, schema: Schema, name: str, places: list[str]) -> Schema:
        schema = open_ended(schema)
        final: Schema = {}
        kind = schema.get("type")
        if "const" in schema:
            final = {"type": "string", "const": schema["const"]}
        elif "oneOf" in schema:
            final["oneOf"] = [
                self.field(arm, name, [f"{place}|{i}" for place in places]) for i, arm in enumerate(schema["oneOf"])
            ]
        elif kind == "array":
            inner = [f"{place}[]" for place in places]
            final = {"type": "array", "items": bare(self.field(schema.get("items", {}), name, inner))}
        elif kind == "object":
            extra = schema.get("additionalProperties")
            free = not isinstance(extra, dict) or not extra
            inner = [f"{place}{{}}" for place in places]
            value: Any = True if free or not isinstance(extra, dict) else self.field(extra, name, inner)
            final = {"type": "object", "additionalProperties": value, **({"x-free-form": True} if free else {})}
        elif kind is not None:
            final = self._scalar(schema, kind, name, places)
        if schema.get("nullable") and final:
            final["nullable"] = True
        told = describe(schema)
        if told:
            final["description"] = told
        if "example" in schema and kind not in ("object", "array"):
            final["example"] = schema["example"]
        if schema.get("deprecated") is True:
            final["deprecated"] = True
        return final

    def _scalar(self, schema: Schema, kind: str, name: str, places: list[str]) -> Schema:
        shape = schema.get("format")
        if kind == "number" and (shape in WHOLE or self._config.is_integer(name, places)):
            return {"type": "integer"}
        if kind == "string" and shape in FORMATS:
            return {"type": "string", "format": shape}
        if (
            shape in ("date", "date-time", "decimal")
            and kind != "string"
            and not (kind == "number" and shape == "decimal")
        ):
            self._notes.repair(places[0] if places else name, f"format {shape!r} on a {kind} is ignored")
        return {"type": kind}

    def component(self, spot: Spot, members: Callable[[str, list[str]], list[str]]) -> Schema:
        """The class itself."""
        schema = spot.schema
        about = {"description": schema["description"]} if schema.get("description") else {}
        if spot.is_enum:
            about = about if spot.component is not None else {}
            return {
                "type": "string",
                "enum": schema["enum"],
                "x-enum-varnames": members(spot.name, schema["enum"]),
                **about,
            }
        properties = {
            name: self.field(child, name, [*(f"{site}.{name}" for site in spot.sites), f"{spot.name}.{name}"])
            for name, child in schema.get("properties", {}).items()
        }
        final: Schema = {"type": "object", **about, "properties": properties}
        required = [name for name in schema.get("required", []) if name in properties]
        if required:
            final["required"] = required
        if not properties:
            final["x-undocumented"] = True
        return final


def bare(schema: Schema) -> Schema:
    """A reference without the description that stands on the class anyway."""
    if "allOf" not in schema:
        return schema
    rest = {key: value for key, value in schema.items() if key != "description"}
    return rest if set(rest) - {"allOf"} else dict(rest["allOf"][0])


def enum_members(lock: Lock, known: Known) -> Callable[[str, list[str]], list[str]]:
    """Member names that never change: by value, and remembered where two values would share one."""

    def members(enum: str, values: list[str]) -> list[str]:
        given = settled(values, enum_member, lock.members.setdefault(enum, {}), known(enum, "values"))
        if not lock.members[enum]:
            del lock.members[enum]
        return [given[value] for value in values]

    return members


def attributes_of(lock: Lock, known: Known, notes: Notes, model: str, fields: list[str]) -> dict[str, str]:
    """The attribute of every field, remembered where two would share one; the one that users know keeps it."""
    memory = next((lock.attributes[name] for name in lock.names_of(model) if name in lock.attributes), {})
    remembered = dict(memory)
    given = settled(fields, attribute_name, remembered, known(model, "fields"))
    if remembered:
        lock.attributes[model] = remembered
    for wire, name in given.items():
        if name != attribute_name(wire):
            notes.repair(model, f"the field {wire!r} is the attribute {name}; another field has {attribute_name(wire)}")
    return given


def settled(
    words: list[str], name_of: Callable[[str], str], memory: dict[str, str], known: list[str]
) -> dict[str, str]:
    """
    One name for each word: the remembered one, else its own, else its own with a number.

    Words that would share a name are remembered from then on. Among them the one that was known before comes first.
    """
    wanted = {word: name_of(word) for word in words}
    sharing = {word for word in words if sum(name == wanted[word] for name in wanted.values()) > 1}
    given = {word: name for word, name in memory.items() if word in wanted}
    taken = {*memory.values(), *(name for word, name in wanted.items() if word not in sharing and word not in given)}
    for word in sorted(words, key=lambda word: word not in known):
        if word in given:
            continue
        base = name = wanted[word]
        if word in sharing or name in memory.values():
            number = 2
            while name in taken:
                name = f"{base.rstrip('_')}_{number}"
                number += 1
            memory[word] = name
            taken.add(name)
        given[word] = name
    return given


def describe(schema: Schema) -> str:
    """The description with what the type cannot say: limits and the server's default."""
    told = [schema.get("description"), limits_text(schema)]
    if "default" in schema and schema["default"] is not None:
        told.append(f"Default of the server: {shown(schema['default'])}")
    return joined(*told)


def limits_text(schema: Schema) -> str | None:
    """`1 to 100`, `At least 1 item`, `At most 200 characters`."""
    told = []
    for low, high, unit in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", "character"),
        ("minItems", "maxItems", "item"),
    ):
        least, most = _number(schema.get(low)), _number(schema.get(high))
        if unit and least == "0":
            least = None
        open_ended_range = schema.get("exclusiveMinimum") is True or schema.get("exclusiveMaximum") is True
        if least is not None and most is not None and (unit or not open_ended_range):
            told.append(f"{least} to {most}{_unit(unit, most)}")
            continue
        if least is not None:
            told.append(
                f"{'More than' if schema.get('exclusiveMinimum') is True else 'At least'} {least}{_unit(unit, least)}"
            )
        if most is not None:
            told.append(
                f"{'Less than' if schema.get('exclusiveMaximum') is True else 'At most'} {most}{_unit(unit, most)}"
            )
    return joined(*told) or None


def _number(value: Any) -> str | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return str(int(value)) if float(value).is_integer() else repr(value)


def _unit(unit: str, number: str) -> str:
    return f" {unit}{'' if number == '1' else 's'}" if unit else ""


def shown(value: Any) -> str:
    """A value of the document as a reader would say it."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


__all__ = ["Finisher", "attributes_of", "describe", "enum_members", "is_class", "limits_text"]
