"""The ways in which the vendor's real document may differ from ours."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from regen.model.describe import Described
from regen.naming.lock import Lock
from regen.notes import Notes
from small import PREFIX, Node, normalised

ROOT = Path(__file__).resolve().parent.parent.parent


def published() -> Node:
    """openapi/ledgerbee.json as it stands."""
    loaded: Node = json.loads((ROOT / "openapi/ledgerbee.json").read_text(encoding="utf-8"))
    return loaded


def real(raw: Node, lock: Lock | None = None, notes: Notes | None = None, surface: Node | None = None) -> Described:
    """A variation of the real document with the project's own tables."""
    read = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("openapi/names.toml", "generator-config.yaml")}
    overlay = (ROOT / "openapi/overlay.yaml").read_text(encoding="utf-8")
    return normalised(raw, read["openapi/names.toml"], overlay, read["generator-config.yaml"], lock, notes, surface)


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


def documented(raw: Node) -> Node:
    """What nobody had described turns out to be described: one class per path and direction, as vendors name them."""
    made = copy.deepcopy(raw)
    schemas = made["components"]["schemas"]
    for path, item in made["paths"].items():
        for op in each_operation({"paths": {path: item}}):
            responses = [response for code, response in op["responses"].items() if code.startswith("2")]
            for kind, holder in [("Request", op.get("requestBody", {})), *(("Response", one) for one in responses)]:
                media = holder.get("content", {}).get("application/json", {})
                if media.get("schema", {}).get("x-undocumented"):
                    name = "".join(word.title() for word in re.findall("[a-z]+", path)) + kind
                    schemas[name] = {"type": "object", "properties": {"colour": {"type": "string"}}}
                    media["schema"] = {"$ref": f"{PREFIX}{name}"}
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


def lost_names(before: Described, after: Described) -> list[str]:
    """Every name users type that the second result no longer has."""
    lost = [name for name in before.api.resources if name not in after.api.resources]
    for name, one in before.api.endpoints.items():
        other = after.api.endpoints.get(name)
        if other is None:
            lost.append(name)
            continue
        now = {argument.name for argument in other.arguments}
        lost += [f"{name}({argument.name})" for argument in one.arguments if argument.name not in now]
        kept = {"body": other.body, "limit": other.paged, "idempotency_key": other.idempotency_header}
        had = {"body": one.body, "limit": one.paged, "idempotency_key": one.idempotency_header}
        lost += [f"{name}({what})" for what in had if had[what] and not kept[what]]
        lost += [f"{name}: {what}" for what in ("kind", "many") if getattr(one, what) != getattr(other, what)]
    importable = {*after.api.classes, *after.api.aliases}
    return lost + [name for name in before.api.classes if name not in importable]
