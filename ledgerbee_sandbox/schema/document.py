"""The schema file, read: one Operation per path and method, with all that is needed to answer it."""

from __future__ import annotations

import importlib.resources
import json
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen

from ledgerbee_sandbox.json_types import is_object
from ledgerbee_sandbox.schema.titles import fold

Json = dict[str, Any]
_METHODS = ("get", "put", "post", "delete", "patch")
_FILE = "ledgerbee.json"


@frozen(kw_only=True)
class Parameter:
    name: str
    place: Literal["path", "query", "header"]
    required: bool
    deep: bool
    exploded: bool
    schema: Json = field(repr=False)


@frozen(kw_only=True)
class Operation:
    """One operation as the schema describes it."""

    title: str
    tag: str
    method: str
    path: str
    keys_allowed: bool
    tokens_allowed: bool
    scopes: tuple[str, ...]
    parameters: tuple[Parameter, ...] = field(repr=False)
    body: Json | None = field(repr=False)
    body_required: bool
    answers: dict[int, Json | None] = field(repr=False)
    documentation: str = "full"
    deprecated: bool = False
    sunset: str | None = None
    successor: str | None = None

    @property
    def open_to_all(self) -> bool:
        return not (self.keys_allowed or self.tokens_allowed)

    @property
    def success(self) -> int:
        """The status of an ordinary answer; of several the first is the ordinary one."""
        return next(iter(self.answers), 200)

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    def is_called(self, name: str) -> bool:
        """Whether name is this operation's title, its `METHOD /path`, or `*`."""
        wanted = fold(name)
        return wanted in {"*", fold(self.title), fold(self.label), fold(f"{self.method} /api{self.path}")}


class SchemaFileError(Exception):
    """The schema file is missing, or is no OpenAPI document."""


def load(path: str | Path | None = None) -> Json:
    """
    Read the schema: the file given, else the copy in the wheel, else the one of the source tree.

    Raises:
        SchemaFileError: there is none, or it has no paths.
    """
    source = Path(path) if path else _shipped()
    try:
        document = json.loads(source.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SchemaFileError(f"{source} is no readable JSON file: {error}") from error
    if not is_object(document) or not document.get("paths"):
        raise SchemaFileError(f"{source} is no OpenAPI document: it has no paths")
    servers: list[Json] = document.get("servers") or [{}]
    if not str(servers[0].get("url", "")).rstrip("/").endswith("/api"):
        # Some documents write what is part of the base URL here in front of their paths.
        document["paths"] = {
            path.removeprefix("/api") if path.startswith("/api/") else path: item
            for path, item in document["paths"].items()
        }
    return document


def _shipped() -> Traversable:
    packaged = importlib.resources.files("ledgerbee_sandbox") / _FILE
    if packaged.is_file():
        return packaged
    return Path(__file__).parents[2] / "openapi" / _FILE


def operations(document: Json) -> list[Operation]:
    """Every operation of the document, in its order."""
    found: list[Operation] = []
    for path, item in document["paths"].items():
        for method in item:
            if method in _METHODS:
                found.append(_operation(document, path, method, item))
    return found


def deref(document: Json, node: Json) -> Json:
    """Follow `$ref` until there is none."""
    while "$ref" in node:
        target: Any = document
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def _operation(document: Json, path: str, method: str, item: Json) -> Operation:
    node = item[method]
    security = node.get("security", document.get("security") or [])
    schemes = {name for requirement in security for name in requirement}
    kinds = {name: document["components"]["securitySchemes"].get(name, {}).get("type") for name in schemes}
    body = deref(document, node.get("requestBody") or {})
    parameters = [*item.get("parameters", []), *node.get("parameters", [])]
    return Operation(
        title=str(node.get("summary") or node.get("operationId") or f"{method} {path}"),
        tag=str((node.get("tags") or [""])[0]),
        method=method.upper(),
        path=path,
        keys_allowed="apiKey" in kinds.values(),
        tokens_allowed="oauth2" in kinds.values(),
        scopes=tuple(node.get("x-required-scopes") or ()),
        parameters=tuple(_parameter(deref(document, parameter)) for parameter in parameters),
        body=_json_schema(body),
        body_required=bool(body.get("required")),
        answers=_answers(document, node),
        documentation=str(node.get("x-documentation", "full")),
        deprecated=bool(node.get("deprecated")),
        sunset=node.get("x-sunset"),
        successor=_successor(document, method, path) if node.get("deprecated") else None,
    )


def _parameter(node: Json) -> Parameter:
    return Parameter(
        name=node["name"],
        place=node["in"],
        required=bool(node.get("required")),
        deep=node.get("style") == "deepObject",
        exploded=bool(node.get("explode", True)),
        schema=node.get("schema") or {},
    )


def _json_schema(node: Json) -> Json | None:
    """The schema of a body or answer: of its JSON content, else of whatever content it has, else None."""
    content: Json = node.get("content") or {}
    chosen = content.get("application/json") or next(iter(content.values()), None)
    return chosen.get("schema", {}) if chosen else None


def _answers(document: Json, node: Json) -> dict[int, Json | None]:
    """The schemas of the 2xx answers by status; 202 before 200, since 200 is then the special case."""
    statuses = [status for status in node.get("responses", {}) if status.startswith("2") and status.isdigit()]
    if "202" in statuses:
        statuses.sort(reverse=True)
    return {int(status): _json_schema(deref(document, node["responses"][status])) for status in statuses}


def _successor(document: Json, method: str, path: str) -> str | None:
    """Where a v1 path moved, by the table of the versioning guide: the same path under v2, batches of entries apart."""
    moved = path.replace("/v1/journal-batches", "/v2/journal-entries/batch").replace("/v1/", "/v2/")
    return moved if method in document["paths"].get(moved, {}) and moved != path else None


def _endpoint(title: str, path: str) -> Operation:
    return Operation(
        title=title,
        tag="OAuth",
        method="POST",
        path=path,
        keys_allowed=False,
        tokens_allowed=False,
        scopes=(),
        parameters=(),
        body=None,
        body_required=True,
        answers={200: None},
    )


TOKEN = _endpoint("Get an access token", "/v1/auth/token")
REVOKE = _endpoint("Revoke an access token", "/v1/oauth/revoke")
OAUTH = (TOKEN, REVOKE)
"""What the guides describe and the schema leaves out."""
