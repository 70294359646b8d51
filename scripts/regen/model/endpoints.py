"""Endpoints and resources: everything about a method that its operation in the document says."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from regen.config import Config
from regen.document.contents import errors_of
from regen.model.api import Argument, Batch, Body, Deprecation, Endpoint, Refusal, Resource, Schema
from regen.model.arguments import name_arguments, sites_of
from regen.model.calls import Call
from regen.model.components import SchemaWriter, bare
from regen.model.limits import default_of, limits_of
from regen.model.security import kept_security, scopes_of, security_by_kind, security_of
from regen.model.shapes import Shapes, reference
from regen.naming.lock import Lock
from regen.naming.tables import Table
from regen.naming.words import pascal, tag_slug
from regen.notes import Notes

Node = dict[str, Any]
SAFE_METHODS = {"GET": "GET", "HEAD": "HEAD", "PUT": "PUT (RFC 9110)", "DELETE": "DELETE (RFC 9110)"}


@dataclass(frozen=True)
class Context:
    """What endpoints are made of, beside their calls; the lock grows."""

    document: Node
    shapes: Shapes
    config: Config
    table: Table
    lock: Lock
    before: Lock
    writer: SchemaWriter
    operations: Node
    notes: Notes


def endpoint_of(call: Call, context: Context) -> Endpoint:
    """Everything about one operation; the lock remembers its arguments."""
    node, entry, operation, lock = call.node, call.named.entry, call.operation, context.lock
    names = name_arguments(call, lock, context.table.arguments, context.before.operations.get(call.name))
    reason = SAFE_METHODS.get(operation.method) or node.get("x-repeatable")
    documentation = node.get("x-documentation")
    limit = call.paging.get("limit", {})
    header = call.idempotency_header or text(node.get("x-idempotency-header")) or None
    scopes = scopes_of(node)
    answer = None
    if call.schema is not None:
        answer = bare(context.writer.field(call.schema, "answer", [f"{call.name}:answer"]))
    return Endpoint(
        resource=entry.resource,
        method=entry.method,
        http_method=operation.method,
        path=operation.path,
        kind=entry.kind,
        many=entry.many,
        tag=operation.tag or entry.tag,
        title=text(node.get("summary")) or entry.title,
        description=text(node.get("description")),
        security=_security(call, context),
        repeatable=bool(reason),
        reason=text(reason),
        scopes=None if scopes is None else tuple(scopes),
        deprecation=_deprecation(call, lock),
        documentation=documentation if documentation in ("partial", "title-only") else "full",
        inferred=node.get("x-path-source") == "inferred",
        docs_url=page(context.config, operation.tag or entry.tag),
        paged=bool(call.paging),
        first_page=_first_page(call.paging.get("page", {})),
        limit_max=_whole(limit.get("maximum")),
        refusals=tuple(Refusal(*error) for error in errors_of(node.get("responses"), context.document)),
        idempotency_header=header,
        arguments=tuple(
            Argument(
                wire=parameter["name"],
                name=names[place],
                schema=context.writer.field(parameter["schema"], parameter["name"], [f"{call.name}:{place}"]),
                required=parameter["required"],
                limits=limits_of(parameter["schema"]),
                default=default_of(parameter["schema"]),
                place=parameter["in"],
                comma_joined=bool(parameter.get("x-comma-joined")),
            )
            for place, parameter in sites_of(call)
            if header is None or parameter["in"] != "header" or parameter["name"].lower() != header.lower()
        ),
        body=_body(call, context),
        batch=_batch(call, context),
        answer=answer,
        media=call.media,
        derived=call.named.derived,
    )


def _body(call: Call, context: Context) -> Body | None:
    """The body, where there is one."""
    if call.body is None:
        return None
    schema = opened(call.body["schema"], context.shapes)
    known = not (
        schema.get("x-undocumented") or (schema.get("type") == "object" and not schema.get("properties", True))
    )
    written = bare(context.writer.field(call.body["schema"], "body", [f"{call.name}:body"]))
    return Body(written, call.body["required"], known, text(call.body["description"]), call.body["form"])


def _batch(call: Call, context: Context) -> Batch | None:
    """The array a batch sends, its limits, and the array it answers; what the document does not say is remembered."""
    if call.kind != "batch":
        return None
    remembered = Batch(**(context.lock.operations.get(call.name, {}).get("batch") or {}))
    properties = opened(call.body["schema"], context.shapes).get("properties", {}) if call.body is not None else {}
    arrays = {name: child for name, child in properties.items() if child.get("type") == "array"}
    if len(arrays) != 1:
        return remembered
    ((field, entries),) = arrays.items()
    answered = opened(call.schema or {}, context.shapes).get("properties", {})
    lists = [name for name, child in answered.items() if child.get("type") == "array"]
    answers = field if field in lists else lists[0] if len(lists) == 1 else None
    return Batch(
        field=field,
        minimum=_whole(entries.get("minItems")) or remembered.minimum,
        maximum=_whole(entries.get("maxItems")) or remembered.maximum,
        answers=answers or remembered.answers,
    )


def opened(schema: Schema, shapes: Shapes) -> Schema:
    """The class behind a reference, or the schema itself."""
    name = reference(schema)
    return shapes.model(name) if name is not None else schema


def _security(call: Call, context: Context) -> str:
    """Credentials, where a document that says less than was known locks nobody out."""
    said = security_of(call.node.get("security"), context.document)
    written = call.operation.security
    kept = kept_security(
        said,
        context.operations.get(call.name, {}).get("security"),
        named=written is not None,
        by_hand=call.node.get("security") != security_by_kind(written, context.document),
    )
    if kept != said:
        text = f"security: {said}, says the document; {kept} until the overlay says so"
        context.notes.repair(call.operation.where, text)
    return kept


def _first_page(schema: Schema) -> int:
    """0 where the document says that pages are counted from there: by the default, or by the least one."""
    return 0 if schema.get("default", schema.get("minimum")) == 0 else 1


def _deprecation(call: Call, lock: Lock) -> Deprecation | None:
    """What takes its place, and until when it works."""
    if call.node.get("deprecated") is not True:
        return None
    plain = re.sub(r"_v\d+$", "", call.name)
    successor = text(call.node.get("x-successor")) or (
        plain if plain != call.name and plain in lock.operations else None
    )
    return Deprecation(successor, text(call.node.get("x-sunset")) or None)


def remember(call: Call, context: Context) -> None:
    """Write into the lock what an operation is recognised by the next time."""
    operation, lock, batch = call.operation, context.lock, _batch(call, context)
    memory: Node = {
        "title": operation.title,
        "tag": operation.tag,
        "kind": call.kind,
        "method": operation.method,
        "path": operation.path,
        "path_source": "inferred" if call.node.get("x-path-source") == "inferred" else "documented",
        "operation_id": operation.operation_id or lock.operations.get(call.name, {}).get("operation_id", ""),
    }
    if call.named.derived:
        memory["derived"] = True
    if batch is not None:
        memory["batch"] = asdict(batch)
    lock.operations[call.name] = memory


def resources_of(calls: list[Call], context: Context) -> dict[str, Resource]:
    """The resources, in the order of their first methods."""
    about = {
        tag["name"]: text(tag.get("description"))
        for tag in context.document.get("tags") or []
        if isinstance(tag, dict) and isinstance(tag.get("name"), str)
    }
    resources: dict[str, Resource] = {}
    for call in calls:
        name = call.named.entry.resource
        if name not in resources:
            tag = context.table.own_tags.get(name) or call.named.entry.tag or call.operation.tag
            resources[name] = Resource(
                name=name,
                class_name=resource_class(name),
                description=about.get(tag, ""),
                docs_url=page(context.config, tag),
                mixin=context.table.mixins.get(name),
            )
    return resources


def resource_class(resource: str) -> str:
    """`journal_entries` -> `JournalEntriesResource`."""
    return f"{pascal(resource)}Resource"


def page(config: Config, tag: str) -> str:
    """The URL of a tag's page in the published reference."""
    return f"{config.docs_url}/{tag_slug(tag)}" if tag else config.docs_url


def text(value: Any) -> str:
    """A string of the document in one line of single spaces per paragraph; anything else is nothing."""
    return "\n".join(" ".join(line.split()) for line in value.strip().splitlines()) if isinstance(value, str) else ""


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
