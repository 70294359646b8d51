"""What a request gives to its operation: query, headers and body, checked against the schema."""

from __future__ import annotations

from typing import Any

from ledgerbee_sandbox.api.request import ApiRequest
from ledgerbee_sandbox.json_codec import load, number
from ledgerbee_sandbox.json_types import is_array
from ledgerbee_sandbox.rules.call import Refusal, invalid_all
from ledgerbee_sandbox.schema.document import Operation, Parameter
from ledgerbee_sandbox.schema.validation import SchemaValidator
from ledgerbee_sandbox.schema.violations import Item

JSON = "application/json"


def body(validator: SchemaValidator, operation: Operation, request: ApiRequest, raw: bytes) -> Any:
    """
    The parsed body.

    Raises:
        Refusal: 415, it is sent as something else than JSON; 400, it is no JSON, it is missing, or it does not fit the
            schema.
    """
    if operation.body is None:
        return None
    if not raw.strip():
        if not operation.body_required:
            return None
        value: Any = {}
    else:
        if request.media_type != JSON:
            raise Refusal(415, f"The body is sent as {request.media_type or 'no type'}; send it as {JSON}")
        try:
            value = load(raw)
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise Refusal(400, f"The body is no JSON: {type(error).__name__}") from None
    wrong = validator.request_items(operation.body, value)
    if not raw.strip():
        wrong = wrong or [_missing("body")]
    if wrong:
        raise invalid_all(wrong)
    return value


def query(validator: SchemaValidator, operation: Operation, request: ApiRequest) -> dict[str, Any]:
    """
    The declared query parameters that were sent, as values of their types; others are ignored.

    Raises:
        Refusal: 400, a value does not fit, or a required one is missing.
    """
    values: dict[str, Any] = {}
    wrong: list[Item] = []
    for parameter in operation.parameters:
        if parameter.place != "query":
            continue
        sent = _sent(parameter, request)
        if sent is None:
            if parameter.required:
                wrong.append(_missing(parameter.name))
            continue
        values[parameter.name] = value = _typed(parameter.schema, sent)
        wrong += validator.parameter_items(parameter.name, parameter.schema, value)
    if wrong:
        raise invalid_all(wrong)
    return values


def headers(operation: Operation, request: ApiRequest) -> dict[str, str]:
    """
    The declared header parameters.

    Raises:
        Refusal: 400, a required one is missing.
    """
    declared = [parameter for parameter in operation.parameters if parameter.place == "header"]
    if absent := [_missing(p.name) for p in declared if p.required and not request.headers.get(p.name)]:
        raise invalid_all(absent)
    return {p.name: request.headers[p.name] for p in declared if p.name in request.headers}


def _missing(name: str) -> Item:
    return {"property": name, "constraints": {"isNotEmpty": f"{name} should not be empty"}}


def _sent(parameter: Parameter, request: ApiRequest) -> Any:
    """What the query says for a parameter: a text, a list, a mapping, or None."""
    if parameter.deep:
        start = f"{parameter.name}["
        pairs: dict[str, Any] = {}
        for name, value in request.query:
            if name.startswith(start) and name.endswith("]"):
                key, _, deeper = name[len(start) : -1].partition("][")
                if not key:  # `name[]=value` says a list.
                    return [value]
                read: Any = {deeper: value} if deeper else value
                pairs[key] = [pairs[key], read] if key in pairs else read
        return pairs or None
    values = [value for name, value in request.query if name == parameter.name]
    if not values:
        return None
    if parameter.schema.get("type") == "array":
        return values if parameter.exploded else [part for value in values for part in value.split(",")]
    return values[-1]


def _typed(schema: dict[str, Any], sent: Any) -> Any:
    """Turn text into the type of the schema; text that is no such value stays text, which the schema then refuses."""
    if is_array(sent):
        return [_typed(schema.get("items") or {}, item) for item in sent]
    kind = schema.get("type")
    if kind in {"number", "integer"}:
        try:
            return number(sent)
        except (ValueError, ArithmeticError):
            return sent
    if kind == "boolean" and sent in {"true", "false"}:
        return sent == "true"
    return sent
