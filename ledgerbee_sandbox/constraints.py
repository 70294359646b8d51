"""Schema violations in the API's words: a dotted path, and the names that its validator gives to broken rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jsonschema.exceptions import ValidationError

from ledgerbee_sandbox.shapes import is_array, is_object

Item = dict[str, Any]
_TYPES = {
    "string": ("isString", "must be a string"),
    "number": ("isNumber", "must be a number conforming to the specified constraints"),
    "integer": ("isInt", "must be an integer number"),
    "boolean": ("isBoolean", "must be a boolean value"),
    "array": ("isArray", "must be an array"),
    "object": ("isObject", "must be an object"),
}
_RULES = {
    "enum": ("isEnum", "must be one of the following values: {}"),
    "minimum": ("min", "must not be less than {}"),
    "maximum": ("max", "must not be greater than {}"),
    "minLength": ("minLength", "must be longer than or equal to {} characters"),
    "maxLength": ("maxLength", "must be shorter than or equal to {} characters"),
    "minItems": ("arrayMinSize", "must contain at least {} elements"),
    "maxItems": ("arrayMaxSize", "must contain no more than {} elements"),
    "pattern": ("matches", "must match {} regular expression"),
}
_FORMATS = {
    "email": ("isEmail", "must be an email"),
    "date-time": ("isDateString", "must be a valid ISO 8601 date string"),
}


def items(errors: Iterable[ValidationError], root: str = "") -> list[Item]:
    """One item per field, its constraints together, in the order of the paths."""
    found: dict[str, dict[str, str]] = {}
    for error in errors:
        for prop, rule, text in _broken(error, root):
            found.setdefault(prop, {})[rule] = text
    return [{"property": prop, "constraints": found[prop]} for prop in sorted(found)]


def _broken(error: ValidationError, root: str) -> list[tuple[str, str, str]]:
    path = [*([root] if root else []), *(str(part) for part in error.absolute_path)]
    if error.validator == "required":
        missing = [name for name in _texts(error.validator_value) if name not in _names(error.instance)]
        return [(".".join([*path, name]), "isDefined", f"{name} should not be null or undefined") for name in missing]
    if error.validator == "additionalProperties":
        known = _names(error.schema.get("properties", {})) if is_object(error.schema) else set[str]()
        extra = sorted(_names(error.instance) - known)
        return [(".".join([*path, name]), "whitelistValidation", f"property {name} should not exist") for name in extra]
    prop = ".".join(path)
    rule, text = _rule(error)
    return [(prop, rule, f"{path[-1] if path else 'body'} {text}")]


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value]


def _names(value: Any) -> set[str]:
    return set(value)


def _rule(error: ValidationError) -> tuple[str, str]:
    value = error.validator_value
    if error.validator == "type":
        wanted = value[0] if is_array(value) else value
        return _TYPES.get(str(wanted), ("isType", f"must be of type {wanted}"))
    if error.validator == "format":
        return _FORMATS.get(str(value), ("isFormat", f"must be a {value}"))
    rule, text = _RULES.get(str(error.validator), (str(error.validator), f"must fit {error.validator}"))
    said = ", ".join(str(item) for item in value if item is not None) if is_array(value) else str(value)
    return rule, text.format(said)
