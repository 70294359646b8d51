"""An independent client: what openapi-python-client makes of the schema when nobody configures it."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledgerbee_sandbox import API_KEY

SCHEMA = Path(__file__).resolve().parents[2] / "openapi" / "ledgerbee.json"
PACKAGE = "stock_client"


@pytest.fixture
def stock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The generated package, importable for the length of the test."""
    tools = Path(sys.executable).parent
    command = [str(tools / "openapi-python-client"), "generate", "--path", str(SCHEMA), "--meta", "none"]
    done = subprocess.run(
        [*command, "--output-path", PACKAGE],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / PACKAGE


def part(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.{name}")


@pytest.mark.usefixtures("stock")
def test_the_stock_client_books_an_entry_and_walks_all_invoices(sandbox_url: str) -> None:
    """Its floats and enums go in, its models come out, and every page follows the one before."""
    # Its own list of accounts cannot be read: it refuses the null of a nullable enum, which most accounts have.
    table = httpx.get(f"{sandbox_url.removesuffix('/api')}/_sandbox/books/accounts", trust_env=False).json()
    ids = {account["accountNumber"]: account["id"] for account in table}
    models = part("models")
    client = part("client").AuthenticatedClient(
        base_url=sandbox_url, token=API_KEY, prefix="", auth_header_name="x-api-key", raise_on_unexpected_status=True
    )
    with client:
        sides = (("debit", 2010), ("credit", 5820))
        entry = models.CreateJournalEntryV2Dto(
            entry_type=models.CreateJournalEntryV2DtoEntryType.JOURNAL,
            date="2026-06-01",
            original_amount=1234.56,
            reference="PY-1",
            lines=[models.SplitEntryLine(account_id=ids[number], type_=side, amount=1234.56) for side, number in sides],
        )
        book = part("api.journal_entries_v_2.public_journal_entries_controller_create_v_2").sync
        booked = book(client=client, body=entry)
        entry.lines.pop()
        refused = book(client=client, body=entry)

        walk = part("api.invoices.public_invoices_controller_list_v_1").sync
        pages = [walk(client=client, page=number, limit=25) for number in (1, 2, 3)]

    assert (1234.56, "PY-1") == (booked.amount, booked.reference)
    assert (400, "/v2/journal-entries") == (refused.status_code, refused.path)
    rows = [row for page in pages for row in page.data]
    assert [(60, 3, 25), (60, 3, 25), (60, 3, 10)] == [(p.total, p.total_pages, len(p.data)) for p in pages]
    assert 60 == len({row.id for row in rows})
