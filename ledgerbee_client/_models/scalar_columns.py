"""Columns of scalars from the wire: what msgspec holds each kind to, and what turns a column of it into attributes."""

from __future__ import annotations

import datetime
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Clamped, Context, Decimal, InvalidOperation, Rounded, Subnormal
from functools import partial
from typing import Any, NamedTuple

import msgspec

from .codecs import BOOLEAN, TEXT, Codec
from .columns import Column, Convert, only
from .freeform import ANY
from .scalars import DATE, DECIMAL_TEXT, INSTANT, INSTANT_TYPE, INTEGER, NUMBER


class FieldPlan(NamedTuple):
    """The type that msgspec holds values to, and what turns a column of them into attributes; None: nothing to do."""

    struct_type: Any
    read: Convert | None


def loose(plan: FieldPlan) -> Convert:
    """Return what converts a column that no Struct held to a type: what a Struct would have done comes first."""
    typed = partial(msgspec.convert, type=_list_of(plan.struct_type))
    return lambda values: plan.read(typed(values)) if plan.read else typed(values)


def _list_of(kind: Any) -> Any:
    return list[kind]


_exact = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Clamped, InvalidOperation, Rounded, Subnormal])


def _decimals(values: Column) -> Column:
    # Unlike Decimal() this takes no 1_000 and no spaces; what is left is digits of other scripts, NaN and Infinity.
    numbers, text = [*map(_exact.create_decimal, values)], "".join(values)
    if not text.isascii() or "n" in text or "N" in text:
        raise ValueError
    return numbers


def _numbers(values: Column) -> Column:
    kinds = {*map(type, values)}
    return values if kinds == {Decimal} else [*map(Decimal, only(int, Decimal)(values))]


def _instants(values: Column) -> Column:
    if [value.tzinfo for value in values].count(datetime.UTC) == len(values):
        return values
    return [value.astimezone(datetime.UTC) for value in values]


STRICT: dict[Codec[Any], FieldPlan] = {
    TEXT: FieldPlan(str | None, None),
    BOOLEAN: FieldPlan(bool | None, None),
    DATE: FieldPlan(datetime.date | None, None),
    ANY: FieldPlan(Any, None),
    INTEGER: FieldPlan(int | None, None),
    NUMBER: FieldPlan(Any, _numbers),
    DECIMAL_TEXT: FieldPlan(str | None, _decimals),
    INSTANT: FieldPlan(INSTANT_TYPE | None, _instants),
}
