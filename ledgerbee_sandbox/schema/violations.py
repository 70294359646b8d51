"""Schema violations in the API's words: a dotted path, and the names that its validator gives to broken rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jsonschema_rs import ValidationError, ValidationErrorKind

from ledgerbee_sandbox.json_types import is_array

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
    path = [*([root] if root else []), *map(str, error.instance_path)]
    kind = error.kind
    if isinstance(kind, ValidationErrorKind.Required):
        said = f"{kind.property} should not be null or undefined"
        return [(".".join([*path, kind.property]), "isDefined", said)]
    if isinstance(kind, ValidationErrorKind.AdditionalProperties):
        extra = sorted(kind.unexpected)
        return [(".".join([*path, name]), "whitelistValidation", f"property {name} should not exist") for name in extra]
    if isinstance(kind, ValidationErrorKind.FalseSchema):
        first, *rest = path[-1].split("_")
        said = f"property {path[-1]} should not exist, its name is {first}{''.join(map(str.capitalize, rest))}"
        return [(".".join(path), "whitelistValidation", said)]
    rule, text = _rule(kind)
    return [(".".join(path), rule, f"{path[-1] if path else 'body'} {text}")]


def _rule(kind: ValidationErrorKind) -> tuple[str, str]:
    if isinstance(kind, ValidationErrorKind.Type):
        wanted = next((name for name in kind.types if name != "null"), "null")
        return _TYPES.get(wanted, ("isType", f"must be of type {wanted}"))
    if isinstance(kind, ValidationErrorKind.Format):
        return _FORMATS[kind.format]
    rule, text = _RULES.get(kind.name, (kind.name, f"must fit {kind.name}"))
    said = ", ".join(str(part) for part in _limits(kind.value) if part is not None)
    return rule, text.format(said)


def _limits(value: Any) -> list[Any]:
    return value if is_array(value) else [value]
