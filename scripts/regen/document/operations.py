"""The operations of a document as a flat list: references followed, parameters gathered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from regen.document.dialect import listed
from regen.document.paths import below, clean_path, common_prefix, version_in_server
from regen.document.reading import METHODS, followed, pointer_to
from regen.notes import Notes

Node = dict[str, Any]


@dataclass
class Operation:
    """One METHOD and path of the document, not yet named."""

    method: str
    path: str
    where: str
    tag: str
    title: str
    operation_id: str
    raw: Node
    parameters: list[Node] = field(default_factory=list)
    security: list[Any] | None = None

    @property
    def request(self) -> str:
        """`GET /v1/invoices`, which is how the lock remembers it."""
        return f"{self.method} {self.path}"

    @property
    def signature(self) -> str:
        """The same without the names of the places in the path."""
        return f"{self.method} {re.sub(r'{[^}]*}', '{}', self.path)}"


def read_operations(document: Node, base_path: str, notes: Notes) -> list[Operation]:
    """Every operation in the order of the document."""
    prefix = common_prefix(document, base_path, notes)
    version = version_in_server(document, base_path, notes)
    found: list[Operation] = []
    seen: set[tuple[str, str]] = set()
    for path, written in document["paths"].items():
        item = followed(document, written)
        if not isinstance(item, dict) or path.startswith("x-"):
            continue
        clean = below(prefix, clean_path(path, notes))
        clean = clean if clean.startswith(f"{version}/") else version + clean
        for method in METHODS:
            if isinstance(item.get(method), dict) and (method, clean) in seen:
                notes.repair(pointer_to("paths", path, method), f"describes {method.upper()} {clean} again; left out")
            elif isinstance(item.get(method), dict):
                seen.add((method, clean))
                found.append(_operation(document, pointer_to("paths", path, method), (method, clean), item, notes))
        for method in sorted({"options", "trace"} & set(item)):
            notes.repair(pointer_to("paths", path, method), f"{method.upper()} operations are left out")
    _default_security(document, found, notes)
    return found


def _operation(document: Node, where: str, request: tuple[str, str], item: Node, notes: Notes) -> Operation:
    method, clean = request
    raw: Node = item[method]
    tags = raw.get("tags")
    tag = next((tag for tag in tags if isinstance(tag, str)), "") if isinstance(tags, list) else ""
    title = raw.get("summary")
    operation_id = raw.get("operationId")
    operation = Operation(
        method.upper(),
        clean,
        where,
        tag,
        title if isinstance(title, str) else "",
        operation_id if isinstance(operation_id, str) else "",
        raw,
        security=raw["security"] if isinstance(raw.get("security"), list) else document.get("security"),
    )
    gathered: dict[tuple[str, str], Node] = {}
    for one in [*listed(item.get("parameters")), *listed(raw.get("parameters"))]:
        parameter = followed(document, one)
        if (
            isinstance(parameter, dict)
            and isinstance(parameter.get("name"), str)
            and isinstance(parameter.get("in"), str)
        ):
            gathered[(parameter["in"], parameter["name"])] = parameter
        else:
            notes.repair(where, "a parameter without name or place is left out")
    _path_places(operation, gathered, notes)
    operation.parameters = list(gathered.values())
    return operation


def _path_places(operation: Operation, gathered: dict[tuple[str, str], Node], notes: Notes) -> None:
    """Every place of the path has one parameter, under a name that is safe in a template, in the path's order."""
    declared = {name: gathered.pop((place, name)) for place, name in list(gathered) if place == "path"}
    seen: set[str] = set()
    places: list[tuple[str, Node]] = []

    def safe(match: re.Match[str]) -> str:
        wire = match.group(1)
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", wire).strip("_") or "value"
        name = f"p{name}" if name[0].isdigit() else name
        if name != wire:
            notes.repair(operation.where, f"the place {{{wire}}} of the path is called {{{name}}}")
        number = 2
        unique = name
        while unique in seen:
            unique = f"{name}{number}"
            number += 1
        if unique != name:
            notes.repair(operation.where, f"two places of the path are called {{{name}}}")
        seen.add(unique)
        parameter = declared.pop(wire, None)
        if parameter is None:
            notes.repair(operation.where, f"the place {{{wire}}} of the path is not described; read as a string")
            parameter = {"schema": {"type": "string"}}
        places.append((unique, parameter))
        return f"{{{unique}}}"

    operation.path = re.sub(r"{([^{}]*)}", safe, operation.path)
    for name in declared:
        notes.repair(operation.where, f"the path parameter {name!r} has no place in the path and is left out")
    others = dict(gathered)
    gathered.clear()
    for name, parameter in places:
        gathered[("path", name)] = {**parameter, "name": name, "in": "path", "required": True}
    gathered.update(others)


def _default_security(document: Node, found: list[Operation], notes: Notes) -> None:
    schemes = security_schemes(document)
    if schemes and all(operation.security is None for operation in found):
        notes.repair(
            "/security",
            "security schemes are declared but nothing requires one; every operation is taken to accept all",
        )
        for operation in found:
            operation.security = [{name: []} for name in schemes]


def security_schemes(document: Node) -> dict[str, Node]:
    """The security schemes by name."""
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    return (
        {name: scheme for name, scheme in schemes.items() if isinstance(scheme, dict)}
        if isinstance(schemes, dict)
        else {}
    )
