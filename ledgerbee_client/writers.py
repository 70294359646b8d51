"""
Models written fast: their columns are checked and become the columns of private Structs, which msgspec encodes.

The tables of `wire.py` stay the truth, and their errors the only ones: what is not plainly right here is left to them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import accumulate, chain
from typing import Any, cast

import msgspec

from .amounts import DECIMAL_TEXT, INTEGER, NUMBER
from .codecs import BOOLEAN, TEXT
from .compounds import ArrayCodec, NullableCodec
from .moments import DATE, INSTANT
from .types import UNSET, Unset
from .wire import EnumCodec, Field, Model, ModelCodec

Column = list[Any]
Converter = Callable[[Column, set[type]], Column]
_encode = msgspec.json.Encoder(decimal_format="number").encode
_ABSENT = frozenset([Unset, type(None)])
_EMPTY = (None, msgspec.UNSET)


def written(codec: Any, values: Sequence[Any], keys: Sequence[str]) -> tuple[bytes, list[dict[str, Any]]] | None:
    """Return a JSON array of models, and of each what stands under one of the keys; None: write them by the table."""
    kind: Any = ModelCodec
    if not isinstance(codec, kind) or {*map(type, values)} != {codec.cls}:
        return None
    try:
        writer = _writer_of(codec.cls, ())
        rows = writer.rows(values)
        known = [(key, writer.wires[key]) for key in keys if key in writer.wires]
        found = [{key: value for key, at in known if (value := getattr(row, at)) not in _EMPTY} for row in rows]
        return _encode(rows), found
    except (ValueError, TypeError, RecursionError):
        return None


class _Writer:
    """How one model class is written."""

    def __init__(self, cls: type[Model], around: tuple[type[Model], ...]) -> None:
        table = cls._wire  # pyright: ignore[reportPrivateUsage]
        self.wires = {field.wire: f"f{number}" for number, field in enumerate(table)}
        self.converters = [_column(field, (*around, cls)) for field in table]
        fields: list[Any] = [(name, Any, msgspec.UNSET) for name in self.wires.values()]
        rename = {name: wire for wire, name in self.wires.items()}
        self.struct: Any = msgspec.defstruct(cls.__name__, fields, rename=rename, gc=False)
        lists = ", ".join(f"[model.{field.name} for model in models]" for field in table)
        scope: dict[str, Any] = {}
        exec(f"def columns(models): return [{lists}]", scope)  # noqa: S102 (attribute names of a class that exists)
        self.columns = scope["columns"]

    def rows(self, models: Sequence[Any]) -> Column:
        pairs = zip(self.converters, self.columns(models), strict=True)
        return list(map(self.struct, *(convert(column) for convert, column in pairs)))


def _column(field: Field, around: tuple[type[Model], ...]) -> Callable[[Column], Column]:
    codec: Any = field.codec
    nullable: Any = NullableCodec
    may_be_null = not field.required or isinstance(codec, nullable)
    convert = _converter(codec.item if isinstance(codec, nullable) else codec, around)

    def column(values: Column) -> Column:
        kinds = set(map(type, values))
        absent = kinds & _ABSENT
        if not absent:
            return convert(values, kinds)
        if absent == {Unset} == kinds:
            return [msgspec.UNSET] * len(values)
        if not may_be_null and type(None) in absent:
            raise ValueError
        given = iter(convert([v for v in values if v is not None and v is not UNSET], kinds - absent))
        return [msgspec.UNSET if v is UNSET else None if v is None else next(given) for v in values]

    return column


def _converter(codec: Any, around: tuple[type[Model], ...]) -> Converter:
    many, one, enum = cast("tuple[Any, Any, Any]", (ArrayCodec, ModelCodec, EnumCodec))
    inner = codec.item if isinstance(codec, many) else codec
    if isinstance(inner, one) and inner.cls not in around:
        writer = _writer_of(inner.cls, around)
        return _lists(writer, inner.cls) if inner is not codec else _nested(writer, inner.cls)
    if inner is TEXT and inner is not codec:
        return _text_lists
    return _enums(codec.cls) if isinstance(codec, enum) else _QUICK.get(codec, _never)


def _never(values: Column, kinds: set[type]) -> Column:
    if values:
        raise ValueError
    return values


def _are(kind: type) -> Converter:
    def check(values: Column, kinds: set[type]) -> Column:
        return values if kinds <= {kind} else _never(values, kinds)

    return check


def _integers(values: Column, kinds: set[type]) -> Column:
    return values if kinds == {int} and -(10**15) < min(values) and max(values) < 10**15 else _never(values, kinds)


def _plain(values: Column, kinds: set[type], longest: int) -> list[str]:
    # Digits, points and signs only: no NaN, no exponents.
    texts: list[str] = list(map(Decimal.__str__ if kinds == {Decimal} else str, values))
    plain = kinds <= {Decimal, int} and "".join(texts).replace(".", "").replace("-", "").isdigit()
    return texts if plain and max(map(len, texts)) <= longest else _never(texts, kinds)


def _numbers(values: Column, kinds: set[type]) -> Column:
    # Up to 15 digits go through a 64-bit float, which is what the API reads them into, unharmed.
    _plain(values, kinds, 15)
    return values


def _decimal_texts(values: Column, kinds: set[type]) -> Column:
    return _plain(values, kinds, 60) if kinds <= {Decimal} else _never(values, kinds)


def _instants(values: Column, kinds: set[type]) -> Column:
    return [INSTANT.write(value, "") for value in values]


def _text_lists(values: Column, kinds: set[type]) -> Column:
    return (
        values
        if kinds <= {list, tuple} and {*map(type, chain.from_iterable(values))} <= {str}
        else _never(values, kinds)
    )


_QUICK: dict[Any, Converter] = {
    TEXT: _are(str), BOOLEAN: _are(bool), DATE: _are(datetime.date), INTEGER: _integers, NUMBER: _numbers,
    DECIMAL_TEXT: _decimal_texts, INSTANT: _instants,
}  # fmt: skip


def _enums(cls: type) -> Converter:
    def convert(values: Column, kinds: set[type]) -> Column:
        return list(map(str.__str__, values)) if kinds <= {str, cls} else _never(values, kinds)

    return convert


def _nested(writer: _Writer, cls: type) -> Converter:
    def convert(values: Column, kinds: set[type]) -> Column:
        return writer.rows(values) if kinds <= {cls} else _never(values, kinds)

    return convert


def _lists(writer: _Writer, cls: type) -> Converter:
    def convert(values: Column, kinds: set[type]) -> Column:
        flat = list(chain.from_iterable(values))
        if not (kinds <= {list, tuple} and set(map(type, flat)) <= {cls}):
            raise ValueError
        rows, ends = writer.rows(flat), list(accumulate(map(len, values)))
        return [rows[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    return convert


_writers: dict[tuple[type[Model], ...], _Writer] = {}


def _writer_of(cls: type[Model], around: tuple[type[Model], ...]) -> _Writer:
    key = (*around, cls)
    if key not in _writers:
        _writers[key] = _Writer(cls, around)
    return _writers[key]
