"""JSON in and out, exact. Everything that is JSON and no model goes through here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, NoReturn

import msgspec

from .._base.shapes import as_object
from ..errors import InvalidValueError

_all_digits = msgspec.json.Encoder(decimal_format="number").encode
EXACT_NUMBER = "a number that JSON readers understand exactly (15 significant digits always are)"


def loads(data: bytes | str) -> Any:
    """
    Read JSON; a number with a fraction or an exponent becomes a `Decimal`, exact from the bytes.

    Of a key that comes twice the last one counts.

    Raises:
        ValueError: this is not JSON; NaN and Infinity are not either.
    """
    try:
        return json.loads(data, parse_float=Decimal, parse_constant=_refuse_constant)
    except (RecursionError, ArithmeticError):
        raise ValueError("JSON is nested too deeply, or a number has no end of digits") from None


def load_object(data: bytes | str) -> Mapping[str, Any]:
    """Read JSON that should be an object; an empty one in place of anything else."""
    try:
        return as_object(loads(data))
    except ValueError:
        return {}


def dumps(value: Any) -> bytes:
    """
    Write what `write()` of a codec gave, for sending: Decimals as numbers, without spaces.

    Raises:
        InvalidValueError: a Decimal would not survive as a JSON number, or something is no JSON.
    """
    try:
        return json.dumps(value, default=_number, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except InvalidValueError:
        raise
    except (ValueError, RecursionError) as error:
        raise InvalidValueError("body", "values that JSON can carry", str(error) or type(error).__name__) from None


def to_text(value: Any) -> str:
    """
    Write JSON for storing, Decimals as numbers with all their digits, whatever a reader with floats makes of them.

    Raises:
        InvalidValueError: something is no JSON, NaN for instance.
    """
    try:
        written = _all_digits(value)
        msgspec.json.decode(written, type=msgspec.Raw)  # Decimals that are not finite are written, and are no JSON.
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidValueError("", "values that JSON can carry", str(error) or type(error).__name__) from None
    return written.decode()


def array_items(data: bytes) -> list[memoryview]:
    """Return the items of a JSON array, each as its own bytes."""
    return [memoryview(item) for item in msgspec.json.decode(data, type=list[msgspec.Raw])]


def count_items(body: bytes) -> int:
    """Return the length of the list that a body is, or of the longest in its object; 0 for what cannot be read."""
    with suppress(ValueError):
        if body[:1] == b"[":
            return len(array_items(body))
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        return max((count_items(bytes(value)) for value in fields.values() if bytes(value)[:1] == b"["), default=0)
    return 0


def is_exact(value: Decimal | int) -> bool:
    """
    Return True if a reader that parses JSON numbers as 64-bit floats, as JavaScript does, gets this very value.

    True for 0.1: the shortest text of its float is 0.1 again. False for 99999999999999.99.
    """
    try:
        return Decimal(repr(float(value))) == value
    except OverflowError:
        return False


def as_number(value: Decimal) -> int | float | None:
    """Return the number whose text in JSON is this very value, or None where there is none."""
    if not (value.is_finite() and is_exact(value)):
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _number(value: object) -> int | float:
    if not isinstance(value, Decimal):
        raise InvalidValueError("body", "values that JSON can carry", type(value).__name__)
    number = as_number(value)
    if number is None:
        raise InvalidValueError("body", EXACT_NUMBER, repr(value))
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
