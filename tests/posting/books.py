"""Books that take whatever comes, for programs and tests that need no sandbox."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx


def booked_entry(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry as the API answers it."""
    facts = {"entryNumber": "JE-1", "date": "2026-11-20", "amount": 1, "currency": "DKK", "type": "debit"}
    more = {
        "status": "POSTED",
        "accountId": "a",
        "createdAt": "2026-11-20T10:00:00.000Z",
        "journalType": "JOURNAL_ENTRY",
    }
    return {"id": f"id-{entry['reference']}", **facts, **more}


class Books(httpx.AsyncBaseTransport):
    """Books whatever comes, and counts it by reference where that is asked for."""

    def __init__(self, *, counts: bool = True) -> None:
        self.booked: Counter[str] = Counter()
        self._counts = counts

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        entries = json.loads(await request.aread())["entries"]
        if self._counts:
            self.booked.update(entry["reference"] for entry in entries)
        booked = [booked_entry(entry) for entry in entries]
        return httpx.Response(201, json={"totalCreated": len(booked), "entries": booked})


def entry_of(number: int) -> dict[str, Any]:
    """Return an entry by wire names."""
    return {"entryType": "journal", "date": "2026-11-20", "originalAmount": 1, "reference": f"R-{number}", "lines": []}
