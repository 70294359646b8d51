"""The operations of a document as a flat list: references followed, parameters gathered, one body, one answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from regen.document.dialect import listed
from regen.document.paths import below, clean_path, common_prefix, version_in_server
from regen.document.reading import KEEP, METHODS, pointer_to, resolve
from regen.notes import Notes, RefusedError

Node = dict[str, Any]
JSON_TYPE = re.compile(r"^(application/json|[\w.+-]+/[\w.+-]*\+json)\s*(;.*)?$", re.IGNORECASE)
BINARY_TYPE = re.compile(
    r"^(application/(pdf|octet-stream|zip|xml|gzip|vnd\.)|image/|text/(csv|xml|calendar|tab-separated-values))",
    re.IGNORECASE,
)
FORM_TYPE = "multipart/form-data"
UPLOAD_TYPE = re.compile(r"^(multipart/|application/(octet-stream|pdf|zip)|image/)", re.IGNORECASE)


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
        item = _followed(document, written)
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
        parameter = _followed(document, one)
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


def body_of(operation: Operation, document: Node, notes: Notes) -> Node | None:
    """The request body: `required`, `description` and one schema."""
    body = _followed(document, operation.raw.get("requestBody"))
    if not isinstance(body, dict):
        return None
    where = f"{operation.where}/requestBody"
    kinds = _content(body, where)
    chosen = next((kind for kind in kinds if JSON_TYPE.match(kind)), None)
    chosen = chosen or next((kind for kind in kinds if kind.lower().startswith(FORM_TYPE)), next(iter(kinds), None))
    form = chosen is not None and chosen.lower().startswith(FORM_TYPE)
    if chosen is not None and not form and not JSON_TYPE.match(chosen):
        notes.repair(where, f"the body is {chosen}; this client sends JSON")
    elif len(kinds) > 1:
        notes.repair(where, f"several media types; {chosen} is used")
    media = kinds[chosen] if chosen is not None else None
    schema = media.get("schema") if isinstance(media, dict) else None
    return {
        "required": body.get("required") is True,
        "form": form,
        "description": body.get("description") if isinstance(body.get("description"), str) else "",
        "schema": schema if schema is not None else {"type": "object", "x-undocumented": True},
        "where": where,
    }


def _content(holder: Node, where: str) -> Node:
    """The media types of a body or an answer."""
    content = holder.get("content") or {}
    if not isinstance(content, dict):
        raise RefusedError(f"{where}/content: not an object of media types.", KEEP)
    return content


def uploads(operation: Operation, document: Node) -> str | None:
    """The media type of a body that is neither JSON nor a form, such as a bare file."""
    body = _followed(document, operation.raw.get("requestBody"))
    kinds = body.get("content") if isinstance(body, dict) else None
    if not isinstance(kinds, dict) or not kinds:
        return None
    if any(JSON_TYPE.match(kind) or kind.lower().startswith(FORM_TYPE) for kind in kinds):
        return None
    first = str(next(iter(kinds)))
    return first if UPLOAD_TYPE.match(first) else None


class Answered(NamedTuple):
    """What a success answers: `json` or `text` with a schema, a `file`, something `unknown`, or `nothing`."""

    kind: str
    schema: Node | None = None
    media: str = ""


def answer_of(operation: Operation, document: Node, notes: Notes) -> Answered:
    """What a success answers. Where no success is described, `default` is one."""
    responses = operation.raw.get("responses")
    known = {str(k): _followed(document, v) for k, v in responses.items()} if isinstance(responses, dict) else {}
    good = [code for code in sorted(known, key=_rank) if re.fullmatch(r"2(\d\d|XX|xx)", code)]
    good = good or [code for code in known if code == "default"]
    described = [code for code in good if isinstance(known[code], dict) and known[code].get("content")]
    if not described:
        # What a deletion answers is of no use to anybody while nobody describes it.
        if good and (operation.method.upper() == "DELETE" or all(code in ("204", "205") for code in good)):
            return Answered("nothing")
        return Answered("unknown")
    if len({json.dumps(known[code]["content"], sort_keys=True) for code in described}) > 1:
        notes.repair(
            f"{operation.where}/responses", f"answers for {', '.join(described)}; the one of {described[0]} is used"
        )
    kinds = _content(known[described[0]], f"{operation.where}/responses/{described[0]}")
    chosen = next((kind for kind in kinds if JSON_TYPE.match(kind)), next(iter(kinds)))
    media = kinds[chosen]
    schema = media.get("schema") if isinstance(media, dict) else None
    reads_json = isinstance(schema, dict) and ("$ref" in schema or "properties" in schema)
    if is_binary(schema) or (BINARY_TYPE.match(chosen) and not reads_json):
        return Answered("file", media="*/*" if JSON_TYPE.match(chosen) else chosen.partition(";")[0].strip().lower())
    if chosen.lower().startswith("text/plain") and not reads_json:
        return Answered("text", {"type": "string"}, "text/plain")
    if schema is None:
        return Answered("unknown")
    if not JSON_TYPE.match(chosen):
        notes.repair(f"{operation.where}/responses/{described[0]}", f"the answer is {chosen}; read as JSON")
    return Answered("json", schema)


def is_binary(schema: Any) -> bool:
    """Bytes, as OpenAPI 3.0 and 3.1 and the reflection of a StreamableFile say it."""
    return isinstance(schema, dict) and (
        schema.get("format") == "binary"
        or schema.get("contentEncoding") == "binary"
        or (schema.get("type") == "string" and "contentMediaType" in schema and "contentEncoding" not in schema)
        or str(schema.get("$ref", "")).endswith("/StreamableFile")
    )


def shape_of(operation: Operation, document: Node) -> str:
    """What is answered: `file`, `list`, `one` thing, one thing `with lists` in it, or nothing that is described."""
    answered = answer_of(operation, document, Notes())
    if operation.path.endswith("/pdf") or answered.kind == "file":
        return "file"
    opened = _followed(document, answered.schema) if answered.kind == "json" else None
    if not isinstance(opened, dict) or not ({"type", "properties", "items", "allOf", "oneOf", "anyOf"} & set(opened)):
        return ""
    if "items" in opened or opened.get("type") == "array":
        return "list"
    parts = [opened, *(_followed(document, arm) for arm in listed(opened.get("allOf")))]
    fields: Node = {}
    for part in parts:
        properties = part.get("properties") if isinstance(part, dict) else None
        fields.update(properties if isinstance(properties, dict) else {})
    data = _followed(document, fields.get("data"))
    inner = data.get("properties") if isinstance(data, dict) else None
    rows = inner.get("items") if isinstance(inner, dict) else data
    if isinstance(rows, dict) and rows.get("type") == "array":
        return "list"
    arrays = any(isinstance(one, dict) and one.get("type") == "array" for one in fields.values())
    return "with lists" if arrays or not fields else "one"


def errors_of(responses: Any, document: Node) -> list[tuple[int, str | None, str]]:
    """The documented refusals: status, code and when."""
    errors: list[tuple[int, str | None, str]] = []
    for code, one in responses.items() if isinstance(responses, dict) else []:
        response = _followed(document, one)
        if not re.fullmatch(r"[45]\d\d", str(code)) or not isinstance(response, dict):
            continue
        codes = [item for item in listed(response.get("x-error-codes")) if isinstance(item, dict)]
        for item in codes or [{"when": response.get("description")}]:
            when, word = item.get("when"), item.get("code")
            error = (int(code), word if isinstance(word, str) else None, when if isinstance(when, str) else "")
            if any(error[1:]):
                errors.append(error)
    return errors


def _rank(code: str) -> tuple[int, str]:
    return (0 if code.isdigit() else 1, code)


def _followed(document: Node, node: Any) -> Any:
    """The thing itself where there is a reference to it."""
    for _ in range(20):
        if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
            break
        node = resolve(document, node["$ref"])
    return node
