"""What a schema says beside its type, in words and as it stands: limits, and what the server takes for granted."""

from __future__ import annotations

import json
from typing import Any

from regen.document.dialect import LIMITS, joined
from regen.model.api import Schema


def full_description(schema: Schema) -> str:
    """The description with what the type cannot say: limits and the server's default."""
    default = default_of(schema)
    assumed = None if default is None else f"Default of the server: {default}"
    return joined(schema.get("description"), limits_text(schema), assumed)


def limits_text(schema: Schema) -> str | None:
    """`1 to 100`, `At least 1 item`, `At most 200 characters`."""
    sentences = []
    for low, high, unit in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", "character"),
        ("minItems", "maxItems", "item"),
    ):
        least, most = _number(schema.get(low)), _number(schema.get(high))
        if unit and least == "0":
            least = None
        open_ended_range = schema.get("exclusiveMinimum") is True or schema.get("exclusiveMaximum") is True
        if least is not None and most is not None and (unit or not open_ended_range):
            sentences.append(f"{least} to {most}{_unit(unit, most)}")
            continue
        if least is not None:
            sentences.append(
                f"{'More than' if schema.get('exclusiveMinimum') is True else 'At least'} {least}{_unit(unit, least)}"
            )
        if most is not None:
            sentences.append(
                f"{'Less than' if schema.get('exclusiveMaximum') is True else 'At most'} {most}{_unit(unit, most)}"
            )
    return joined(*sentences) or None


def _number(value: Any) -> str | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return str(int(value)) if float(value).is_integer() else repr(value)


def _unit(unit: str, number: str) -> str:
    return f" {unit}{'' if number == '1' else 's'}" if unit else ""


def as_text(value: Any) -> str:
    """A value of the document as a reader would say it."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def default_of(schema: Schema) -> str | None:
    """What the server takes where nothing is sent, as the docstring says it; None where it does not say."""
    return as_text(schema["default"]) if schema.get("default") is not None else None


def limits_of(schema: Schema) -> Schema:
    """The limits of a value, those of its items included."""
    limits = {key: schema[key] for key in (*LIMITS, "pattern") if key in schema}
    if isinstance(schema.get("items"), dict):
        limits.update({f"items.{key}": value for key, value in limits_of(schema["items"]).items()})
    return limits
