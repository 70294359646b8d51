"""Words to describe a small API with."""

from __future__ import annotations

from typing import Any

from regen.model.api import Argument, Endpoint, Enum, Field, Model, Schema
from regen.naming.words import attribute_name

Node = dict[str, Any]


def ref(name: str, **more: Any) -> Schema:
    """Refer to a class."""
    target = {"$ref": f"#/components/schemas/{name}"}
    return {"allOf": [target], **more} if more else target


def thing(name: str, properties: Node, required: list[str] | None = None, description: str = "") -> Model:
    """Describe a model by the schemas of its fields."""
    fields = tuple(
        Field(wire, attribute_name(wire), schema, wire in (required or ())) for wire, schema in properties.items()
    )
    return Model(name=name, description=description, fields=fields)


def words(name: str, *values: str) -> Enum:
    """Describe an enum."""
    return Enum(name=name, members={value: value.upper() for value in values})


def argument(wire: str, name: str, place: str, schema: Node, description: str = "", **more: Any) -> Argument:
    """Describe an argument; those in the path are required."""
    said = {**schema, "description": description} if description else schema
    return Argument(wire, name, said, place=place, **{"required": place == "path", **more})


def endpoint(name: str, method: str, path: str, **more: Any) -> Endpoint:
    """Describe an operation; everything that is not given is as plain as can be."""
    resource, _, own = name.partition(".")
    plain: Node = {
        "title": f"Call {name}",
        "tag": resource,
        "repeatable": method == "GET",
        "reason": method if method == "GET" else "",
        "docs_url": f"https://docs.example/{resource}",
    }
    return Endpoint(**{"resource": resource, "method": own, "http_method": method, "path": path, **plain, **more})
