"""The schema as judge: of every request the sandbox gets, and of every answer it gives."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from ledgerbee_sandbox.books.clock import parse_instant
from ledgerbee_sandbox.constraints import Item, items
from ledgerbee_sandbox.document import Json, Operation

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
_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or (parse_instant(value) is not None and len(value) > 10)


@_FORMATS.checks("email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or "@" in value[1:-1]


class Contract:
    """
    JSON Schema validators made from an OpenAPI 3.0 or 3.1 document.

    Request bodies are closed, as the API closes them, where the document knows all the fields: an object schema marked
    `x-documentation: partial` stays open, unless all its fields were read off a complete example.
    """

    def __init__(self, document: Json) -> None:
        self._document = document
        self._validators: dict[tuple[object, bool], Draft202012Validator] = {}
        self._kept: list[Json] = []
        self._definitions = {
            closed: {
                name: self._translate(schema, closed=closed)
                for name, schema in document.get("components", {}).get("schemas", {}).items()
            }
            for closed in (True, False)
        }

    def request_items(self, schema: Json, body: Any) -> list[Item]:
        """What is wrong with a request body; each item has the dotted path and the broken rules."""
        return items(self._validator(schema, closed=True).iter_errors(body))

    def parameter_items(self, name: str, schema: Json, value: Any) -> list[Item]:
        return items(self._validator(schema, closed=False).iter_errors(value), name)

    def answer_misfits(self, operation: Operation, status: int, value: Any) -> list[ValidationError]:
        """Where an answer does not fit what the schema promises for its status."""
        schema = operation.answers.get(status)
        if schema is None:
            return []
        return list(self._validator(schema, closed=False).iter_errors(value))

    def envelope_misfits(self, value: Any) -> list[ValidationError]:
        """Where a refusal does not fit the error envelope."""
        schema = {"$ref": "#/components/schemas/ErrorEnvelope"}
        if "ErrorEnvelope" not in self._definitions[False]:
            return []
        return list(self._validator(schema, closed=False).iter_errors(value))

    def _validator(self, schema: Json, *, closed: bool) -> Draft202012Validator:
        key = (schema.get("$ref") or id(schema), closed)
        if key not in self._validators:
            self._kept.append(schema)  # An id() is only a key while its object lives.
            whole = {**self._translate(schema, closed=closed), "$defs": self._definitions[closed]}
            self._validators[key] = Draft202012Validator(whole, format_checker=_FORMATS)
        return self._validators[key]

    def _translate(self, node: Any, *, closed: bool) -> Any:
        if isinstance(node, list):
            return [self._translate(item, closed=closed) for item in node]
        if not isinstance(node, dict):
            return node
        if node.get("x-undocumented"):
            return {"type": "object"} if closed else {}
        new = dict(self._keywords(node, closed))
        if closed and self._is_closed(node):
            new["additionalProperties"] = False
        return _nullable(new) if node.get("nullable") is True else new

    def _keywords(self, node: Json, closed: bool) -> Iterator[tuple[str, Any]]:
        for keyword, value in node.items():
            if keyword in _DROPPED or keyword.startswith("x-") or keyword == "nullable":
                continue
            if keyword == "$ref":
                yield keyword, str(value).replace("#/components/schemas/", "#/$defs/")
            elif keyword == "properties":
                yield keyword, {name: self._translate(schema, closed=closed) for name, schema in value.items()}
            elif keyword in {"exclusiveMinimum", "exclusiveMaximum"} and isinstance(value, bool):
                if value:
                    yield keyword, node["minimum" if keyword == "exclusiveMinimum" else "maximum"]
            elif keyword in {"enum", "required", "type"}:
                yield keyword, value
            else:
                yield keyword, self._translate(value, closed=closed)

    def _is_closed(self, node: Json) -> bool:
        properties = node.get("properties")
        if not properties or "additionalProperties" in node or "allOf" in node:
            return False
        if node.get("x-documentation") != "partial":
            return True
        return all(schema.get("x-source") == "example" for schema in properties.values())


def _nullable(schema: Json) -> Json:
    """Say null in JSON Schema's words."""
    if "enum" in schema and None not in schema["enum"]:
        schema = {**schema, "enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    if "type" in schema or not schema:
        return schema
    return {"anyOf": [schema, {"type": "null"}]}


def number(text: str) -> int | Decimal:
    """Read the digits of a JSON number or a query value, exactly."""
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError(text)
    return int(value) if value == value.to_integral_value() and abs(value) < 10**18 else value
