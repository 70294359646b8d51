"""The ways in: a command, a file that keeps the books, a page for people, a company that is always the same."""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledgerbee_sandbox import API_KEY, Sandbox
from ledgerbee_sandbox.__main__ import main

KEY = {"x-api-key": API_KEY}


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The sandbox as a process of its own, once it has said its URL."""
    command = [sys.executable, "-m", "ledgerbee_sandbox", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            found = re.fullmatch(r"LedgerBee sandbox on (http://127\.0\.0\.1:\d+/api)\n", line)
            assert found, line
            yield process, found[1]
        finally:
            process.kill()


def entry(accounts: list[dict[str, Any]], reference: str) -> dict[str, Any]:
    ids = [next(a["id"] for a in accounts if a["accountNumber"] == number) for number in (2010, 5820)]
    lines = [{"accountId": a, "type": side, "amount": 5} for a, side in zip(ids, ("debit", "credit"), strict=True)]
    return {"entryType": "journal", "date": "2026-01-01", "originalAmount": 5, "reference": reference, "lines": lines}


def test_it_listens_before_it_says_so_and_ends_when_told() -> None:
    with running("--seed", "2") as (process, base_url):
        assert httpx.get(f"{base_url}/v1/invoices", headers=KEY, trust_env=False).json()["total"] == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_it_ends_quietly_although_a_request_is_slow() -> None:
    """One whose caller has left, and one whose caller still waits."""
    with running("--seed", "0") as (process, base_url):
        with httpx.Client(trust_env=False, headers=KEY) as http:
            fault = {"kind": "slow", "seconds": 60, "times": None}
            http.post(f"{base_url.removesuffix('/api')}/_sandbox/faults", json=fault).raise_for_status()
            with pytest.raises(httpx.ReadTimeout):
                http.get(f"{base_url}/v1/company", timeout=0.2)
            with socket.create_connection(("127.0.0.1", int(httpx.URL(base_url).port or 0))) as caller:
                caller.sendall(
                    f"GET /api/v1/company HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: {API_KEY}\r\n\r\n".encode()
                )
                process.send_signal(signal.SIGTERM)
                assert b"" == caller.recv(1)
        _, said = process.communicate(timeout=10)

    assert 0 == process.returncode
    assert [line for line in said.splitlines() if not line.startswith("API key:")] == []


def test_it_runs_a_command_and_ends_with_it(capfd: pytest.CaptureFixture[str]) -> None:
    program = "import os; print(os.environ['LEDGERBEE_BASE_URL'], os.environ['LEDGERBEE_API_KEY']); raise SystemExit(3)"

    code = main(["--seed", "0", "--", sys.executable, "-c", program])

    first, second = capfd.readouterr().out.splitlines()
    assert second == f"{first.removeprefix('LedgerBee sandbox on ')} {API_KEY}"
    assert code == 3


def test_a_schema_that_is_none_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in (("page.json", "<html>"), ("empty.json", "{}")):
        file = tmp_path / name
        file.write_text(content)
        assert main(["--schema", str(file)]) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"The sandbox cannot start: {file} is no ")
        assert said.count("\n") == 1


def test_letting_other_machines_in_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--host", "0.0.0.0", "--seed", "0", "--", sys.executable, "-c", ""]) == 0
    assert "0.0.0.0 lets other machines reach the sandbox" in capsys.readouterr().err


def test_an_acknowledged_booking_survives_a_kill(tmp_path: Path) -> None:
    """The process dies without a word, between one request and the next."""
    file = str(tmp_path / "books.db")
    with running("--db", file, "--seed", "0") as (process, base_url):
        accounts = httpx.get(f"{base_url}/v1/accounts", headers=KEY, trust_env=False).json()
        body = {"entries": [entry(accounts, f"R{n}") for n in range(3)]}
        booked = httpx.post(f"{base_url}/v2/journal-entries/batch", json=body, headers=KEY, trust_env=False).json()
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)

    with running("--db", file) as (_, base_url):
        page = httpx.get(f"{base_url}/v1/journal-entries", headers=KEY, trust_env=False).json()
        assert page["data"] == list(reversed(booked["entries"]))
        again = httpx.post(
            f"{base_url}/v2/journal-entries", json=entry(accounts, "R3"), headers=KEY, trust_env=False
        ).json()
        assert again["entryNumber"] == "JE-00004"
        assert again["id"] not in {row["id"] for row in page["data"]}


def test_kills_in_the_middle_of_writing_lose_nothing(tmp_path: Path) -> None:
    """Each time the process dies while a writer writes; whatever was acknowledged before is there afterwards."""
    file = str(tmp_path / "books.db")
    acknowledged: list[str] = []

    def write(base_url: str, enough: threading.Event) -> None:
        with httpx.Client(base_url=base_url, headers=KEY, trust_env=False) as http:
            accounts = http.get("/v1/accounts").json()
            body = {"entries": [entry(accounts, f"R{n}") for n in range(3)]}
            for count in itertools.count(1):
                try:
                    answer = http.post("/v2/journal-entries/batch", json=body).json()
                except httpx.TransportError:
                    return
                acknowledged.extend(booked["id"] for booked in answer["entries"])
                if count == 5:
                    enough.set()

    for _ in range(4):
        with running("--db", file, "--seed", "0") as (process, base_url):
            enough = threading.Event()
            writer = threading.Thread(target=write, args=(base_url, enough))
            writer.start()
            assert enough.wait(30)
            process.kill()
            writer.join(30)
        sandbox = Sandbox(db=file)
        kept = {record["id"] for record in sandbox.books["journal_entries"]}
        sandbox.close()
        assert set(acknowledged) <= kept

    assert len(acknowledged) >= 4 * 5 * 3


@pytest.mark.asyncio
async def test_the_file_keeps_amounts_exact_and_the_order(tmp_path: Path) -> None:
    file = tmp_path / "books.db"
    async with Sandbox(db=file, invoices=12, strict=True) as sandbox:
        before = {table.name: list(table) for table in sandbox.books.tables}
    async with Sandbox(db=file, strict=True) as sandbox:
        after = {table.name: list(table) for table in sandbox.books.tables}

    assert after == before


@pytest.mark.asyncio
async def test_a_refused_request_leaves_no_trace_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "books.db"
    async with Sandbox(db=file, invoices=0, strict=True) as sandbox, sandbox.http() as http:
        accounts = (await http.get("/api/v1/accounts", headers=KEY)).json()
        bad = entry(accounts, "bad")
        bad["lines"][0]["amount"] = 1
        body = {"entries": [entry(accounts, "good"), bad]}
        assert (await http.post("/api/v2/journal-entries/batch", json=body, headers=KEY)).status_code == 400
    async with Sandbox(db=file, strict=True) as sandbox:
        assert len(sandbox.books["journal_entries"]) == 0


@pytest.mark.asyncio
async def test_the_demo_company_is_always_the_same() -> None:
    async def picture(sandbox: Sandbox) -> Any:
        async with sandbox.http() as http:
            rows = (await http.get("/api/v1/invoices", headers=KEY)).json()["data"]
            return [(row["id"], row["amount"], row["status"]) for row in rows]

    first, second = Sandbox(invoices=20), Sandbox(invoices=20)
    pictures = [await picture(first), await picture(second)]
    async with first.http() as http:
        await http.post("/_sandbox/reset", json={"invoices": 20})
    pictures.append(await picture(first))

    assert pictures[0] == pictures[1] == pictures[2]
    assert {"draft", "sent", "paid", "partially_paid"} == {status for _, _, status in pictures[0]}


@pytest.mark.asyncio
async def test_seeding_adds_what_is_asked_for(control: Any, api: Any) -> None:
    size = await control("POST /seed", {"invoices": 250, "entries": 300, "customers": 10})

    assert (size["invoices"], size["customers"]) == (250, 18)
    assert (await api("GET /v1/invoices", limit=100))["totalPages"] == 3
    assert "known are" in (await control("POST /seed", {"invoice": 1}, status=400))["error"]


@pytest.mark.asyncio
async def test_a_reset_forgets_everything(control: Any, api: Any, sandbox: Sandbox) -> None:
    await control("POST /seed", {"invoices": 5})
    await control("POST /faults", {"kind": "status"})
    await control("POST /clock", {"advance_seconds": 60})

    await control("POST /reset", {"invoices": 0})

    assert (await api("GET /v1/invoices"))["total"] == 0
    assert (await control("GET /clock"))["stopped"] is False
    assert list(sandbox.state.faults) == []


@pytest.mark.asyncio
async def test_the_control_room_says_what_it_can(control: Any) -> None:
    answer = await control("GET /")
    assert "POST /_sandbox/faults" in answer["routes"]
    assert "hang_up_after" in answer["faults"]


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_in_the_process_it_runs_on_trio_too(anyio_backend: str) -> None:
    async with Sandbox(strict=True, invoices=1) as sandbox, sandbox.http() as http:
        sandbox.fault("slow", seconds=0.001)
        assert (await http.get("/api/v1/invoices", headers=KEY)).json()["total"] == 1


def test_a_second_sandbox_on_the_same_file_is_refused(tmp_path: Path) -> None:
    """It would give out the ids and numbers of the first one anew, and write over what that one has booked."""
    file = str(tmp_path / "books.db")
    with running("--db", file, "--seed", "0") as (_, base_url):
        command = [sys.executable, "-m", "ledgerbee_sandbox", "--db", file]
        second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert (second.returncode, second.stderr) == (1, "The sandbox cannot start: database is locked\n")
        assert httpx.get(f"{base_url}/v1/company", headers=KEY, trust_env=False).status_code == 200


@pytest.mark.asyncio
async def test_a_file_is_free_again_once_its_sandbox_is_closed(tmp_path: Path) -> None:
    for _ in range(2):
        async with Sandbox(db=tmp_path / "books.db", invoices=0, strict=True) as sandbox, sandbox.http() as http:
            assert (await http.get("/api/v1/company", headers=KEY)).status_code == 200


def test_a_command_ends_with_the_sandbox_that_runs_it() -> None:
    program = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    with running("--seed", "0", "--", sys.executable, "-c", program) as (process, _):
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_a_plain_with_says_that_the_sandbox_is_async() -> None:
    """Python 3.11 says no more than that there is no such protocol."""
    sandbox: Any = Sandbox(invoices=0)

    with pytest.raises(RuntimeError, match="opened with `async with Sandbox"), sandbox:
        pass


@pytest.mark.asyncio
async def test_a_sandbox_that_listens_is_entered_once() -> None:
    """Entered again it would listen on a second port, and nobody would close the first."""
    async with Sandbox(serve=True, invoices=0) as sandbox, sandbox.http() as http:
        with pytest.raises(RuntimeError, match="listens already"):
            await sandbox.__aenter__()
        assert (await http.get("/api/v1/company", headers=KEY)).status_code == 200


@pytest.mark.asyncio
@pytest.mark.parametrize("wish", [{"advance_seconds": 3e11}, {"advance_seconds": -3e11}, {"at": "8999-12-31"}])
async def test_the_clock_stays_where_something_can_be_reckoned(control: Any, api: Any, wish: dict[str, Any]) -> None:
    """Stopped or not: nothing could be dated there, and every request would fail."""
    before = (await control("GET /clock"))["now"]
    await control("POST /clock", wish, status=400)
    assert (await control("GET /clock"))["now"] == before

    await control("POST /clock", {"run": True})
    await control("POST /clock", wish, status=400)
    await api("GET /v1/company")
