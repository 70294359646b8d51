"""Small documents, and what normalising makes of them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from regen.config import read_config
from regen.document.operations import read_operations
from regen.document.reading import read_document
from regen.model.api import Endpoint, Enum
from regen.model.describe import Described, Inputs, describe_api
from regen.model.overlay import read_overlay
from regen.naming.lock import Lock
from regen.naming.matching import match_operations
from regen.naming.tables import read_table
from regen.notes import Notes

Node = dict[str, Any]
PREFIX = "#/components/schemas/"
JSON = "application/json"
SCHEMES = {
    "ApiKeyAuth": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "OAuth2": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": {}}}},
}
ANY_SECURITY: list[Node] = [{"ApiKeyAuth": []}, {"OAuth2": []}]


def document(paths: Node, schemas: Node | None = None, **more: Any) -> Node:
    """A document around some paths."""
    return {
        "openapi": "3.0.0",
        "info": {"title": "A small API", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas or {}, "securitySchemes": SCHEMES},
        **more,
    }


def operation(title: str = "List things", tag: str = "Things", **more: Any) -> Node:
    """An operation with an answer nobody described."""
    return {
        "summary": title,
        "tags": [tag],
        "security": ANY_SECURITY,
        "responses": {"200": {"description": ""}},
        **more,
    }


def answering(schema: Node, code: str = "200", kind: str = "application/json") -> Node:
    """Responses with one schema."""
    return {code: {"description": "", "content": {kind: {"schema": schema}}}}


def taking(schema: Node, *, required: bool = True) -> Node:
    """A request body with one schema."""
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def ref(name: str) -> Node:
    """A reference to a component."""
    return {"$ref": f"{PREFIX}{name}"}


def one_answer(schema: Node, schemas: Node | None = None, **more: Any) -> Node:
    """A document with one operation, `things.get`, that answers this schema."""
    return document({"/v1/thing": {"get": operation("Get a thing", responses=answering(schema))}}, schemas, **more)


def one_body(schema: Node, schemas: Node | None = None) -> Node:
    """A document with one operation, `things.create`, that takes this schema."""
    return document({"/v1/things": {"post": operation("Create a thing", requestBody=taking(schema))}}, schemas)


_config = cache(read_config)
_overlay = cache(read_overlay)


def normalised(  # noqa: PLR0917
    raw: Node,
    names: str = "",
    overlay: str = "",
    config: str = "",
    lock: Lock | None = None,
    notes: Notes | None = None,
    surface: Node | None = None,
) -> Described:
    """A document through reading and normalising."""
    notes = notes if notes is not None else Notes()
    inputs = Inputs(
        read_table(names), _config(config or "{}"), _overlay(overlay or None), lock or Lock(), surface or {}
    )
    document = read_document(json.dumps(raw).encode(), "a document", notes)
    operations = read_operations(document, inputs.config.base_path, notes)
    named = match_operations(document, operations, inputs.table, inputs.lock, notes)
    return describe_api(document, named, inputs, notes)


def schemas_of(result: Described) -> Node:
    """The classes."""
    schemas: Node = {}
    for name, one in result.api.classes.items():
        about = {"description": one.description} if one.description else {}
        if isinstance(one, Enum):
            schemas[name] = {"type": "string", "enum": list(one.members), **about}
            schemas[name]["x-enum-varnames"] = list(one.members.values())
            continue
        schemas[name] = {"type": "object", "properties": {field.wire: field.schema for field in one.fields}, **about}
        if required := [field.wire for field in one.fields if field.required]:
            schemas[name]["required"] = required
    return schemas


def written(result: Described, name: str) -> Node:
    """An operation by its name, as a document would have it."""
    one = endpoint(result, name)
    made: Node = {
        "parameters": [
            {"name": each.wire, "in": each.place, "required": each.required, "schema": each.schema}
            for each in one.arguments
        ],
        "responses": {"200": {} if one.answer is None else {"content": {JSON: {"schema": one.answer}}}},
    }
    if one.body is not None:
        made["requestBody"] = {"required": one.body.required, "content": {JSON: {"schema": one.body.schema}}}
    return made


def answer(result: Described, name: str) -> Node:
    """What an operation answers."""
    schema: Node = written(result, name)["responses"]["200"]["content"]["application/json"]["schema"]
    return schema


def endpoint(result: Described, name: str) -> Endpoint:
    """What is known of an operation."""
    return result.api.endpoints[name]


def thing(**properties: Any) -> Node:
    """A class with these fields, all optional."""
    return {"Thing": {"type": "object", "properties": properties}}


def fields(raw: Node, **more: Any) -> Node:
    """The fields of the class Thing once normalised."""
    properties: Node = schemas_of(normalised(raw, **more))["Thing"]["properties"]
    return properties


def field(schema: Node, version: str = "3.0.0") -> Node:
    """One field `colour` of Thing once normalised."""
    result: Node = fields({**one_answer(ref("Thing"), thing(colour=schema)), "openapi": version})["colour"]
    return result


def parameters(*listed: Node, title: str = "List things", notes: Notes | None = None) -> list[Node]:
    """Parameters of an operation once normalised."""
    raw = document({"/v1/things": {"get": operation(title, parameters=list(listed))}})
    result: list[Node] = written(normalised(raw, notes=notes), "things.list")["parameters"]
    return result


def query(name: str, schema: Node | None = None, **more: Any) -> Node:
    """A query parameter."""
    return {"name": name, "in": "query", "schema": schema or {"type": "string"}, **more}
