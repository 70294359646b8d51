"""Time, sleep and random numbers as one argument, so that tests neither wait nor depend on chance."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable

import anyio
from attrs import frozen


def _wall_time() -> float:
    # Looked up at each call, since tests that freeze the clock put another function into `time`.
    return time.time()


@frozen(kw_only=True)
class Clock:
    """
    What the client asks for the time; pass your own to `LedgerBee(clock=...)` to move it by hand.

    Attributes:
        monotonic: Seconds that never go back; deadlines are counted in them.
        now: Unix time in seconds; expiry dates and HTTP dates are compared with it.
        sleep: Waits that many seconds.
        random: A number from 0 up to 1, for jitter.
    """

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = _wall_time
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    random: Callable[[], float] = random.random


class Deadline:
    """The moment at which a call must have ended: its tries, its waits and the token request together."""

    __slots__ = ("_end", "clock", "seconds")

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock: Clock = clock
        self.seconds: float = seconds
        self._end = clock.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """Seconds left; 0.0 when it is over."""
        return max(0.0, self._end - self.clock.monotonic())


def seconds_text(seconds: float) -> str:
    """Return seconds as messages show them: `30.0`, and `0.04` where one digit would say nothing."""
    return f"{seconds:.1f}" if seconds >= 0.1 else f"{seconds:.1g}"
