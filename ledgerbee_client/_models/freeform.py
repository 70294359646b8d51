"""Values whose type no schema tells: what a mapping of wire names or a free-form object holds."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, cast, final

from .._base.shapes import is_list, is_object
from ..types import UNSET
from .codecs import Codec, WireValue, join, kept, refused, write_text
from .scalars import DATE, DECIMAL_TEXT, INSTANT, write_number

_PRICES = frozenset({"unitPrice", "unitAmount", "flatFee"})
"""Names of decimal strings wherever the API documents them; `amount` is a number in one place, text in another."""
ANYTHING = "text, a number, True or False, None, a date, a list, a mapping, a model or an Attachment"


def encode(value: Any, path: str) -> Any:
    """Return what JSON can carry of a value, by its Python type; a mapping's keys are wire names."""
    written: Any
    if value is None or isinstance(value, bool):
        written = value
    elif isinstance(value, str):
        written = write_text(value, path)
    elif isinstance(value, int | float | Decimal):
        written = write_number(value, path)
    elif isinstance(value, datetime.date):
        written = (INSTANT if isinstance(value, datetime.datetime) else DATE).write(value, path)
    elif is_object(value):
        written = write_object(value, path)
    elif is_list(value):
        written = [encode(item, join(path, index)) for index, item in enumerate(value)]
    elif isinstance(value, WireValue):
        written = value.to_wire(path)
    else:
        raise refused(path, ANYTHING, value)
    return written


def write_object(value: Mapping[Any, Any], path: str) -> dict[str, Any]:
    """Return a mapping whose fields no schema tells; a field that is UNSET is left out."""
    fields: dict[str, Any] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise refused(path, "a mapping with text keys", key)
        if item is not UNSET:
            fields[write_text(key, path)] = encode_field(key, item, join(path, key))
    return fields


def encode_field(name: str, value: Any, path: str) -> Any:
    """Return what JSON can carry of a field that no schema tells, by its name on the wire and its Python type."""
    if isinstance(value, Decimal) and name in _PRICES:
        return DECIMAL_TEXT.write(value, path)
    return encode(value, path)


@final
class _Anything(Codec[Any]):
    expected = "any value"

    def read(self, value: Any, path: str) -> Any:
        return value

    def write(self, value: Any, path: str) -> Any:
        return encode(value, path)


@final
class _FreeForm(Codec[dict[str, Any]]):
    expected = "an object"

    def read(self, value: Any, path: str) -> dict[str, Any]:
        return cast("dict[str, Any]", value) if isinstance(value, dict) else kept(value, path, self.expected)

    def write(self, value: Any, path: str) -> dict[str, Any]:
        if not is_object(value):
            raise refused(path, "a mapping", value)
        return write_object(value, path)


ANY: Final[Codec[Any]] = _Anything()
FREE_FORM: Final[Codec[dict[str, Any]]] = _FreeForm()
