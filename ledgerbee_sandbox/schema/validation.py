"""Validation against the schema: of every request that the sandbox gets, and of every answer that it gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from jsonschema_rs import Draft202012Validator, ValidationError

from ledgerbee_sandbox.books.clock import parse_instant
from ledgerbee_sandbox.json_types import is_array, is_object
from ledgerbee_sandbox.schema.document import Json, Operation
from ledgerbee_sandbox.schema.violations import Item, items

_DROPPED = {
    "example",
    "examples",
    "discriminator",
    "xml",
    "externalDocs",
    "deprecated",
    "readOnly",
    "writeOnly",
    "default",
}
# Closed: request bodies. Open: answers and parameters. Partial: fields that are described elsewhere.
Mode = Literal["closed", "open", "partial"]


def _is_instant(value: str) -> bool:
    try:
        return len(value) > 10 and bool(parse_instant(value))
    except ValueError:
        return False


def _is_email(value: str) -> bool:
    return "@" in value[1:-1]


_FORMATS = {"date-time": _is_instant, "email": _is_email}


class SchemaValidator:
    """
    JSON Schema validators made from an OpenAPI 3.0 or 3.1 document.

    Request bodies are closed, as the API closes them, where the document knows all the fields: an object schema marked
    `x-documentation: partial` stays open, unless all its fields were read off a complete example.
    """

    def __init__(self, document: Json) -> None:
        self._document = document
        self._validators: dict[tuple[object, Mode], Draft202012Validator] = {}
        self._kept: list[Json] = []
        self._definitions: dict[Mode, Json] = {}

    def request_items(self, schema: Json, body: Any) -> list[Item]:
        """What is wrong with a request body; each item has the dotted path and the broken rules."""
        return items(self._errors(schema, body, "closed"))

    def parameter_items(self, name: str, schema: Json, value: Any) -> list[Item]:
        return items(self._errors(schema, value, "open"), name)

    def partial_items(self, schema: Json, value: Any, root: str = "") -> list[Item]:
        """What is wrong with the fields that the schema knows; none is required, others are let through."""
        return items(self._errors(schema, value, "partial"), root)

    def answer_violations(self, operation: Operation, status: int, value: Any) -> list[str]:
        """Where an answer does not fit what the schema promises for its status."""
        schema = operation.answers.get(status)
        if schema is None:
            return []
        if value is None:
            return ["$: there is no body, and the schema describes one"]
        return [_said(error) for error in self._errors(schema, value, "open")]

    def envelope_violations(self, value: Any) -> list[str]:
        """Where a refusal does not fit the error envelope."""
        schema = {"$ref": "#/components/schemas/ErrorEnvelope"}
        if "ErrorEnvelope" not in self._defined("open"):
            return []
        return [_said(error) for error in self._errors(schema, value, "open")]

    def _errors(self, schema: Json, value: Any, mode: Mode) -> list[ValidationError]:
        validator = self._validator(schema, mode)
        return [] if validator.is_valid(value) else list(validator.iter_errors(value))

    def _validator(self, schema: Json, mode: Mode) -> Draft202012Validator:
        key = (schema.get("$ref") or id(schema), mode)
        if key not in self._validators:
            self._kept.append(schema)  # An id() is only a key while its object lives.
            whole = {**self._translate(schema, mode), "$defs": self._defined(mode)}
            self._validators[key] = Draft202012Validator(whole, formats=_FORMATS, validate_formats=True)
        return self._validators[key]

    def _defined(self, mode: Mode) -> Json:
        """The schemas of the document, for references to them."""
        if mode not in self._definitions:
            schemas = self._document.get("components", {}).get("schemas", {})
            self._definitions[mode] = {name: self._translate(schema, mode) for name, schema in schemas.items()}
        return self._definitions[mode]

    def _translate(self, node: Any, mode: Mode) -> Any:
        if is_array(node):
            return [self._translate(item, mode) for item in node]
        if not is_object(node):
            return node
        new = dict(self._keywords(node, mode))
        if mode == "closed" and self._is_closed(node):
            new["additionalProperties"] = False
        return _nullable(new) if node.get("nullable") is True else new

    def _keywords(self, node: Json, mode: Mode) -> Iterator[tuple[str, Any]]:
        for keyword, value in node.items():
            if keyword in _DROPPED or keyword.startswith("x-") or keyword == "nullable":
                continue
            if keyword == "$ref":
                yield keyword, str(value).replace("#/components/schemas/", "#/$defs/")
            elif keyword == "properties":
                known = {name: self._translate(schema, mode) for name, schema in value.items()}
                # What is not documented is let through, but no name of Python's for what is.
                yield keyword, {**dict.fromkeys(map(_snake, known), False), **known} if mode == "partial" else known
            elif keyword in {"exclusiveMinimum", "exclusiveMaximum"} and isinstance(value, bool):
                if value:
                    yield keyword, node["minimum" if keyword == "exclusiveMinimum" else "maximum"]
            elif keyword == "format":
                if value in _FORMATS:
                    yield keyword, value
            elif keyword in {"enum", "required", "type"}:
                if not (keyword == "required" and mode == "partial"):
                    yield keyword, value
            else:
                yield keyword, self._translate(value, mode)

    def _is_closed(self, node: Json) -> bool:
        properties = node.get("properties")
        if not properties or "additionalProperties" in node or "allOf" in node:
            return False
        if node.get("x-documentation") != "partial":
            return True
        return all(schema.get("x-source") == "example" for schema in properties.values())


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda upper: f"_{upper[0]}", name).lower()


def _said(error: ValidationError) -> str:
    return f"{'.'.join(['$', *map(str, error.instance_path)])}: {error.message[:200]}"


def _nullable(schema: Json) -> Json:
    """Say null in JSON Schema's words."""
    if "enum" in schema and None not in schema["enum"]:
        schema = {**schema, "enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    if "type" in schema or not schema:
        return schema
    return {"anyOf": [schema, {"type": "null"}]}
