"""
Models and mappings of wire names written fast: their columns are checked at once, and msgspec encodes Structs of them.

The tables of `base.py` decide: they write what is not plainly right here, or say in an error what is wrong.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from contextlib import suppress
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Subnormal
from functools import lru_cache, partial
from itertools import chain
from typing import Any

import msgspec

from ..types import UNSET
from .base import Model
from .codecs import BOOLEAN, TEXT, Codec
from .columns import REFUSALS, Column, Convert, in_lists, only, where_given
from .compounds import ArrayCodec, NullableCodec
from .model import EnumCodec, ModelCodec
from .scalars import DATE, DECIMAL_TEXT, INSTANT, INTEGER, NUMBER

_lists = only(list, tuple)
_encode = msgspec.json.Encoder(decimal_format="number").encode


def write_array(codec: Any, values: Column) -> bytes | None:
    """Return a JSON array of models or of mappings of wire names; None: write them by the table."""
    if type(codec) is ModelCodec:
        with suppress(*REFUSALS):
            return _encode(_writer_of(codec.cls).rows(values))
    return None


class StructWriter:
    """A private Struct beside a model class, and what turns models and mappings of wire names into it."""

    def __init__(self, cls: type[Model], enclosing: frozenset[type[Model]]) -> None:
        table = cls._wire  # pyright: ignore[reportPrivateUsage]
        self._cls, self._names = cls, {field.wire for field in table}
        fields: list[Any] = [(f"f{number}", Any, UNSET) for number in range(len(table))]
        rename = {f"f{number}": field.wire for number, field in enumerate(table)}
        self._struct: Any = msgspec.defstruct(cls.__name__, fields, rename=rename, gc=False)
        converts = [_convert(field.codec, enclosing | {cls}) for field in table]
        self._columns = [
            (field.wire, where_given(convert, none=not field.required or isinstance(field.codec, NullableCodec)))
            for field, convert in zip(table, converts, strict=True)
        ]
        lists = ", ".join(f"[model.{field.name} for model in models]" for field in table)
        # Nothing in Python reads attributes faster.
        self._read = eval(f"lambda models: [{lists}]")  # noqa: S307 (attribute names of a class that exists)

    def rows(self, values: Column) -> list[Any]:
        """Make Structs, checked for what must not be sent."""
        kinds = {*map(type, values)}
        if kinds == {self._cls, dict}:
            made = {kind: iter(self.rows([value for value in values if type(value) is kind])) for kind in kinds}
            return [next(made[type(value)]) for value in values]
        if kinds == {self._cls}:
            columns = self._read(values)
        elif kinds == {dict}:
            columns = self._from_mappings(values)
        elif kinds:
            raise TypeError
        else:
            return []
        if not columns:
            return [self._struct() for _ in values]
        pairs = zip(self._columns, columns, strict=True)
        return [*map(self._struct, *(convert(column) for (_, convert), column in pairs))]

    def _from_mappings(self, values: Column) -> list[Column]:
        names = {*values[0]}
        # Equal in number and all there: the same names in each of them.
        if {*map(len, values)} == {len(names)} and not any(map(names.difference, values[1:])):
            given = {name: [value[name] for value in values] for name in names}
        else:
            names = {*chain.from_iterable(values)}
            given = {name: [value.get(name, UNSET) for value in values] for name in names}
        if not names <= self._names:
            raise ValueError
        absent = [UNSET] * len(values)
        return [given.get(wire, absent) for wire, _ in self._columns]


@lru_cache(1024)
def _writer_of(cls: type[Model], enclosing: frozenset[type[Model]] = frozenset()) -> StructWriter:
    return StructWriter(cls, enclosing)


def _convert(codec: Any, enclosing: frozenset[type[Model]]) -> Convert:
    """Choose how a codec's column is checked and written."""
    kind: Any = codec.__class__
    if kind is NullableCodec:
        return where_given(_convert(codec.item, enclosing))
    if kind is ArrayCodec:
        return _lists_of_texts if codec.item is TEXT else in_lists(_convert(codec.item, enclosing))
    if kind is ModelCodec and codec.cls not in enclosing:
        return _writer_of(codec.cls, enclosing).rows
    if kind is EnumCodec:
        return _or_one_by_one(_texts, codec)
    return _or_one_by_one(_SCALARS[codec], codec) if codec in _SCALARS else only()


def _or_one_by_one(convert: Convert, codec: Codec[Any]) -> Convert:
    def column(values: Column) -> Column:
        try:
            return convert(values)
        except REFUSALS:
            return [codec.write(value, "") for value in values]

    return column


def _texts(values: Column) -> Column:
    # Nothing looks faster whether each of them is a text; enum members are texts, too.
    "".join(values)
    return values


def _lists_of_texts(values: Column) -> Column:
    "".join(map("".join, _lists(values)))
    return values


def _instants(values: Column) -> Column:
    return [INSTANT.write(value, "") for value in values]


def _decimals(values: Column) -> Column:
    # Digits and a point: a text with an exponent in it is written by the table.
    texts = [*map(str, only(Decimal)(values))]
    if texts and not ("".join(texts).replace(".", "").replace("-", "").isdigit() and max(map(len, texts)) <= 60):
        raise ValueError
    return texts


# Up to 15 digits go through a 64-bit float, which is what the API reads them into, unharmed.
_fifteen_digits = Context(prec=15, Emin=-30, Emax=14, traps=[Inexact, InvalidOperation, Overflow, Subnormal])


def _numbers(values: Column) -> Column:
    with suppress(TypeError):
        return _exact(values, Decimal.is_finite)
    return _exact(only(int, Decimal)(values), _fifteen_digits.is_finite)


def _exact(values: Column, is_finite: Callable[[Any], bool]) -> Column:
    if not all(map(is_finite, values)):
        raise ValueError
    list(map(_fifteen_digits.plus, values))
    return values


_SCALARS: dict[Codec[Any], Convert] = {
    TEXT: _texts,
    BOOLEAN: only(bool),
    DATE: partial(msgspec.convert, type=list[datetime.date]),
    INTEGER: lambda values: _exact(only(int)(values), _fifteen_digits.is_finite),
    NUMBER: _numbers,
    DECIMAL_TEXT: _decimals,
    INSTANT: _instants,
}
