"""
The two types every model speaks: a value that was never given, and an enum that stays open.

`UNSET` means that a field is not there; `None` is a value, and is sent as null. `UNSET` is falsy, and stays itself in a
pickle or a copy.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Any, Self, TypeVar

from msgspec import UNSET
from msgspec import UnsetType as Unset

__all__ = ["UNSET", "OpenStrEnum", "Unset"]

_E = TypeVar("_E", bound="OpenStrEnum")
_LONGEST_REMEMBERED = 100


class OpenStrEnum(StrEnum):
    """
    An enum of texts that a newer API may extend.

    A value the schema does not know is kept as it came: it equals its text, hashes as its text and is sent as its text.
    It is no member: iteration and `in` over names do not show it, and `is_known` is False.
    """

    @property
    def is_known(self) -> bool:
        """True if the schema that this client was generated from lists the value."""
        return type(self).__members__.get(self._name_) is self

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unknown: Self = (_unknown if len(value) <= _LONGEST_REMEMBERED else _unknown.__wrapped__)(cls, str(value))
        return unknown

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Pickle by value: an unknown value has no name to be found under."""
        return type(self), (self._value_,)

    def __repr__(self) -> str:
        """Show a member as Python does, and an unknown value as unknown."""
        if self.is_known:
            return f"<{type(self).__name__}.{self._name_}: {self._value_!r}>"
        return f"<{type(self).__name__}: {self._value_!r} (not in the schema)>"


# A page holds the same new value a hundred times. Bounded: the API could make the memory grow for ever.
@lru_cache(256)
def _unknown(cls: type[_E], value: str) -> _E:
    unknown = str.__new__(cls, value)
    unknown._name_ = unknown._value_ = value
    return unknown
