"""
A task that runs beside its caller, and that only its owner ends.

A task group belongs to the task that opened it: where one is held open across a `yield`, leaving the generator early
cancels whoever consumes it (PEP 789, https://github.com/python-trio/trio/issues/264). What is started here has a cancel
scope of its own, entered by its own task alone, so that ending it can cancel nobody else.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable

import anyio


class BackgroundTask:
    """
    Runs an async function at once, in its own task, with the caller's context variables.

    The function must not raise: its error would be lost.
    """

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work, self._scope, self._ended = work, anyio.CancelScope(), anyio.Event()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            import trio

            trio.lowlevel.spawn_system_task(self._run, context=contextvars.copy_context())
        else:
            # Kept, since the event loop holds its tasks by weak references alone.
            self._task = loop.create_task(self._run())
            # A task that is cancelled before it began runs none of its lines, not even `finally`.
            self._task.add_done_callback(lambda _: self._ended.set())

    async def _run(self) -> None:
        try:
            with self._scope:
                await self._work()
        finally:
            self._ended.set()

    def cancel(self) -> None:
        """Ask the task to end."""
        self._scope.cancel()

    async def wait(self) -> None:
        """Return when the task has ended."""
        await self._ended.wait()
