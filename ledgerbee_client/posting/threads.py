"""
A thread of a journal's own: one thing at a time, in order, each to its end.

Whoever waits for it may be cancelled, by asyncio also while the thread is at work; the thread goes on, and what comes
next finds nothing half done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

import anyio

T = TypeVar("T")


class JournalThread:
    """Runs functions, one after the other; begun when it is first needed."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Run a function after those before it, and return what it returns, or raise what it raises."""
        self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="ledgerbee-journal")
        ended, future = anyio.Event(), self._pool.submit(work)
        tell = _teller(ended.set)
        future.add_done_callback(lambda _: tell())
        await ended.wait()
        return future.result()

    async def end(self, last: Callable[[], None]) -> None:
        """Run a last function, and let the thread end."""
        with anyio.CancelScope(shield=True):
            try:
                await self.run(last)
            finally:
                pool, self._pool = self._pool, None
                if pool is not None:
                    pool.shutdown(wait=False)


def _teller(tell: Callable[[], object]) -> Callable[[], None]:
    """Return what lets the event loop call a function, from any thread."""
    call: Callable[[Callable[[], object]], object]
    try:
        call = asyncio.get_running_loop().call_soon_threadsafe
    except RuntimeError:
        import trio

        call = trio.lowlevel.current_trio_token().run_sync_soon

    def tell_soon() -> None:
        with suppress(RuntimeError):  # Of a loop that ended meanwhile: nobody waits.
            call(tell)

    return tell_soon
