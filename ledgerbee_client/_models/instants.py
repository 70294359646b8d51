"""Dates and instants between the wire and Python. An instant has a time zone, and is UTC once it is read."""

from __future__ import annotations

import datetime
from typing import Any, Final, final

from ..errors import InvalidValueError
from .codecs import Codec, kept, refused, write_text


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
    try:
        instant = datetime.datetime.fromisoformat(value)
        return instant.astimezone(datetime.UTC) if instant.tzinfo else None
    except (ValueError, OverflowError):
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


DATE: Final[Codec[datetime.date]] = _Date()
INSTANT: Final[Codec[datetime.datetime]] = _Instant()
