"""
Models read and written fast: msgspec turns bytes into private Structs and back, and their columns are those of models.

The tables of `wire.py` stay the truth, and their errors the only ones: whatever is not plainly right here is left to
them. A field that nobody knew is learned from the first model that is read with it, so that an API which grows is read
as fast as one that does not.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from contextlib import suppress
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Subnormal
from functools import lru_cache
from itertools import accumulate, chain, pairwise, repeat
from typing import Any, NamedTuple

import msgspec

from ..types import UNSET, OpenStrEnum
from .codecs import BOOLEAN, TEXT, WireError
from .compounds import ArrayCodec, NullableCodec
from .freeform import ANY
from .model import EnumCodec, Field, Model, ModelCodec, unknown_names_by_class
from .scalars import DATE, DECIMAL_TEXT, INSTANT, INTEGER, NUMBER

Column = list[Any] | tuple[Any, ...]
Convert = Callable[[Column], Column]
EnclosingClasses = tuple[type[Model], ...]
"""The classes that a class stands in: one that comes again inside itself is read and written by the table."""
_BESIDE = ("total", "page", "limit", "totalPages")
"""What stands beside the `data` of a usual page."""
_REFUSALS = (ValueError, TypeError, ArithmeticError, AttributeError, RecursionError, WireError)
"""What says that a value is not plainly right, and is for the table."""
_encode = msgspec.json.Encoder(decimal_format="number").encode


def read_one(codec: Any, body: bytes) -> Any:
    """Return what the codec makes of a whole body, or None: read it by the table."""
    inner = codec.item if type(codec) is ArrayCodec else codec
    if type(inner) is ModelCodec:
        with suppress(*_REFUSALS):
            reader = _reader_of(inner.cls)
            return reader.models([reader.one(body)])[0] if inner is codec else reader.models(reader.many(body))
    return None


def read_page(codec: Any, body: bytes) -> tuple[dict[str, Any], str, list[Any]] | None:
    """Return an object's other fields, the name of its only list, and its models; None: read it by the table."""
    if type(codec) is ModelCodec and hasattr(codec.cls, "id"):
        with suppress(*_REFUSALS):
            return _reader_of(codec.cls).page(body)
    return None


def write_array(codec: Any, values: Column) -> bytes | None:
    """Return a JSON array of models; None: write them by the table."""
    if type(codec) is ModelCodec:
        with suppress(*_REFUSALS):
            return _encode(_reader_of(codec.cls).rows(values))
    return None


class _Plan(NamedTuple):
    """The type that msgspec holds values to, and what makes of a column of them one of a model's, and back."""

    struct_type: Any
    read: Convert | None
    write: Convert


class StructReader:
    """A private Struct beside a model class, with the unknown fields learned so far."""

    def __init__(self, cls: type[Model], enclosing_classes: EnclosingClasses) -> None:
        self.cls = cls
        unknown = unknown_names_by_class.get(cls, ())
        table = sorted(cls._wire, key=lambda field: not field.required)  # pyright: ignore[reportPrivateUsage]
        plans = [_plan(field.codec, f"{cls.__name__}.{field.wire}", (*enclosing_classes, cls)) for field in table]
        rename = {f"f{number}": field.wire for number, field in enumerate(table)}
        rename |= {f"u{number}": wire for number, wire in enumerate(unknown)}
        fields: list[Any] = [(f"f{n}", plan.struct_type) for n, plan in enumerate(plans) if table[n].required]
        fields += [(f"f{n}", plan.struct_type, UNSET) for n, plan in enumerate(plans) if not table[n].required]
        fields += [(f"u{n}", Any, UNSET) for n in range(len(unknown))]
        self.struct: Any = msgspec.defstruct(cls.__name__, fields, rename=rename, forbid_unknown_fields=True, gc=False)
        read = {n: plan.read for n, plan in enumerate(plans) if plan.read}
        self.write = [
            plan.write if field.required else _where_given(plan.write) for field, plan in zip(table, plans, strict=True)
        ]
        self._fill, self._columns = _compiled(table, read, unknown)
        beside: list[Any] = [("data", _list_of(self.struct)), *((name, Any, UNSET) for name in _BESIDE)]
        self.one, self.many = _decoder(self.struct), _decoder(_list_of(self.struct))
        self._page = _decoder(msgspec.defstruct("Page", beside, forbid_unknown_fields=True))

    def models(self, rows: Column, *, share: bool = False) -> list[Any]:
        """Make models of Structs; those of a page `share` the texts that all of them have."""
        made = list(map(self.cls.__new__, repeat(self.cls, len(rows))))
        self._fill(made, rows, share and made)
        return made

    def rows(self, models: Column) -> list[Any]:
        """Make Structs of models, checked for what must not be sent."""
        columns = self._columns(_of(self.cls)(models))
        return list(map(self.struct, *(write(column) for write, column in zip(self.write, columns, strict=True))))

    def page(self, body: bytes) -> tuple[dict[str, Any], str, list[Any]]:
        """Read a page, a bare array, or an object with one list in it."""
        if body[:1] == b"[":
            return {}, "", self.models(self.many(body), share=True)
        with suppress(ValueError):
            page = self._page(body)
            beside = {name: value for name in _BESIDE if (value := getattr(page, name)) is not UNSET}
            return beside, "data", self.models(page.data, share=True)
        outer: dict[str, Any] = _decoder(dict[str, msgspec.Raw])(body)
        arrays = [name for name, value in outer.items() if bytes(value)[:1] == b"["]
        if "data" not in arrays and len(arrays) != 1:
            raise ValueError
        name = "data" if "data" in arrays else arrays[0]
        items = self.models(self.many(outer.pop(name)), share=True)
        return {key: _decoder(Any)(value) for key, value in outer.items()}, name, items


def _compiled(table: list[Field], read: dict[int, Convert], unknown: tuple[str, ...]) -> tuple[Any, Any]:
    """Return what fills models from rows, and what lists their columns. Nothing in Python is faster than attributes."""
    names = [field.name for field in table]
    targets = ", ".join(["model", "row", *(f"model.{names[n]}" for n in read)])
    sources = ", ".join(["models", "rows", *(f"read{n}([row.f{n} for row in rows])" for n in read)])
    values = "".join(f"row.u{n}, " for n in range(len(unknown)))
    found = f"{{k: v for k, v in zip(unknown, ({values})) if v is not UNSET}} or None" if unknown else "None"
    lines = [
        f"def columns(models): return [{', '.join(f'[model.{name} for model in models]' for name in names)}]",
        "def fill(models, rows, share):",
        f" for {targets} in zip({sources}):",
        *(f"  model.{name} = row.f{n}" for n, name in enumerate(names) if n not in read),
        f"  model._unknown = {found}",
        " if not share: return",
    ]
    # A page says the same currency a hundred times, and one text will do.
    for name in [field.name for field in table if field.codec is TEXT]:
        lines.append(f" text = models[0].{name}")
        lines.append(f" if text.__class__ is str and text == models[-1].{name}:")
        lines.append(f"  for model in models: model.{name} = text if model.{name} == text else model.{name}")
    scope: dict[str, Any] = {f"read{n}": convert for n, convert in read.items()} | {"unknown": unknown, "UNSET": UNSET}
    exec("\n".join(lines), scope)  # noqa: S102 (attribute names of a class that exists, and numbers)
    return scope["fill"], scope["columns"]


def _reader_of(cls: Any, enclosing_classes: EnclosingClasses = ()) -> StructReader:
    return _made(cls, enclosing_classes, sum(map(len, unknown_names_by_class.values())))


# `learned` grows with every field that becomes known, so that readers which do not know it yet are made anew.
@lru_cache(1024)
def _made(cls: Any, enclosing_classes: EnclosingClasses, learned: int) -> StructReader:
    return StructReader(cls, enclosing_classes)


def _list_of(kind: Any) -> Any:
    return list[kind]


def _decoder(kind: Any) -> Callable[[Any], Any]:
    return msgspec.json.Decoder(kind, float_hook=Decimal).decode


def _where_given(convert: Convert) -> Convert:
    """Convert what is there; None and UNSET stay. They are looked for only where a whole column does not convert."""

    def column(values: Column) -> Column:
        if values and values[0] is UNSET and values.count(UNSET) == len(values):
            return values
        try:
            return convert(values)
        except _REFUSALS:
            given = iter(convert([value for value in values if value is not None and value is not UNSET]))
            return [value if value is None or value is UNSET else next(given) for value in values]

    return column


def _plan(codec: Any, where: str, enclosing_classes: EnclosingClasses) -> _Plan:
    """Choose how a codec's column is read and written; `where` names it in the log."""
    kind: Any = codec.__class__
    if kind is NullableCodec:
        plan = _plan(codec.item, where, enclosing_classes)
        return plan._replace(write=_where_given(plan.write))
    if kind is ArrayCodec:
        struct_type, read, write = _plan(codec.item, where, enclosing_classes)
        return _Plan(_list_of(struct_type) | None, read and _where_given(_lists(read)), _lists(write))
    if kind is ModelCodec and codec.cls not in enclosing_classes:
        reader = _reader_of(codec.cls, enclosing_classes)
        return _Plan(reader.struct | None, _where_given(reader.models), reader.rows)
    if kind is EnumCodec:
        return _Plan(str | None, _where_given(_enums(codec.cls)), _of(str, codec.cls))

    def by_table(values: Column) -> Column:
        return [value if value is UNSET else codec.read_inside(value, where) for value in values]

    return _PLANS.get(codec) or _Plan(Any, by_table, _of())


def _of(*kinds: type) -> Convert:
    """Let a column pass that holds these very types, and no subclasses (True is an int)."""
    allowed = frozenset(kinds)

    def column(values: Column) -> Column:
        if not {*map(type, values)} <= allowed:
            raise TypeError
        return values

    return column


def _lists(convert: Convert) -> Convert:
    """Convert the items of all lists as one column, and cut it into lists again."""
    lists = _of(list, tuple)

    def column(values: Column) -> Column:
        flat = [*chain.from_iterable(lists(values))]
        items = convert(flat)
        if items is flat:
            return values
        ends = [0, *accumulate(map(len, values))]
        return [[*items[start:end]] for start, end in pairwise(ends)]

    return column


def _enums(cls: type[OpenStrEnum]) -> Convert:
    members: dict[str, Any] = {str(member): member for member in cls}

    def column(values: Column) -> Column:
        with suppress(KeyError):
            return [*map(members.__getitem__, values)]
        # A value that the schema does not know is made once per column, and not remembered for ever.
        known = members | {value: cls(value) for value in {*values} - members.keys()}
        return [*map(known.__getitem__, values)]

    return column


def _read_decimals(values: Column) -> Column:
    numbers, text = [*map(Decimal, values)], "".join(values)
    # Python takes more for a number than stands on a wire: 1_000, spaces, digits of other scripts, and NaN.
    plain = text.isascii() and "_" not in text and text.split() == [text]
    if numbers and not (plain and all(map(Decimal.is_finite, numbers))):
        raise ValueError
    return numbers


def _read_numbers(values: Column) -> Column:
    kinds = {*map(type, values)}
    return values if kinds == {Decimal} else [*map(Decimal, _of(int, Decimal)(values))]


def _read_instants(values: Column) -> Column:
    # With a Z at the end of each text, each is in UTC. One in the middle is a separator to Python, and says nothing.
    if "\n".join((*values, "")).count("Z\n") != len(values):
        raise ValueError
    return [*map(datetime.datetime.fromisoformat, values)]


def _write_instants(values: Column) -> Column:
    return [INSTANT.write(value, "") for value in values]


def _write_decimals(values: Column) -> Column:
    # Digits and a point: a text with an exponent in it is written by the table.
    texts = [*map(str, _of(Decimal)(values))]
    if texts and not ("".join(texts).replace(".", "").replace("-", "").isdigit() and max(map(len, texts)) <= 60):
        raise ValueError
    return texts


def _numbers(*kinds: type) -> Convert:
    # Up to 15 digits go through a 64-bit float, which is what the API reads them into, unharmed.
    exact = Context(prec=15, Emin=-30, Emax=14, traps=[Inexact, InvalidOperation, Overflow, Subnormal])
    checked = _of(*kinds)

    def column(values: Column) -> Column:
        if not all(map(exact.is_finite, map(exact.plus, checked(values)))):
            raise ValueError
        return values

    return column


_PLANS: dict[Any, _Plan] = {
    TEXT: _Plan(str | None, None, _of(str)),
    BOOLEAN: _Plan(bool | None, None, _of(bool)),
    DATE: _Plan(datetime.date | None, None, _of(datetime.date)),
    ANY: _Plan(Any, None, _of()),
    INTEGER: _Plan(int | None, None, _numbers(int)),
    NUMBER: _Plan(Any, _where_given(_read_numbers), _numbers(int, Decimal)),
    DECIMAL_TEXT: _Plan(str | None, _where_given(_read_decimals), _write_decimals),
    INSTANT: _Plan(str | None, _where_given(_read_instants), _write_instants),
}
