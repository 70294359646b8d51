"""Posting runs of several processes over one journal in PostgreSQL: each entry is booked once, whoever dies."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from servers.programs import ROOT

from benchmarks.chaos import Server
from benchmarks.chaos_client import is_bad, key_of
from ledgerbee_client.posting import JournalError, PostingRun
from ledgerbee_client.posting.journal import Chunk, Open, Result
from ledgerbee_client.posting.postgres import PostgresJournal
from ledgerbee_sandbox import API_KEY

WORKERS = 4


@pytest.fixture
def sandbox() -> Iterator[Server]:
    """A sandbox in a process of its own, where a batch takes a tenth of a second and some go wrong."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), latency=0.1, faults=0.05, search=False)
        try:
            server.start(seed=5)
            yield server
        finally:
            server.stop(signal.SIGKILL)


def worker(journal: str, name: str, sandbox: Server, count: int) -> subprocess.Popen[str]:
    """Start one worker."""
    command = [sys.executable, "-m", "benchmarks.chaos_worker", journal, name, API_KEY, f"{sandbox.url}/api"]
    command += [str(count), *sandbox.accounts()]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def until_done(workers: list[subprocess.Popen[str]]) -> list[int]:
    """Return how many entries each has booked or seen refused itself."""
    found: list[int] = []
    for process in workers:
        out, words = process.communicate()
        assert 0 == process.returncode, words
        found.append(int(out))
    return found


def assert_booked_once(sandbox: Server, count: int) -> None:
    """Compare the books with the input."""
    sandbox.count()
    booked = Counter(record["reference"] for record in sandbox.books())
    assert {1} == {*booked.values()}
    assert {key_of(number) for number in range(count) if not is_bad(number)} == {*booked}


def test_four_processes_share_the_work(postgres_url: str, sandbox: Server) -> None:
    """Each entry is one worker's; every worker hears of each."""
    found = until_done([worker(postgres_url, "shared", sandbox, 3_000) for _ in range(WORKERS)])

    assert_booked_once(sandbox, 3_000)
    assert 3_000 <= sum(found)
    assert sum(new > 0 for new in found) > 1


def test_what_a_dead_worker_left_is_settled_and_sent_by_another(postgres_url: str, sandbox: Server) -> None:
    """Killed in the middle; the others wait for its lease to end, look for its batch, and send it if it is absent."""
    workers = [worker(postgres_url, "killed", sandbox, 3_000) for _ in range(WORKERS)]
    chance = random.Random(11)
    for process in workers[:2]:
        time.sleep(chance.uniform(1.0, 1.6))
        process.kill()
        process.communicate()
    until_done(workers[2:])

    assert_booked_once(sandbox, 3_000)


def test_a_worker_that_was_stopped_past_its_lease_sends_nothing_of_it(postgres_url: str, sandbox: Server) -> None:
    """Stopped at random moments for longer than its lease, and woken when others have settled what it had."""
    workers = [worker(postgres_url, "stopped", sandbox, 4_000) for _ in range(WORKERS)]
    chance = random.Random(12)
    time.sleep(1.0)
    for _ in range(3):
        stopped = [process for process in workers if process.poll() is None][:2]
        for process in stopped:
            time.sleep(chance.uniform(0.0, 0.15))
            process.send_signal(signal.SIGSTOP)
        time.sleep(4.0)
        for process in stopped:
            process.send_signal(signal.SIGCONT)
        time.sleep(chance.uniform(0.1, 0.4))
    until_done(workers)

    assert_booked_once(sandbox, 4_000)


def test_what_was_taken_over_is_no_longer_the_first_worker_s(postgres_url: str) -> None:
    """Its lease ended and another looks for the batch: what the first says of it then is not written down."""

    async def take_over() -> None:
        first, second = (PostgresJournal(postgres_url, "taken", lease=0.05, settling=30.0) for _ in range(2))
        await first.start()
        await second.start()
        chunk, _ = await first.begin({"A": "1", "B": "2"})
        opened: list[Open] = []
        with anyio.fail_after(30):
            while not opened:
                opened = await second.unsettled()
        assert [["A", "B"]] == [[row.key for row in batch.rows] for batch in opened]

        # Looked for as long as it takes: the lease begins anew, and nobody else takes it.
        await second.keep([opened[0].number])
        assert [] == await first.unsettled()
        planned, booked = ([Result(key, state, "id") for key in "AB"] for state in ("planned", "booked"))
        assert not await first.finish(chunk, planned)
        assert await second.finish(Chunk(opened[0].number), booked)
        assert {"booked"} == {row.state for row in await first.rows(["A", "B"])}
        await first.close()
        await second.close()

    anyio.run(take_over)


def test_a_journal_that_cannot_be_reached_says_so_without_the_password() -> None:
    """An error of ours, and the URL is not in it."""

    async def ask() -> None:
        async with PostingRun.open("postgresql://ledgerbee:secret@127.0.0.1:9/books", name="november") as run:
            await run.status()

    with pytest.raises(JournalError, match="journal 'november': connection failed") as raised:
        anyio.run(ask)
    assert "secret" not in str(raised.value)


def test_each_name_is_a_journal_of_its_own(postgres_url: str, sandbox: Server) -> None:
    """November's keys say nothing about December's status."""
    until_done([worker(postgres_url, "november", sandbox, 200)])

    async def count(name: str) -> int:
        async with PostingRun.open(postgres_url, name=name) as run:
            return (await run.status()).total

    assert (200, 0) == (anyio.run(count, "november"), anyio.run(count, "december"))
