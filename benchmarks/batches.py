"""Batches: 10,000 journal entries through `create_many()`, over a transport that answers without a network."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from benchmarks import data, ours
from benchmarks.lines import Line, Section
from benchmarks.measure import heartbeat, in_turn_async, ratios
from benchmarks.server import Addresses
from ledgerbee_client import LedgerBee
from ledgerbee_client.models import CreateJournalEntryV2Dto

COUNT = 10_000
TITLE = "Batches"
HOW = (
    f"{COUNT:,} journal entries of 3 lines over a transport that answers without a network; CPU of the process, "
    "`create_batch()` over slices of 100, answers kept, being 1. A list is written before the first request, as the "
    "promise is that nothing is sent where an entry cannot be. A stall is the longest wall time between two turns of "
    "the event loop. Memory is the highest (tracemalloc) beyond what the report holds in the end, over that of a "
    "tenth of the entries."
)
Create = Callable[[], Awaitable[object]]


def measure(addresses: Addresses, folder: Path) -> Section:
    """Run the columns in turn, then look for stalls, then for memory."""
    return asyncio.run(_measure())


async def _measure() -> Section:
    hundred = ours.entries()
    entries = hundred * (COUNT // 100)
    async with ours.client("http://127.0.0.1", transport=ours.Canned(data.batch_answer())) as bee:
        columns: dict[str, Create] = {
            "create_batch": lambda: _slices(bee, entries),
            "create_batch, answers dropped": lambda: _dropped(bee, entries),
            "ledgerbee": lambda: _many(bee, entries),
            "ledgerbee, generator": lambda: _many(bee, iter(entries)),
        }
        cpu = ratios(
            await in_turn_async({name: _cpu(create) for name, create in columns.items()}, rounds=9), "create_batch"
        )
        gc.collect()
        gc.freeze()
        stalls = {name: await _stall(columns[name]) for name in ("ledgerbee", "ledgerbee, generator")}
        stalls["ledgerbee, CPU"] = await _stall(columns["ledgerbee"], time.process_time)
        gc.disable()
        stalls["ledgerbee, no garbage collection"] = await _stall(columns["ledgerbee"])
        gc.enable()
        gc.unfreeze()
        extra = [await _extra(bee, hundred * (count // 100)) for count in (COUNT // 10, COUNT)]
    what = f"{COUNT:,} entries, CPU"
    return Section(
        title=TITLE,
        how=HOW,
        lines=[
            Line(what=what, base="create_batch", goal=1.3, figures=cpu),
            Line(
                what=f"{what}, from a generator",
                base="create_batch",
                goal=1.3,
                figures=cpu,
                ours="ledgerbee, generator",
            ),
            Line(
                what="Longest stall of the event loop",
                base="ms",
                goal=10,
                figures=stalls,
                unit=" ms",
                floor="the interpreter's switch interval: 5 ms",
                cause="what the report holds is walked by the garbage collector, and other programs had the processor",
            ),
            Line(
                what="Memory beyond the report, from a generator",
                base="a tenth of the entries",
                goal=1.2,
                figures={"ledgerbee": extra[1] / extra[0]},
                floor=f"{extra[1] / 1024:,.0f} KiB",
            ),
        ],
    )


async def _slices(bee: LedgerBee, entries: list[CreateJournalEntryV2Dto]) -> object:
    return [await bee.journal_entries.create_batch(entries[n : n + 100]) for n in range(0, len(entries), 100)]


async def _dropped(bee: LedgerBee, entries: list[CreateJournalEntryV2Dto]) -> object:
    for n in range(0, len(entries), 100):
        await bee.journal_entries.create_batch(entries[n : n + 100])
    return None


async def _many(bee: LedgerBee, entries: Iterable[CreateJournalEntryV2Dto]) -> object:
    report = await bee.journal_entries.create_many(entries)
    report.raise_if_incomplete()
    return report


def _cpu(create: Create) -> Callable[[], Awaitable[float]]:
    async def run() -> float:
        began = time.process_time()
        await create()
        return time.process_time() - began

    return run


async def _stall(create: Create, clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the median of the longest stalls, in milliseconds."""
    longest: list[float] = []
    for _ in range(7):
        gaps = [0.0]
        gc.collect()
        with heartbeat(gaps, clock):
            await asyncio.sleep(0.02)
            gaps[0] = 0.0
            await create()
        longest.append(gaps[0] * 1000)
    return statistics.median(longest)


async def _extra(bee: LedgerBee, entries: list[CreateJournalEntryV2Dto]) -> float:
    """Return the highest memory of a run beyond what its report holds."""
    tracemalloc.start()
    report = await _many(bee, iter(entries))
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert report
    return peak - held
