"""Decisions about failed tries, as plain functions: what became of the request, and is it sent again, and when?"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum

FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0
NOT_TEMPORARY = frozenset({501, 505})


class Outcome(Enum):
    """What became of a request."""

    NOT_SENT = "not sent"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


def outcome_of(status: int | None, *, may_have_left: bool = True) -> Outcome:
    """
    Tell what became of a request from the answer's status; None: no whole answer came.

    429 counts as refused because a limiter stands before the handler. 408, 499 and every 5xx are said by machines that
    do not know whether the handler ran. So are redirects, which nobody here follows.
    """
    if status is None:
        return Outcome.UNKNOWN if may_have_left else Outcome.NOT_SENT
    if 200 <= status < 300:
        return Outcome.DONE
    return Outcome.REFUSED if 400 <= status < 500 and status not in (408, 499) else Outcome.UNKNOWN


def next_wait(
    outcome: Outcome,
    status: int | None,
    *,
    repeatable: bool,
    tries: int,
    max_retries: int,
    asked: float | None,
    remaining: float,
    random: float,
) -> float | None:
    """
    Seconds to wait before the next try, or None: give up.

    What was not sent, or was turned away by a limiter, may be sent again whatever it is. What is unknown may be sent
    again only if repeating is harmless. A wait that does not fit in the remaining time is not begun.
    """
    temporary = status is None or (status >= 400 and status not in NOT_TEMPORARY)
    harmless = outcome is Outcome.NOT_SENT or status == 429 or (outcome is Outcome.UNKNOWN and repeatable and temporary)
    if tries > max_retries or not harmless:
        return None
    wait = backoff(tries, random) if asked is None else asked
    return wait if wait < remaining else None


def backoff(failures: int, random: float) -> float:
    """Seconds to wait after so many failures in a row: twice as long after each, up to 8 s, half of it by chance."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures - 1, 10)) * (0.5 + random / 2)


def asked_wait(headers: Mapping[str, str], now: float) -> float | None:
    """
    Seconds that an answer asks us to wait, or None where it does not say so in any form that we can read.

    Understood: `retry-after-ms`, `Retry-After` in seconds or as a date, `X-Rate-Limit-Reset` in Unix seconds unless
    `X-Rate-Limit-Remaining` says that something is left. A date that is past means 0. Negative numbers, infinities and
    garbage are as good as silence.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if (number := _number(headers.get(name))) is not None:
            return number * unit
    date = instant(headers.get("retry-after"))
    spent = headers.get("x-rate-limit-remaining", "0").strip() == "0"
    reset = date.timestamp() if date else _number(headers.get("x-rate-limit-reset")) if spent else None
    return None if reset is None else max(0.0, reset - now)


def instant(text: str | None) -> datetime.datetime | None:
    """Read an HTTP date or an ISO date or instant as aware UTC; None for anything else."""
    if not text:
        return None
    from email.utils import parsedate_to_datetime

    for read in (datetime.datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            when = read(text.strip())
            return (when if when.tzinfo else when.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
    return None


def _number(text: str | None) -> float | None:
    if not text or not re.fullmatch(r"[0-9]{1,300}(\.[0-9]{1,20})?", text.strip()):
        return None
    return number if math.isfinite(number := float(text)) else None
