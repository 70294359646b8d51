"""Days and instants in requests, read the same way by every rule."""

from __future__ import annotations

import contextlib
import datetime
import re
from typing import Any

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.books.clock import parse_instant
from ledgerbee_sandbox.rules.call import Refusal, invalid

_STARTS_WITH_A_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def need_day(value: Any, place: str) -> datetime.date:
    """
    The day of an ISO 8601 date or instant.

    Raises:
        Refusal: it is neither.
    """
    with contextlib.suppress(ValueError):
        if _STARTS_WITH_A_DAY.match(str(value)):
            return parse_instant(str(value)).date()
    raise _no_date(place)


def with_days(fields: Record, *names: str, place: str = "") -> Record:
    """
    The fields, with those of these names written as YYYY-MM-DD where they are set.

    Raises:
        Refusal: one of them is no date.
    """
    days = {
        name: need_day(fields[name], f"{place}{name}").isoformat() for name in names if fields.get(name) is not None
    }
    return type(fields)({**fields, **days})


def need_instant(value: Any, place: str) -> datetime.datetime:
    """
    An ISO 8601 instant; a date means its midnight in UTC.

    Raises:
        Refusal: it is neither.
    """
    try:
        return parse_instant(str(value))
    except ValueError:
        raise _no_date(place) from None


def _no_date(place: str) -> Refusal:
    return invalid(place, "isDateString", f"{place.rpartition('.')[2]} must be a valid ISO 8601 date string")
