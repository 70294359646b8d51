"""Stalls: the longest wall time between two turns of the event loop, under two kinds of load."""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from benchmarks import data, ours
from benchmarks.lines import Line, Section
from benchmarks.measure import heartbeat, many
from benchmarks.peers import HEADERS, INVOICES
from benchmarks.server import PAGES, Addresses
from ledgerbee_client import LedgerBee

TITLE = "Stalls"
HOW = (
    "The longest wall time between two turns of the event loop, median of seven runs: in a walk over 200 pages with "
    "`ahead(8)`, and while 11 MB of files are uploaded beside 50 callers of small reads. Beside it the same for bare "
    "httpx, and for a loop that does nothing for as long."
)
FLOOR = f"the interpreter's switch interval: {sys.getswitchinterval() * 1000:.0f} ms"
CAUSE = "the answers of several calls are read in one turn, and other programs had the processor"
Load = Callable[[], Awaitable[object]]


def measure(addresses: Addresses, folder: Path) -> Section:
    """Load the loop, and listen to its heartbeat."""
    return asyncio.run(_measure(addresses))


async def _measure(addresses: Addresses) -> Section:
    pages, small, sink = f"{addresses.http}/list", f"{addresses.http}/group", f"{addresses.http}/sink"
    entry = ours.filed(data.files())
    async with (
        ours.client(pages) as lists,
        ours.client(small) as groups,
        ours.client(sink) as files,
        httpx.AsyncClient() as bare,
    ):

        async def walk() -> None:
            async with lists.invoices.list().ahead(8) as invoices:
                async for _ in invoices:
                    pass

        async def by_hand() -> None:
            for number in range(1, PAGES + 1):
                (await bare.get(f"{pages}{INVOICES.partition('?')[0]}?page={number}&limit=100", headers=HEADERS)).json()

        async def upload() -> None:
            await asyncio.gather(files.journal_entries.create_batch([entry]), _read(groups))

        async def read_by_hand() -> None:
            await many(lambda: bare.get(f"{small}/v1/product-groups/1", headers=HEADERS), 500, 50)

        walking: dict[str, Load] = {"ledgerbee": walk, "httpx, one after the other": by_hand, "nothing at all": _idle}
        uploading: dict[str, Load] = {
            "ledgerbee": upload,
            "httpx, 50 readers alone": read_by_hand,
            "nothing at all": _idle,
        }
        return Section(
            title=TITLE,
            how=HOW,
            lines=[
                _line("A walk with `ahead(8)`", await _stalls(walking)),
                _line("An upload of 11 MB beside 50 callers", await _stalls(uploading)),
            ],
        )


def _line(what: str, figures: dict[str, float]) -> Line:
    return Line(what=what, base="ms", goal=5, figures=figures, unit=" ms", floor=FLOOR, cause=CAUSE)


async def _read(bee: LedgerBee) -> None:
    await many(lambda: bee.product_groups.get("1"), 500, 50)


async def _idle() -> None:
    await asyncio.sleep(1)


async def _stalls(loads: dict[str, Load]) -> dict[str, float]:
    longest: dict[str, list[float]] = {name: [] for name in loads}
    for number in range(8):
        for name, load in loads.items():
            gaps = [0.0]
            gc.collect()
            with heartbeat(gaps, time.perf_counter):
                await asyncio.sleep(0.02)
                gaps[0] = 0.0
                await load()
            if number:
                longest[name].append(gaps[0] * 1000)
    return {name: statistics.median(values) for name, values in longest.items()}
