"""Tail: reads that meet a busy API, which says 503 and when to come again."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx

from benchmarks import ours
from benchmarks.lines import Line, Section
from benchmarks.measure import in_turn_async, many
from benchmarks.peers import HEADERS
from benchmarks.server import Addresses
from ledgerbee_client import LedgerBee, LedgerBeeError

TITLE = "Tail"
HOW = (
    "1,000 reads, 100 at a time, 20 ms each; every 20th request is answered 503 with Retry-After 0.05 s. Wall time "
    "over the same without faults."
)


def measure(addresses: Addresses, folder: Path) -> Section:
    """Read with and without faults, in turn."""
    return asyncio.run(_measure(addresses))


async def _measure(addresses: Addresses) -> Section:
    failed = {"ledgerbee": 0, "httpx": 0}
    smooth, faulty = f"{addresses.http}/group-20", f"{addresses.http}/group-20-faulty"
    async with ours.client(smooth) as calm, ours.client(faulty) as busy, httpx.AsyncClient() as bare:

        async def ask(bee: LedgerBee) -> None:
            try:
                await bee.product_groups.get("1")
            except LedgerBeeError:
                failed["ledgerbee"] += 1

        async def ask_bare() -> None:
            answer = await bare.get(f"{faulty}/v1/product-groups/1", headers=HEADERS)
            failed["httpx"] += answer.status_code != 200

        async def timed(bee: LedgerBee) -> float:
            began = time.perf_counter()
            await many(lambda: ask(bee), 1_000, 100)
            return time.perf_counter() - began

        taken = await in_turn_async({"calm": lambda: timed(calm), "busy": lambda: timed(busy)}, rounds=5)
        await many(ask_bare, 1_000, 100)
    return Section(
        title=TITLE,
        how=HOW,
        lines=[
            Line(
                what="Reads that failed",
                base="reads",
                goal=0,
                figures={k: float(v) for k, v in failed.items()},
                unit="",
            ),
            Line(
                what="Wall time with faults",
                base="without",
                goal=1.3,
                figures={"ledgerbee": taken["busy"] / taken["calm"]},
                cause="a read whose second try meets a fault as well waits for up to a quarter of a second, although "
                "the server asks for 0.05 s: a longer backoff counts, so that no server has all tries made at once",
            ),
        ],
    )
