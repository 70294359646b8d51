"""Many entries, and many sudden ends: nothing that was acknowledged is lost, and no cent goes astray."""

from __future__ import annotations

from pathlib import Path

import pytest
from endurance import amount_of, kill_often, post, walk

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
