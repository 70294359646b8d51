"""Many entries, and many sudden ends: nothing that was acknowledged is lost, and no cent goes astray."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import pytest
from endurance import PER_BATCH, amount_of, kill_often, post, walk

from ledgerbee_sandbox import Sandbox


@pytest.mark.asyncio
async def test_ten_thousand_entries_come_back_to_the_cent() -> None:
    """Posted in batches of a hundred, walked in pages of a hundred, compared one by one."""
    async with Sandbox(invoices=0, strict=True) as sandbox, sandbox.http() as http:
        await post(http, 10_000)
        found = await walk(http)

    assert {f"E{number}": amount_of(number) for number in range(10_000)} == found


def test_no_acknowledged_booking_is_lost_to_ten_kills(tmp_path: Path) -> None:
    """kill -9 while a booking is on its way, ten times on the same file. The benchmark does it a hundred times."""
    survival = kill_often(tmp_path / "books.db", 10)

    assert 10 == survival.kills == survival.in_flight_kept + survival.in_flight_gone
    assert survival.acknowledged


@pytest.mark.asyncio
async def test_an_entry_costs_two_kilobytes_and_a_reset_frees_them() -> None:
    """Ten thousand entries, without the log of their requests: what Python has allocated with them and after."""
    async with Sandbox(invoices=0) as sandbox, sandbox.http() as http:
        await post(http, PER_BATCH)  # What is made once, such as validators.
        (await http.post("/_sandbox/reset", json={"invoices": 0})).raise_for_status()
        tracemalloc.start()
        try:
            await post(http, 10_000)
            await http.delete("/_sandbox/requests")
            gc.collect()
            full, _ = tracemalloc.get_traced_memory()
            (await http.post("/_sandbox/reset", json={"invoices": 0})).raise_for_status()
            left, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert full / 10_000 < 2048
    assert left < 0.02 * full
