"""Codecs made of codecs: lists, mappings, nullable values, constants, and one of several kinds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar, cast, final

from .codecs import Codec, WireError, expected_by, is_list, is_object, join, json_type, kept, refused, write_text
from .errors import InvalidValueError

T = TypeVar("T")


class Compound(ABC):
    """A codec whose values can be odd in parts; only an odd whole, or a missing required field, is an error."""

    @abstractmethod
    def fits(self, value: Any) -> bool:
        """Whether the value has this codec's shape, so that reading it lets nothing through but parts."""

    def is_meant(self, value: Any) -> bool:
        """Whether of several kinds that a value could be of, it is this one."""
        return self.fits(value)

    @abstractmethod
    def shown(self, value: Any) -> Any:
        """Return the JSON value again of what was read."""


def read_inside(codec: Codec[T], value: Any, path: str) -> T:
    """Read a value inside another one: there an odd shape is kept as it came."""
    if value is None:
        return cast("T", value)
    odd = isinstance(codec, Compound) and not codec.fits(value)
    return kept(value, path, expected_by(codec)) if odd else codec.read(value, path)


def shown(codec: Codec[Any], value: Any) -> Any:
    """Return the JSON value again of anything that was read, the odd ones included."""
    if value is None:
        return None
    if isinstance(codec, Compound):
        return codec.shown(value)
    try:
        return codec.write(value, "")
    except InvalidValueError:
        return value


def fits(codec: Codec[Any], value: Any) -> bool:
    """Whether a codec is the one for a value, where it could be of several kinds."""
    if isinstance(codec, Compound):
        return codec.is_meant(value)
    try:
        codec.write(value, "")
    except InvalidValueError:
        return False
    return True


@final
class ArrayCodec(Compound, Generic[T]):
    """A list of values of one kind."""

    def __init__(self, item: Codec[T]) -> None:
        self.item = item

    @property
    def expected(self) -> str:
        return f"a list ({expected_by(self.item)})"

    def read(self, value: Any, path: str) -> list[T]:
        if value is None:
            return cast("list[T]", value)
        if not self.fits(value):
            raise WireError("", self.expected, json_type(value))
        items: list[T] = []
        try:
            for item in value:
                items.append(read_inside(self.item, item, path))
        except WireError as error:
            raise error.inside(len(items)) from None
        return items

    def write(self, value: Any, path: str) -> list[Any]:
        if not is_list(value):
            raise refused(path, self.expected, value)
        return [self.item.write(item, join(path, index)) for index, item in enumerate(value)]

    def fits(self, value: Any) -> bool:
        return is_list(value)

    def shown(self, value: Any) -> Any:
        return [shown(self.item, item) for item in value] if is_list(value) else value


@final
class MappingCodec(Compound, Generic[T]):
    """An object whose keys are data and whose values are of one kind."""

    expected = "an object"

    def __init__(self, item: Codec[T]) -> None:
        self.item = item

    def read(self, value: Any, path: str) -> dict[str, T]:
        if value is None:
            return cast("dict[str, T]", value)
        if not is_object(value):
            raise WireError("", self.expected, json_type(value))
        items: dict[str, T] = {}
        for key, item in value.items():
            try:
                items[key] = read_inside(self.item, item, path)
            except WireError as error:
                raise error.inside(key) from None
        return items

    def write(self, value: Any, path: str) -> dict[str, Any]:
        if not is_object(value) or not all(isinstance(key, str) for key in value):
            raise refused(path, "a mapping with text keys", value)
        return {write_text(key, path): self.item.write(item, join(path, key)) for key, item in value.items()}

    def fits(self, value: Any) -> bool:
        return is_object(value)

    def shown(self, value: Any) -> Any:
        return {key: shown(self.item, item) for key, item in value.items()} if is_object(value) else value


@final
class NullableCodec(Compound, Generic[T]):
    """A value that may be null also when it is sent."""

    def __init__(self, item: Codec[T]) -> None:
        self.item = item

    @property
    def expected(self) -> str:
        return f"{expected_by(self.item)} or null"

    def read(self, value: Any, path: str) -> T | None:
        return self.item.read(value, path)

    def write(self, value: Any, path: str) -> Any:
        return None if value is None else self.item.write(value, path)

    def fits(self, value: Any) -> bool:
        return value is None or not isinstance(self.item, Compound) or self.item.fits(value)

    def shown(self, value: Any) -> Any:
        return shown(self.item, value)


@final
class LiteralCodec(Compound, Generic[T]):
    """One of a few constants; another value is kept when read and refused when written."""

    def __init__(self, *values: T) -> None:
        self.values = values

    @property
    def expected(self) -> str:
        return " or ".join(map(repr, self.values))

    def read(self, value: Any, path: str) -> T:
        return cast("T", value) if value in self.values else kept(value, path, self.expected)

    def write(self, value: Any, path: str) -> T:
        if value not in self.values:
            raise refused(path, self.expected, value)
        return cast("T", value)

    def fits(self, value: Any) -> bool:
        return value in self.values

    def shown(self, value: Any) -> Any:
        return value


@final
class OneOfCodec(Compound):
    """A value of one of several kinds: the first that fits; what fits none is kept as it came."""

    def __init__(self, *codecs: Codec[Any]) -> None:
        self.codecs = codecs

    @property
    def expected(self) -> str:
        return " or ".join(map(expected_by, self.codecs))

    def read(self, value: Any, path: str) -> Any:
        for codec in self.codecs:
            if fits(codec, value):
                return read_inside(codec, value, path)
        return kept(value, path, self.expected)

    def write(self, value: Any, path: str) -> Any:
        meant = [codec for codec in self.codecs if is_object(value) and fits(codec, value)]
        refusals: list[InvalidValueError] = []
        for codec in meant or self.codecs:
            try:
                return codec.write(value, path)
            except InvalidValueError as refusal:
                refusals.append(refusal)
        # Where one kind was meant, its own refusal says more than a list of all of them.
        raise refusals[0] if len(meant) == 1 else refused(path, self.expected, value)

    def fits(self, value: Any) -> bool:
        return any(fits(codec, value) for codec in self.codecs)

    def shown(self, value: Any) -> Any:
        for codec in self.codecs:
            try:
                return codec.write(value, "")
            except InvalidValueError:
                continue
        return value


def array(item: Codec[T]) -> ArrayCodec[T]:
    """Return the codec of a list."""
    return ArrayCodec(item)


def mapping(item: Codec[T]) -> MappingCodec[T]:
    """Return the codec of an object whose keys are data."""
    return MappingCodec(item)


def nullable(item: Codec[T]) -> NullableCodec[T]:
    """Return the codec of a value that may be null."""
    return NullableCodec(item)


def literal(*values: T) -> LiteralCodec[T]:
    """Return the codec of a few constants."""
    return LiteralCodec(*values)


def one_of(*codecs: Codec[Any]) -> OneOfCodec:
    """Return the codec of a value that is one of several kinds."""
    return OneOfCodec(*codecs)
