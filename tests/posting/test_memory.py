"""However long the input, memory holds some batches of it."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledgerbee_client import ApiKey, LedgerBee
from ledgerbee_client.posting import PostingRun

pytestmark = pytest.mark.anyio


class Books(httpx.AsyncBaseTransport):
    """Books whatever comes."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        entries = json.loads(await request.aread())["entries"]
        booked = [_booked(entry) for entry in entries]
        return httpx.Response(201, json={"totalCreated": len(booked), "entries": booked})


def _booked(entry: dict[str, Any]) -> dict[str, Any]:
    facts = {"entryNumber": "JE-1", "date": "2026-11-20", "amount": 1, "currency": "DKK", "type": "debit"}
    more = {
        "status": "POSTED",
        "accountId": "a",
        "createdAt": "2026-11-20T10:00:00.000Z",
        "journalType": "JOURNAL_ENTRY",
    }
    return {"id": f"id-{entry['reference']}", **facts, **more}


async def peak(folder: Path, count: int) -> int:
    """Return the peak of what is allocated while so many entries are booked, in bytes."""
    entries = (
        {"entryType": "journal", "date": "2026-11-20", "originalAmount": 1, "reference": f"R-{n}", "lines": []}
        for n in range(count)
    )
    path = folder / f"{count}.db"
    async with (
        LedgerBee(ApiKey("key"), transport=Books()) as bee,
        PostingRun.open(path, key=lambda entry: entry["reference"], company="acme") as run,
    ):
        tracemalloc.start()
        try:
            told = 0
            async for _ in run.post(bee.journal_entries, entries, concurrency=2):
                told += 1
            assert count == told
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_memory_does_not_grow_with_the_input(tmp_path: Path) -> None:
    """Ten times the entries take as much: 4,500 more of them may add 55 bytes each, and add less."""
    await peak(tmp_path, 200)  # What is imported and cached once.

    assert await peak(tmp_path, 5_000) < await peak(tmp_path, 500) + 250_000
