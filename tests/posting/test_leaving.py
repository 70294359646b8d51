"""Leaving a posting run early, in a generator, by cancellation, by an error: nobody else is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from ledgerbee_client import ApiKey, AuthenticationError, BatchProgress, ConnectionFailedError, LedgerBee
from ledgerbee_client.posting import Outcome, PostingRun
from ledgerbee_sandbox import Sandbox

from .books import Books, entry_of
from .conftest import BATCH, Entry, Open, all_of, booked, mend, sent

pytestmark = pytest.mark.anyio


async def test_leaving_the_loop_early_sends_nothing_more(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """What is under way is brought to its end; the next run goes on where it was."""
    async with opened() as run:
        async for outcome in run.post(bee.journal_entries, (entry(number) for number in range(2000)), concurrency=2):
            assert "booked" == outcome.state
            break
        left = sent(sandbox)
    assert left < 20
    async with opened() as run:
        status = await run.status()
        assert (0, len(booked(sandbox))) == (status.sending, status.booked)
        outcomes = await all_of(run, bee, [entry(number) for number in range(2000)])

    assert {"booked"} == {outcome.state for outcome in outcomes}
    assert ({1}, 2000) == ({*booked(sandbox).values()}, len(booked(sandbox)))


async def test_leaving_a_generator_early_cancels_nobody(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """The consumer of a generator that holds a run goes on, whoever closes it."""

    async def keys() -> AsyncGenerator[str]:
        async with opened() as run:
            async for outcome in run.post(
                bee.journal_entries, (entry(number) for number in range(1000)), concurrency=3
            ):
                yield outcome.key

    async with aclosing(keys()) as walk:
        async for key in walk:
            assert key.startswith("PAY-")
            break
    await anyio.lowlevel.checkpoint()

    async with opened() as run:
        assert 0 == (await run.status()).sending


async def test_a_cancelled_run_leaves_a_true_journal(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """What was on its way is `sending`, is looked for by the next run, and is booked once."""
    sandbox.fault("slow", BATCH, seconds=30, times=None, skip=2)

    async def post() -> None:
        async with opened() as run:
            async for _ in run.post(bee.journal_entries, (entry(number) for number in range(1000)), concurrency=2):
                pass

    async with anyio.create_task_group() as group:
        group.start_soon(post)
        with anyio.fail_after(30):
            while sent(sandbox) < 4:  # noqa: ASYNC110 (the sandbox counts, and tells nobody)
                await anyio.sleep(0.005)
        group.cancel_scope.cancel()

    await mend(sandbox)
    async with opened() as run:
        assert 200 == (await run.status()).sending
        outcomes = await all_of(run, bee, (entry(number) for number in range(1000)))
    assert {"booked"} == {outcome.state for outcome in outcomes}
    assert ({1}, 1000) == ({*booked(sandbox).values()}, len(booked(sandbox)))


async def test_cancelling_the_consumer_cancels_its_own_task_only(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """A task beside it ends as it would have."""
    ended: list[str] = []

    async def consume(scope: anyio.CancelScope) -> None:
        with scope:
            async with opened() as run:
                async for _ in run.post(bee.journal_entries, (entry(number) for number in range(1000))):
                    scope.cancel()
        ended.append("consumer")

    async def beside() -> None:
        await anyio.sleep(0.05)
        ended.append("beside")

    async with anyio.create_task_group() as group:
        group.start_soon(consume, anyio.CancelScope())
        group.start_soon(beside)

    assert {"beside", "consumer"} == {*ended}


async def test_an_error_in_the_loop_s_body_is_the_caller_s_own(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """It comes out as itself, and what was under way is brought to its end."""

    async def consume() -> None:
        async with opened() as run:
            async for _ in run.post(bee.journal_entries, (entry(number) for number in range(1000)), concurrency=3):
                raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await consume()

    async with opened() as run:
        status = await run.status()
    assert (0, len(booked(sandbox))) == (status.sending, status.booked)


async def test_a_refused_credential_ends_the_run(sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open) -> None:
    """No entry is to blame, and none is called refused; they are planned, and the next run sends them."""
    sandbox.fault("status", BATCH, status=401, skip=1, times=None)
    async with opened() as run:
        with pytest.raises(AuthenticationError):
            await all_of(run, bee, [entry(number) for number in range(300)])
        status = await run.status()
    assert (100, 100) == (status.booked, status.planned)

    await mend(sandbox)
    async with opened() as run:
        await all_of(run, bee, [entry(number) for number in range(300)])
    assert ({1}, 300) == ({*booked(sandbox).values()}, len(booked(sandbox)))


async def test_a_server_that_is_away_ends_the_run(entry: Entry, opened: Open) -> None:
    """Nothing was sent, and nothing is unknown."""
    env = {"LEDGERBEE_API_KEY": "k", "LEDGERBEE_BASE_URL": "http://127.0.0.1:9/api"}
    async with LedgerBee.from_env(env, max_retries=0) as away, opened(company="acme") as run:
        with pytest.raises(ConnectionFailedError):
            await all_of(run, away, [entry(1)])
        assert 1 == (await run.status()).planned


async def test_a_second_post_ends_the_first(sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open) -> None:
    """One run has one pass at a time; two resources are posted to one after the other."""
    async with opened() as run:
        first: Any = run.post(bee.journal_entries, (entry(number) for number in range(1000)))
        await anext(first)
        outcomes = await all_of(run, bee, [entry(number) for number in range(1000)])
        assert [] == [outcome async for outcome in first if outcome.is_new and outcome.key > "PAY-0500"]

    assert 1000 == len(outcomes)
    assert ({1}, 1000) == ({*booked(sandbox).values()}, len(booked(sandbox)))


async def _hundred_and_no_end(entry: Entry) -> AsyncGenerator[Any]:
    """Entries of a source such as a queue, which then says nothing for ever."""
    for number in range(100):
        yield entry(number)
    await anyio.sleep_forever()


async def test_leaving_does_not_wait_for_entries_that_do_not_come(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """A source such as a queue may say nothing for ever."""
    with anyio.fail_after(30):
        async with opened() as run:
            async for outcome in run.post(bee.journal_entries, _hundred_and_no_end(entry), concurrency=2):
                if outcome.key == "PAY-0099":
                    break
        async with opened() as run:
            assert 100 == (await run.status()).booked


async def test_a_failure_is_raised_although_entries_do_not_come(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """One worker was refused, and another waits for what to send next."""
    sandbox.fault("status", BATCH, status=401)
    async with opened() as run:
        with anyio.fail_after(30), pytest.raises(AuthenticationError):
            await all_of(run, bee, _hundred_and_no_end(entry), concurrency=2)
        assert 100 == (await run.status()).planned


async def test_what_is_not_booked_is_sent_again_although_entries_do_not_come(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """The only worker does not sit with the source while something else is to be done."""
    async with opened() as run:
        await all_of(run, bee, [entry(900)])
    sandbox.fault("status", BATCH)
    with anyio.fail_after(30):
        async with opened() as run:
            async for outcome in run.post(bee.journal_entries, _hundred_and_no_end(entry)):
                if outcome.key == "PAY-0099":
                    break

    assert ({1}, 101) == ({*booked(sandbox).values()}, len(booked(sandbox)))


async def test_a_batch_that_was_written_down_when_the_run_ended_is_not_sent(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """Nothing more leaves once a credential was refused; what was about to is planned again."""
    sandbox.fault("status", BATCH, status=401, times=None)
    async with opened() as run:
        with pytest.raises(AuthenticationError):
            await all_of(run, bee, [entry(number) for number in range(2_000)], concurrency=4)
        status = await run.status()

    assert 4 >= sent(sandbox)
    assert (0, 0) == (status.sending, len(booked(sandbox)))
    assert status.total == status.planned


class _Slow(Books):
    """Books that answer some turns of the event loop later than they book."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        for _ in range(3):
            await anyio.lowlevel.checkpoint()
        return answer


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("turns", [*range(1, 130, 6), *range(130, 1_000, 73)])
async def test_a_task_that_asyncio_cancels_leaves_a_true_journal(tmp_path: Path, turns: int) -> None:
    """Also while a thread is at work for it; the next run of the process has the journal, and books the rest once."""
    books = _Slow()

    async def find(keys: Sequence[str]) -> Mapping[str, str]:
        return {key: f"id-{key}" for key in keys if key in books.booked}

    async def post() -> list[Outcome]:
        run = PostingRun.open(
            tmp_path / "november.db", key=lambda entry: entry["reference"], company="acme", find=find, settling=0.02
        )
        async with LedgerBee(ApiKey("key"), transport=books) as bee, run:
            return [one async for one in run.post(bee.journal_entries, map(entry_of, range(450)), concurrency=2)]

    task = asyncio.ensure_future(post())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    async with PostingRun.open(tmp_path / "november.db") as run:
        known = {outcome.key: outcome.state async for outcome in run.outcomes()}
    assert {known[key] for key in books.booked} <= {"booked", "sending"}

    with anyio.fail_after(30):
        outcomes = await post()
    assert ({"booked"}, 450) == ({outcome.state for outcome in outcomes}, len(outcomes))
    assert ({1}, 450) == ({*books.booked.values()}, len(books.booked))


async def test_a_progress_callback_that_raises_ends_nothing(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the run goes on."""

    def fail(progress: BatchProgress) -> None:
        raise KeyError(progress.booked)

    async with opened() as run:
        assert 150 == len(await all_of(run, bee, [entry(number) for number in range(150)], on_progress=fail))

    assert "a callback failed on BatchProgress" in caplog.text
