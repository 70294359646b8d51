"""Codecs made of codecs: lists, mappings, nullable values, constants, and one of several kinds."""

from __future__ import annotations

from typing import Any, TypeVar, cast, final

from .._base.shapes import is_list, is_object
from ..errors import InvalidValueError
from .codecs import Codec, WireError, join, json_type, kept, refused, write_text

T = TypeVar("T")


@final
class ArrayCodec(Codec[list[Any]]):
    """A list of values of one kind."""

    def __init__(self, item: Codec[Any]) -> None:
        self.item = item
        self.expected: str = f"a list ({item.expected})"

    def read(self, value: Any, path: str) -> list[Any]:
        if value is None:
            return cast("list[Any]", value)
        if not is_list(value):
            raise WireError("", self.expected, json_type(value))
        return [self.item.read_inside(item, path) for item in value]

    def write(self, value: Any, path: str) -> list[Any]:
        if not is_list(value):
            raise refused(path, self.expected, value)
        return [self.item.write(item, join(path, index)) for index, item in enumerate(value)]

    def has_shape(self, value: Any) -> bool:
        return is_list(value)

    def matches(self, value: Any) -> bool:
        return is_list(value)

    def to_json(self, value: Any) -> Any:
        return [self.item.to_json(item) for item in value] if is_list(value) else value


@final
class MappingCodec(Codec[dict[str, Any]]):
    """An object whose keys are data and whose values are of one kind."""

    expected = "an object"

    def __init__(self, item: Codec[Any]) -> None:
        self.item = item

    def read(self, value: Any, path: str) -> dict[str, Any]:
        if value is None:
            return cast("dict[str, Any]", value)
        if not is_object(value):
            raise WireError("", self.expected, json_type(value))
        return {key: self.item.read_inside(item, path) for key, item in value.items()}

    def write(self, value: Any, path: str) -> dict[str, Any]:
        if not is_object(value) or not all(isinstance(key, str) for key in value):
            raise refused(path, "a mapping with text keys", value)
        return {write_text(key, path): self.item.write(item, join(path, key)) for key, item in value.items()}

    def has_shape(self, value: Any) -> bool:
        return is_object(value)

    def matches(self, value: Any) -> bool:
        return is_object(value)

    def to_json(self, value: Any) -> Any:
        return {key: self.item.to_json(item) for key, item in value.items()} if is_object(value) else value


@final
class NullableCodec(Codec[Any]):
    """A value that may be null also when it is sent."""

    def __init__(self, item: Codec[Any]) -> None:
        self.item = item
        self.expected: str = f"{item.expected} or null"

    def read(self, value: Any, path: str) -> Any:
        return self.item.read(value, path)

    def read_inside(self, value: Any, path: str) -> Any:
        return self.item.read_inside(value, path)

    def write(self, value: Any, path: str) -> Any:
        return None if value is None else self.item.write(value, path)

    def has_shape(self, value: Any) -> bool:
        return value is None or self.item.has_shape(value)

    def matches(self, value: Any) -> bool:
        return value is None or self.item.matches(value)

    def to_json(self, value: Any) -> Any:
        return self.item.to_json(value)


@final
class LiteralCodec(Codec[Any]):
    """One of a few constants; another value is kept when read and refused when written."""

    def __init__(self, *values: Any) -> None:
        self.values = values
        self.expected: str = " or ".join(map(repr, values))

    def read(self, value: Any, path: str) -> Any:
        return value if value in self.values else kept(value, path, self.expected)

    def write(self, value: Any, path: str) -> Any:
        if value not in self.values:
            raise refused(path, self.expected, value)
        return value


@final
class OneOfCodec(Codec[Any]):
    """A value of one of several kinds: the first that fits; what fits none is kept as it came."""

    def __init__(self, *codecs: Codec[Any]) -> None:
        self.codecs = codecs
        self.expected: str = " or ".join(codec.expected for codec in codecs)

    def read(self, value: Any, path: str) -> Any:
        codec = next((codec for codec in self.codecs if codec.matches(value)), None)
        return codec.read_inside(value, path) if codec else kept(value, path, self.expected)

    def write(self, value: Any, path: str) -> Any:
        meant = [codec for codec in self.codecs if is_object(value) and codec.matches(value)]
        refusals: list[InvalidValueError] = []
        for codec in meant or self.codecs:
            try:
                return codec.write(value, path)
            except InvalidValueError as refusal:
                refusals.append(refusal)
        # Where one kind was meant, its own refusal says more than a list of all of them.
        raise refusals[0] if len(meant) == 1 else refused(path, self.expected, value)


def array(item: Codec[T]) -> Codec[list[T]]:
    """Return the codec of a list."""
    return ArrayCodec(item)


def mapping(item: Codec[T]) -> Codec[dict[str, T]]:
    """Return the codec of an object whose keys are data."""
    return MappingCodec(item)


def nullable(item: Codec[T]) -> Codec[T | None]:
    """Return the codec of a value that may be null."""
    return NullableCodec(item)


def literal(*values: T) -> Codec[T]:
    """Return the codec of a few constants."""
    return LiteralCodec(*values)


def one_of(*codecs: Codec[Any]) -> Codec[Any]:
    """Return the codec of a value that is one of several kinds."""
    return OneOfCodec(*codecs)
