"""
Models read fast: msgspec turns bytes into private Structs, and the columns of those are the attributes of models.

The tables of `base.py` decide. A strict reader takes answers in which every value has the type that the schema
promises; a tolerant one takes values of any type, and reads only the columns that hold odd ones value by value. What
neither takes is read by the table, such as a field that nobody knew, which is learned there, so that an API which grows
is read as fast as one that does not. A promised field that did not come is learned as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import repeat
from typing import Any

import msgspec

from ..types import UNSET
from .base import Field, Model, is_empty, learned, missing_names_by_class, note_missing, unknown_names_by_class
from .codecs import TEXT, Codec
from .columns import Column, Convert, by_type, in_lists, only, piece_by_piece, where_given
from .compounds import ArrayCodec, NullableCodec
from .model import EnumCodec, ModelCodec
from .scalar_columns import STRICT, FieldPlan, loose

EnclosingClasses = frozenset[type[Model]]
"""The classes that a class stands in: one that comes again inside itself is read by the table."""
_NEITHER = str | bool | None
"""What a tolerant reader takes where a list or an object was promised. The table reads a number there, of which msgspec
would make a float."""
_BESIDE = ("total", "page", "limit", "totalPages")
"""What stands beside the `data` of a usual page."""


class StructReader:
    """
    A private Struct beside a model class, and what turns it into models.

    Attributes:
        seen: So much of `learned` was looked at; none of the rest is of the class or of one inside it.
    """

    def __init__(self, cls: type[Model], enclosing: EnclosingClasses, tolerant: bool, seen: int) -> None:
        self.cls, self.seen = cls, seen
        own = unknown_names_by_class.get(cls, ())
        may_miss = missing_names_by_class.get(cls, frozenset())
        promised = {field.wire for field in cls._wire if field.required} - may_miss  # pyright: ignore[reportPrivateUsage]
        self._surely_some = bool(promised) and not tolerant
        table = sorted(cls._wire, key=lambda field: field.wire not in promised)  # pyright: ignore[reportPrivateUsage]
        plans = [_plan(field, cls, enclosing | {cls}, tolerant) for field in table]
        rename = {f"f{number}": field.wire for number, field in enumerate(table)}
        rename |= {f"u{number}": wire for number, wire in enumerate(own)}
        needed = 0 if tolerant else len(promised)
        fields: list[Any] = [(f"f{n}", plan.struct_type) for n, plan in enumerate(plans[:needed])]
        fields += [(f"f{n}", plan.struct_type, UNSET) for n, plan in enumerate(plans[needed:], needed)]
        fields += [(f"u{n}", Any, UNSET) for n in range(len(own))]
        self.struct: Any = msgspec.defstruct(cls.__name__, fields, rename=rename, forbid_unknown_fields=True, gc=False)
        reads = {n: plan.read for n, plan in enumerate(plans) if plan.read}
        if tolerant:
            reads |= {n: _noting(cls, table[n].wire, reads.get(n)) for n in range(len(promised))}
        self._fill = _compiled(table, reads, own)

    @cached_property
    def _one(self) -> Callable[[Any], Any]:
        return _decoder(self.struct)

    @cached_property
    def _many(self) -> Callable[[Any], Any]:
        return _decoder(_list_of(self.struct))

    @cached_property
    def _page(self) -> Callable[[Any], Any]:
        beside: list[Any] = [("data", _list_of(self.struct)), *((name, Any, UNSET) for name in _BESIDE)]
        return _decoder(msgspec.defstruct("Page", beside, forbid_unknown_fields=True))

    def one(self, body: bytes) -> Any:
        """Read one model; one without any field of its class is for the table to refuse."""
        model = self.models([self._one(body)])[0]
        if not self._surely_some and is_empty(model):
            raise ValueError
        return model

    def many(self, body: bytes | msgspec.Raw) -> list[Any]:
        """Read an array of models; they share the texts that all of them have."""
        return self.models(self._many(body), share=True)

    def page(self, body: bytes) -> tuple[str, dict[str, Any], list[Any]]:
        """Read a page, a bare array, or an object with one list: the list's name, what stands beside it, its models."""
        if body[:1] == b"[":
            return "", {}, self.many(body)
        with suppress(ValueError):
            page = self._page(body)
            beside = {name: value for name in _BESIDE if (value := getattr(page, name)) is not UNSET}
            return "data", beside, self.models(page.data, share=True)
        outer: dict[str, Any] = _decoder(dict[str, msgspec.Raw])(body)
        arrays = [name for name, value in outer.items() if bytes(value)[:1] == b"["]
        if "data" not in arrays and len(arrays) != 1:
            raise ValueError
        name = "data" if "data" in arrays else arrays[0]
        items = self.many(outer.pop(name))
        return name, {key: _decoder(Any)(value) for key, value in outer.items()}, items

    def models(self, rows: Column, *, share: bool = False) -> list[Any]:
        """Make models of Structs; those of one answer `share` the texts that all of them have."""
        made = list(map(self.cls.__new__, repeat(self.cls, len(rows))))
        self._fill(made, rows, share and made)
        return made

    def inner_models(self, rows: Column) -> list[Any]:
        """Make models of Structs that stand inside others; a class without fields would make one of null, too."""
        return self.models(only(self.struct)(rows))


_readers: dict[tuple[type[Model], EnclosingClasses, bool], StructReader] = {}
_odd_fields: dict[type[Model], frozenset[str]] = {}
"""Fields, by wire name, that came with a value of another kind than the schema promises."""


def reader_of(cls: Any, enclosing: EnclosingClasses = frozenset(), *, tolerant: bool = False) -> StructReader:
    """
    Return the reader of a class, made anew when something was learned of it or of a class inside it.

    Args:
        cls: The class.
        enclosing: The classes it stands in.
        tolerant: Take every field for one that may be odd, and remember which ones are.
    """
    # Of the classes around it only those matter that may come again inside it.
    key = (cls, enclosing and enclosing & _classes_inside(cls), tolerant)
    seen, reader = len(learned), _readers.get(key)
    if reader is None or not (reader.seen == seen or _classes_inside(cls).isdisjoint(learned[reader.seen :])):
        reader = _readers[key] = StructReader(cls, key[1], tolerant, seen)
    reader.seen = seen
    return reader


@lru_cache(1024)
def _classes_inside(cls: Any) -> frozenset[type[Model]]:
    found, waiting = {cls}, [cls]
    while waiting:
        new = {*_inner_classes(waiting.pop())} - found
        found |= new
        waiting += new
    return frozenset(found)


def _inner_classes(cls: Any) -> Iterator[Any]:
    for field in cls._wire:
        codec = field.codec
        while isinstance(codec, ArrayCodec | NullableCodec):
            codec = codec.item
        if isinstance(codec, ModelCodec):
            yield codec.cls


def _plan(field: Field, cls: type[Model], enclosing: EnclosingClasses, tolerant: bool) -> FieldPlan:
    """Choose how a field's column is read."""
    where, odd_fields = f"{cls.__name__}.{field.wire}", _odd_fields.get(cls, frozenset())

    def odd() -> None:
        known = _odd_fields.get(cls, frozenset())
        if field.wire not in known:
            _odd_fields[cls] = known | {field.wire}
            learned.append(cls)

    def by_table(codec: Codec[Any]) -> Convert:
        return lambda values: [value if value is UNSET else codec.read_inside(value, where) for value in values]

    def plan(codec: Any) -> FieldPlan:  # noqa: PLR0911
        kind: Any = codec.__class__
        if kind is NullableCodec:
            return plan(codec.item)
        if kind is ArrayCodec:
            item = plan(codec.item)
            lists = item.read and in_lists(item.read)
            if not may_be_odd:
                return FieldPlan(_list_of(item.struct_type) | None, lists and where_given(lists))
            either = _list_of(item.struct_type) | dict[str, Any] | _NEITHER
            return FieldPlan(either, by_type(list, lists or only(list), by_table(codec), odd))
        if kind is ModelCodec and codec.cls not in enclosing:
            reader = reader_of(codec.cls, enclosing, tolerant=tolerant)
            if not may_be_odd:
                return FieldPlan(reader.struct | None, where_given(reader.inner_models))
            either = reader.struct | list[Any] | _NEITHER
            return FieldPlan(either, by_type(reader.struct, reader.inner_models, by_table(codec), odd))
        scalar = FieldPlan(codec.cls | None, None) if kind is EnumCodec else STRICT.get(codec)
        if scalar is None:
            return FieldPlan(Any, by_table(codec))
        if not may_be_odd:
            return scalar._replace(read=scalar.read and where_given(scalar.read))
        return FieldPlan(Any, piece_by_piece(where_given(loose(scalar)), by_table(codec), odd))

    may_be_odd = tolerant or field.wire in odd_fields
    return plan(field.codec)


def _noting(cls: type[Model], wire: str, convert: Convert | None) -> Convert:
    """Return a converter that remembers where a promised field did not come."""

    def column(values: Column) -> Column:
        if UNSET in values:
            note_missing(cls, wire)
        return convert(values) if convert else values

    return column


def _compiled(table: list[Field], read: dict[int, Convert], unknown: tuple[str, ...]) -> Any:
    """Return what fills models from rows. Nothing in Python is faster than attributes."""
    names = [field.name for field in table]
    targets = ", ".join(["model", "row", *(f"model.{names[n]}" for n in read)])
    sources = ", ".join(["models", "rows", *(f"read{n}([row.f{n} for row in rows])" for n in read)])
    values = [f"row.u{n}" for n in range(len(unknown))]
    came = f"{{{', '.join(f'unknown[{n}]: {value}' for n, value in enumerate(values))}}}"
    some = f"{{k: v for k, v in {came}.items() if v is not UNSET}} if UNSET in [{', '.join(values)}] else {came}"
    found = f"None if {' is '.join(values)} is UNSET else {some}" if unknown else "None"
    lines = [
        "def fill(models, rows, share):",
        f" for {targets} in zip({sources}):",
        *(f"  model.{name} = row.f{n}" for n, name in enumerate(names) if n not in read),
        f"  model._unknown = {found}",
        " if not share: return",
    ]
    # A page holds the same currency a hundred times: the models share one text, which saves memory.
    for name in [field.name for field in table if field.codec is TEXT]:
        lines.append(f" text = models[0].{name}")
        lines.append(f" if text.__class__ is str and text == models[-1].{name}:")
        lines.append(f"  for model in models: model.{name} = text if model.{name} == text else model.{name}")
    scope: dict[str, Any] = {f"read{n}": convert for n, convert in read.items()} | {"unknown": unknown, "UNSET": UNSET}
    exec("\n".join(lines), scope)  # noqa: S102 (attribute names of a class that exists, and numbers)
    return scope["fill"]


def _list_of(kind: Any) -> Any:
    return list[kind]


def _decoder(kind: Any) -> Callable[[Any], Any]:
    return msgspec.json.Decoder(kind, float_hook=Decimal).decode
