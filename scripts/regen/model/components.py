"""The classes, and the last form of every schema: what the generator gets, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from regen.config import Config
from regen.model.api import Enum, Field, Model, Schema
from regen.model.limits import default_of, full_description, limits_of
from regen.model.memory import KNOWN
from regen.model.python_words import class_in_python, in_python
from regen.model.shapes import PREFIX, Shapes
from regen.model.sites import SchemaUse, open_ended
from regen.naming.lock import Lock
from regen.naming.words import attribute_name, enum_member
from regen.notes import Notes

# What users knew of a class before, under `fields` or `values`, by wire name.
Known = Callable[[str, str], list[str]]
FORMATS = frozenset({"date-time", "date", "decimal", "binary"})
WHOLE = frozenset({"int32", "int64", "integer", "int"})


class SchemaWriter:
    """Writes settled schemas in their final form; knows the name of every class."""

    def __init__(self, uses: list[SchemaUse], shapes: Shapes, config: Config, lock: Lock, notes: Notes) -> None:
        self._by_component = {use.component: use.name for use in uses if use.component is not None}
        self._by_identity = {id(use.schema): use for use in uses}
        self._shapes = shapes
        self._config = config
        self._final_name = lock.final_name
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
        use = self._by_identity.get(id(schema))
        if use is not None:
            return self._reference(use.name, schema)
        if schema.get("x-undocumented") and "type" not in schema:
            return {"x-undocumented": True}
        return self._plain(schema, name, places)

    def _referring(self, component: str, own: Schema) -> Schema:
        nullable = own.get("nullable") or self._shapes.model(component).get("nullable")
        name = self._by_component.get(component) or self._final_name(component.removeprefix(KNOWN))
        return self._reference(name, {**own, **({"nullable": True} if nullable else {})})

    def _reference(self, name: str, own: Schema) -> Schema:
        target = {"$ref": f"{PREFIX}{name}"}
        description = own.get("description", "") if "properties" in own else full_description(own)
        if not own.get("nullable") and not description and "x-only" not in own:
            return target
        return {
            **({"x-only": own["x-only"]} if "x-only" in own else {}),
            **({"nullable": True} if own.get("nullable") else {}),
            "allOf": [target],
            **({"description": description} if description else {}),
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
        if schema.get("format") in FORMATS and kind in ("object", "array"):
            self._notes.repair(places[0] if places else name, f"format {schema['format']!r} on an {kind} is ignored")
        if schema.get("nullable") and final:
            final["nullable"] = True
        if description := full_description(schema):
            final["description"] = in_python(description, final)
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

    def fields(self, use: SchemaUse, attributes: dict[str, str]) -> tuple[Field, ...]:
        """The fields of a class, under the names of their attributes."""
        required = use.schema.get("required", [])
        return tuple(
            Field(
                wire=wire,
                name=attributes[wire],
                schema=self.field(child, wire, [*(f"{site}.{wire}" for site in use.sites), f"{use.name}.{wire}"]),
                required=wire in required,
                limits=limits_of(child),
                default=default_of(child),
            )
            for wire, child in use.schema.get("properties", {}).items()
        )


def classes_of(
    uses: list[SchemaUse], writer: SchemaWriter, lock: Lock, known: Known, notes: Notes
) -> dict[str, Model | Enum]:
    """Every class by name; the lock remembers the names of members and attributes that would clash."""
    named: dict[str, list[SchemaUse]] = {}
    for use in uses:
        named.setdefault(use.name, []).append(use)
    classes: dict[str, Model | Enum] = {}
    for name, (first, *others) in named.items():
        schema = first.schema
        sites = tuple(dict.fromkeys(site for use in (first, *others) for site in use.sites))
        sides = tuple(sorted({side for use in (first, *others) for side in use.sides}))
        description = schema.get("description", "")
        if first.is_enum:
            members = _members(lock, known, name, schema["enum"])
            about = description if first.component is not None else ""
            classes[name] = Enum(name=name, description=about, sites=sites, sides=sides, members=members)
        else:
            attributes = _attributes(lock, known, notes, name, list(schema.get("properties", {})))
            fields = writer.fields(first, attributes)
            about = class_in_python(description, [field.schema for field in fields])
            classes[name] = Model(name=name, description=about, sites=sites, sides=sides, fields=fields)
    return classes


def bare(schema: Schema) -> Schema:
    """A reference without the description that stands on the class anyway."""
    if "allOf" not in schema:
        return schema
    rest = {key: value for key, value in schema.items() if key != "description"}
    return rest if set(rest) - {"allOf"} else dict(rest["allOf"][0])


def _members(lock: Lock, known: Known, enum: str, values: list[str]) -> dict[str, str]:
    """Member names that never change: by value, and remembered where two values would share one."""
    remembered = dict(lock.members.get(enum, {}))
    members = number_clashes(values, enum_member, remembered, known(enum, "values"))
    if remembered:
        lock.members[enum] = remembered
    return {value: members[value] for value in values}


def _attributes(lock: Lock, known: Known, notes: Notes, model: str, fields: list[str]) -> dict[str, str]:
    """The attribute of every field, remembered where two would share one; the one that users know keeps it."""
    memory = next((lock.attributes[name] for name in lock.names_of(model) if name in lock.attributes), {})
    remembered = dict(memory)
    attributes = number_clashes(fields, attribute_name, remembered, known(model, "fields"))
    if remembered:
        lock.attributes[model] = remembered
    for wire, name in attributes.items():
        if name != attribute_name(wire):
            notes.repair(model, f"the field {wire!r} is the attribute {name}; another field has {attribute_name(wire)}")
    return attributes


def number_clashes(
    words: list[str], name_of: Callable[[str], str], memory: dict[str, str], known: list[str]
) -> dict[str, str]:
    """
    One name for each word: the remembered one, else its own, else its own with a number.

    Words that would share a name are remembered from then on. Among them the one that was known before comes first.
    """
    wanted = {word: name_of(word) for word in words}
    sharing = {word for word in words if sum(name == wanted[word] for name in wanted.values()) > 1}
    chosen = {word: name for word, name in memory.items() if word in wanted}
    taken = {*memory.values(), *(name for word, name in wanted.items() if word not in sharing and word not in chosen)}
    for word in sorted(words, key=lambda word: word not in known):
        if word in chosen:
            continue
        base = name = wanted[word]
        if word in sharing or name in memory.values():
            number = 2
            while name in taken:
                name = f"{base.rstrip('_')}_{number}"
                number += 1
            memory[word] = name
            taken.add(name)
        chosen[word] = name
    return chosen
