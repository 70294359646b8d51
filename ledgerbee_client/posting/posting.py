"""One pass over entries: an async iterator of outcomes, and the tasks that bring them about."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import suppress
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream
from attrs import frozen

from .._calls.calls import Calls
from .._helpers.background import BackgroundTask
from .._helpers.batch_report import BatchProgress
from ..errors import APIError, ConfigurationError
from .batches import Beside, batching_of, calls_of
from .errors import JournalError, UnsettledError
from .finding import Find, Finder, KeyOf, finder_of
from .journal import Journal, check_facts
from .outcomes import Outcome
from .settling import Look, Settler
from .workers import Workers, unsettled_of


@frozen(kw_only=True)
class Settings:
    """
    What a run was opened with.

    Attributes:
        field: The field that the key is, by its name on the wire; empty where `find` is given.
        lease: Seconds for which a worker has a batch to itself; None where the journal is one process's.
    """

    journal: Journal
    key: KeyOf
    field: str
    find: Find | None
    company: str | None
    strategy: str
    settling: float
    resend_unknown: bool
    lease: float | None


async def _prepared(settings: Settings, resource: Any, calls: Calls, operation: str) -> Look:
    """Take the journal, compare what it was begun with, and return what looks for entries."""
    journal = settings.journal
    await journal.start()
    company = settings.company or await _company_of(calls)
    expected = {"company": company, "operation": operation, "strategy": settings.strategy}
    check_facts(journal.name, await journal.facts(expected), expected)
    return finder_of(settings.find) if settings.find is not None else Finder(resource.list, settings.field)


class Posting(AsyncIterator[Outcome]):
    """One pass over entries. Its tasks are those of the `async with` around the run, and no cancellation crosses it."""

    def __init__(  # noqa: PLR0917
        self,
        settings: Settings,
        before: Posting | None,
        resource: Any,
        entries: Iterable[Any] | AsyncIterable[Any],
        concurrency: int,
        on_progress: Callable[[BatchProgress], None] | None,
        timeout: float | None,
    ) -> None:
        self._settings, self._before, self._resource = settings, before, resource
        self._entries, self._concurrency = entries, concurrency
        self._on_progress, self._timeout = on_progress, timeout
        self._here = iter(list[Outcome]())
        self._stream: MemoryObjectReceiveStream[list[Outcome]] | None = None
        self._workers: Workers | None = None
        self._tasks: list[BackgroundTask] = []
        self._beside: list[BackgroundTask] = []
        self._is_ended = False

    async def __anext__(self) -> Outcome:
        """Return the next outcome."""
        while True:
            for outcome in self._here:
                return outcome
            if self._is_ended:
                raise StopAsyncIteration
            stream = self._stream or await self._start()
            try:
                self._here = iter(await stream.receive())
            except anyio.EndOfStream:
                self._is_ended = True
                for task in self._beside:
                    task.cancel()
                if self._workers is not None and self._workers.failure is not None:
                    raise self._workers.failure from None
                if self._workers is not None and self._workers.untold:
                    words = f"{self._workers.untold} entries have no outcome yet; run again, and they go on."
                    raise UnsettledError(words) from None

    async def _start(self) -> MemoryObjectReceiveStream[list[Outcome]]:
        settings, journal = self._settings, self._settings.journal
        if self._before is not None:
            await self._before.end(at_once=False)
            self._before = None
        calls = calls_of(self._resource)
        seconds = calls.sender.deadline(self._timeout).seconds
        if settings.lease is not None and settings.lease < 2 * seconds:
            words = (
                f"lease={settings.lease:g} is too short for requests of {seconds:g} s: a request ends before its lease."
            )
            raise ConfigurationError(f"{words} Give twice the timeout or more.")
        batching = await batching_of(self._resource, self._timeout)
        look = await _prepared(settings, self._resource, calls, batching.name)
        left_open = await journal.unsettled()
        send, receive = anyio.create_memory_object_stream[list[Outcome]](self._concurrency)

        async def emit(outcomes: list[Outcome]) -> None:
            # Whoever left the loop hears no more; the journal has it.
            with suppress(anyio.BrokenResourceError):
                await send.send(outcomes)

        clock = calls.sender.attempt.session.clock
        workers = Workers(
            journal, batching, self._entries, settings.key, settings.field, emit, clock, seconds, self._on_progress
        )
        settler = Settler(
            look,
            clock,
            settling=settings.settling,
            resend=settings.resend_unknown,
            settled=workers.settled,
        )
        self._workers, self._stream = workers, receive
        workers.settler = settler
        for batch in left_open:
            settler.add(unsettled_of(batch))
        left = self._concurrency

        async def work() -> None:
            nonlocal left
            try:
                await workers.work()
            finally:
                left -= 1
                if not left:
                    send.close()

        async def settle() -> None:
            try:
                await settler.run()
            except Exception as error:  # noqa: BLE001  It is raised to whoever consumes the outcomes.
                workers.stop(error)

        async def keep() -> None:
            try:
                while settings.lease is not None:
                    await anyio.sleep(settings.lease / 3)
                    if settler.numbers:
                        await journal.keep(settler.numbers)
            except Exception as error:  # noqa: BLE001  It is raised to whoever consumes the outcomes.
                workers.stop(error)

        self._beside = [BackgroundTask(workers.read), BackgroundTask(settle), BackgroundTask(keep)]
        self._tasks = [BackgroundTask(work) for _ in range(self._concurrency)]
        return receive

    def stop(self) -> None:
        """Send nothing more."""
        if self._workers is not None:
            self._workers.stop()

    async def end(self, *, at_once: bool) -> None:
        """Return when nothing is under way any more; at once, by cancelling it: the journal knows what was sent."""
        self._is_ended = True
        self.stop()
        if self._stream is not None:
            self._stream.close()
        for task in self._beside:
            task.cancel()
        try:
            for task in self._tasks:
                if at_once:
                    task.cancel()
                await task.wait()
        finally:
            with anyio.CancelScope(shield=True):
                for task in self._tasks:
                    task.cancel()
                    await task.wait()
                for task in self._beside:
                    await task.wait()


async def _company_of(calls: Calls) -> str:
    try:
        company = await Beside(calls).company.get()
    except APIError as error:
        if error.status != 403:
            raise
        words = "the key may not read its company, which a journal is kept for; give company= to PostingRun.open(),"
        raise JournalError(f"{words} or the key the scope company-read.") from error
    if not company.id:
        raise JournalError("the API names its company without an id; give company= to PostingRun.open().")
    return company.id
