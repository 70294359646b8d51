"""What the generated code says and does beside its types: one record per operation and resource."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from regen.config import Config
from regen.document.operations import errors_of
from regen.model.arguments import sites_of
from regen.model.calls import Call
from regen.model.components import describe
from regen.model.security import scopes_of, security_of
from regen.model.shapes import Schema, Shapes, reference
from regen.naming.lock import Lock
from regen.naming.words import first_sentence, pascal, tag_slug

Node = dict[str, Any]
SAFE_METHODS = {"GET": "GET", "HEAD": "HEAD", "PUT": "PUT (RFC 9110)", "DELETE": "DELETE (RFC 9110)"}


@dataclass(frozen=True)
class Sources:
    """Where facts come from."""

    document: Node
    shapes: Shapes
    config: Config
    lock: Lock


def operation_facts(call: Call, sources: Sources, arguments: dict[str, str]) -> Node:
    """Everything about one operation that its signature cannot say."""
    document, shapes, config, lock = sources.document, sources.shapes, sources.config, sources.lock
    view, entry, operation = call.node, call.named.entry, call.operation
    reason = SAFE_METHODS.get(operation.method) or view.get("x-repeatable")
    return {
        "resource": entry.resource,
        "method": entry.method,
        "name": entry.name,
        "kind": entry.kind,
        "many": entry.many,
        "title": text(view.get("summary")) or entry.title,
        "tag": operation.tag or entry.tag,
        "summary": first_sentence(text(view.get("summary")) or entry.title or operation.request),
        "description": text(view.get("description")),
        "http_method": operation.method,
        "path": operation.path,
        "security": security_of(view.get("security"), document),
        "repeatable": bool(reason),
        "repeatable_reason": text(reason) or None,
        "scopes": scopes_of(view),
        "deprecated": deprecation(call, lock),
        "documentation": view.get("x-documentation")
        if view.get("x-documentation") in ("partial", "title-only")
        else "full",
        "path_source": "inferred" if view.get("x-path-source") == "inferred" else "documented",
        "docs_url": page(config, operation.tag or entry.tag),
        "paged": bool(call.paging),
        "limit_max": _whole(call.paging.get("limit", {}).get("maximum")),
        "limit_default": _whole(call.paging.get("limit", {}).get("default")),
        "comma_joined": [p["name"] for p in call.parameters if p.get("x-comma-joined")],
        "errors": errors_of(view.get("responses"), document),
        "idempotency": {"header": header}
        if (header := call.idempotency_header or text(view.get("x-idempotency-header")))
        else None,
        "arguments": argument_facts(call, arguments),
        "body": body_facts(call, shapes),
        "batch": batch_facts(call, shapes, lock),
    }


def argument_facts(call: Call, names: dict[str, str]) -> Node:
    """Wire and Python names, with what the caller should know."""
    facts: dict[str, list[Node]] = {"path": [], "query": [], "header": []}
    for place, parameter in sites_of(call):
        record: Node = {
            "wire": parameter["name"],
            "python": names[place],
            "description": describe(parameter["schema"]),
            "required": parameter["required"],
        }
        if parameter["in"] == "query":
            record["deep_object"] = bool(parameter.get("x-deep-object"))
        facts[parameter["in"]].append(record)
    return facts


def body_facts(call: Call, shapes: Shapes) -> Node | None:
    """Is there a body, must it be given, does anybody know its fields?"""
    if call.body is None:
        return None
    schema = opened(call.body["schema"], shapes)
    known = not (
        schema.get("x-undocumented") or (schema.get("type") == "object" and not schema.get("properties", True))
    )
    return {"required": call.body["required"], "documented": known, "description": text(call.body["description"])}


def batch_facts(call: Call, shapes: Shapes, lock: Lock) -> Node | None:
    """The array a batch sends, its limits, and the array it answers."""
    if call.kind != "batch":
        return None
    remembered = lock.operations.get(call.name, {}).get("batch") or {}
    field, entries = batch_array(call, shapes)
    if field is None:
        return remembered or {"field": "entries", "minimum": 1, "maximum": 100, "answers": None}
    answered = opened(call.schema or {}, shapes).get("properties", {})
    arrays = [name for name, child in answered.items() if child.get("type") == "array"]
    answers = field if field in arrays else arrays[0] if len(arrays) == 1 else None
    return {
        "field": field,
        "minimum": _whole(entries.get("minItems")) or remembered.get("minimum") or 1,
        "maximum": _whole(entries.get("maxItems")) or remembered.get("maximum") or 100,
        "answers": answers or remembered.get("answers"),
    }


def batch_array(call: Call, shapes: Shapes) -> tuple[str | None, Schema]:
    """The one array of a batch's body."""
    properties = opened(call.body["schema"], shapes).get("properties", {}) if call.body is not None else {}
    arrays = {name: child for name, child in properties.items() if child.get("type") == "array"}
    if len(arrays) == 1:
        return next(iter(arrays.items()))
    return (None, {})


def opened(schema: Schema, shapes: Shapes) -> Schema:
    """The class behind a reference, or the schema itself."""
    name = reference(schema)
    return shapes.model(name) if name is not None else schema


def deprecation(call: Call, lock: Lock) -> Node | None:
    """What takes its place, and until when it works."""
    view = call.node
    if view.get("deprecated") is not True:
        return None
    plain = re.sub(r"_v\d+$", "", call.name)
    successor = text(view.get("x-successor")) or (plain if plain != call.name and plain in lock.operations else None)
    return {"successor": successor, "sunset": text(view.get("x-sunset")) or None}


def resource_facts(
    calls: list[Call], document: Node, config: Config, tags: dict[str, str], mixins: dict[str, str]
) -> Node:
    """The resources with their methods, in order."""
    about = {
        tag["name"]: text(tag.get("description"))
        for tag in document.get("tags") or []
        if isinstance(tag, dict) and isinstance(tag.get("name"), str)
    }
    resources: Node = {}
    for call in calls:
        entry = call.named.entry
        tag = tags.get(entry.resource) or entry.tag or call.operation.tag
        record = resources.setdefault(
            entry.resource,
            {
                "class": resource_class(entry.resource),
                "description": about.get(tag, ""),
                "docs_url": page(config, tag),
                "mixin": mixins.get(entry.resource),
                "methods": [],
            },
        )
        record["methods"].append(operation_id(call.name))
    return resources


def resource_class(resource: str) -> str:
    """`journal_entries` -> `JournalEntriesResource`."""
    return f"{pascal(resource)}Resource"


def operation_id(name: str) -> str:
    """`invoices.list` -> `invoices__list`."""
    return name.replace(".", "__")


def page(config: Config, tag: str) -> str:
    """The page of the published reference."""
    return f"{config.docs_url}/{tag_slug(tag)}" if tag else config.docs_url


def text(value: Any) -> str:
    """A string of the document in one line of single spaces per paragraph; anything else is nothing."""
    return "\n".join(" ".join(line.split()) for line in value.strip().splitlines()) if isinstance(value, str) else ""


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
