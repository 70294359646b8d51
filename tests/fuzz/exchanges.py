"""Bookings and usage reports against a server that breaks HTTP, and what the client says became of each."""

from __future__ import annotations

import datetime
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import anyio

from ledgerbee_client import (
    APIError,
    ApiKey,
    LedgerBee,
    LedgerBeeError,
    NoAnswerError,
    OutcomeUnknownError,
    ServerError,
    UnreadableAnswerError,
    events,
)
from ledgerbee_client.models import CreateJournalEntryV2Dto, ReportUsageRequest, SplitEntryLine

from .ledger_server import Ledger, LedgerServer

TIMEOUT = 0.25
CALLERS = 8
KINDS = ["entry", "entry", "read", "entry", "key", "entry", "read", "entry"]
LINES = [
    SplitEntryLine(account_id="a", type_="debit", amount=Decimal(1)),
    SplitEntryLine(account_id="b", type_="credit", amount=Decimal(1)),
]


def fate_of(error: LedgerBeeError, *, repeatable: bool) -> str:
    """Name what an error says of a write."""
    if isinstance(error, OutcomeUnknownError):
        return "unknown"
    if repeatable and isinstance(error, NoAnswerError | ServerError | UnreadableAnswerError):
        return "may be repeated"
    return "refused" if isinstance(error, APIError) else "not sent"


class Exchanges:
    """Runs exchanges with one server over one client, and notes what the client says of each."""

    def __init__(self, server: LedgerServer, seed: int) -> None:
        self.server, self.seed = server, seed
        self.fates: dict[str, str] = {}
        self.told: set[str] = set()

    async def run(self, count: int, options: dict[str, Any]) -> None:
        """Run so many exchanges, some at a time: bookings, with a usage report and two reads among eight."""
        numbers = iter(range(count))
        async with LedgerBee(ApiKey("k"), base_url=self.server.url, timeout=TIMEOUT, max_retries=2, **options) as bee:

            async def caller() -> None:
                for number in numbers:
                    await self._exchange(bee, number)

            async with anyio.create_task_group() as group:
                for _ in range(CALLERS):
                    group.start_soon(caller)
        await self.server.settle()

    async def _exchange(self, bee: LedgerBee, number: int) -> None:
        rng = random.Random(f"{self.seed}/exchange/{number}")
        name = f"{KINDS[number % len(KINDS)]}-{number}"

        def hear(event: events.Event) -> None:
            if isinstance(event, events.OutcomeUnknown):
                self.told.add(name)

        view = bee.with_options(on_event=hear)
        fate = "cancelled"
        with anyio.move_on_after(rng.random() * 0.03 if rng.random() < 0.15 else None):
            try:
                match name.partition("-")[0]:
                    case "read":
                        fate = await self._read(view)
                    case "key":
                        fate = await self._report(view, name)
                    case _:
                        fate = await self._book(view, name)
            except LedgerBeeError as error:
                fate = fate_of(error, repeatable=not name.startswith("entry"))
        self.fates[name] = fate

    async def _book(self, bee: LedgerBee, name: str) -> str:
        entry = CreateJournalEntryV2Dto(
            entry_type="journal",
            date=datetime.date(2026, 11, 20),
            original_amount=Decimal(1),
            reference=name,
            lines=LINES,
        )
        booked = await bee.journal_entries.create(entry)
        return "booked" if booked.id == name else f"answered with {booked.id!r}"

    async def _read(self, bee: LedgerBee) -> str:
        entries = await bee.journal_entries.list().collect()
        return "read" if ["read"] == [entry["id"] for entry in entries] else f"answered with {entries!r}"

    async def _report(self, bee: LedgerBee, key: str) -> str:
        report = ReportUsageRequest(value=Decimal(1), customer_id="c", meter_id="m")
        await bee.meters.report(report, idempotency_key=key)
        return "booked"


def contradictions(exchanges: Exchanges) -> list[str]:
    """Return what the ledger says against the client, in a line each."""
    ledger: Ledger = exchanges.server.ledger
    found = [f"{name} was booked {times} times" for name, times in ledger.entries.items() if times > 1]
    for name, fate in exchanges.fates.items():
        times = (ledger.usage if name.startswith("key") else ledger.entries)[name]
        unheard = fate == "cancelled" and name not in exchanges.told and name.startswith("entry")
        if times == 0 and fate == "booked":
            found.append(f"{name} is not in the ledger, and the client says that it was booked")
        elif times and (fate in {"refused", "not sent"} or unheard):
            found.append(f"{name} is in the ledger, and the client says that it was {fate}")
        elif fate.startswith("answered"):
            found.append(f"{name} was {fate}")
    return found


def summary(exchanges: Exchanges) -> str:
    """Say how many exchanges ended in which way, and how the wire broke."""
    fates, wires = Counter(exchanges.fates.values()), exchanges.server.ledger.wires
    words = ", ".join(f"{count} {fate}" for fate, count in fates.most_common())
    return f"{len(exchanges.fates)} exchanges: {words}; requests: {sum(wires.values())}"
