"""Which event loop something belongs to."""

from __future__ import annotations

from anyio.lowlevel import RunVar

_loop: RunVar[object] = RunVar("ledgerbee_loop")


class FirstLoop:
    """Remembers the event loop, of asyncio or trio, that asked first."""

    def __init__(self) -> None:
        self._first: list[object] = []

    @property
    def is_another(self) -> bool:
        """True if the running event loop is not the one that asked first."""
        if (running := _loop.get(None)) is None:
            _loop.set(running := object())
        # Two threads may both append; the first one counts for both.
        if not self._first:
            self._first.append(running)
        return self._first[0] is not running
