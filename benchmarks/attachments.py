"""Attachments: 10 files of together 11 MB, as base64 in one JSON body of 14.67 MB."""

from __future__ import annotations

import asyncio
import base64
import json
import statistics
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from benchmarks import data, ours
from benchmarks.lines import Line, Section
from benchmarks.measure import heartbeat, in_turn, ratios, thread_cpu
from benchmarks.peers import HEADERS
from benchmarks.server import Addresses

TITLE = "Attachments"
HOW = (
    "CPU of the thread to make the body and walk over its pieces, `base64.b64encode` of the files alone being 1; the "
    "highest "
    "extra memory meanwhile, as a share of the body (tracemalloc); the longest stall of the event loop while it is "
    "uploaded."
)


def measure(addresses: Addresses, folder: Path) -> Section:
    """Measure time, then memory, then stalls."""
    contents = data.files()
    ready = ours.entry_writer(ours.filed(contents))
    size = ready().size

    def streamed() -> None:
        for _ in ready().chunks():
            pass

    def dumped() -> bytes:
        return json.dumps(_whole(contents)).encode()

    calls: dict[str, Callable[[], object]] = {
        "base64.b64encode": lambda: [base64.b64encode(content) for content in contents],
        "ledgerbee": streamed,
        "json.dumps": dumped,
    }
    time = ratios(in_turn({name: thread_cpu(call, 1) for name, call in calls.items()}, rounds=9), "base64.b64encode")
    memory = {name: _peak(call) / size for name, call in calls.items() if name != "base64.b64encode"}
    return Section(
        title=TITLE,
        how=HOW,
        lines=[
            Line(what="CPU for the body", base="base64.b64encode", goal=1.2, figures=time, floor="1.00, without SIMD"),
            Line(what="Extra memory", base="body", goal=0.1, figures=memory, floor="0.00"),
            Line(
                what="Longest stall of the event loop while sending",
                base="ms",
                goal=5,
                figures=_stalls(addresses, contents),
                unit=" ms",
            ),
        ],
    )


def _whole(contents: list[bytes]) -> dict[str, Any]:
    files = [
        {"filename": f"{number}.pdf", "content": base64.b64encode(content).decode(), "mimeType": "application/pdf"}
        for number, content in enumerate(contents)
    ]
    return {**data.entry(0), "attachments": files}


def _peak(call: Callable[[], object]) -> float:
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _stalls(addresses: Addresses, contents: list[bytes]) -> dict[str, float]:
    async def main() -> dict[str, float]:
        base = f"{addresses.http}/sink"
        taken: dict[str, list[float]] = {"ledgerbee": [], "httpx json=": []}
        async with ours.client(base) as bee, httpx.AsyncClient() as client:
            entry = ours.filed(contents)
            calls: dict[str, Callable[[], Awaitable[object]]] = {
                "ledgerbee": lambda: bee.journal_entries.create_batch([entry]),
                "httpx json=": lambda: client.post(f"{base}/x", json={"entries": [_whole(contents)]}, headers=HEADERS),
            }
            for number in range(6):
                for name, call in calls.items():
                    gaps = [0.0]
                    with heartbeat(gaps):
                        await asyncio.sleep(0.02)
                        gaps[0] = 0.0
                        await call()
                    if number:
                        taken[name].append(gaps[0] * 1000)
        return {name: statistics.median(values) for name, values in taken.items()}

    return asyncio.run(main())
