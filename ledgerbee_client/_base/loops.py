"""Which event loop something belongs to."""

from __future__ import annotations

from anyio.lowlevel import RunVar

_loop: RunVar[object] = RunVar("ledgerbee_loop")


class HomeLoop:
    """The event loop that asks first, on asyncio and trio."""

    def __init__(self) -> None:
        self._home: list[object] = []

    @property
    def is_elsewhere(self) -> bool:
        """True if another event loop than the running one has asked first."""
        if (here := _loop.get(None)) is None:
            _loop.set(here := object())
        # Two threads may both append; the first of them is home to both.
        if not self._home:
            self._home.append(here)
        return self._home[0] is not here
