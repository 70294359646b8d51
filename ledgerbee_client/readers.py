"""
Models read fast: msgspec reads the bytes into private Structs, and their columns become the columns of models.

The tables of `wire.py` stay the truth. What a Struct refuses (a missing field, an object where text was promised) is
left to them, and so is, value by value, any column that holds something odd. A field that nobody knew is learned from
the first model that is read with it, so that an API which grows is read as fast as one that does not.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from itertools import islice, repeat
from typing import Any

import msgspec

from .amounts import DECIMAL_TEXT, INTEGER, NUMBER
from .codecs import BOOLEAN, TEXT, Codec
from .compounds import ArrayCodec, NullableCodec, read_inside
from .freeform import ANY
from .moments import DATE, INSTANT
from .types import UNSET
from .wire import EnumCodec, Model, ModelCodec, strangers

Column = list[Any]
Converter = Callable[[Column], Column]
_BESIDE = ("total", "page", "limit", "totalPages")
_REFUSALS = (ValueError, ArithmeticError, RecursionError)
_HELD: dict[Any, Any] = {TEXT: str | None, BOOLEAN: bool | None, DATE: datetime.date | None, ANY: Any}
_decode_any: Callable[[Any], Any] = msgspec.json.Decoder(float_hook=Decimal).decode


def read_one(codec: Codec[Any], body: bytes) -> Any:
    """Return what the codec makes of a whole body, or None: read it by the table."""
    kind, inner = _item(codec)
    if kind is ModelCodec:
        for strict in (True, False):
            with suppress(*_REFUSALS):
                reader = _reader_of(inner.cls, (), strict)
                return reader.one(body) if inner is codec else reader.list(body)
    return None


def read_page(codec: Codec[Any], body: bytes) -> tuple[dict[str, Any], str, Column] | None:
    """Return an object's other fields, the name of its only list, and its models; None: read it by the table."""
    kind, inner = _item(codec)
    if kind is ModelCodec and not isinstance(codec, ArrayCodec) and hasattr(inner.cls, "id"):
        for strict in (True, False):
            with suppress(*_REFUSALS):
                reader = _reader_of(inner.cls, (), strict)
                return ({}, "", reader.list(body)) if body[:1] == b"[" else reader.page(body)
    return None


def _item(codec: Any) -> tuple[Any, Any]:
    array: Any = ArrayCodec
    inner: Any = codec.item if isinstance(codec, array) else codec
    return inner.__class__, inner


class _Reader:
    """
    How one model class is read, its unknown fields so far included.

    The strict kind lets msgspec check texts and parse dates, and knows what stands beside a list; it refuses the whole
    for one odd text. The other kind, tried next, takes any value and looks at columns.
    """

    def __init__(self, cls: type[Model], around: tuple[type[Model], ...], strict: bool) -> None:
        table, names = cls._wire, strangers.get(cls, ())  # pyright: ignore[reportPrivateUsage]
        fields: list[Any] = []
        columns: dict[str, Converter] = {}
        wires: dict[str, str] = {}
        for number, field in enumerate(table):
            name, where = f"f{number}", f"{cls.__name__}.{field.wire}"
            kind, convert = _plan(field.codec, where, (*around, cls), strict)
            fields.append((name, kind) if field.required else (name, kind, UNSET))
            wires[name] = field.wire
            if convert:
                columns[name] = convert
        for number, wire in enumerate(names):
            fields.append((f"u{number}", Any, UNSET))
            wires[f"u{number}"] = wire
        self.struct: Any = msgspec.defstruct(
            cls.__name__, fields, rename=wires, kw_only=True, forbid_unknown_fields=True, gc=False
        )
        self.build = _compiled(cls, [field.name for field in table], columns, names)
        self._one, self._list = _decoder(self.struct), _decoder(_list_of(self.struct))
        outer: list[Any] = [("data", _list_of(self.struct)), *((name, Any, UNSET) for name in _BESIDE)]
        self._page = _decoder(msgspec.defstruct("Page", outer, forbid_unknown_fields=True)) if strict else None

    def one(self, body: bytes) -> Any:
        return self.build([self._one(body)])[0]

    def list(self, body: Any) -> Column:
        return self.build(self._list(body))

    def page(self, body: bytes) -> tuple[dict[str, Any], str, Column]:
        if self._page:
            page = self._page(body)
            beside = {name: value for name in _BESIDE if (value := getattr(page, name)) is not UNSET}
            return beside, "data", self.build(page.data)
        outer: dict[str, msgspec.Raw] = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        arrays = [name for name, value in outer.items() if bytes(value)[:1] == b"["]
        if "data" not in arrays and len(arrays) != 1:
            raise ValueError
        name = "data" if "data" in arrays else arrays[0]
        items = self.list(outer.pop(name))
        return {key: _decode_any(value) for key, value in outer.items()}, name, items


def _decoder(kind: Any) -> Callable[[Any], Any]:
    return msgspec.json.Decoder(kind, float_hook=Decimal).decode


def _plan(codec: Any, where: str, around: tuple[type[Model], ...], strict: bool) -> tuple[Any, Converter | None]:
    """Return the type that msgspec shall hold a field to, and what makes its column of what came; None: it is ready."""

    def by_table(values: Column) -> Column:
        return [value if value is UNSET else read_inside(codec, value, where) for value in values]

    kind, inner = _item(codec)
    held: Any = Any
    convert: Converter | None = _either(_QUICK[codec], by_table) if codec in _QUICK else by_table
    if kind is NullableCodec and inner is codec:
        held, convert = _plan(inner.item, where, around, strict)
    elif strict and codec in _HELD:
        held, convert = _HELD[codec], None
    elif strict and inner is TEXT:
        held, convert = list[str] | None, None
    elif kind is ModelCodec and inner.cls not in around:
        reader = _reader_of(inner.cls, around, strict)
        held = (reader.struct if inner is codec else _list_of(reader.struct)) | None
        convert = (_nested if inner is codec else _lists)(reader.build)
    elif kind is EnumCodec and inner is codec:
        convert = _enums(inner, where)
    return held, convert


def _list_of(kind: Any) -> Any:
    return list[kind]


def _either(quick: Callable[[Column], Column | None], by_table: Converter) -> Converter:
    def convert(values: Column) -> Column:
        with suppress(TypeError, ValueError, ArithmeticError):
            return quick(values) or by_table(values)
        return by_table(values)

    return convert


def _decimal_texts(values: Column) -> Column | None:
    # Only digits, points and signs: NaN, 1_000 and spaces, which Python would take, go by the table.
    return list(map(Decimal, values)) if "".join(values).replace(".", "").replace("-", "").isdigit() else None


def _numbers(values: Column) -> Column | None:
    return list(map(Decimal, values)) if set(map(type, values)) <= {int, Decimal} else None


def _texts(values: Column) -> Column | None:
    return values if set(map(type, values)) == {str} else None


def _integers(values: Column) -> Column | None:
    return values if set(map(type, values)) == {int} else None


def _dates(values: Column) -> Column | None:
    return list(map(datetime.date.fromisoformat, values)) if set(map(len, values)) == {10} else None


def _instants(values: Column) -> Column | None:
    # With one Z in each text, each is in UTC.
    return list(map(datetime.datetime.fromisoformat, values)) if "".join(values).count("Z") == len(values) else None


_QUICK: dict[Any, Callable[[Column], Column | None]] = {
    TEXT: _texts, DECIMAL_TEXT: _decimal_texts, NUMBER: _numbers, INTEGER: _integers, DATE: _dates, INSTANT: _instants,
}  # fmt: skip


def _enums(codec: Any, where: str) -> Converter:
    members: dict[Any, Any] = {str(member.value): member for member in codec.cls}

    def convert(values: Column) -> Column:
        with suppress(KeyError, TypeError):
            return list(map(members.__getitem__, values))
        # A value that the schema does not know is made once per column: making one takes as long as reading ten fields.
        texts = {value for value in values if type(value) is str} - members.keys()
        known = members | {text: codec.read(text, where) for text in texts}
        odd = [value for value in values if type(value) is not str and value is not UNSET]
        read = {id(value): read_inside(codec, value, where) for value in odd}
        return [known[value] if type(value) is str else read.get(id(value), UNSET) for value in values]

    return convert


def _nested(build: Converter) -> Callable[[Column], Column]:
    def convert(values: Column) -> Column:
        built = iter(build([value for value in values if value is not None and value is not UNSET]))
        return [value if value is None or value is UNSET else next(built) for value in values]

    return convert


def _lists(build: Converter) -> Callable[[Column], Column]:
    def convert(values: Column) -> Column:
        built: Iterator[Any] = iter(build([item for value in values if value for item in value]))
        return [value if value is None or value is UNSET else list(islice(built, len(value))) for value in values]

    return convert


def _compiled(cls: type[Model], names: list[str], columns: dict[str, Converter], unknown: tuple[str, ...]) -> Converter:
    # Plain assignments are what Python does fastest; attrs' own `__init__`, with keywords, takes four times as long.
    values = [f"v{name}" if name in columns else f"row.{name}" for name in (f"f{n}" for n in range(len(names)))]
    lines = [
        "def build(rows):",
        *(f" c{name} = {name}([row.{name} for row in rows])" for name in columns),
        " models = list(map(new, repeat(cls, len(rows))))",
        f" for {','.join(['model', 'row', *(f'v{name}' for name in columns)])}"
        f" in zip({','.join(['models', 'rows', *(f'c{name}' for name in columns)])}):",
        *(f"  model.{name} = {value}" for name, value in zip(names, values, strict=True)),
        f"  model._unknown = {'unknown(row)' if unknown else 'None'}",
        " return models",
    ]
    scope: dict[str, Any] = {
        **columns,
        "cls": cls,
        "new": cls.__new__,
        "unknown": _unknown_of(unknown),
        "repeat": repeat,
    }
    exec("\n".join(lines), scope)  # noqa: S102 (attribute names of a class that exists, and numbers)
    build: Converter = scope["build"]
    return build


def _unknown_of(names: tuple[str, ...]) -> Callable[[Any], dict[str, Any] | None]:
    pairs = [(name, f"u{number}") for number, name in enumerate(names)]

    def unknown(row: Any) -> dict[str, Any] | None:
        return {name: value for name, at in pairs if (value := getattr(row, at)) is not UNSET} or None

    return unknown


class _Readers(dict[tuple[Any, ...], _Reader]):
    """Readers made so far, by class; all are made anew when a field was learned."""

    learned = 0


_readers = _Readers()


def _reader_of(cls: type[Model], around: tuple[type[Model], ...], strict: bool) -> _Reader:
    if _readers.learned != (now := sum(map(len, strangers.values()))):
        _readers.clear()
        _readers.learned = now
    key = (cls, around, strict)
    if key not in _readers:
        _readers[key] = _Reader(cls, around, strict)
    return _readers[key]
