"""How things are measured: columns in turn, CPU where CPU is meant, and medians compared with each other."""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
QUIET_PATH = "import sys; sys.modules.update(dict.fromkeys(['click', 'rich', 'pygments', 'trio']));"
"""Put before every cold start: httpx imports these development tools where they happen to be installed."""


COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""Every column runs from cached bytecode, as what pip installs does; the first round writes it."""


def in_turn(columns: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Run the columns one after the other, round by round, and return each one's median; the first round only warms "
    "up."""
    taken: dict[str, list[float]] = {name: [] for name in columns}
    for number in range(rounds + 1):
        for name, run in _turned(columns, number):
            gc.collect()
            seconds = run()
            if number:
                taken[name].append(seconds)
    return {name: statistics.median(values) for name, values in taken.items()}


def _turned(columns: Mapping[str, T], number: int) -> list[tuple[str, T]]:
    # Each round begins with another column: what runs after a large program finds cold caches.
    pairs = list(columns.items())
    start = number % len(pairs)
    return pairs[start:] + pairs[:start]


async def in_turn_async(columns: Mapping[str, Callable[[], Awaitable[float]]], rounds: int) -> dict[str, float]:
    """Do the same for columns that are awaited; they share one event loop."""
    taken: dict[str, list[float]] = {name: [] for name in columns}
    for number in range(rounds + 1):
        for name, run in _turned(columns, number):
            gc.collect()
            seconds = await run()
            if number:
                taken[name].append(seconds)
    return {name: statistics.median(values) for name, values in taken.items()}


def ratios(medians: Mapping[str, float], base: str) -> dict[str, float]:
    """Say every column in units of one of them."""
    return {name: value / medians[base] for name, value in medians.items()}


def thread_cpu(call: Callable[[], object], times: int) -> Callable[[], float]:
    """Make a column of the CPU seconds that this thread needs per call."""

    def run() -> float:
        began = time.thread_time()
        for _ in range(times):
            call()
        return (time.thread_time() - began) / times

    return run


def process_cpu_async(
    call: Callable[[], Awaitable[object]], times: int, together: int
) -> Callable[[], Awaitable[float]]:
    """Make a column of the CPU seconds of this process per call, `together` calls at a time."""

    async def run() -> float:
        began = time.process_time()
        await many(call, times, together)
        return (time.process_time() - began) / times

    return run


async def many(call: Callable[[], Awaitable[object]], times: int, together: int) -> None:
    """Call it that often, by that many workers."""
    left = iter(range(times))

    async def work() -> None:
        for _ in left:
            await call()

    await asyncio.gather(*(work() for _ in range(together)))


def program_cpu(python: str, source: str, env: Mapping[str, str] | None = None) -> Callable[[], float]:
    """Make a column of the CPU seconds, user and system, of a whole Python program."""
    command: list[str] = [python, "-c", QUIET_PATH + source]

    def run() -> float:
        pid = os.posix_spawn(python, command, {**os.environ, **COMPILED, **(env or {})})
        _, status, used = os.wait4(pid, 0)
        if status:
            sys.exit(f"a benchmark's program failed: {source}")
        return used.ru_utime + used.ru_stime

    return run


@contextmanager
def heartbeat(gaps: list[float], clock: Callable[[], float] = time.process_time) -> Iterator[None]:
    """
    Collect the longest time for which the event loop did not come round while the block ran.

    Counted in CPU of the process, so that other programs on the machine do not count as stalls; or by another clock.
    """

    async def beat() -> None:
        last = clock()
        while True:
            await asyncio.sleep(0)
            now = clock()
            gaps[0] = max(gaps[0], now - last)
            last = now

    gaps[:] = [0.0]
    task = asyncio.ensure_future(beat())
    try:
        yield
    finally:
        task.cancel()
