"""What generated code imports: the base of models, and the codecs of all kinds of values."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from importlib import import_module
from typing import Any, TypeVar, final, overload

from .._base.shapes import is_object
from ..errors import InvalidValueError
from ..types import UNSET, OpenStrEnum
from .base import Field, Model, is_empty, read_model, unknown_last, write_field
from .codecs import BOOLEAN, NOTHING, TEXT, Codec, WireError, join, kept, refused, write_text
from .compounds import LiteralCodec, array, literal, mapping, nullable, one_of
from .freeform import ANY, FREE_FORM, encode, encode_field
from .jsonio import dumps, loads
from .scalars import DATE, DECIMAL_TEXT, INSTANT, INTEGER, NUMBER

# fmt: off
__all__ = [
    "ANY", "BOOLEAN", "DATE", "DECIMAL_TEXT", "FREE_FORM", "INSTANT", "INTEGER", "NOTHING", "NUMBER", "TEXT",
    "Codec", "Field", "Model", "WireError", "array", "dumps", "encode", "enum", "literal", "loads", "mapping", "model",
    "nullable", "one_of", "unknown_last",
]
# fmt: on

E = TypeVar("E", bound=OpenStrEnum)
M = TypeVar("M", bound=Model)


class _Named(Codec[Any]):
    """The codec of a class, given as such or by a name, which is imported for its first value."""

    def __init__(self, found: type[Any] | str, beside: str) -> None:
        self._found, self._beside = found, beside
        self.expected: str = found if isinstance(found, str) else found.__name__

    @cached_property
    def cls(self) -> Any:
        """The class."""
        named = isinstance(self._found, str)
        return getattr(import_module(self._beside.rpartition(".")[0]), self.expected) if named else self._found


@final
class EnumCodec(_Named):
    """A text that the enum may or may not know."""

    def read(self, value: Any, path: str) -> Any:
        return self.cls(value) if isinstance(value, str) else kept(value, path, "text")

    def write(self, value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise refused(path, f"{self.expected} or text", value)
        return write_text(value, path)


@final
class ModelCodec(_Named):
    """A model; a mapping of wire names is taken in its place when writing."""

    @cached_property
    def _table(self) -> dict[str, Field]:
        return {field.wire: field for field in self.cls._wire}

    @cached_property
    def _attributes(self) -> dict[str, str]:
        return {field.name: field.wire for field in self.cls._wire}

    def read(self, value: Any, path: str) -> Any:
        """Read an object that is the whole: one without any field of its class is something else."""
        if value is None:
            return None
        model = read_model(self.cls, value)
        if is_empty(model):
            raise WireError("", f"an object ({self.expected})", "one without any of its fields")
        return model

    def read_inside(self, value: Any, path: str) -> Any:
        return read_model(self.cls, value) if is_object(value) else kept(value, path, self.expected)

    def write(self, value: Any, path: str) -> dict[str, Any]:
        if isinstance(value, self.cls):
            own: Model = value
            return own.to_wire(path)
        if not is_object(value):
            raise refused(
                path, f"{self.expected}, or a mapping of wire names (another model's to_dict() is one)", value
            )
        fields: dict[str, Any] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise refused(path, "a mapping with text keys", key)
            if key not in self._table and key in self._attributes:
                raise InvalidValueError(join(path, key), f"the wire name {self._attributes[key]!r}", "the model's own")
            if item is not UNSET:
                known = self._table.get(key)
                fields[write_text(key, path)] = (
                    write_field(known, item, path) if known else encode_field(key, item, join(path, key))
                )
        return fields

    def has_shape(self, value: Any) -> bool:
        return is_object(value)

    def matches(self, value: Any) -> bool:
        """Return True if an object has the constants of this class, or, if it has none, the required fields."""
        if not is_object(value):
            return False
        constants = {wire: field.codec for wire, field in self._table.items() if isinstance(field.codec, LiteralCodec)}
        if any(wire in value for wire in constants):
            return all(wire in value and codec.matches(value[wire]) for wire, codec in constants.items())
        return all(wire in value for wire, field in self._table.items() if field.required)

    def to_json(self, value: Any) -> Any:
        return value.to_dict() if isinstance(value, Model) else value


@overload
def enum(found: type[E]) -> Codec[E | str]: ...
@overload
def enum(found: str, beside: str) -> Codec[Any]: ...
def enum(found: type[Any] | str, beside: str = "") -> Codec[Any]:
    """Return the codec of an open enum, given as class, or by its name in the package of the module `beside`."""
    return EnumCodec(found, beside)


@overload
def model(found: type[M]) -> Codec[M]: ...
@overload
def model(found: str, beside: str) -> Codec[Any]: ...
def model(found: type[Any] | str, beside: str = "") -> Codec[Any]:
    """Return the codec of a model, given as class, or by its name in the package of the module `beside`."""
    return _model(found, beside)


_model: Callable[[Any, str], ModelCodec] = cache(ModelCodec)
