"""However long the input, memory holds some batches of it."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from ledgerbee_client import ApiKey, LedgerBee
from ledgerbee_client.posting import PostingRun

from .books import Books, entry_of

pytestmark = pytest.mark.anyio


async def peak(folder: Path, count: int) -> int:
    """Return the peak of what is allocated while so many entries are booked, in bytes."""
    entries = (entry_of(number) for number in range(count))
    path = folder / f"{count}.db"
    async with (
        LedgerBee(ApiKey("key"), transport=Books(counts=False)) as bee,
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
