"""
The two types every model speaks: a value that was never given, and an enum that stays open.

`UNSET` means that a field is not there; `None` is a value, and is sent as null. `UNSET` is falsy, and stays itself in a
pickle or a copy.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from msgspec import UNSET
from msgspec import UnsetType as Unset

__all__ = ["UNSET", "OpenStrEnum", "Unset"]


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
        unknown = str.__new__(cls, value)
        # Not remembered in the class: the API could make it grow for ever.
        unknown._name_ = unknown._value_ = str(value)
        return unknown

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Pickle by value: an unknown value has no name to be found under."""
        return type(self), (self._value_,)

    def __repr__(self) -> str:
        """Show a member as Python does, and an unknown value as unknown."""
        if self.is_known:
            return f"<{type(self).__name__}.{self._name_}: {self._value_!r}>"
        return f"<{type(self).__name__}: {self._value_!r} (not in the schema)>"
