"""
The body of an answer as what a codec makes of it: fast where a Struct fits, and else by the tables of the models.

This is the only place that chooses between the two ways, which give the same objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Generic, NamedTuple, TypeVar, cast

from .._base.shapes import as_object, is_list, is_object
from .codecs import NOTHING, Codec, WireError
from .columns import REFUSALS
from .compounds import ArrayCodec
from .freeform import ANY
from .jsonio import count_items, loads
from .model import ModelCodec
from .reading import reader_of

T = TypeVar("T")
_SMALL = 1 << 16
"""Bytes of a body whose items are counted when they are read: there can be 32,768 of them, and counting takes time."""


class FoundList(NamedTuple, Generic[T]):
    """
    The list in an answer.

    Attributes:
        name: Name of its field; empty for a bare array.
        other: The fields beside it.
        items: Its items.
    """

    name: str
    other: dict[str, Any]
    items: list[T]


def read_answer(codec: Codec[T], body: bytes, path: str = "") -> T:
    """
    Read a whole body. An empty one is None for `NOTHING` and `ANY`, and an empty object else.

    Args:
        codec: That of the whole.
        body: The answer's body.
        path: What the log calls a value that is not as promised, where it stands in no model.

    Raises:
        WireError: the whole has another shape, or none of the fields that the schema promises.
        ValueError: this is not JSON.
    """
    whole: Any = codec
    inner = whole.item if whole.__class__ is ArrayCodec else whole
    if inner.__class__ is ModelCodec:
        for tolerant in (False, True):
            try:
                reader = reader_of(inner.cls, tolerant=tolerant)
                found = reader.one(body) if inner is whole else reader.many(body)
            except REFUSALS:
                continue
            return cast("T", found)
    return _read(codec, _value(codec, body), "", path)


def read_list(codec: Codec[T], body: bytes, path: str = "", *, name: str = "", most: int | None = None) -> FoundList[T]:
    """
    Read the list in a body: a bare array, the `data` of a page, or the only array of an object or of its `data`.

    Args:
        codec: That of its items.
        body: The answer's body.
        path: What the log calls an item that is not as promised.
        name: Name of the list's field, where only that one is meant.
        most: So many items at the most; in a large body they are counted before they are read.

    Raises:
        WireError: there is no such list, it has more than `most` items, or an item is null or of another shape.
        ValueError: this is not JSON.
    """
    if most is not None and len(body) > _SMALL and body.count(b",") >= most and count_items(body) > most:
        raise _too_many(name, most)
    found = _read_fast(codec, body, name) or _read_by_table(codec, body, name, path)
    if most is not None and len(found.items) > most:
        raise _too_many(name, most)
    return found


def _read_fast(codec: Codec[T], body: bytes, name: str) -> FoundList[T] | None:
    if isinstance(codec, ModelCodec):
        for tolerant in (False, True):
            with suppress(*REFUSALS):
                found = FoundList[T](*reader_of(codec.cls, tolerant=tolerant).page(body))
                if name in ("", found.name):
                    return found
    return None


def _read_by_table(codec: Codec[T], body: bytes, name: str, path: str) -> FoundList[T]:
    value = _value(codec, body)
    outer = as_object(value)
    if not name and is_object(outer.get("data")) and not any(map(is_list, outer.values())):
        # An envelope around the list: items and total stand inside its data.
        value = {key: own for key, own in outer.items() if key != "data"} | {**outer["data"]}
    found_name, rows = _find(value, name)
    where = f"{found_name}." if found_name else ""
    items = [_read(codec, row, f"{where}{number}", path, one_of_many=True) for number, row in enumerate(rows)]
    return FoundList(found_name, {key: own for key, own in as_object(value).items() if key != found_name}, items)


def _too_many(name: str, most: int) -> WireError:
    return WireError(name, f"a list of at most {most:,} items", "more")


def _find(value: Any, name: str) -> tuple[str, Sequence[Any]]:
    if is_list(value) and not name:
        return "", value
    arrays = {key: rows for key, rows in as_object(value).items() if is_list(rows)}
    if (name or "data") in arrays:
        return name or "data", arrays[name or "data"]
    if not name and len(arrays) == 1:
        return next(iter(arrays.items()))
    raise WireError(name, "a list", "none")


def _value(codec: Codec[Any], body: bytes) -> Any:
    if codec is NOTHING or not body.strip():
        return None if codec in (NOTHING, ANY) else {}
    return loads(body)


def _read(codec: Codec[T], value: Any, where: str, path: str, *, one_of_many: bool = False) -> T:
    # Reading lets null pass, which is right for fields and wrong here: a method returns the thing or raises.
    if value is None and codec not in (NOTHING, ANY):
        raise WireError(where, codec.expected, "null")
    try:
        # What is not the API's is a whole of another kind. An item without any of its fields stands in the API's list.
        return codec.read_inside(value, path) if one_of_many and codec.has_shape(value) else codec.read(value, path)
    except WireError as error:
        raise (error.inside(where) if where else error) from None
