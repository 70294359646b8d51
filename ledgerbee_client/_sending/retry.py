"""Decisions about failed tries, as plain functions: what became of the request, and is it sent again, and when?"""

from __future__ import annotations

from enum import Enum

from .._base.waits import backoff

NOT_TEMPORARY = frozenset({501, 505})


class Outcome(Enum):
    """What became of a request."""

    NOT_SENT = "not sent"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


def outcome_of(status: int | None, *, maybe_sent: bool = True) -> Outcome:
    """
    Tell what became of a request from the answer's status; None: no whole answer came.

    429 counts as refused because a limiter stands before the handler. 408, 499 and every 5xx are said by machines that
    do not know whether the handler ran. So are redirects, which are not followed.
    """
    if status is None:
        return Outcome.UNKNOWN if maybe_sent else Outcome.NOT_SENT
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
    again only if repeating is harmless. The wait is the longer of what was asked for and backoff; one that does not fit
    in the remaining time is not begun.

    Most faults are of one connection or one node, and gone at once: the first retry follows soon. 429 says that there
    is too much, and wants patience from the start.
    """
    temporary = status is None or (status >= 400 and status not in NOT_TEMPORARY)
    harmless = outcome is Outcome.NOT_SENT or status == 429 or (outcome is Outcome.UNKNOWN and repeatable and temporary)
    if tries > max_retries or not harmless:
        return None
    # What an answer asks for is the least: an end of a window in whole seconds is up to one second early.
    wait = max(backoff(tries, random, soon=status != 429), asked or 0.0)
    return wait if wait < remaining else None
