"""The time for which a worker has a batch to itself, and the body that is not sent once it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from attrs import frozen

from .._helpers.bodies import Body
from .errors import LeaseLostError

_BOOT: int | None = getattr(time, "CLOCK_BOOTTIME", None)


def now() -> float:
    """Return seconds of a clock that goes on while the process is stopped, and on Linux while the machine sleeps."""
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)


@frozen(kw_only=True)
class LeasedBody(Body):
    """
    A body of which no byte is given to the network once the lease is over.

    That is looked at when the connection asks for a piece, after everything that may take long: a token, a free
    connection, a process that was stopped. The first piece is given only where the whole request ends before the lease.

    Attributes:
        ends: When the lease ends.
        timeout: Seconds that the request may take.
        clock: Seconds that `ends` is counted in.
    """

    ends: float
    timeout: float
    clock: Callable[[], float] = now

    def chunks(self) -> Iterator[bytes]:
        """Yield the body in pieces, each only while the lease lasts."""
        left = self.timeout
        for piece in super().chunks():
            if self.clock() > self.ends - left:
                raise LeaseLostError("the lease of this batch was over before it was sent.")
            left = 0.0
            yield piece


def leased(body: Body, ends: float | None, timeout: float) -> Body:
    """
    Return the body as it may be sent within a lease; as it is, where there is none.

    Raises:
        LeaseLostError: the request would not end before the lease.
    """
    if ends is None:
        return body
    if now() > ends - timeout:
        raise LeaseLostError("the lease of this batch was over before it was sent.")
    parts, entries = body.parts, body.entries
    return LeasedBody(parts=parts, content_type=body.content_type, entries=entries, ends=ends, timeout=timeout)
