"""
Numbers, dates and instants between the wire and Python.

Numbers are exact or refused, never a float; this library never calculates with them. An instant has a time zone, and
is UTC once it is read.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Annotated, Any, Final, final

import msgspec

from ..errors import InvalidValueError
from .codecs import Codec, kept, refused, write_text
from .jsonio import EXACT_NUMBER, is_exact

INSTANT_TYPE: Any = Annotated[datetime.datetime, msgspec.Meta(tz=True)]
"""An instant as RFC 3339 writes it, which msgspec reads; other forms of ISO 8601 are for Python to read."""
_rfc3339: Callable[[str], datetime.datetime] = partial(msgspec.convert, type=INSTANT_TYPE)


def write_number(value: object, path: str) -> int | Decimal:
    """Return a number that JSON can carry exactly, in the type `jsonio.loads` gives: 12 is an int, 12.50 a Decimal."""
    if isinstance(value, float):
        got = f"the float {value!r}; floats lose cents, write Decimal({str(value)!r})"
        raise InvalidValueError(path, "a Decimal or an int", got)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise refused(path, "a Decimal or an int", value)
    if isinstance(value, Decimal) and not value.is_finite():
        raise refused(path, "a finite number", value)
    if not is_exact(value):
        raise refused(path, EXACT_NUMBER, value)
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    return value if isinstance(exponent, int) and exponent < 0 else int(value)


def read_decimal(value: Any, path: str, expected: str) -> Decimal:
    """Read a Decimal from a number or from text, whichever the schema says: the API's own pages do not always agree."""
    number: Decimal | None = None
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, int) and not isinstance(value, bool):
        number = Decimal(value)
    else:
        # A float has come through another JSON reader: its shortest text is what stood on the wire.
        number = _parse_decimal(repr(value) if isinstance(value, float) else value)
    return number if number is not None and number.is_finite() else kept(value, path, expected)


def _parse_decimal(value: object) -> Decimal | None:
    # Decimal("1_000"), Decimal(" 1 ") and other scripts' digits are fine with Python, and no decimal numbers on a wire.
    if not isinstance(value, str) or not value.isascii() or "_" in value or value != value.strip():
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


@final
class _Integer(Codec[int]):
    expected = "a whole number"

    def read(self, value: Any, path: str) -> int:
        if isinstance(value, Decimal | float):
            # 12.0 is a whole number too. The bound keeps 1e999999999 from becoming a billion digits.
            number = Decimal(value)
            if number.is_finite() and number.adjusted() < 100 and number == number.to_integral_value():
                return int(number)
        return value if type(value) is int else kept(value, path, self.expected)

    def write(self, value: Any, path: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise refused(path, "an int", value)
        return int(write_number(value, path))


@final
class _Number(Codec[Decimal]):
    expected = "a number"

    def read(self, value: Any, path: str) -> Decimal:
        return read_decimal(value, path, self.expected)

    def write(self, value: Any, path: str) -> int | Decimal:
        return write_number(value, path)


@final
class _DecimalText(Codec[Decimal]):
    expected = "a decimal number as text"

    def read(self, value: Any, path: str) -> Decimal:
        return read_decimal(value, path, self.expected)

    def write(self, value: Any, path: str) -> str:
        """Write digits and a point, never an exponent; a text that is a decimal number goes as it is."""
        number = _parse_decimal(value) if isinstance(value, str) else value
        if isinstance(number, int) and not isinstance(number, bool):
            number = Decimal(number)
        if not isinstance(number, Decimal):
            raise refused(path, "a Decimal or an int", value)
        if not (number.is_finite() and -100 < number.adjusted() < 100):
            raise refused(path, "a finite Decimal of at most 100 digits", number)
        return write_text(value, path) if isinstance(value, str) else format(number, "f")


def _parse_date(value: object) -> datetime.date | None:
    # date.fromisoformat also takes 20260610 and week dates, which no page of the API shows.
    if not isinstance(value, str) or len(value) != 10 or value[7] != "-":
        return None
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        return None


def _parse_instant(value: object) -> datetime.datetime | None:
    if not isinstance(value, str):
        return None
    for parse in (_rfc3339, datetime.datetime.fromisoformat):
        with suppress(ValueError, OverflowError):
            instant = parse(value)
            return instant.astimezone(datetime.UTC) if instant.tzinfo else None
    return None


@final
class _Date(Codec[datetime.date]):
    expected = "a date (YYYY-MM-DD)"

    def read(self, value: Any, path: str) -> datetime.date:
        return _parse_date(value) or kept(value, path, self.expected)

    def write(self, value: Any, path: str) -> str:
        """Write a date; a text that is one goes as it is."""
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value.isoformat()
        if isinstance(value, str) and _parse_date(value):
            return write_text(value, path)
        raise refused(path, "a datetime.date, or text like '2026-11-20'", value)


@final
class _Instant(Codec[datetime.datetime]):
    expected = "an instant (ISO 8601 with a time zone)"

    def read(self, value: Any, path: str) -> datetime.datetime:
        return _parse_instant(value) or kept(value, path, self.expected)

    def write(self, value: Any, path: str) -> str:
        """Write an instant as the API does, in UTC with milliseconds; a text that is one goes as it is."""
        if isinstance(value, str) and _parse_instant(value):
            return write_text(value, path)
        if not isinstance(value, datetime.datetime) or value.utcoffset() is None:
            raise refused(path, "a datetime.datetime with a time zone, or such a text", value)
        try:
            utc = value.astimezone(datetime.UTC).replace(tzinfo=None)
        except OverflowError:
            raise InvalidValueError(path, "an instant in the years 1 to 9999 of UTC", "one outside of them") from None
        return utc.isoformat(timespec="microseconds" if utc.microsecond % 1000 else "milliseconds") + "Z"


INTEGER: Final[Codec[int]] = _Integer()
NUMBER: Final[Codec[Decimal]] = _Number()
DECIMAL_TEXT: Final[Codec[Decimal]] = _DecimalText()
DATE: Final[Codec[datetime.date]] = _Date()
INSTANT: Final[Codec[datetime.datetime]] = _Instant()
