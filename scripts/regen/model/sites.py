"""
Places in SDK words: `invoices.create:body.lines[].status`.

Every class is found by walking from every operation, breadth first, each operation meeting it once by its shortest way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from regen.model.api import Schema
from regen.model.calls import Call
from regen.model.memory import KNOWN, Memory
from regen.model.shapes import FREE_FORM, Shapes

SIDES = {"body": "request", "answer": "response"}


@dataclass(eq=False)
class SchemaUse:
    """A schema that becomes a class, and where it stands."""

    schema: Schema
    component: str | None
    sites: list[str] = field(default_factory=list)
    parent: SchemaUse | None = None
    key: str = ""
    item: bool = False
    name: str = ""
    sides: set[str] = field(default_factory=set)

    @property
    def is_enum(self) -> bool:
        """A list of words rather than an object."""
        return "enum" in self.schema

    @property
    def known(self) -> str | None:
        """The name of a class that is made of what was known before, since the document does not describe it."""
        made = self.component is not None and self.component.startswith(KNOWN)
        return str(self.component).removeprefix(KNOWN) if made else None

    @property
    def working(self) -> bool:
        """True if its present name is one of ours, because no published one is known."""
        return bool(self.schema.get("x-working-name")) if self.component is not None else not self.is_enum


def roots(call: Call) -> Iterator[tuple[str, Schema]]:
    """Where the schemas of an operation begin, with the place's name."""
    if call.body is not None:
        yield "body", call.body["schema"]
    if call.schema is not None:
        yield "answer", call.schema
    places = 0
    for parameter in call.parameters:
        if parameter["in"] == "path":
            yield f"path.{places}", parameter["schema"]
            places += 1
        else:
            yield f"{parameter['in']}.{parameter['name']}", parameter["schema"]


def find_uses(calls: list[Call], shapes: Shapes, memory: Memory, known: Container[str]) -> list[SchemaUse]:
    """
    Every class the operations need, in the order in which they are met.

    A place that says nothing is what `memory` knows of it. `known` are the places whose classes users import: the word
    that tells one kind from another is a class there alone, and a constant elsewhere.
    """
    found: dict[int | str, SchemaUse] = {}
    for call in calls:
        _walk(call, shapes, found, memory)
    uses = []
    for use in found.values():
        if "x-only" in use.schema and use.component is None and not any(site in known for site in use.sites):
            del use.schema["enum"]
            use.schema["const"] = use.schema["x-only"]
        else:
            uses.append(use)
    return uses


def _walk(call: Call, shapes: Shapes, found: dict[int | str, SchemaUse], memory: Memory) -> None:
    met: set[int | str] = set()
    queue: deque[tuple[str, Schema, SchemaUse | None, str, bool]] = deque()
    for place, schema in roots(call):
        queue.append((place, schema, None, place, False))
    while queue:
        place, schema, parent, key, item = queue.popleft()
        side = SIDES.get(place.split(".")[0].split("[")[0].split("|")[0].split("{")[0], "request")
        memory.restore(f"{call.name}:{place}", schema)
        component = schema.get("$ref")
        here = schema if component is None else shapes.model(component)
        if component is not None:
            memory.restore_class(f"{call.name}:{place}", here)
        if component is None and not is_class(here, at_root=parent is None and key == place):
            queue.extend(_inner(place, here, parent, key, item))
            continue
        identity: int | str = component if component is not None else id(here)
        use = found.get(identity)
        if use is None:
            use = found[identity] = SchemaUse(here, component, parent=parent, key=key, item=item)
        use.sides.add(side)
        if identity not in met:
            met.add(identity)
            use.sites.append(f"{call.name}:{place}")
            for name, child in here.get("properties", {}).items():
                queue.append((f"{place}.{name}", child, use, name, False))


def _inner(
    place: str, schema: Schema, parent: SchemaUse | None, key: str, item: bool
) -> Iterator[tuple[str, Schema, SchemaUse | None, str, bool]]:
    for arm in schema.get("allOf", []):
        yield place, arm, parent, key, item
    for i, arm in enumerate(schema.get("oneOf", [])):
        yield f"{place}|{i}", arm, parent, key, item
    if isinstance(schema.get("items"), dict):
        yield f"{place}[]", schema["items"], parent, key, True
    if isinstance(schema.get("additionalProperties"), dict):
        yield f"{place}{{}}", schema["additionalProperties"], parent, key, True


def is_class(schema: Schema, *, at_root: bool = False) -> bool:
    """True if a schema written out in place becomes a class of its own."""
    if "enum" in schema:
        return True
    return schema.get("type") == "object" and bool(schema.get("properties") or schema.get("x-undocumented"))


def open_ended(schema: Schema) -> Schema:
    """An object in a field that nobody described is passed through as it comes."""
    if schema.get("type") == "object" and "properties" not in schema and "additionalProperties" not in schema:
        kept: Schema = {key: schema[key] for key in ("description", "nullable", "example") if key in schema}
        return {**FREE_FORM, **kept}
    return schema
