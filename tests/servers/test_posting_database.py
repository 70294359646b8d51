"""A journal in PostgreSQL that was edited by hand, goes away, is lent to others, or is set up loosely."""

from __future__ import annotations

import secrets
from typing import Any

import anyio
import httpx
import psycopg
import pytest
from posting.books import Books, entry_of

from ledgerbee_client import ApiKey, ConfigurationError, LedgerBee
from ledgerbee_client.posting import DuplicateKeyError, JournalError, Outcome, PayloadChangedError, PostingRun
from ledgerbee_client.posting.postgres_tables import opened


def open_run(url: str, name: str, **options: Any) -> PostingRun:
    """Open a journal of the company acme."""
    return PostingRun.open(url, name=name, key=lambda entry: entry["reference"], company="acme", **options)


async def post(url: str, name: str, books: Books, count: int, **options: Any) -> list[Outcome]:
    """Post so many entries in a run of their own, soon."""
    async with LedgerBee(ApiKey("key"), transport=books) as bee, open_run(url, name, **options) as run:
        with anyio.fail_after(60):
            return [outcome async for outcome in run.post(bee.journal_entries, map(entry_of, range(count)))]


@pytest.fixture
def name() -> str:
    """A journal that no other test has."""
    return secrets.token_hex(4)


@pytest.mark.parametrize(
    "change",
    [
        "state = 'bokked'",
        "state = 'sending', chunk = NULL",
        "state = 'sending', chunk = 0",
        "error = 'x{'",
        "state = ''",
    ],
)
def test_a_row_that_no_version_writes_is_refused(postgres_url: str, name: str, change: str) -> None:
    """Journal and entry are named, with what to do; an entry that waits for it would wait for ever."""
    books = Books()
    anyio.run(lambda: post(postgres_url, name, books, 2))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"UPDATE ledgerbee_entries SET {change} WHERE journal = %s AND key = 'R-1'", (name,))

    with pytest.raises(JournalError, match=f"journal '{name}': the entry 'R-1' has .* nothing was sent"):
        anyio.run(lambda: post(postgres_url, name, books, 3))

    assert 2 == books.booked.total()


def test_another_version_of_a_journal_is_refused(postgres_url: str, name: str) -> None:
    """Also where it is only read."""
    books = Books()
    anyio.run(lambda: post(postgres_url, name, books, 1))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("UPDATE ledgerbee_facts SET value = '2' WHERE journal = %s AND name = 'schema'", (name,))

    async def status() -> None:
        async with PostingRun.open(postgres_url, name=name) as run:
            await run.status()

    for ask in (status, lambda: post(postgres_url, name, books, 2)):
        with pytest.raises(JournalError, match="tables of version 2"):
            anyio.run(ask)
    assert 1 == books.booked.total()


def test_what_another_worker_left_as_unknown_is_told_and_not_waited_for(postgres_url: str, name: str) -> None:
    """It was looked for, and nobody looks any more: a worker that waited for it would wait for ever."""

    class Silent(Books):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ReadTimeout("nothing came")

    async def nothing(keys: Any) -> dict[str, str]:
        return {}

    async def both() -> None:
        options: dict[str, Any] = {"find": nothing, "settling": 1.0, "resend_unknown": False}
        found: list[list[Outcome]] = []

        async def one() -> None:
            found.append(await post(postgres_url, name, Silent(), 2, **options))

        async with anyio.create_task_group() as group:
            group.start_soon(one)
            group.start_soon(one)
        # Within the lease of what they left, which another pass looks for again.
        await one()
        assert [["unknown"] * 2] * 3 == [[outcome.state for outcome in outcomes] for outcomes in found]

    anyio.run(both)


def test_a_connection_that_goes_away_ends_the_run_and_the_next_pass_has_another(postgres_url: str, name: str) -> None:
    """An error of ours that says what to do; nothing is booked twice, and nothing lost."""

    books = Books()

    async def find(keys: Any) -> dict[str, str]:
        return {key: f"id-{key}" for key in keys if key in books.booked}

    def end_connections() -> None:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    async def go() -> None:
        client = LedgerBee(ApiKey("key"), transport=books, timeout=0.5)
        async with client as bee, open_run(postgres_url, name, settling=0.1, lease=1.0, find=find) as run:

            async def post(at: str) -> list[Outcome]:
                outcomes: list[Outcome] = []
                async for outcome in run.post(bee.journal_entries, map(entry_of, range(1_000))):
                    outcomes.append(outcome)
                    if outcome.key == at:
                        end_connections()
                return outcomes

            with pytest.raises(JournalError, match=rf"journal '{name}': .* Run again when the database can be reached"):
                await post("R-150")
            with anyio.fail_after(60):
                outcomes = await post("")
        assert ({"booked"}, 1_000) == ({outcome.state for outcome in outcomes}, len(outcomes))
        assert ({1}, 1_000) == ({*books.booked.values()}, len(books.booked))

    anyio.run(go)


def test_what_is_committed_is_on_disk_whatever_the_user_was_given(postgres_url: str, name: str) -> None:
    """A claim that a crash of the database forgets would be sent twice."""
    for given, wanted in (("off", "on"), ("remote_apply", "remote_apply")):
        url = f"{postgres_url}?options=-csynchronous_commit%3D{given}"
        with opened("journal", url, name) as connection:
            assert (wanted,) == connection.execute("SHOW synchronous_commit").fetchone()


def test_a_user_who_may_only_read_is_told_the_status(postgres_url: str, name: str) -> None:
    """Nothing is written for it, and no table made; posting says what is not allowed, and sends nothing."""
    books = Books()
    anyio.run(lambda: post(postgres_url, name, books, 3))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN IN ROLE pg_read_all_data")
    url = postgres_url.replace("ledgerbee@", "reader@")

    async def status() -> None:
        async with PostingRun.open(url, name=name) as run:
            assert 3 == (await run.status()).booked

    anyio.run(status)
    with pytest.raises(JournalError, match=f"journal '{name}': permission denied"):
        anyio.run(lambda: post(url, name, books, 4))
    assert 3 == books.booked.total()


def test_the_password_of_a_url_that_cannot_be_read_is_not_shown() -> None:
    """libpq would take a part of it for a port, and say so."""

    async def ask() -> None:
        async with PostingRun.open("postgresql://books:hun/ter2@db/ledger", name="november") as run:
            await run.status()

    with pytest.raises(ConfigurationError, match=r"cannot be read\. Percent-encode") as raised:
        anyio.run(ask)
    assert "hun" not in str(raised.value)


def test_a_duplicate_is_noticed_when_a_run_is_resumed(postgres_url: str, name: str) -> None:
    """The second must not pass for what is booked already."""
    books = Books()
    anyio.run(lambda: post(postgres_url, name, books, 3))

    async def twice() -> None:
        async with LedgerBee(ApiKey("key"), transport=books) as bee, open_run(postgres_url, name) as run:
            async for _ in run.post(bee.journal_entries, map(entry_of, [*range(3), *range(10, 120), 0])):
                pass

    with pytest.raises(DuplicateKeyError, match="'R-0'"):
        anyio.run(twice)
    anyio.run(lambda: post(postgres_url, name, books, 3))
    assert 1 == books.booked["R-0"]


def test_two_workers_with_two_contents_of_one_key_book_one(postgres_url: str, name: str) -> None:
    """The other is told that it has changed."""
    books = Books()
    anyio.run(lambda: post(postgres_url, name, books, 1))

    async def other() -> None:
        changed = {**entry_of(0), "originalAmount": 2}
        async with LedgerBee(ApiKey("key"), transport=books) as bee, open_run(postgres_url, name) as run:
            async for _ in run.post(bee.journal_entries, [changed]):
                pass

    with pytest.raises(PayloadChangedError, match="'R-0' is booked, and had another content then"):
        anyio.run(other)
    assert 1 == books.booked["R-0"]
