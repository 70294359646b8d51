"""What the system says of a socket."""

from __future__ import annotations

import select
from typing import Protocol


class _HasNumber(Protocol):
    def fileno(self) -> int: ...


def is_readable(connected: _HasNumber | None) -> bool:
    """True if reading a socket would give something at once: bytes, its end or an error."""
    if connected is None or connected.fileno() < 0:
        return True
    if not hasattr(select, "poll"):  # Windows.
        return bool(select.select([connected], [], [], 0)[0])
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))
