"""Pages: a list of 200 pages walked to its end, against what 20 ms per page must cost."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from benchmarks import ours
from benchmarks.lines import Line, Section
from benchmarks.measure import in_turn_async
from benchmarks.peers import HEADERS
from benchmarks.server import PAGES, Addresses

TITLE = "Pages"
HOW = (
    "Wall time for 200 pages of 100 invoices with 20 ms per page, over the ideal of 200 round trips, or of 200 / 8 "
    "where eight "
    "are on their way; a round trip is measured on a bare socket. The first item over one round trip."
)

CAUSE = "the first page goes alone, because only it says how many follow (0.04); what came together is read in turn"


def measure(addresses: Addresses, folder: Path) -> Section:
    """Walk in turn."""
    return asyncio.run(_measure(addresses))


async def _measure(addresses: Addresses) -> Section:
    base = f"{addresses.http}/list-20"
    async with ours.client(base) as bee, httpx.AsyncClient() as client:

        async def first() -> None:
            assert await bee.invoices.list().first() is not None

        async def first_ahead() -> None:
            async with bee.invoices.list().ahead(8) as invoices:
                await anext(invoices)

        async def walk() -> None:
            numbers = [invoice.number async for invoice in bee.invoices.list()]
            _check([str(number) for number in numbers])

        async def ahead() -> None:
            async with bee.invoices.list().ahead(8) as invoices:
                _check([str(invoice.number) async for invoice in invoices])

        async def by_hand() -> None:
            for number in range(1, PAGES + 1):
                json.loads((await client.get(f"{base}/v1/invoices?page={number}&limit=100", headers=HEADERS)).content)

        short: dict[str, Callable[[], Awaitable[None]]] = {
            "trip": lambda: _trip(addresses),
            "first": first,
            "first_ahead": first_ahead,
        }
        quick = await in_turn_async({name: _timed(call) for name, call in short.items()}, rounds=15)
        long = {"walk": walk, "ahead": ahead, "httpx": by_hand}
        taken = await in_turn_async({name: _timed(call) for name, call in long.items()}, rounds=2)
    trip = quick["trip"]
    ideal, ideal_ahead = trip * PAGES, trip * PAGES / 8
    floor = f"a round trip: {trip * 1000:.1f} ms"
    return Section(
        title=TITLE,
        how=HOW,
        lines=[
            Line(what="200 pages, one after the other", base="ideal", goal=1.1, floor=floor,
                 figures={"ledgerbee": taken["walk"] / ideal, "httpx and json.loads": taken["httpx"] / ideal}),
            Line(what="200 pages, `ahead(8)`", base="ideal", goal=1.15, floor=floor, cause=CAUSE,
                 figures={"ledgerbee": taken["ahead"] / ideal_ahead}),
            Line(what="First item", base="round trip", goal=1.3, floor=floor,
                 figures={"ledgerbee": quick["first"] / trip, "ledgerbee, ahead(8)": quick["first_ahead"] / trip}),
        ],
    )  # fmt: skip


def _check(numbers: list[str]) -> None:
    assert len(numbers) == PAGES * 100
    assert numbers == sorted(numbers), "the order was not kept"


def _timed(call: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[float]]:
    async def run() -> float:
        began = time.perf_counter()
        await call()
        return time.perf_counter() - began

    return run


async def _trip(addresses: Addresses) -> None:
    host, port = addresses.http.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /list-20/v1/invoices?page=1 HTTP/1.1\r\nhost: x\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(head.split(b"content-length: ")[1]))
    writer.close()
