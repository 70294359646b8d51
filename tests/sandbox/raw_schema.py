"""The schema file read by the tests' own eyes: nothing here comes from the sandbox, so nothing of it can be kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

FILE = Path(__file__).resolve().parents[2] / "openapi" / "ledgerbee.json"
METHODS = {"get", "put", "post", "delete", "patch"}
DOCUMENT: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["summary"]: {**operation, "method": method.upper(), "path": path}
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method in METHODS
}


def as_json_schema(node: Any) -> Any:
    """
    OpenAPI 3.0 in the words of JSON Schema draft 4, from which it differs by `nullable`.

    What nobody described says nothing: it may be an object, an array or no body at all.
    """
    if isinstance(node, list):
        return [as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("x-undocumented"):
        return {}
    new = {key: as_json_schema(value) for key, value in node.items() if key not in {"nullable", "example", "default"}}
    return {"anyOf": [new, {"enum": [None]}]} if node.get("nullable") is True else new


_SCHEMAS = as_json_schema(DOCUMENT["components"]["schemas"])


def misfits(schema: dict[str, Any], value: Any) -> list[str]:
    """Where a value does not fit a schema of the document."""
    whole = {"allOf": [as_json_schema(schema)], "components": {"schemas": _SCHEMAS}}
    validator = Draft4Validator(whole, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]


def answer_schema(operation: dict[str, Any], status: int) -> dict[str, Any] | None:
    """The JSON schema of an answer; None where the schema promises no JSON."""
    content = operation["responses"][str(status)].get("content", {})
    schema: dict[str, Any] | None = content.get("application/json", {}).get("schema")
    return schema


def is_undocumented(schema: dict[str, Any] | None) -> bool:
    return schema is None or bool(schema.get("x-undocumented"))
