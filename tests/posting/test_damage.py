"""Journals that no run of this library left behind: refused with what to do, and nothing is sent."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from ledgerbee_client import ApiKey, LedgerBee
from ledgerbee_client.posting import JournalError, PostingRun
from ledgerbee_client.posting.sqlite_file import error_of
from ledgerbee_sandbox import Sandbox

from .books import Books, entry_of
from .conftest import BATCH, Entry, Open, all_of, mend, sent

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]


def edit(path: Path, statement: str) -> None:
    """Do by hand what nobody should."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(statement)


async def refusal(run: PostingRun, bee: LedgerBee, entries: list[object]) -> str:
    """Return why a journal is refused, soon."""
    async with run:
        with anyio.fail_after(30), pytest.raises(JournalError) as raised:
            await all_of(run, bee, entries)
    return str(raised.value)


@pytest.mark.parametrize(
    "change",
    [
        "state = 'bokked'",
        "state = ''",
        "state = 'SENDING'",
        "state = 'sending', chunk = NULL",
        "state = 'unknown', chunk = NULL",
        "state = 'sending', chunk = 'x'",
        "chunk = 'x'",
        "chunk = 1.5",
        "chunk = 9223372036854775807",
        "pass = 9223372036854775807",
        "pass = 'x'",
        "digest = x'00'",
        "id = x'00'",
        "error = 'x{'",
        "error = '[]'",
        'error = \'{"message": "m"}\'',
    ],
)
async def test_a_row_that_no_version_writes_is_refused(  # noqa: PLR0917
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, tmp_path: Path, change: str
) -> None:
    """It is named, with what to do; an entry that waits for it would wait for ever."""
    async with opened() as run:
        await all_of(run, bee, [entry(1), entry(2)])
    edit(tmp_path / "november.db", f"UPDATE entries SET {change} WHERE key = 'PAY-0002'")

    words = await refusal(opened(), bee, [entry(1), entry(2), entry(3)])

    assert "november.db" in words
    assert "nothing was sent" in words
    assert change.startswith(("pass", "chunk = 9")) or ("'PAY-0002'" in words and "Look in LedgerBee" in words)
    assert 1 == sent(sandbox)


async def test_a_row_is_corrected_as_the_error_says(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, tmp_path: Path
) -> None:
    """Written as planned it is sent, and written as booked it is not."""
    sandbox.fault("status", BATCH, status=401)
    async with opened() as run:
        with pytest.raises(Exception, match="401"):
            await all_of(run, bee, [entry(1), entry(2)])
    await mend(sandbox)
    edit(tmp_path / "november.db", "UPDATE entries SET state = 'x'")
    await refusal(opened(), bee, [entry(1), entry(2)])

    edit(tmp_path / "november.db", "UPDATE entries SET state = 'planned'")
    edit(tmp_path / "november.db", "UPDATE entries SET state = 'booked', id = 'a' WHERE key = 'PAY-0001'")
    async with opened() as run:
        outcomes = await all_of(run, bee, [entry(1), entry(2)])

    assert {("PAY-0001", "booked", False), ("PAY-0002", "booked", True)} == {
        (o.key, o.state, o.is_new) for o in outcomes
    }


async def test_a_state_that_no_version_writes_is_not_counted(
    bee: LedgerBee, entry: Entry, opened: Open, tmp_path: Path
) -> None:
    """Whoever asks for the status, or walks the outcomes, is told of it in words of ours."""
    async with opened() as run:
        await all_of(run, bee, [entry(1)])
    edit(tmp_path / "november.db", "UPDATE entries SET state = 'bokked'")

    async with opened(key=None) as run:
        with pytest.raises(JournalError, match=r"november\.db: 1 entries have the state 'bokked'"):
            await run.status()
        with pytest.raises(JournalError, match="'PAY-0001' has the state 'bokked'"):
            _ = [outcome async for outcome in run.outcomes()]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE facts SET value = '2'; ALTER TABLE entries DROP COLUMN pass", "has tables of version 2"),
        ("DELETE FROM facts", "has tables of version None"),
        ("ALTER TABLE entries DROP COLUMN error", "lost a table or a column"),
        ("DROP TABLE entries", "lost a table or a column"),
        ("DROP TABLE facts", "no journal of a posting run"),
        (
            "CREATE TABLE copy AS SELECT * FROM entries; DROP TABLE entries; ALTER TABLE copy RENAME TO entries",
            "lost a table or a column",
        ),
    ],
)
async def test_tables_that_no_version_of_ours_wrote_are_refused(  # noqa: PLR0917
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, tmp_path: Path, statement: str, words: str
) -> None:
    """The last of them has lost its primary key: what is booked would be taken, and sent, again."""
    async with opened() as run:
        await all_of(run, bee, [entry(1)])
    edit(tmp_path / "november.db", statement)

    found = await refusal(opened(), bee, [entry(1)])

    assert words in found
    assert "nothing was sent" in found
    assert 1 == sent(sandbox)


async def test_a_file_of_another_program_is_left_as_it_is(
    bee: LedgerBee, entry: Entry, opened: Open, tmp_path: Path
) -> None:
    """A path that was mistyped costs nobody anything, not even when it is only read."""
    edit(tmp_path / "november.db", "CREATE TABLE invoices (number TEXT)")
    before = (tmp_path / "november.db").read_bytes()

    assert "no journal of a posting run" in await refusal(opened(), bee, [entry(1)])
    async with opened(key=None) as run:
        with pytest.raises(JournalError, match="no journal of a posting run"):
            await run.status()

    assert before == (tmp_path / "november.db").read_bytes()


async def test_a_journal_that_was_emptied_is_no_new_one(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, tmp_path: Path
) -> None:
    """What it knew is lost, and would be sent again."""
    async with opened() as run:
        await all_of(run, bee, [entry(1)])
    (tmp_path / "november.db").write_bytes(b"")

    assert "november.db is empty, and a run has used it before" in await refusal(opened(), bee, [entry(1)])
    assert 1 == sent(sandbox)


async def test_an_empty_file_that_no_run_used_is_a_new_journal(
    bee: LedgerBee, entry: Entry, opened: Open, tmp_path: Path
) -> None:
    """As one that was made for its name."""
    (tmp_path / "november.db").touch()
    async with opened() as run:
        assert 1 == len(await all_of(run, bee, [entry(1)]))


async def test_a_journal_that_was_cut_short_is_refused(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, tmp_path: Path
) -> None:
    """However few of its pages are lost."""
    async with opened() as run:
        await all_of(run, bee, [entry(number) for number in range(300)])
    with (tmp_path / "november.db").open("r+b") as file:
        file.truncate((tmp_path / "november.db").stat().st_size - 8_192)

    words = await refusal(opened(), bee, [entry(number) for number in range(301)])

    assert "november.db: database disk image is malformed. It is no journal, or damaged" in words
    assert "would be sent again" in words
    assert 3 == sent(sandbox)


async def test_a_journal_that_another_program_has_locked_says_so(tmp_path: Path) -> None:
    """SQLite's own error, and what to do."""
    edit(tmp_path / "november.db", "CREATE TABLE a (b)")
    with (
        closing(sqlite3.connect(tmp_path / "november.db", timeout=0, isolation_level=None)) as one,
        closing(sqlite3.connect(tmp_path / "november.db", timeout=0, isolation_level=None)) as two,
    ):
        one.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as raised:
            two.execute("BEGIN EXCLUSIVE")

    words = str(error_of("november.db", raised.value))
    assert "november.db: database is locked. Another program has it locked" in words
    assert "Wait for that, and run again." in words


_FULL = """
import json, resource, sys
import anyio
from ledgerbee_client import ApiKey, LedgerBee
from ledgerbee_client.posting import JournalError, PostingRun
from tests.posting.books import Books, entry_of

async def main(path, limit):
    books = Books()
    async with LedgerBee(ApiKey("key"), transport=books) as bee:
        try:
            async with PostingRun.open(path, key=lambda entry: entry["reference"], company="acme") as run:
                async for outcome in run.post(bee.journal_entries, map(entry_of, range(6_000)), concurrency=2):
                    if outcome.key == "R-0":
                        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        except JournalError as error:
            print(json.dumps({"error": str(error), "booked": books.booked}))

anyio.run(main, sys.argv[1], int(sys.argv[2]))
"""


@pytest.mark.parametrize("limit", [120_000, 200_000])
async def test_a_full_disk_ends_the_run_and_loses_nothing(tmp_path: Path, limit: int) -> None:
    """What was booked by then is in the journal, or looked for by the next run; none of it is sent again."""
    path = tmp_path / "november.db"
    done = await anyio.run_process([sys.executable, "-c", _FULL, str(path), str(limit)], cwd=ROOT, stderr=None)
    found = json.loads(done.stdout)
    assert "The disk is full, or fails. Make room, and run again." in found["error"]
    assert {1} == {*found["booked"].values()}

    async def find(keys: Sequence[str]) -> Mapping[str, str]:
        return {key: f"id-{key}" for key in keys if key in books.booked}

    books = Books()
    books.booked.update(found["booked"])
    run = PostingRun.open(path, key=lambda entry: entry["reference"], company="acme", find=find, settling=0.1)
    async with LedgerBee(ApiKey("key"), transport=books) as bee, run:
        async for outcome in run.post(bee.journal_entries, map(entry_of, range(6_000))):
            assert "booked" == outcome.state

    assert ({1}, 6_000) == ({*books.booked.values()}, len(books.booked))


_FORBIDDEN = """
import os, sys
import anyio
from ledgerbee_client import ApiKey, LedgerBee
from ledgerbee_client.posting import JournalError, PostingRun
from tests.posting.books import Books, entry_of

async def post(path, number):
    books = Books()
    try:
        async with LedgerBee(ApiKey("key"), transport=books) as bee:
            async with PostingRun.open(path, key=lambda entry: entry["reference"], company="acme") as run:
                async for outcome in run.post(bee.journal_entries, [entry_of(number)]):
                    print(outcome.state)
    except JournalError as error:
        print(error)
    print(len(books.booked), "sent")

async def status(path):
    async with PostingRun.open(path) as run:
        print((await run.status()).booked, "booked")

folder = sys.argv[1]
path = f"{folder}/november.db"
os.chmod(folder, 0o777)
anyio.run(post, path, 1)
os.chmod(path, 0o444)
if not os.geteuid():  # Whom no permission stops.
    os.seteuid(65534)
anyio.run(post, path, 2)
anyio.run(status, path)
os.seteuid(os.getuid())
os.chmod(folder, 0o555)
if not os.geteuid():
    os.seteuid(65534)
anyio.run(post, path, 3)
"""


def test_a_journal_that_may_not_be_written_is_read_and_posts_nothing() -> None:
    """Its status can be asked for, and what to do is said."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", _FORBIDDEN, folder], cwd=ROOT, capture_output=True, text=True, check=False
        )
        Path(folder).chmod(0o700)

    lines = done.stdout.splitlines()
    assert (["booked", "1 sent"], "1 booked") == (lines[:2], lines[4]), done.stdout + done.stderr
    assert ["0 sent"] * 2 == [lines[3], lines[6]]
    for words in (lines[2], lines[5]):
        assert "november.db: " in words
        assert "It has to be a file in a folder, both of which this user may read and write" in words
