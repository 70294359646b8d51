"""
Models in pydantic, and so in FastAPI: as fields, with TypeAdapter, as bodies and answers of endpoints.

pydantic is no dependency: this module is imported when pydantic asks a model how it is read and written.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic_core import core_schema

from .._base.shapes import is_list, is_object
from ..types import UNSET
from .codecs import WireError, join
from .jsonio import as_number


def core_schema_of(cls: Any) -> core_schema.CoreSchema:
    """Return what reads a model of a class or a mapping of wire names, and writes `to_dict()`."""

    def validate(value: Any) -> Any:
        if isinstance(value, cls):
            return value
        try:
            model = cls.from_dict(value)
        except WireError as error:
            raise ValueError(str(error)) from None
        # The API may leave out what it promises; callers of somebody's own endpoint may not.
        if missing := next(_missing(model, ""), None):
            raise ValueError(missing)
        return model

    def serialize(value: Any, info: core_schema.SerializationInfo) -> Any:
        return _json(value.to_dict()) if info.mode == "json" else value.to_dict()

    return core_schema.no_info_plain_validator_function(
        validate,
        serialization=core_schema.plain_serializer_function_ser_schema(serialize, info_arg=True),
    )


def _missing(value: Any, path: str) -> Iterator[str]:
    """Yield what is required and was not given."""
    if is_list(value):
        for number, item in enumerate(value):
            yield from _missing(item, join(path, number))
    for field in getattr(value, "_wire", ()):
        inner = getattr(value, field.name)
        if inner is UNSET and field.required:
            yield f"{join(path, field.wire)}: expected {field.codec.expected}, got nothing"
        yield from _missing(inner, join(path, field.wire))


def _json(value: Any) -> Any:
    # pydantic writes a Decimal as text, and the API writes numbers. One that no float can carry stays text.
    if isinstance(value, Decimal):
        number = as_number(value)
        return str(value) if number is None else number
    if is_object(value):
        return {key: _json(item) for key, item in value.items()}
    return [_json(item) for item in value] if is_list(value) else value
