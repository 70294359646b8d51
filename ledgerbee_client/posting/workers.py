"""The workers of a pass over entries: each takes a batch, writes down what it will do, does it, writes down the end."""

from __future__ import annotations

import math
from collections.abc import AsyncIterable, Callable, Iterable, Sequence
from typing import Any

import anyio

from .._base.clock import Clock
from .._helpers.batch_report import BatchProgress
from .._helpers.packing import Batching
from .admitting import admitted, sort_out
from .errors import PartlyBookedError
from .finding import KeyOf
from .journal import Chunk, Journal, Open, Result
from .outcomes import Outcome, State, read_error, write_error
from .reading import Reader
from .sending import Sending
from .settling import Settled, Settler, Unsettled
from .shared import MOST_PARKED_BYTES, Emit, Shared
from .work import Booked, Work


class Workers:
    """The workers of one pass, and what they share."""

    def __init__(  # noqa: PLR0917
        self,
        journal: Journal,
        batching: Batching[Any, Any],
        entries: Iterable[Any] | AsyncIterable[Any],
        key: KeyOf,
        field: str,
        emit: Emit,
        clock: Clock,
        timeout: float,
        on_progress: Callable[[BatchProgress], None] | None,
    ) -> None:
        total = len(entries) if isinstance(entries, Sequence) else None
        self._shared = Shared(journal, batching, key, emit, on_progress, total, clock)
        self._reader = Reader(batching.packer(entries), self._shared.notify)
        self._sending = Sending(self._shared, field, timeout, self._reader.follow)
        self._streams = isinstance(entries, AsyncIterable)

    @property
    def failure(self) -> BaseException | None:
        """What ended the pass, if something did."""
        return self._shared.failure

    @property
    def untold(self) -> int:
        """Entries that were read and not told of; none, once a pass has come to its end."""
        return self._reader.position - self._shared.told

    @property
    def settler(self) -> Settler:
        """What looks for batches of unknown outcome."""
        return self._shared.settler

    @settler.setter
    def settler(self, settler: Settler) -> None:
        self._shared.settler = settler

    def stop(self, failure: BaseException | None = None) -> None:
        """Take no more work; what is under way is brought to its end."""
        self._shared.stop(failure)

    async def read(self) -> None:
        """Read the entries, for the workers."""
        await self._reader.run()

    async def work(self) -> None:
        """Take work until there is none."""
        shared, booked = self._shared, Booked()
        try:
            while not shared.is_over:
                changed = shared.changed
                shared.busy += 1
                try:
                    is_done = await self._step(booked)
                finally:
                    shared.busy -= 1
                if is_done:
                    shared.notify()
                elif self._is_at_its_end():
                    shared.stop()
                else:
                    await self._wait_for(changed, booked)
            await self._sending.tell_of(booked)
        except Exception as error:  # noqa: BLE001  It is raised to whoever consumes the outcomes.
            shared.stop(error)

    async def _step(self, booked: Booked) -> bool:
        """Do what comes next; False where there is nothing to do now."""
        shared = self._shared
        work: Work | None
        if shared.again:
            work = shared.again.popleft()
            work.chunk = await shared.journal.again(work.digests)
            if work.chunk is None:
                shared.park(None, work)
                return True
        elif shared.has_strangers and shared.strangers_due <= shared.clock.monotonic():
            await self._ask_after_strangers()
            return True
        elif shared.parked.size > MOST_PARKED_BYTES or (batch := self._reader.take()) is None:
            return False
        elif (work := await admitted(shared, batch)) is None:
            return True
        # Written down by now, with the beginning of this work.
        await self._sending.tell_of(booked)
        await self._sending.carry_out(work, booked)
        return True

    def _is_at_its_end(self) -> bool:
        shared = self._shared
        waits = shared.again or shared.parked.works or len(shared.settler) or shared.busy
        return self._reader.is_done and not waits

    async def _wait_for(self, changed: anyio.Event, booked: Booked) -> None:
        """Wait for news; where others work on the same entries, no longer than until it is time to ask after them."""
        shared = self._shared
        is_full = shared.parked.size > MOST_PARKED_BYTES
        if not is_full:
            self._reader.want()
        # It may be long until there is news, except where entries are only made and packed.
        if self._streams or self._reader.is_done or is_full:
            await self._sending.tell_of(booked)
        wait = shared.strangers_due - shared.clock.monotonic() if shared.has_strangers else math.inf
        with anyio.move_on_after(max(0.0, wait)):
            await changed.wait()

    async def _ask_after_strangers(self) -> None:
        """Sort out again what waits for others than the settler: another worker's, or what was settled meanwhile."""
        shared = self._shared
        shared.strangers_due = math.inf  # One worker asks for all.
        for batch in await shared.journal.unsettled():
            if batch.number not in shared.settler:
                shared.settler.add(unsettled_of(batch))
        for number in [number for number in shared.parked.works if number not in shared.settler]:
            for work in shared.parked.take(number):
                await sort_out(shared, work, await shared.journal.rows(work.keys), is_first=False)
        shared.strangers_due = shared.clock.monotonic() + shared.journal.poll_seconds

    async def settled(self, settled: Settled) -> None:
        """Write down what became of a batch of unknown outcome, and tell of the entries of it that came again."""
        self._shared.busy += 1
        try:
            await self._settle(settled)
        finally:
            self._shared.is_idle()

    async def _settle(self, settled: Settled) -> None:
        shared, number, ids, error = self._shared, settled.batch.number, settled.ids, settled.error
        state: State = "planned" if settled.is_absent else "unknown" if error else "booked"
        text = write_error(error)
        results = [Result(key, state, ids.get(key) or None, text) for key in settled.batch.keys]
        is_ours = await shared.journal.finish(Chunk(number), results)
        # Without a pause in between: whoever parks an entry of it from now on finds that it is settled.
        shared.settler.discard(number)
        if error is not None:
            shared.left_unknown[number] = error
        parked = shared.parked.take(number)
        if not is_ours:
            for work in parked:
                shared.park(None, work)
            return
        if settled.is_absent:
            shared.again.extend(work.anew() for work in parked)
        else:
            for work in parked:
                await shared.tell([Outcome(key, state, ids.get(key) or None, error) for key in work.digests])
        shared.progress()


def unsettled_of(batch: Open) -> Unsettled:
    """Return what the journal has left open as something to look for."""
    errors = [error for row in batch.rows if (error := read_error(row.error))]
    partly = any(error.kind == PartlyBookedError.__name__ for error in errors)
    return Unsettled(number=batch.number, keys=[row.key for row in batch.rows], never_resend=partly)
