"""
What users could type until now, for places of which the document says less than the one before.

`openapi/surface.json` knows the type of every place, and the lock its class. A place that says nothing keeps that type,
and a class that stands nowhere any more stays importable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from regen.model.api import Schema
from regen.naming.lock import Lock
from regen.notes import Notes, say

Node = dict[str, Any]
KNOWN = "#known/"
"""Prefix of the components that are made of what was known."""
SHAPED = frozenset({"$ref", "enum", "const", "format", "properties", "additionalProperties", "oneOf", "allOf"})
SCALARS: dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "Decimal": {"type": "number"},
    "Attachment": {"type": "string", "format": "binary"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "dict[str, Any]": {"type": "object", "additionalProperties": True, "x-free-form": True},
}


class Memory:
    """The last surface and the lock, by place."""

    def __init__(self, surface: Node, lock: Lock, notes: Notes) -> None:
        self._models: Node = surface.get("models", {})
        self._operations: Node = surface.get("operations", {})
        self._lock = lock
        self._notes = notes

    def components(self) -> dict[str, Schema]:
        """The classes that were known, as components beside those of the document."""
        working = {entry["name"] for entry in self._lock.models.values() if entry["working"]}
        return {
            KNOWN + name: self._class(model) | ({"x-working-name": True} if name in working else {})
            for name, model in self._models.items()
        }

    def restore(self, site: str, schema: Schema) -> None:
        """Make a schema that says nothing what it was, in place; a text that was one of some words is one again."""
        if set(schema) & SHAPED or schema.get("type") not in (None, "object", "string"):
            return
        before = self._words(site) if schema.get("type") == "string" else self._before(site)
        if before is None or (before.get("x-free-form") and schema.get("type") == "object"):
            return
        if (name := _name(before)) is not None and self._models[name].get("fields") == {}:
            schema.update({"type": "object", "x-undocumented": True})
            return
        kept: Schema = {key: schema[key] for key in ("description", "nullable", "deprecated") if key in schema}
        schema.clear()
        schema.update({"allOf": [before], **kept} if "$ref" in before and kept else {**before, **kept})
        say(self._notes.names, f"{site}: not described any more; it stays what it was")

    def restore_class(self, site: str, schema: Schema) -> None:
        """The same for a class of the document: one without fields has those that were known."""
        if set(schema) & SHAPED - {"properties"} or schema.get("properties"):
            return
        name = _name(self._before(site) or {})
        if name is not None and any(self._models[name].get(what) for what in ("fields", "values")):
            schema.pop("x-undocumented", None)
            schema.update(self._class(self._models[name]))
            say(self._notes.names, f"{name}: the document names nothing of it any more; it stays what it was")

    def left(self, names: Iterable[str], operations: Iterable[str], grown: Lock) -> dict[str, list[str]]:
        """The classes that stand nowhere any more, with the places where they stood in operations that are there."""
        found = {}
        present, alive = set(names), set(operations)
        for name, model in self._models.items():
            sites = [site for site in model["sites"] if site.partition(":")[0] in alive]
            if sites and name not in present and grown.final_name(name) not in present:
                found[name] = sites
                say(self._notes.names, f"{name}: stands nowhere in the document any more; it stays importable")
        return found

    def sides(self, name: str) -> set[str]:
        """Whether requests, answers or both held a class."""
        return set(self._models[name]["sides"])

    def _before(self, site: str) -> Schema | None:
        text, known = self._type_at(site)
        return self._schema(text, known) or self._class_at(site)

    def _words(self, site: str) -> Schema | None:
        found = self._class_at(site)
        return found if found is not None and "values" in self._models[str(_name(found))] else None

    def _class_at(self, site: str) -> Schema | None:
        entry = self._lock.model_at(site)
        names = (entry["name"], self._lock.final_name(entry["name"])) if entry is not None else ()
        return next(({"$ref": KNOWN + name} for name in names if name in self._models), None)

    def _type_at(self, site: str) -> tuple[str, Node]:
        """The type of a place in the words of the surface, and what else it says of it."""
        call, _, place = site.partition(":")
        operation = self._operations.get(call, {})
        if place.endswith("[]"):
            text, known = self._type_at(site[:-2])
            inner = re.fullmatch(r"list\[(.*)\](?: \| None)?", text)
            limits = {key[6:]: value for key, value in known.get("limits", {}).items() if key.startswith("items.")}
            return (inner[1] if inner else ""), {**known, "limits": limits}
        if place == "answer":
            return operation.get("answer", ""), {}
        if place == "body":
            return (operation.get("body") or {}).get("type", ""), {}
        where, _, wire = place.partition(".")
        if where in ("path", "query", "header"):
            for argument in operation.get("arguments", {}).values():
                if (argument["place"], argument["wire"]) == (where, wire) or argument["place"] == place:
                    return argument["type"], argument
            return "", {}
        parent, _, wire = site.rpartition(".")
        entry = self._lock.model_at(parent)
        field = self._models.get(entry["name"], {}).get("fields", {}).get(wire) if entry is not None else None
        return (field["type"], field) if field else ("", {})

    def _class(self, model: Node) -> Schema:
        if "values" in model:
            return {"type": "string", "enum": list(model["values"])}
        made: Schema = {"type": "object", "properties": {}}
        for wire, field in model["fields"].items():
            made["properties"][wire] = self._schema(field["type"], field) or {}
        required = [wire for wire, field in model["fields"].items() if field["required"]]
        return made | ({"required": required} if required else {})

    def _schema(self, text: str, known: Node) -> Schema | None:
        """A type in the words of the surface as a schema; None where it says nothing."""
        schema = self._parsed(text, decimal_text=bool(known.get("decimal_text")))
        if schema is None:
            return None
        limits = dict(known.get("limits", {}))
        inner = {key[6:]: limits.pop(key) for key in list(limits) if key.startswith("items.")}
        if inner and "items" in schema and "$ref" not in schema["items"]:
            schema["items"] = {**schema["items"], **inner}
        about = {**limits, **({"default": known["default"]} if "default" in known else {})}
        return {"allOf": [schema], **about} if "$ref" in schema and about else {**schema, **about}

    def _parsed(self, text: str, *, decimal_text: bool) -> Schema | None:  # noqa: PLR0911  One answer per kind.
        arms = _split(text)
        if "None" in arms and len(arms) > 1:
            inner = self._parsed(" | ".join(arm for arm in arms if arm != "None"), decimal_text=decimal_text)
            if inner is None:
                return None
            return {"allOf": [inner], "nullable": True} if "$ref" in inner else {**inner, "nullable": True}
        if len(arms) > 1:
            several = [self._parsed(arm, decimal_text=decimal_text) for arm in arms]
            return {"oneOf": several} if None not in several else None
        if text == "Decimal" and decimal_text:
            return {"type": "string", "format": "decimal"}
        if text in SCALARS:
            return dict(SCALARS[text])
        if text in self._models:
            return {"$ref": KNOWN + text}
        if constant := re.fullmatch(r"Literal\['([^'\\]*)'\]", text):
            return {"type": "string", "const": constant[1]}
        if listed := re.fullmatch(r"list\[(.*)\]", text):
            return {"type": "array", "items": self._parsed(listed[1], decimal_text=decimal_text) or {}}
        if mapped := re.fullmatch(r"dict\[str, (.*)\]", text):
            inner = self._parsed(mapped[1], decimal_text=decimal_text)
            return {"type": "object", "additionalProperties": inner if inner is not None else True}
        return None


def _name(schema: Schema) -> str | None:
    """The known class that a schema refers to."""
    target = schema.get("$ref") or (schema.get("allOf") or [{}])[0].get("$ref")
    return target.removeprefix(KNOWN) if target else None


def _split(text: str) -> list[str]:
    """The arms of a union, leaving those inside brackets and quotes alone."""
    arms, depth, quoted, start = [], 0, False, 0
    for at, character in enumerate(text):
        quoted ^= character == "'"
        depth += 0 if quoted else {"[": 1, "]": -1}.get(character, 0)
        if not quoted and not depth and text.startswith(" | ", at):
            arms.append(text[start:at])
            start = at + 3
    return [*arms, text[start:]]
