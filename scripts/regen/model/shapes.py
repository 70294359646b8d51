"""
References, allOf and unions: which schemas become classes, and what all others dissolve into.

A component is a class when it is an object with fields (or one nobody described) or a list of words. Everything else,
arrays and maps and unions with a name, is written out where it is used.
"""

from __future__ import annotations

import copy
from typing import Any

from regen.document.dialect import SIBLINGS, canonical, joined
from regen.document.reading import resolve, unescape
from regen.model.api import Schema
from regen.notes import Notes, RefusedError

PREFIX = "#/components/schemas/"
FREE_FORM: Schema = {"type": "object", "additionalProperties": True, "x-free-form": True}


class Shapes:
    """The components of one document, canonical, and what a schema that refers to them amounts to."""

    def __init__(self, document: dict[str, Any], known: dict[str, Schema], notes: Notes) -> None:
        components = document.get("components")
        schemas = components.get("schemas") if isinstance(components, dict) else None
        raw = schemas if isinstance(schemas, dict) else {}
        self.notes = notes
        self.raw: dict[str, Schema] = {
            name: canonical(schema, f"/components/schemas/{name}", notes) for name, schema in raw.items()
        } | known
        self._document = document
        self._models: dict[str, bool] = {}
        self._settled: dict[str, Schema] = {}
        self._literals: set[str] = set()

    def model(self, name: str) -> Schema:
        """The settled schema of a component that is a class; the same object every time."""
        if name not in self._settled:
            self._settled[name] = {}
            self._settled[name].update(self.settle(self.raw[name], f"/components/schemas/{name}", (name,), root=True))
        return self._settled[name]

    def is_model(self, name: str, seen: tuple[str, ...] = ()) -> bool:
        """True if this component becomes a class."""
        if name not in self._models:
            if name in seen:
                return False
            self._models[name] = self._is_class(self.raw[name], (*seen, name))
        return self._models[name]

    def _is_class(self, schema: Schema, seen: tuple[str, ...]) -> bool:
        if "$ref" in schema or "oneOf" in schema:
            return False
        if "allOf" in schema:
            arms = structural(schema["allOf"])
            return bool(schema.get("properties")) or (len(arms) > 1 and any(self._object(arm, seen) for arm in arms))
        return "enum" in schema or is_object_class(schema)

    def _object(self, schema: Schema, seen: tuple[str, ...]) -> bool:
        name = self.named(schema)
        if name is not None:
            return name not in seen and self._object(self.raw[name], (*seen, name))
        if "allOf" in schema:
            return any(self._object(arm, seen) for arm in schema["allOf"])
        return schema.get("type") == "object"

    def named(self, schema: Schema) -> str | None:
        """The component a bare reference points at; other pointers count as components of their own."""
        target = schema.get("$ref")
        if not isinstance(target, str):
            return None
        if target.startswith(PREFIX) and "/" not in target.removeprefix(PREFIX):
            target = unescape(target.removeprefix(PREFIX))
        if target not in self.raw:
            found = resolve(self._document, target) if target.startswith("#") else None
            if found is None:  # The document's own references were checked when it was read.
                raise RefusedError(f"openapi/overlay.yaml: {target!r:.80} points at nothing.", "Nothing was changed.")
            self.raw[target] = canonical(found, target, self.notes)
        return target

    def settled(self, raw: Any, where: str) -> Schema:
        """A schema of the document or of the overlay, settled; one that is settled stays as it is."""
        return self.settle(canonical(raw, where, self.notes), where)

    def settle_again(self, schema: Schema, component: str | None) -> None:
        """The same in place, for a class that the overlay has changed."""
        where = f"/components/schemas/{component}" if component is not None else "openapi/overlay.yaml"
        stack = (component,) if component is not None else ()
        fresh = self.settle(canonical(dict(schema), where, self.notes), where, stack, root=component is not None)
        schema.clear()
        schema.update(fresh)

    def settle(self, schema: Schema, where: str, stack: tuple[str, ...] = (), *, root: bool = False) -> Schema:
        """The schema with every remaining reference pointing at a class, allOf flattened, unions without nesting."""
        name = self.named(schema)
        if name is not None:
            if self.is_model(name):
                return {"$ref": name}
            if name in stack:
                self.notes.repair(where, f"{name} contains itself without an object in between; read as any value")
                return {}
            return self.settle(self.raw[name], where, (*stack, name))
        if "allOf" in schema:
            schema = self._flattened(schema, where, stack)
            if "allOf" in schema or "$ref" in schema:
                return schema
        else:
            schema = copy.copy(schema)
        if "oneOf" in schema:
            return self._union(schema, where, stack)
        if "properties" in schema:
            schema["properties"] = {
                key: self.settle(child, f"{where}/properties/{key}", self._fresh(stack, root))
                for key, child in schema["properties"].items()
            }
            if isinstance(schema.get("additionalProperties"), dict):
                self.notes.repair(where, "further fields have a type of their own; they are kept as they come")
            schema.pop("additionalProperties", None)
        elif isinstance(schema.get("additionalProperties"), dict):
            schema["additionalProperties"] = self.settle(schema["additionalProperties"], where, stack)
        if "items" in schema:
            schema["items"] = self.settle(schema["items"], f"{where}/items", stack)
        return schema

    @staticmethod
    def _fresh(stack: tuple[str, ...], root: bool) -> tuple[str, ...]:
        # A class may contain itself; only what is written out in place must not.
        return () if root else stack

    def _flattened(self, schema: Schema, where: str, stack: tuple[str, ...]) -> Schema:
        own = {key: value for key, value in schema.items() if key != "allOf"}
        arms = structural(schema["allOf"])
        for arm in schema["allOf"]:
            if arm not in arms:
                own = {**arm, **own}
        if len(arms) == 1 and not own.get("properties") and not own.get("required"):
            return self._lone(own, arms[0], where, stack)
        if not arms:
            return own
        merged: Schema = {}
        for arm in arms:
            self._fold(merged, self._opened(arm, where, stack), where, stack)
        if "properties" in own or "required" in own:
            self._fold(merged, own, where, stack)
        for key in (*SIBLINGS, "x-undocumented", "x-working-name"):
            if key in own:
                merged[key] = own[key]
        if "properties" in merged:
            if "x-undocumented" not in own:
                merged.pop("x-undocumented", None)
            merged["type"] = "object"
            known = [key for key in merged.get("required", []) if key in merged["properties"]]
            merged.pop("required", None)
            if known:
                merged["required"] = known
        return merged

    def _lone(self, own: Schema, arm: Schema, where: str, stack: tuple[str, ...]) -> Schema:
        settled = self.settle(arm, where, stack)
        own.pop("type", None)
        siblings = {key: own[key] for key in SIBLINGS if key in own}
        if "$ref" in settled:
            return {"allOf": [settled], **siblings} if siblings else settled
        return {**settled, **siblings, "nullable": True} if settled.get("nullable") else {**settled, **siblings}

    def _opened(self, arm: Schema, where: str, stack: tuple[str, ...]) -> Schema:
        """An arm with its references followed, to be folded into one object."""
        name = self.named(arm)
        if name is None:
            return self._flattened(arm, where, stack) if "allOf" in arm else arm
        if name in stack:
            self.notes.repair(where, f"{name} is made of itself (allOf); that part is left out")
            return {}
        opened = self._opened(self.raw[name], where, (*stack, name))
        return {key: value for key, value in opened.items() if key not in ("description", "x-working-name", "nullable")}

    def _fold(self, merged: Schema, part: Schema, where: str, stack: tuple[str, ...]) -> None:
        target = self.named(part)
        if target is None and "allOf" in part and len(part["allOf"]) == 1:
            target = self.named(part["allOf"][0])
        if target is not None:
            part = self._opened({"$ref": part["$ref"] if "$ref" in part else part["allOf"][0]["$ref"]}, where, stack)
        for key, value in part.items():
            if key == "properties":
                merged["properties"] = {**merged.get("properties", {}), **value}
            elif key == "required":
                merged["required"] = list(dict.fromkeys([*merged.get("required", []), *value]))
            elif key == "enum" and "enum" in merged:
                merged["enum"] = [item for item in merged["enum"] if item in value] or value
            else:
                merged[key] = value

    def _union(self, schema: Schema, where: str, stack: tuple[str, ...]) -> Schema:
        arms: list[Schema] = []
        nullable = bool(schema.get("nullable"))
        for i, choice in enumerate(schema["oneOf"]):
            arm = self.settle(choice, f"{where}/oneOf/{i}", stack)
            nullable |= bool(arm.pop("nullable", False)) if "$ref" not in arm else False
            for one in arm["oneOf"] if "oneOf" in arm else [self._bare(arm)]:
                if one not in arms:
                    arms.append(one)
        own = {key: value for key, value in schema.items() if key not in ("oneOf", "discriminator", "nullable")}
        if nullable:
            own["nullable"] = True
        objects = [arm for arm in arms if "$ref" in arm or arm.get("properties")]
        if {} in arms:
            return own
        if len(arms) == 1:
            return {"allOf": arms, **own} if "$ref" in arms[0] and own else {**arms[0], **own}
        if objects == arms:
            self._tell_apart(schema, arms)
            arms.append(dict(FREE_FORM))
            self.notes.repair(where, "a choice of objects; a value of another kind is passed through as a dict")
        return {**own, "oneOf": arms}

    @staticmethod
    def _bare(arm: Schema) -> Schema:
        return arm["allOf"][0] if "allOf" in arm and len(arm["allOf"]) == 1 else arm

    def _tell_apart(self, schema: Schema, arms: list[Schema]) -> None:
        """
        Fields with a single allowed value are what tells the kinds apart, so they are read strictly.

        They keep their words: where a class of them is public, it stays.
        """
        discriminator = schema.get("discriminator") or {}
        field = discriminator.get("propertyName")
        mapping: Schema = discriminator["mapping"] if isinstance(discriminator.get("mapping"), dict) else {}
        for arm in arms:
            name = arm.get("$ref")
            properties = (self.model(name) if name is not None else arm).get("properties", {})
            for key, child in properties.items():
                values = child.get("enum")
                if key == field and not values:
                    short = str(name).rsplit("/", 1)[-1]
                    values = [word for word, target in mapping.items() if str(target).rsplit("/", 1)[-1] == short]
                    values = values or ([short] if "type" in child else [])
                if values and len(values) == 1 and child.get("type") == "string":
                    child.pop("nullable", None)
                    child["enum"] = values
                    child["x-only"] = values[0]


def structural(arms: list[Schema]) -> list[Schema]:
    """The arms of an allOf that say more than a description."""
    return [arm for arm in arms if set(arm) - set(SIBLINGS) - {"type"} or (arm.get("type") not in (None, "object"))]


def is_object_class(schema: Schema) -> bool:
    """An object with fields, or one whose fields nobody described; a map or a free-form object is not."""
    if schema.get("x-free-form") or schema.get("type") != "object":
        return False
    return bool(schema.get("properties")) or "additionalProperties" not in schema


def reference(schema: Schema) -> str | None:
    """The class a settled schema refers to, bare or wrapped."""
    if "$ref" in schema:
        return str(schema["$ref"])
    if "allOf" in schema:
        return str(schema["allOf"][0]["$ref"])
    return None


__all__ = ["FREE_FORM", "PREFIX", "Schema", "Shapes", "is_object_class", "joined", "reference"]
