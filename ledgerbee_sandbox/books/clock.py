"""A clock that can be set, stopped and moved, so that no test waits."""

from __future__ import annotations

import datetime
from collections.abc import Callable

UTC = datetime.UTC
_FIRST_YEAR, _LAST_YEAR = 1000, 8999


def _system_time() -> datetime.datetime:
    return datetime.datetime.now(UTC)


class Clock:
    """
    Real time until told otherwise.

    `stop_at()` freezes it; `advance()` moves it, frozen or not. Whatever the sandbox dates, expires or schedules asks
    here.
    """

    def __init__(self, system_time: Callable[[], datetime.datetime] = _system_time) -> None:
        self._system_time = system_time
        self._offset = datetime.timedelta()
        self._stopped_at: datetime.datetime | None = None

    @property
    def stopped(self) -> bool:
        return self._stopped_at is not None

    def now(self) -> datetime.datetime:
        """The sandbox's present, aware, in UTC."""
        if self._stopped_at is not None:
            return self._stopped_at
        return self._system_time() + self._offset

    def machine_time(self) -> datetime.datetime:
        """The time outside of the sandbox, which nothing stops or moves."""
        return self._system_time()

    def today(self) -> datetime.date:
        return self.now().date()

    def stop_at(self, instant: datetime.datetime) -> None:
        """
        Freeze the clock at an aware instant.

        Raises:
            ValueError: it is so far away that nothing could be dated or expire after it.
        """
        self._stopped_at = _reckonable(instant.astimezone(UTC))

    def advance(self, by: datetime.timedelta) -> None:
        """
        Move the clock; a stopped one stays stopped.

        Raises:
            ValueError: as `stop_at()`, and the clock stays where it was.
            OverflowError: it would leave the calendar.
        """
        moved = _reckonable(self.now() + by)
        if self._stopped_at is not None:
            self._stopped_at = moved
        else:
            self._offset += by

    def run(self) -> None:
        """Go back to real time."""
        self._stopped_at, self._offset = None, datetime.timedelta()


def _reckonable(moment: datetime.datetime) -> datetime.datetime:
    """The moment, where a year is left after it for what expires later."""
    if not _FIRST_YEAR <= moment.year < _LAST_YEAR:
        raise ValueError(f"{moment:%Y-%m-%d} is outside of the years {_FIRST_YEAR} to {_LAST_YEAR - 1}")
    return moment


def instant(moment: datetime.datetime) -> str:
    """Write an instant the way the API's examples do: milliseconds and Z."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse_instant(text: str) -> datetime.datetime:
    """
    Read an ISO 8601 date or instant; a date means its midnight, a missing zone means UTC.

    Raises:
        ValueError: it is neither, or so far away that nothing could be reckoned from it.
    """
    moment = datetime.datetime.fromisoformat(text)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"{text} is outside of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
