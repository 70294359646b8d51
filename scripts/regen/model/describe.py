"""
From matched operations to the API: the overlay corrects them, classes are named, endpoints and models described.

Nothing here reads or writes files; the tables, the lock and the overlay come in as values, and the grown lock goes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from regen.config import Config
from regen.model.api import Api
from regen.model.calls import read_call, settle_call
from regen.model.class_names import Naming, known_names
from regen.model.components import SchemaWriter, classes_of
from regen.model.endpoints import Context, endpoint_of, remember, resource_class, resources_of
from regen.model.memory import KNOWN, Memory
from regen.model.merging import merge_namesakes, own_values, shared_values
from regen.model.overlay import Action, apply_overlay
from regen.model.shapes import Shapes
from regen.model.sites import SchemaUse, find_uses
from regen.naming.lock import Lock
from regen.naming.matching import Named, superseded
from regen.naming.tables import Table
from regen.notes import Notes

Node = dict[str, Any]


@dataclass(frozen=True)
class Described:
    """The API, and the lock that remembers its names."""

    api: Api
    lock: Lock


@dataclass(frozen=True)
class Inputs:
    """Everything beside the document that decides the result."""

    table: Table
    config: Config
    overlay: list[Action]
    lock: Lock
    surface: Node = field(default_factory=dict)


def describe_api(document: Node, named: list[Named], inputs: Inputs, notes: Notes) -> Described:
    """Return the API; the overlay's corrections are written into the operations of the document."""
    memory = Memory(inputs.surface, inputs.lock, notes)
    shapes = Shapes(document, memory.components(), notes)
    calls = [read_call(one, document, shapes, notes) for one in named]
    kinds = {call.name: call.kind for call in calls}
    curated = {canonical_site(site, kinds): name for site, name in inputs.table.models.items()}
    resources = frozenset(resource_class(call.named.entry.resource) for call in calls)
    lock = inputs.lock.copy()
    for name, now in superseded(inputs.table, inputs.lock).items():
        del lock.operations[name]["derived"]
        lock.operations[name]["named_since"] = now

    uses = find_uses(calls, shapes, memory, inputs.lock.models)
    named_uses = known_names(uses, inputs.lock, curated, resources)
    nodes = {call.name: call.node for call in calls}
    schemas = {name: [use.schema for use in listed] for name, listed in named_uses.items()}
    applied = apply_overlay(inputs.overlay, nodes, schemas, notes)
    calls = [call for call in calls if call.name in nodes]
    for name, listed in named_uses.items():
        if ("models", name) in applied.changed:
            for use in listed:
                shapes.settle_again(use.schema, use.component)
    for call in calls:
        if ("operations", call.name) in applied.changed:
            settle_call(call, document, shapes, notes)

    uses = find_uses(calls, shapes, memory, inputs.lock.models)
    naming = Naming(lock, curated, notes, resources)
    naming.assign(uses)
    for name, sites in memory.left(naming.claims, kinds.keys() & nodes.keys(), lock).items():
        component = KNOWN + name
        uses.append(SchemaUse(shapes.model(component), component, sites, name=name, sides=memory.sides(name)))
    own = own_values(uses)
    merge_namesakes(uses, notes)
    writer = SchemaWriter(uses, shapes, inputs.config, lock, notes)
    known = inputs.surface.get("operations", {})
    context = Context(document, shapes, inputs.config, inputs.table, lock, inputs.lock, writer, known, notes)
    before = inputs.surface.get("models", {})

    def known_before(model: str, what: str) -> list[str]:
        return next((list(before[name].get(what, ())) for name in lock.names_of(model) if name in before), [])

    for call in calls:
        remember(call, context)
    classes = classes_of(uses, writer, lock, known_before, notes)
    aliases = {old: lock.final_name(old) for old in sorted(lock.aliases) if old not in classes}
    api = Api(
        endpoints={call.name: endpoint_of(call, context) for call in calls},
        resources=resources_of(calls, context),
        classes=classes,
        external={name: target for name, target in inputs.config.external_types.items() if name in classes},
        aliases={old: now for old, now in aliases.items() if now in classes},
        conversions=applied.matched,
        site_values=shared_values(own, {site: entry["name"] for site, entry in lock.models.items()}),
    )
    return Described(api, lock)


def canonical_site(site: str, kinds: dict[str, str]) -> str:
    """A listing's items are `answer[]`, however the wire wraps them."""
    call, _, place = site.partition(":")
    if kinds.get(call) == "list" and place.startswith("answer.") and "[]" in place:
        return f"{call}:answer[]{place.split('[]', 1)[1]}"
    return site
