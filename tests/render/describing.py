"""Words to write small normalised documents with."""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]


def ref(name: str, **more: Any) -> Node:
    """Refer to a component, as the normaliser does."""
    target = {"$ref": f"#/components/schemas/{name}"}
    return {"allOf": [target], **more} if more else target


def thing(properties: Node, required: list[str] | None = None, **more: Any) -> Node:
    """Describe an object."""
    return {"type": "object", "properties": properties, **({"required": required} if required else {}), **more}


def operation(name: str, answer: Node | None, *, body: Node | None = None, required: bool = True, **more: Any) -> Node:
    """Describe an operation; `more` is `parameters` and the like."""
    content = {} if answer is None else {"content": {"application/json": {"schema": answer}}}
    resource, _, method = name.partition(".")
    node = {
        "operationId": f"{resource}__{method}",
        "tags": [resource],
        "responses": {"200": {"description": "Success", **content}},
        **more,
    }
    if body is not None:
        node["requestBody"] = {"required": required, "content": {"application/json": {"schema": body}}}
    return node


def parameter(name: str, place: str, schema: Node, *, required: bool = False) -> Node:
    """Describe an argument."""
    return {"name": name, "in": place, "required": required or place == "path", "schema": schema}


def told(name: str, method: str, path: str, **more: Any) -> Node:
    """Say of an operation what the document cannot; everything that is not given is as plain as can be."""
    resource, _, own = name.partition(".")
    arguments = {"path": [], "query": [], "header": [], **more.pop("arguments", {})}
    plain: Node = {
        "resource": resource, "method": own, "name": name, "kind": "one", "many": None, "title": name, "tag": resource,
        "summary": f"Call {name}.", "description": "", "http_method": method, "path": path, "security": "any",
        "repeatable": method == "GET", "repeatable_reason": method if method == "GET" else None, "scopes": None,
        "deprecated": None, "documentation": "full", "path_source": "documented", "docs_url": f"https://docs.example/{resource}",
        "paged": False, "limit_max": None, "limit_default": None, "comma_joined": [], "errors": [], "idempotency": None,
        "body": None, "batch": None,
    }  # fmt: skip
    return {**plain, **more, "arguments": arguments}


def argument(wire: str, python: str, description: str = "") -> Node:
    """Name an argument in Python."""
    return {"wire": wire, "python": python, "description": description, "deep_object": False}
