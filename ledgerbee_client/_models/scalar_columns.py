"""Columns of scalars from the wire: what msgspec holds each kind to, and what turns a column of it into attributes."""

from __future__ import annotations

import datetime
from contextlib import suppress
from decimal import Decimal
from typing import Any, NamedTuple

from ..types import OpenStrEnum
from .codecs import BOOLEAN, TEXT, Codec
from .columns import Column, Convert, only
from .freeform import ANY
from .scalars import DATE, DECIMAL_TEXT, INSTANT, INTEGER, NUMBER


class FieldPlan(NamedTuple):
    """The type that msgspec holds values to, and what turns a column of them into attributes; None: nothing to do."""

    struct_type: Any
    read: Convert | None


def only_texts(plan: FieldPlan) -> Convert:
    """Return what converts a column of a text-like scalar that no Struct holds to a type."""
    texts = only(str)
    return lambda values: plan.read(texts(values)) if plan.read else texts(values)


def enums(cls: type[OpenStrEnum]) -> Convert:
    members: dict[str, Any] = {str(member): member for member in cls}

    def column(values: Column) -> Column:
        with suppress(KeyError):
            return [*map(members.__getitem__, values)]
        # A value that the schema does not know is made once per column, and not remembered for ever.
        known = members | {value: cls(value) for value in {*values} - members.keys()}
        return [*map(known.__getitem__, values)]

    return column


def _decimals(values: Column) -> Column:
    numbers, text = [*map(Decimal, values)], "".join(values)
    # Python takes more for a number than stands on a wire: 1_000, spaces, digits of other scripts, and NaN.
    plain = text.isascii() and "_" not in text and text.split() == [text]
    if numbers and not (plain and all(map(Decimal.is_finite, numbers))):
        raise ValueError
    return numbers


def _numbers(values: Column) -> Column:
    kinds = {*map(type, values)}
    return values if kinds == {Decimal} else [*map(Decimal, only(int, Decimal)(values))]


def _instants(values: Column) -> Column:
    # With a Z at the end of each text, each is in UTC. One in the middle is a separator to Python, and says nothing.
    if "\n".join((*values, "")).count("Z\n") != len(values):
        raise ValueError
    return [*map(datetime.datetime.fromisoformat, values)]


def dates_of(values: Column) -> Column:
    """Read texts like 2026-01-31; Python also takes 20260131 and week dates, which no page of the API shows."""
    if {*map(len, values)} != {10} or {value[7] for value in values} != {"-"}:
        raise ValueError
    return [*map(datetime.date.fromisoformat, values)]


STRICT: dict[Codec[Any], FieldPlan] = {
    TEXT: FieldPlan(str | None, None),
    BOOLEAN: FieldPlan(bool | None, None),
    DATE: FieldPlan(datetime.date | None, None),
    ANY: FieldPlan(Any, None),
    INTEGER: FieldPlan(int | None, None),
    NUMBER: FieldPlan(Any, _numbers),
    DECIMAL_TEXT: FieldPlan(str | None, _decimals),
    INSTANT: FieldPlan(str | None, _instants),
}
LOOSE: dict[Codec[Any], Convert] = {
    BOOLEAN: only(bool),
    INTEGER: only(int),
    NUMBER: _numbers,
    DATE: lambda values: dates_of(only(str)(values)),
    ANY: lambda values: values,
}
"""Converters of scalars that no Struct holds to a type; the columns of all others are texts."""
