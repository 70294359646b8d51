"""
From the document to what the generator gets: a normalised document and the facts beside it.

Nothing here reads or writes files; the tables, the lock and the overlay come in as values, and the grown lock goes out.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from regen.config import Config
from regen.document.operations import read_operations
from regen.model.arguments import name_arguments, sites_of
from regen.model.calls import JSON, Call, read_call, settle_call
from regen.model.class_names import Naming, known_names
from regen.model.components import Finisher, attributes_of, bare, enum_members
from regen.model.facts import (
    Sources,
    batch_facts,
    operation_facts,
    operation_id,
    resource_class,
    resource_facts,
)
from regen.model.merging import merge_namesakes, own_values, shared_values
from regen.model.overlay import Action, apply_overlay
from regen.model.shapes import Shapes
from regen.model.sites import Recall, Spot, find_spots
from regen.naming.lock import Lock
from regen.naming.matching import match_operations, superseded
from regen.naming.tables import Table
from regen.notes import Notes, say

Node = dict[str, Any]


@dataclass
class Normalised:
    """The result: two documents for the generator, the grown lock, and what the surface is computed from."""

    document: Node
    facts: Node
    lock: Lock
    calls: list[Call]
    spots: list[Spot]
    matches: dict[str, int] = field(default_factory=dict)
    site_values: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Inputs:
    """Everything beside the document that decides the result."""

    table: Table
    config: Config
    overlay: list[Action]
    lock: Lock
    surface: Node = field(default_factory=dict)


def normalise(document: Node, inputs: Inputs, notes: Notes) -> Normalised:
    """The whole of it. The document is not changed."""
    document = copy.deepcopy(document)
    if str(document["openapi"]).startswith("3.1"):
        notes.repair("/openapi", "read as OpenAPI 3.0; what only 3.1 can say is rewritten")
    shapes = Shapes(document, notes)
    operations = read_operations(document, inputs.config.base_path, notes)
    named = match_operations(document, operations, inputs.table, inputs.lock, notes)
    calls = [read_call(one, document, shapes, notes) for one in named]
    kinds = {call.name: call.kind for call in calls}
    curated = {canonical_site(site, kinds): name for site, name in inputs.table.models.items()}
    resources = frozenset(resource_class(call.named.entry.resource) for call in calls)
    lock = inputs.lock.copy()
    for name, now in superseded(inputs.table, inputs.lock).items():
        del lock.operations[name]["derived"]
        lock.operations[name]["named_since"] = now

    recall = memory_of(inputs, notes)
    spots = find_spots(calls, shapes, recall, inputs.lock.models)
    known = known_names(spots, inputs.lock, curated, resources)
    nodes = {call.name: call.node for call in calls}
    schemas = {name: [spot.schema for spot in listed] for name, listed in known.items()}
    applied = apply_overlay(inputs.overlay, nodes, schemas, notes)
    calls = [call for call in calls if call.name in nodes]
    for name, listed in known.items():
        if ("models", name) in applied.changed:
            for spot in listed:
                shapes.settle_again(spot.schema, spot.component)
    for call in calls:
        if ("operations", call.name) in applied.changed:
            settle_call(call, document, shapes, notes)

    spots = find_spots(calls, shapes, recall, inputs.lock.models)
    Naming(lock, curated, notes, resources).assign(spots)
    own = own_values(spots)
    merge_namesakes(spots, notes)
    written, facts = _written(Sources(document, shapes, inputs.config, lock), inputs, calls, spots, notes)
    values = shared_values(own, {site: entry["name"] for site, entry in lock.models.items()})
    return Normalised(written, facts, lock, calls, spots, applied.matched, values)


def _written(sources: Sources, inputs: Inputs, calls: list[Call], spots: list[Spot], notes: Notes) -> tuple[Node, Node]:
    document, shapes, lock = sources.document, sources.shapes, sources.lock
    finisher = Finisher(spots, shapes, inputs.config, notes)
    before = inputs.surface.get("models", {})

    def known(model: str, what: str) -> list[str]:
        return next((list(before[name].get(what, ())) for name in lock.names_of(model) if name in before), [])

    members = enum_members(lock, known)
    components: Node = {}
    for spot in spots:
        if spot.name not in components:
            components[spot.name] = finisher.component(spot, members)
    paths: Node = {}
    facts: Node = {"operations": {}, "resources": {}, "models": {}, "external_types": {}, "aliases": {}}
    for call in calls:
        _remember(call, shapes, lock)
    for call in calls:
        arguments = name_arguments(call, lock, inputs.table.arguments, inputs.lock.operations.get(call.name))
        facts["operations"][operation_id(call.name)] = operation_facts(call, sources, arguments)
        paths.setdefault(call.operation.path, {})[call.operation.method.lower()] = written_operation(call, finisher)
    facts["resources"] = resource_facts(calls, document, inputs.config, inputs.table.own_tags, inputs.table.mixins)
    sides: dict[str, set[str]] = {}
    for spot in spots:
        sides.setdefault(spot.name, set()).update(spot.sides)
    for name, schema in components.items():
        facts["models"][name] = {
            "description": schema.get("description", ""),
            "undocumented": bool(schema.get("x-undocumented")),
            "request_only": sides[name] == {"request"},
            "attributes": attributes_of(lock, known, notes, name, list(schema.get("properties", {}))),
        }
    facts["external_types"] = {n: t for n, t in inputs.config.external_types.items() if n in components}
    facts["aliases"] = {
        old: lock.final_name(old)
        for old in sorted(lock.aliases)
        if lock.final_name(old) in components and old not in components
    }
    written = {
        "openapi": "3.0.3",
        "info": {"title": "LedgerBee Public API", "version": "1"},
        "paths": paths,
        "components": {"schemas": components},
    }
    return written, facts


def memory_of(inputs: Inputs, notes: Notes) -> Recall:
    """
    Keeps the classes that users import where a document says less than the one before it.

    A list of words that is any string now keeps its words, an object that is any object now stays a class.
    """
    models = inputs.surface.get("models", {})

    def recall(site: str, schema: Node) -> None:
        entry = inputs.lock.models.get(site)
        if entry is None:
            return
        model = models.get(entry["name"], models.get(inputs.lock.final_name(entry["name"])))
        if model is None or set(schema) & {
            "enum",
            "const",
            "format",
            "properties",
            "additionalProperties",
            "oneOf",
            "allOf",
        }:
            return
        if "values" in model and schema.get("type") == "string":
            schema["enum"] = list(model["values"])
            say(notes.names, f"{entry['name']}: {site} names no values any more; those known until now stay")
        elif "fields" in model and schema.get("type") == "object" and "x-undocumented" not in schema:
            schema["x-undocumented"] = True
            say(notes.names, f"{entry['name']}: {site} names no fields any more; the class stays, without any")

    return recall


def canonical_site(site: str, kinds: dict[str, str]) -> str:
    """A listing's items are `answer[]`, however the wire wraps them."""
    call, _, place = site.partition(":")
    if kinds.get(call) == "list" and place.startswith("answer.") and "[]" in place:
        return f"{call}:answer[]{place.split('[]', 1)[1]}"
    return site


def written_operation(call: Call, finisher: Finisher) -> Node:
    """The operation in the normalised document."""
    entry = call.named.entry
    operation: Node = {"operationId": operation_id(entry.name), "tags": [entry.resource], "parameters": []}
    for place, parameter in sites_of(call):
        schema = finisher.field(parameter["schema"], parameter["name"], [f"{call.name}:{place}"])
        operation["parameters"].append(
            {"name": parameter["name"], "in": parameter["in"], "required": parameter["required"], "schema": schema}
        )
    if call.body is not None:
        schema = bare(finisher.field(call.body["schema"], "body", [f"{call.name}:body"]))
        operation["requestBody"] = {"required": call.body["required"], "content": {JSON: {"schema": schema}}}
    success: Node = {"description": "Success"}
    if call.kind == "file":
        success["content"] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    elif call.schema is not None:
        success["content"] = {JSON: {"schema": bare(finisher.field(call.schema, "answer", [f"{call.name}:answer"]))}}
    operation["responses"] = {"200": success}
    return operation


def _remember(call: Call, shapes: Shapes, lock: Lock) -> None:
    operation, view = call.operation, call.node
    memory: Node = {
        "title": operation.title,
        "tag": operation.tag,
        "kind": call.kind,
        "method": operation.method,
        "path": operation.path,
        "path_source": "inferred" if view.get("x-path-source") == "inferred" else "documented",
        "operation_id": operation.operation_id or lock.operations.get(call.name, {}).get("operation_id", ""),
    }
    if call.named.derived:
        memory["derived"] = True
    batch = batch_facts(call, shapes, lock)
    if batch is not None:
        memory["batch"] = batch
    lock.operations[call.name] = memory
