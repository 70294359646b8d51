"""
Columns: the values that one field has in all the models that are read or written together, converted at once.

A converter refuses a column with one of REFUSALS where a value is not plainly right; its caller takes a slower way.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, chain, pairwise
from typing import Any

from ..types import UNSET
from .codecs import WireError

Column = list[Any] | tuple[Any, ...]
Convert = Callable[[Column], Column]
REFUSALS = (ValueError, TypeError, ArithmeticError, AttributeError, RecursionError, WireError)
"""What a converter raises for a value that is not plainly right; the table reads or writes it."""
_UNSET = frozenset((type(UNSET),))
_ABSENT = _UNSET | {type(None)}


def only(*kinds: type) -> Convert:
    """Return a converter that passes a column of these very types, and no subclasses (True is an int)."""
    allowed = frozenset(kinds)

    def convert(values: Column) -> Column:
        if not {*map(type, values)} <= allowed:
            raise TypeError
        return values

    return convert


def where_given(convert: Convert, *, none: bool = True) -> Convert:
    """Return a converter of what was given: UNSET stays, and so does None unless `none` is false."""
    absent = _ABSENT if none else _UNSET

    def column(values: Column) -> Column:
        if values and values[0] is UNSET and values.count(UNSET) == len(values):
            return values
        try:
            return convert(values)
        except REFUSALS:
            # Looked for only where a whole column does not convert.
            if absent.isdisjoint(map(type, values)):
                raise
            given = iter(convert([value for value in values if type(value) not in absent]))
            return [value if type(value) in absent else next(given) for value in values]

    return column


def in_lists(convert: Convert) -> Convert:
    """Return a converter of lists: the items of all of them are one column, which is cut into lists again."""
    lists = only(list, tuple)

    def column(values: Column) -> Column:
        flat = [*chain.from_iterable(lists(values))]
        items = convert(flat)
        if items is flat:
            return values
        sizes = [*map(len, values)]
        if sizes and sizes[0] and sizes.count(sizes[0]) == len(sizes):
            return [*map(list, zip(*[iter(items)] * sizes[0], strict=True))]
        return [items[start:end] for start, end in pairwise([0, *accumulate(sizes)])]

    return column


def piece_by_piece(convert: Convert, by_value: Convert, odd: Callable[[], None]) -> Convert:
    """
    Return a converter of a column in which a few values are odd: halves of it, and of those again, convert as a whole.

    Args:
        convert: For what is plainly right.
        by_value: For the last few values around an odd one.
        odd: Called where there is one.
    """

    def column(values: Column) -> Column:
        try:
            return convert(values)
        except REFUSALS:
            odd()
            half = len(values) // 2
            return by_value(values) if half < 13 else [*column(values[:half]), *column(values[half:])]

    return column


def by_type(kind: type, convert: Convert, by_value: Convert, odd: Callable[[], None]) -> Convert:
    """Return a converter of the values of one type; what else stands among them is null, or odd."""

    def column(values: Column) -> Column:
        others = [value for value in values if type(value) is not kind]
        if not others:
            return convert(values)
        if not {*map(type, others)} <= _ABSENT:
            odd()
        converted, rest = iter(convert([value for value in values if type(value) is kind])), iter(by_value(others))
        return [next(converted) if type(value) is kind else next(rest) for value in values]

    return column
