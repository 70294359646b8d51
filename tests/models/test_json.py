"""JSON in and out is exact, and nothing but JSON."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from ledgerbee_client._models.model import dumps, loads
from ledgerbee_client.errors import InvalidValueError


def test_fractions_are_decimals_from_the_bytes() -> None:
    """Trailing zeros and digits beyond a float's included; whole numbers are ints."""
    assert {"a": Decimal("0.10"), "b": Decimal("12345678901234567.89"), "c": 5} == loads(
        b'{"a":0.10,"b":12345678901234567.89,"c":5}'
    )
    assert "0.10" == str(loads(b"0.10"))


def test_of_a_key_that_comes_twice_the_last_one_counts() -> None:
    """As every browser reads it."""
    assert {"a": 2} == loads(b'{"a":1,"a":2}')


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b'{"a":', b"NaN", b"[Infinity]", b"\xff\xfe{", b"[" * 100_000, b"1" * 5000]
)
def test_what_is_no_json_is_a_value_error(data: bytes) -> None:
    """One kind of error, whatever is wrong with it."""
    with pytest.raises(ValueError):  # noqa: PT011
        loads(data)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("0.10"), b"0.1"),
        (Decimal("100.0"), b"100"),
        (Decimal("1E+3"), b"1000"),
        (Decimal("-0.00001"), b"-1e-05"),
        ({"é": [1, None, True]}, '{"é":[1,null,true]}'.encode()),
    ],
)
def test_decimals_are_numbers(value: object, expected: bytes) -> None:
    """Whole ones without a point."""
    assert expected == dumps(value)


@pytest.mark.parametrize(
    "text", ["0.1", "1234567890.12345", "99999999999999.9", "0.000001", "-12.5", "1E+22", "1e-300"]
)
def test_what_is_written_is_the_same_number_to_every_reader(text: str) -> None:
    """A reader with floats and one with Decimals agree with the sender."""
    written = dumps(Decimal(text))

    assert Decimal(text) == json.loads(written, parse_float=Decimal, parse_int=Decimal)
    assert Decimal(text) == Decimal(repr(float(json.loads(written))))


@pytest.mark.parametrize(
    "value",
    [Decimal("99999999999999.99"), Decimal("NaN"), Decimal("Infinity"), float("nan"), object(), b"x", {"a": {1}}],
)
def test_what_json_cannot_carry_is_refused(value: object) -> None:
    """As one of our own errors."""
    with pytest.raises(InvalidValueError):
        dumps(value)


def test_a_circle_is_refused() -> None:
    """Not a bare ValueError of the standard library's."""
    circle: list[object] = []
    circle.append(circle)

    with pytest.raises(InvalidValueError):
        dumps(circle)
