"""What documents written by reflection do, done to our own document: to all of its operations at once."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from small import PREFIX, Node
from trials import each_operation


def nodes(raw: Any) -> Iterator[Node]:
    """Every object of a document."""
    waiting = [raw]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
        waiting += node.values() if isinstance(node, dict) else node if isinstance(node, list) else []


def references_to_nothing(raw: Node) -> Node:
    """One reference in fifteen points at nothing."""
    made = copy.deepcopy(raw)
    for number, node in enumerate([node for node in nodes(made) if isinstance(node.get("$ref"), str)], 1):
        if number % 15 == 0:
            node["$ref"] += "Gone"
    return made


def objects_for_scalars(raw: Node) -> Node:
    """Every second text, number and boolean is an object, as reflection writes `string | null`."""
    made, number = copy.deepcopy(raw), 0
    for node in nodes(made):
        found = node.get("properties")
        properties: Node = found if isinstance(found, dict) else {}
        for name, field in properties.items():
            if isinstance(field, dict) and field.get("type") in ("string", "boolean", "number"):
                number += 1
                if number % 2:
                    properties[name] = {"type": "object", "nullable": True}
    return made


def empty_answers(raw: Node) -> Node:
    """No success is described."""
    made = copy.deepcopy(raw)
    for operation in each_operation(made):
        for code, response in operation["responses"].items():
            if code.startswith("2"):
                response.pop("content", None)
    return made


def untyped_filters(raw: Node) -> Node:
    """No argument of a query has a type."""
    made = copy.deepcopy(raw)
    for operation in each_operation(made):
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                parameter["schema"] = {}
    return made


def arrays_without_items(raw: Node) -> Node:
    """No array says what it holds."""
    made = copy.deepcopy(raw)
    for node in nodes(made):
        if node.get("type") == "array":
            node.pop("items", None)
    return made


def envelopes(raw: Node) -> Node:
    """Every list stands in `data.items`."""
    made = copy.deepcopy(raw)
    for operation in each_operation(made):
        for code, response in operation["responses"].items():
            media = response.get("content", {}).get("application/json")
            if not (operation["summary"].startswith("List ") and code.startswith("2") and media):
                continue
            schema = media["schema"].get("oneOf", [media["schema"]])[0]
            named = made["components"]["schemas"].get(schema.get("$ref", "").removeprefix(PREFIX), schema)
            arrays = [one for one in named.get("properties", {}).values() if one.get("type") == "array"]
            rows = (
                arrays[0] if arrays else schema if schema.get("type") == "array" else {"type": "array", "items": schema}
            )
            data = {"type": "object", "properties": {"items": rows, "total": {"type": "number"}}}
            media["schema"] = {"type": "object", "properties": {"data": data}}
    return made


def classes_without_fields(raw: Node) -> Node:
    """Every third class has no decorators, and so no fields."""
    made = copy.deepcopy(raw)
    schemas = made["components"]["schemas"]
    for name in list(schemas)[::3]:
        if "properties" in schemas[name]:
            schemas[name] = {"type": "object", "properties": {}}
    return made


def all_required(raw: Node) -> Node:
    """Every field of every answer and body is required."""
    made = copy.deepcopy(raw)
    for node in nodes(made):
        if isinstance(node.get("properties"), dict) and node.get("type") == "object":
            node["required"] = list(node["properties"])
    return made


SILENT: tuple[Callable[[Node], Node], ...] = (
    references_to_nothing, empty_answers, untyped_filters, arrays_without_items, envelopes, classes_without_fields,
)  # fmt: skip
"""Those after which nothing is a breaking change."""


def all_together(raw: Node) -> Node:
    """Every habit, one after the other."""
    for habit in (objects_for_scalars, *SILENT, all_required):
        raw = habit(raw)
    return raw
