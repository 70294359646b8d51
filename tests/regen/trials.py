"""Small documents, and the ways in which the vendor's real one may differ from ours."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from regen.config import read_config
from regen.lock import Lock
from regen.normalise import Inputs, Normalised, normalise
from regen.notes import Notes
from regen.overlay import read_overlay
from regen.reading import read_document
from regen.tables import read_table

Node = dict[str, Any]
ROOT = Path(__file__).resolve().parent.parent.parent
PREFIX = "#/components/schemas/"
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
) -> Normalised:
    """A document through reading and normalising."""
    notes = notes if notes is not None else Notes()
    inputs = Inputs(read_table(names), _config(config or "{}"), _overlay(overlay or None), lock or Lock())
    return normalise(read_document(json.dumps(raw).encode(), "a document", notes), inputs, notes)


def schemas_of(result: Normalised) -> Node:
    """The classes."""
    schemas: Node = result.document["components"]["schemas"]
    return schemas


def written(result: Normalised, name: str) -> Node:
    """An operation of the normalised document by its name."""
    wanted = name.replace(".", "__")
    found: list[Node] = [
        op for item in result.document["paths"].values() for op in item.values() if op["operationId"] == wanted
    ]
    return found[0]


def answer(result: Normalised, name: str) -> Node:
    """What an operation answers."""
    schema: Node = written(result, name)["responses"]["200"]["content"]["application/json"]["schema"]
    return schema


def facts(result: Normalised, name: str) -> Node:
    """The facts of an operation."""
    record: Node = result.facts["operations"][name.replace(".", "__")]
    return record


# The real document, and what may become of it.


def published() -> Node:
    """openapi/ledgerbee.json as it stands."""
    loaded: Node = json.loads((ROOT / "openapi/ledgerbee.json").read_text(encoding="utf-8"))
    return loaded


def real(raw: Node, lock: Lock | None = None, notes: Notes | None = None) -> Normalised:
    """A variation of the real document with the project's own tables."""
    read = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("openapi/names.toml", "generator-config.yaml")}
    overlay = (ROOT / "openapi/overlay.yaml").read_text(encoding="utf-8")
    return normalised(raw, read["openapi/names.toml"], overlay, read["generator-config.yaml"], lock, notes)


def each_operation(raw: Node) -> list[Node]:
    """The operations of a raw document."""
    return [op for item in raw["paths"].values() for op in item.values() if isinstance(op, dict)]


def changed(change: Callable[[Any], Any], node: Any) -> Any:
    """A copy of a tree with a function applied to every object, leaves first."""
    if isinstance(node, dict):
        return change({key: changed(change, value) for key, value in node.items()})
    return [changed(change, item) for item in node] if isinstance(node, list) else node


def other_operation_ids(raw: Node) -> Node:
    """Every operation id is another."""
    made = copy.deepcopy(raw)
    for number, op in enumerate(each_operation(made)):
        op["operationId"] = f"Api{number}Controller_handle"
    return made


def no_operation_ids(raw: Node) -> Node:
    """There are no operation ids."""
    made = copy.deepcopy(raw)
    for op in each_operation(made):
        op.pop("operationId", None)
    return made


def dialect_31(raw: Node) -> Node:
    """The same in OpenAPI 3.1: type lists, null in enums, keywords beside references, examples, const."""

    def modern(node: Node) -> Node:
        if isinstance(node.get("type"), str) and node.get("nullable") is True:
            node["type"] = [node["type"], "null"]
            if "enum" in node:
                node["enum"] = [*node["enum"], None]
        elif node.get("nullable") is True and len(node.get("allOf", [])) == 1:
            node["anyOf"] = [*node.pop("allOf"), {"type": "null"}]
        elif len(node.get("allOf", [])) == 1 and "$ref" in node["allOf"][0]:
            node.update(node.pop("allOf")[0])
        if node.get("nullable") is True:
            del node["nullable"]
        if "example" in node and "type" in node:
            node["examples"] = [node.pop("example")]
        if isinstance(node.get("enum"), list) and len(node["enum"]) == 1:
            node["const"] = node.pop("enum")[0]
        return node

    made: Node = changed(modern, raw)
    return {**made, "openapi": "3.1.0", "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base"}


def document_security(raw: Node) -> Node:
    """What most operations require stands at the top of the document, and only exceptions say otherwise."""
    made = copy.deepcopy(raw)
    texts = [json.dumps(op.get("security")) for op in each_operation(made)]
    usual = max(set(texts), key=texts.count)
    for op in each_operation(made):
        if json.dumps(op.get("security")) == usual:
            del op["security"]
    return {**made, "security": json.loads(usual)}


def inlined(raw: Node) -> Node:
    """No references: every body and answer is written out where it is used."""
    schemas = raw["components"]["schemas"]

    def opened(node: Any, inside: tuple[str, ...] = ()) -> Any:
        if isinstance(node, dict):
            target = node.get("$ref")
            if isinstance(target, str) and target.startswith(PREFIX):
                name = target.removeprefix(PREFIX)
                if name in inside:
                    return node
                plain = {key: value for key, value in schemas[name].items() if key != "x-working-name"}
                return opened(plain, (*inside, name))
            if len(node.get("allOf", [])) == 1 and "$ref" in node["allOf"][0]:
                rest = {key: value for key, value in node.items() if key != "allOf"}
                return {**opened(node["allOf"][0], inside), **opened(rest, inside)}
            return {key: opened(value, inside) for key, value in node.items()}
        return [opened(item, inside) for item in node] if isinstance(node, list) else node

    return {**raw, "paths": opened(raw["paths"])}


def moved_paths(raw: Node) -> Node:
    """Every path begins with the base path, and every place in a path is called something else."""
    paths = {}
    for path, item in raw["paths"].items():
        new = re.sub(r"{(\w+)}", lambda match: f"{{the{match.group(1).capitalize()}}}", f"/api{path}")
        moved = copy.deepcopy(item)
        for op in moved.values():
            for parameter in op.get("parameters", []):
                if parameter.get("in") == "path":
                    parameter["name"] = f"the{parameter['name'].capitalize()}"
        paths[new.replace("/v1/", "/v1/moved/")] = moved
    return {**raw, "paths": paths, "servers": [{"url": "https://api.ledgerbee.com"}]}


def reworded_titles(raw: Node) -> Node:
    """Every title says the same in other words."""
    made = copy.deepcopy(raw)
    for op in each_operation(made):
        op["summary"] = f"Endpoint: {op['summary']} (beta)"
    return made


def restyled_titles(raw: Node) -> Node:
    """Every title in other quotes, dashes, spaces and case."""
    made = copy.deepcopy(raw)
    for op in each_operation(made):
        op["summary"] = op["summary"].replace("'", "\u2019").replace("\u2014", "-").replace(" ", "  ").upper()
    return made


def published_names(raw: Node) -> Node:
    """Every working name turns out to be called something else."""
    working = [name for name, schema in raw["components"]["schemas"].items() if schema.get("x-working-name")]
    return renamed(raw, {name: f"Published{name}Dto" for name in working})


def renamed(raw: Node, names: dict[str, str]) -> Node:
    """Components under other names, no longer working ones."""

    def follow(node: Node) -> Node:
        target = node.get("$ref")
        if isinstance(target, str) and target.removeprefix(PREFIX) in names:
            node["$ref"] = PREFIX + names[target.removeprefix(PREFIX)]
        node.pop("x-working-name", None)
        return node

    made: Node = changed(follow, raw)
    components = made["components"]["schemas"]
    made["components"]["schemas"] = {names.get(name, name): schema for name, schema in components.items()}
    return made


def split_models(raw: Node) -> Node:
    """Every class that several operations answer becomes one class per operation."""
    made = copy.deepcopy(raw)
    schemas = made["components"]["schemas"]
    for number, op in enumerate(each_operation(made)):
        for code, response in op["responses"].items():
            schema = response.get("content", {}).get("application/json", {}).get("schema", {})
            name = schema.get("$ref", "").removeprefix(PREFIX)
            if code.startswith("2") and name:
                copied = copy.deepcopy(schemas[name])
                copied.pop("x-working-name", None)
                schemas[f"{name}Of{number}"] = copied
                schema["$ref"] = f"{PREFIX}{name}Of{number}"
    return made


def merged_models(raw: Node) -> Node:
    """Bodies for creating and updating the same thing become one class, and so do items and full objects."""
    made = copy.deepcopy(raw)
    schemas = made["components"]["schemas"]
    pairs = {
        "UpdateProductRequest": "CreateProductRequest",
        "PublicInvoiceListItem": "PublicInvoice",
        "PriceTierInput": "PriceTier",
    }
    for gone, kept in pairs.items():
        properties = {**schemas[gone].get("properties", {}), **schemas[kept].get("properties", {})}
        schemas[kept]["properties"] = properties
        del schemas[gone]
    return _redirected(made, pairs)


def _redirected(raw: Node, names: dict[str, str]) -> Node:
    def follow(node: Node) -> Node:
        target = node.get("$ref")
        if isinstance(target, str) and target.removeprefix(PREFIX) in names:
            node["$ref"] = PREFIX + names[target.removeprefix(PREFIX)]
        return node

    made: Node = changed(follow, raw)
    return made


def lost_names(before: Normalised, after: Normalised) -> list[str]:
    """Every name users type that the second result no longer has."""
    lost = [name for name in before.facts["resources"] if name not in after.facts["resources"]]
    for key, one in before.facts["operations"].items():
        other = after.facts["operations"].get(key)
        if other is None:
            lost.append(one["name"])
            continue
        now = {argument["python"] for place in other["arguments"].values() for argument in place}
        lost += [
            f"{one['name']}({argument['python']})"
            for place in one["arguments"].values()
            for argument in place
            if argument["python"] not in now
        ]
        lost += [f"{one['name']}({what})" for what in ("body", "paged", "idempotency") if one[what] and not other[what]]
        lost += [f"{one['name']}: {what}" for what in ("kind", "many") if one[what] != other[what]]
    importable = {*after.facts["models"], *after.facts["aliases"]}
    return lost + [name for name in before.facts["models"] if name not in importable]
