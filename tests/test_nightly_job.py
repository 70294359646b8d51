"""The nightly job of `examples/`, with bad rows and a lost answer, over a real socket and in processes of its own."""

from __future__ import annotations

import csv
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
import pytest_asyncio

from ledgerbee_sandbox import Sandbox

JOB = Path(__file__).parent.parent / "examples" / "nightly_job.py"
BOOK_BATCH = "Create journal entries in batch (v2)"
ROWS = 1000
UNBALANCED, UNKNOWN_ACCOUNT, MISSING_FILE = (7, 512, 999), 530, 640
COLUMNS = ("reference", "date", "debit_account", "credit_account", "debit", "credit", "description", "file")
BAD = {*UNBALANCED, UNKNOWN_ACCOUNT, MISSING_FILE}

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture(loop_scope="function")
async def sandbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """A served sandbox, with the environment that the job reads."""
    async with Sandbox(serve=True) as sandbox:
        monkeypatch.setenv("LEDGERBEE_API_KEY", sandbox.api_key)
        monkeypatch.setenv("LEDGERBEE_BASE_URL", sandbox.base_url)
        yield sandbox


@pytest_asyncio.fixture(loop_scope="function")
async def november(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A thousand rows: three do not balance, one names an account that is not there, one a file that is not there."""
    async with sandbox.client() as bee:
        found = [account async for account in bee.accounts.list() if account.account_number in {2010, 5820}]
    debit, credit = (str(account.id) for account in found)
    (tmp_path / "receipt.pdf").write_bytes(b"%PDF-1.7 a receipt")
    path = tmp_path / "november.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for number in range(ROWS):
            account = "00000000-0000-4000-8000-000000000000" if number == UNKNOWN_ACCOUNT else debit
            amount = "125.00" if number in UNBALANCED else "125.50"
            name = "lost.pdf" if number == MISSING_FILE else "receipt.pdf" if number % 200 == 0 else ""
            date = f"2026-11-{number % 28 + 1:02}"
            rows.writerow([f"PAY-{number:04}", date, account, credit, "125.50", amount, f"Payment {number}", name])
    return path


async def job(path: Path) -> tuple[int, list[str]]:
    """Run it to its end; return the exit code and the lines that it printed."""
    done = await anyio.run_process([sys.executable, "-W", "error", str(JOB), str(path)], check=False)
    return done.returncode, done.stdout.decode().splitlines() + done.stderr.decode().splitlines()


async def books(sandbox: Sandbox) -> list[str]:
    """Return the references of what is booked, each as often as it is."""
    async with sandbox.client() as bee:
        found = [str(entry.get("reference")) async for entry in bee.journal_entries.list()]
    return sorted(reference for reference in found if reference.startswith("PAY-"))


@pytest.mark.parametrize("named", [True, False])
async def test_each_bad_row_is_refused_for_its_own_reason(named: bool, sandbox: Sandbox, november: Path) -> None:
    """995 rows are booked in one run, the five others are told, also where the API's refusals name nobody."""
    if not named:
        sandbox.fault("no_details", BOOK_BATCH, times=None)

    code, said = await job(november)

    assert 1 == code, said
    assert "995 booked, 5 refused, 0 unknown" == said[0]
    reasons = dict(line.removeprefix("refused: ").split(": ", 1) for line in said[1:])
    assert {f"PAY-{number:04}" for number in BAD} == reasons.keys()
    assert all("does not balance" in reasons[f"PAY-{number:04}"] for number in UNBALANCED)
    assert named == ("accountId" in reasons[f"PAY-{UNKNOWN_ACCOUNT:04}"])
    assert "balance" not in reasons[f"PAY-{UNKNOWN_ACCOUNT:04}"]
    assert "lost.pdf" in reasons[f"PAY-{MISSING_FILE:04}"]
    assert [f"PAY-{number:04}" for number in range(ROWS) if number not in BAD] == await books(sandbox)


async def test_a_night_that_broke_off_is_finished_by_the_next_run(sandbox: Sandbox, november: Path) -> None:
    """A 503 that comes after the booking: what is in the books is not sent again, and nothing is booked twice."""
    sandbox.fault("status", BOOK_BATCH, status=503, after=True, skip=6)

    code, said = await job(november)

    assert 3 == code, said
    assert "may have been carried out" in said[-1]
    assert 0 < len(await books(sandbox)) < 995

    code, said = await job(november)

    assert 1 == code, said
    assert [f"PAY-{number:04}" for number in range(ROWS) if number not in BAD] == await books(sandbox)
    assert BAD == {int(line.split("PAY-")[1][:4]) for line in said if line.startswith("refused: ")}

    assert (1, "0 booked, 5 refused, 0 unknown") == ((again := await job(november))[0], again[1][0])
