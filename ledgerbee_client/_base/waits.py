"""How long to wait: by failures in a row, or as an answer asks. Plain functions of headers and numbers."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping
from contextlib import suppress

LONGEST_WAIT = 8.0


def backoff(failures: int, random: float, *, soon: bool = False) -> float:
    """
    Seconds to wait after so many failures in a row, up to 8 s, half of them by chance.

    0.5 s, and twice as long after each; or `soon`, where the first failure is most often the last: 0.05 s, and five
    times as long after each.
    """
    first, growth = (0.05, 5.0) if soon else (0.5, 2.0)
    return min(LONGEST_WAIT, first * growth ** min(failures - 1, 10)) * (0.5 + random / 2)


def server_wait(headers: Mapping[str, str], now: float) -> float | None:
    """
    Seconds that an answer asks the client to wait; None where it gives none in a form that is understood.

    Understood: `retry-after-ms`, `Retry-After` in seconds or as a date, `X-Rate-Limit-Reset` in Unix seconds unless
    `X-Rate-Limit-Remaining` says that something is left. A date that is past means 0. Negative numbers, infinities and
    garbage count as no header.
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
    text = (text or "").strip()  # float() itself keeps some of what strip() takes for white space.
    is_number = re.fullmatch(r"[0-9]{1,300}(\.[0-9]{1,20})?", text)
    return number if is_number and math.isfinite(number := float(text)) else None
