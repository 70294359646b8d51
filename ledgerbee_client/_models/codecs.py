"""
What a codec is, and the codecs of text, booleans and nothing.

Reading is tolerant: null passes, and what is not what the schema promised is kept as it came, and said once in the log.
Writing is strict: what the API could only misread is refused, with its path, before anything is sent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar, cast, final

from .._base.log import log
from .._base.shapes import is_object
from ..errors import InvalidValueError, UnreadableAnswerError

T_co = TypeVar("T_co", covariant=True)

_said: set[str] = set()


class Codec(ABC, Generic[T_co]):
    """
    Reads and writes one kind of value. `path` says where the value stands, in wire names: `lines.0.quantity`.

    Attributes:
        expected: What stands there, in words.
    """

    expected: str

    @abstractmethod
    def read(self, value: Any, path: str) -> T_co:
        """Return the Python value of what JSON gave; keep what cannot be understood."""

    @abstractmethod
    def write(self, value: Any, path: str) -> Any:
        """Return what JSON can carry; raise InvalidValueError for what it cannot, or should not."""

    def has_shape(self, value: Any) -> bool:
        """Return True if a value is of the right JSON type, so that `read_inside()` can read it."""
        return True

    def read_inside(self, value: Any, path: str) -> T_co:
        """Read a value inside another one: there null passes, and an odd shape is kept as it came."""
        if value is None:
            return cast("T_co", value)
        return self.read(value, path) if self.has_shape(value) else kept(value, path, self.expected)

    def matches(self, value: Any) -> bool:
        """Return True if `write()` takes a value; tells the kinds of `one_of()` apart."""
        try:
            self.write(value, "")
        except InvalidValueError:
            return False
        return True

    def to_json(self, value: Any) -> Any:
        """Return the JSON value again of anything that was read, the odd ones included."""
        try:
            return self.write(value, "")
        except InvalidValueError:
            return value


class WireValue:
    """A value that knows how it is sent: a model or an attachment. No ABC, whose classes take longer to import."""

    __slots__ = ()

    def to_wire(self, path: str) -> Any:
        """Return what JSON can carry; `path` says where the value stands in the body, for errors."""
        raise NotImplementedError


class WireError(UnreadableAnswerError):
    """
    Data that no codec can read: the whole has another shape, or none of its fields.

    Attributes:
        where: Place in the data, `data.0.lines.3.id`; empty for the whole.
        expected: What stands there, in words.
        got: What came, in the words of JSON, without the value.
    """

    def __init__(self, path: str, expected: str, got: str) -> None:
        super().__init__(f"{path or 'the whole'}: expected {expected}, got {got}")
        self.where: str = path
        self.expected: str = expected
        self.got: str = got

    def inside(self, key: str | int) -> WireError:
        """Return the same error, seen from the object or array around it."""
        return WireError(f"{key}.{self.where}" if self.where else str(key), self.expected, self.got)


def join(path: str, key: str | int) -> str:
    """Extend a path as the API writes it: `lines`, then 0, then `quantity` gives `lines.0.quantity`."""
    return f"{path}.{key}" if path else str(key)


def kept(value: Any, path: str, expected: str) -> Any:
    """Let through what is not as promised, and log it once per place, without the value. Null passes silently."""
    if value is not None and path not in _said:
        _said.add(path)
        log.warning("%s: expected %s, got %s; kept as it came (said once)", path, expected, json_type(value))
    return value


def refused(path: str, expected: str, value: object) -> InvalidValueError:
    """Return the error for a value that must not be sent. Texts are not quoted: they may be secret."""
    shown = repr(value) if value is None or isinstance(value, bool | float | Decimal) else type(value).__name__
    return InvalidValueError(path, expected, shown if len(shown) <= 60 else type(value).__name__)


def json_type(value: object) -> str:
    """Name a value's type in the words of JSON."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float | Decimal):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "an object" if is_object(value) else "an array"


def write_text(value: str, path: str) -> str:
    """Return a plain text, also of an enum member; half a surrogate pair cannot be sent."""
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidValueError(path, "text that UTF-8 can carry", "half a surrogate pair") from None
    return value if type(value) is str else str.__str__(value)


@final
class _Text(Codec[str]):
    expected = "text"

    def read(self, value: Any, path: str) -> str:
        return value if isinstance(value, str) else kept(value, path, self.expected)

    def write(self, value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise refused(path, self.expected, value)
        return write_text(value, path)


@final
class _Boolean(Codec[bool]):
    expected = "true or false"

    def read(self, value: Any, path: str) -> bool:
        return value if isinstance(value, bool) else kept(value, path, self.expected)

    def write(self, value: Any, path: str) -> bool:
        if not isinstance(value, bool):
            raise refused(path, "True or False", value)
        return value


@final
class _Nothing(Codec[None]):
    expected = "nothing"

    def read(self, value: Any, path: str) -> None:
        return None

    def write(self, value: Any, path: str) -> None:
        if value is not None:
            raise refused(path, self.expected, value)


TEXT: Final[Codec[str]] = _Text()
BOOLEAN: Final[Codec[bool]] = _Boolean()
NOTHING: Final[Codec[None]] = _Nothing()
