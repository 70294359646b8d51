"""A sandbox in a process of its own, new for each test, and a client of it, on both event loops."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from ledgerbee_client import ApiKey, LedgerBee
from ledgerbee_client.models import CreateJournalEntryV2Dto, SplitEntryLine
from ledgerbee_sandbox import API_KEY

from .sandbox_process import SandboxProcess, TwoClocks, running

Entry = Callable[..., CreateJournalEntryV2Dto]


@pytest.fixture(params=["asyncio", "trio", "aiohttp"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run each test on both event loops, and once more on asyncio over the transport of the extra `[aiohttp]`."""
    return "trio" if request.param == "trio" else "asyncio"


@pytest.fixture
def options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the client of a test is made with besides its key."""
    over = request.node.callspec.params.get("anyio_backend") if hasattr(request.node, "callspec") else None
    return {"transport": "aiohttp"} if over == "aiohttp" else {}


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One process for all tests; it founds a company anew in a few milliseconds."""
    with running(tmp_path_factory.mktemp("sandbox") / "log.txt") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: SandboxProcess) -> Iterator[SandboxProcess]:
    """A company of its own for each test, and a sandbox that finds nothing wrong with itself meanwhile."""
    process.ask("POST /reset", invoices=3)
    before = process.said()
    yield process
    assert before == process.said()


@pytest.fixture
def clocks(sandbox: SandboxProcess) -> TwoClocks:
    """The time, here and there."""
    return TwoClocks(sandbox)


@pytest.fixture
async def bee(sandbox: SandboxProcess, clocks: TwoClocks, options: dict[str, Any]) -> AsyncIterator[LedgerBee]:
    """A client with the sandbox's key."""
    async with LedgerBee(ApiKey(API_KEY), base_url=sandbox.base_url, clock=clocks.clock, **options) as bee:
        yield bee


@pytest.fixture
def entry(sandbox: SandboxProcess) -> Entry:
    """Make an entry that the sandbox books: `entry("INV-1042")`."""
    expense, bank = sandbox.account(2010), sandbox.account(5820)

    def make(reference: str = "INV-1042", **changes: Any) -> CreateJournalEntryV2Dto:
        amount = Decimal("125.50")
        lines = [
            SplitEntryLine(account_id=expense, type_="debit", amount=amount),
            SplitEntryLine(account_id=bank, type_="credit", amount=amount),
        ]
        facts = {
            "entry_type": "journal",
            "date": datetime.date(2026, 11, 20),
            "original_amount": amount,
            "lines": lines,
        }
        return CreateJournalEntryV2Dto(**{**facts, "reference": reference, **changes})

    return make
