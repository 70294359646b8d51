"""The workers of a pass over entries: each takes a batch, writes down what it will do, does it, writes down the end."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from typing import Any

import anyio
from attrs import define, field

from .._base.callbacks import notify
from .._base.clock import Clock
from .._base.log import log
from .._helpers.batch_report import BatchProgress
from .._helpers.batches import divide
from .._helpers.bodies import Body
from .._helpers.packing import Batching, Packed, Packer
from ..errors import APIError, DeadlineError, LedgerBeeError
from .batches import digests_of
from .errors import DuplicateKeyError, LeaseLostError, PartlyBookedError, PayloadChangedError
from .finding import KeyOf, keys_of, text_of
from .journal import Chunk, Journal, Open, Result, Row, Written
from .lease import leased, now
from .outcomes import Outcome, State, read_error, write_error
from .settling import Settled, Settler, Unsettled
from .states import Admission, Answer, admit, answer_of

End = tuple[State, str | None, LedgerBeeError | None]
"""What becomes of an entry: its state, its id, its error."""
_PLANNED: End = ("planned", None, None)
Emit = Callable[[list[Outcome]], Awaitable[None]]
_MOST_LATE = 5
"""Requests in a row that may be late before they are sent, and are planned again; the next one ends the pass."""
MOST_PARKED_BYTES = 32_000_000
"""Bytes of entries that wait for a batch of unknown outcome; beyond it no more are read until some are settled."""


@define
class Work:
    """Entries that go in one request, with their keys and digests, and the chunk that the journal keeps them as."""

    entries: Sequence[Any]
    body: Body
    digests: dict[str, str]
    chunk: Chunk | None = None

    @property
    def keys(self) -> list[str]:
        """The keys, in the order of the entries."""
        return [*self.digests]


@define
class _Booked:
    """What a worker has booked and not told of yet: the work, ids by key, and what to await until it is on disk."""

    work: Work | None = None
    ids: dict[str, str | None] = field(factory=dict[str, str | None])
    written: Written | None = None


@define
class _Parked:
    """Entries whose outcome is not known, or is another worker's, with their keys."""

    works: list[Work] = field(factory=list[Work])
    size: int = 0


class Workers:
    """What the workers of one pass share: the packer, what waits, what is to be sent again, and how far they are."""

    def __init__(  # noqa: PLR0917
        self,
        journal: Journal,
        batching: Batching[Any, Any],
        entries: Iterable[Any] | AsyncIterable[Any],
        key: KeyOf,
        emit: Emit,
        clock: Clock,
        timeout: float,
        on_progress: Callable[[BatchProgress], None] | None,
    ) -> None:
        self._journal, self._batching, self._key, self._emit = journal, batching, key, emit
        self._packer: Packer[Any] = batching.packer(entries)
        self._on_progress = on_progress
        self._counts = {"booked": 0, "refused": 0, "unknown": 0, "requests": 0}
        self._streams = isinstance(entries, AsyncIterable)
        self._total = len(entries) if isinstance(entries, Sequence) else None
        self._turn, self._changed = anyio.Lock(), anyio.Event()
        self._clock, self._timeout, self._strangers_due = clock, timeout, 0.0
        self._parked: dict[int, _Parked] = {}
        self._again: deque[Work] = deque()
        self._left_unknown: dict[int | None, LedgerBeeError] = {}
        self._is_over, self._busy, self._late = False, 0, 0
        self.settler: Settler
        self.failure: BaseException | None = None

    @property
    def untold(self) -> int:
        """Entries that were read and not told of; none, once a pass has come to its end."""
        told = sum(self._counts[state] for state in ("booked", "refused", "unknown"))
        return self._packer.position - told

    def stop(self, failure: BaseException | None = None) -> None:
        """Take no more work; what is under way is brought to its end."""
        self.failure = self.failure or failure
        self._is_over = True
        self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    async def work(self) -> None:
        """Take work until there is none."""
        booked = _Booked()
        try:
            while (work := await self._next(booked)) is not None:
                # Written down by now, with the beginning of this work.
                await self._tell_of(booked)
                self._busy += 1
                try:
                    await self._carry_out(work, booked)
                finally:
                    self._busy -= 1
                    self._notify()
            await self._tell_of(booked)
        except Exception as error:  # noqa: BLE001  It is raised to whoever consumes the outcomes.
            self.stop(error)

    async def _next(self, booked: _Booked) -> Work | None:
        """Return what to send next, written down as being sent; what a worker has booked is told of before it waits."""
        if self._turn.locked():  # Whoever has it may wait until nobody has anything left to tell.
            await self._tell_of(booked)
        async with self._turn:
            while not self._is_over:
                if self._again:
                    work = self._again.popleft()
                    work.chunk = await self._journal.again(work.digests)
                    if work.chunk is not None:
                        return work
                    self._park(None, work)
                changed = self._changed
                if self._has_strangers() and self._strangers_due <= self._clock.monotonic():
                    await self._ask_after_strangers()
                elif sum(parked.size for parked in self._parked.values()) > MOST_PARKED_BYTES:
                    await self._tell_of(booked)
                    await self._wait_for(changed)
                elif (batch := await self._packed(booked)) is not None:
                    if (admitted := await self._admitted(batch)) is not None:
                        return admitted
                elif self._again:  # While the packer was asked, something was settled.
                    continue
                elif self._parked or len(self.settler) or self._busy:
                    await self._tell_of(booked)
                    await self._wait_for(changed)
                else:
                    self.stop()
        return None

    async def _packed(self, booked: _Booked) -> Packed[Any] | None:
        if self._streams:  # It may be long until the next entry comes.
            await self._tell_of(booked)
        return await anext(self._packer, None)

    async def _tell_of(self, booked: _Booked) -> None:
        """Tell of what a worker has booked, once that is on disk."""
        if booked.written is not None:
            ids, written = booked.ids, booked.written
            booked.ids, booked.written = {}, None
            is_ours = False
            try:
                with anyio.CancelScope(shield=True):
                    is_ours = await written()
                if is_ours:
                    await self._tell([Outcome(key, "booked", found) for key, found in ids.items()])
                elif booked.work is not None:
                    log.error("a batch was booked after the lease of it had ended; look whether it is booked twice")
                    self._park(None, booked.work)
            finally:
                self._busy -= 1
                self._notify()
            self._progress()

    async def _wait_for(self, changed: anyio.Event) -> None:
        """Wait for news; where others work on the same entries, no longer than until it is time to ask after them."""
        if not self._has_strangers():
            await changed.wait()
            return
        with anyio.move_on_after(max(0.0, self._strangers_due - self._clock.monotonic())):
            await changed.wait()

    def _has_strangers(self) -> bool:
        return any(number not in self.settler for number in self._parked)

    async def _ask_after_strangers(self) -> None:
        """Sort out again what waits for others than the settler: another worker's, or what was settled meanwhile."""
        for batch in await self._journal.unsettled():
            if batch.number not in self.settler:
                self.settler.add(unsettled_of(batch))
        for number in [number for number in self._parked if number not in self.settler]:
            for work in self._parked.pop(number).works:
                await self._sort_out(work, await self._journal.rows(work.keys), is_first=False)
        self._strangers_due = self._clock.monotonic() + self._journal.poll_seconds

    async def _admitted(self, batch: Packed[Any]) -> Work | None:
        """Write down what is new in a batch, and sort out what is not."""
        for one in batch.refused:
            await self._refuse(text_of(self._key, one.entry), one.error)
        if not batch.entries:
            return None
        keys = keys_of(self._key, batch.entries)
        digests = dict(zip(keys, digests_of(self._batching, batch.entries, batch.body), strict=True))
        if len(digests) < len(keys):
            raise _twice(next(key for n, key in enumerate(keys) if key in keys[:n]))
        work: Work | None = Work(batch.entries, batch.body, digests)
        while work is not None:
            work.chunk, rows = await self._journal.begin(work.digests)
            if work.chunk is not None:
                return work
            work = await self._sort_out(work, rows, is_first=True)
        return None

    async def _refuse(self, key: str, error: LedgerBeeError) -> None:
        """Write down an entry that cannot be sent at all."""
        for row in await self._journal.rows([key]):
            fate = _fate_of(row, "", is_first=True)
            if fate is Admission.DONE:
                return await self._tell([Outcome(key, "refused", None, read_error(row.error), is_new=False)])
        nothing = Work((), Body(parts=()), {key: ""})
        await self._finish(nothing, [("refused", None, error)], [key])
        return None

    async def _sort_out(self, work: Work, rows: Sequence[Row], *, is_first: bool) -> Work | None:
        """Report, park or plan the entries that the journal knows; return those that it does not."""
        places = {key: place for place, key in enumerate(work.digests)}
        done, again, waits = list[Outcome](), list[int](), dict[int | None, list[int]]()
        for row in rows:
            fate = _fate_of(row, work.digests[row.key], is_first=is_first)
            if fate is Admission.DONE:
                done.append(Outcome(row.key, row.state, row.id, read_error(row.error), is_new=False))
            elif fate is Admission.AGAIN:
                again.append(places[row.key])
            elif row.state == "unknown" and row.chunk in self._left_unknown:
                done.append(Outcome(row.key, "unknown", row.id, self._left_unknown[row.chunk]))
            else:
                waits.setdefault(row.chunk, []).append(places[row.key])
        await self._tell(done)
        if again:
            self._again.append(self._part(work, sorted(again)))
        for number, waiting in waits.items():
            self._park(number, self._part(work, sorted(waiting)))
        known = {row.key for row in rows}
        new = [place for key, place in places.items() if key not in known]
        return self._part(work, new) if new else None

    def _part(self, work: Work, places: Sequence[int]) -> Work:
        keys = work.keys
        if len(places) == len(keys):
            return Work(work.entries, work.body, work.digests)
        entries = [work.entries[place] for place in places]
        digests = {keys[place]: work.digests[keys[place]] for place in places}
        return Work(entries, self._batching.body(entries), digests)

    async def _carry_out(self, work: Work, told: _Booked) -> None:
        """Send a batch, which is one transaction; in parts where it is refused, each written down before it is sent."""
        parts = [work]
        while parts:
            work = parts.pop(0)
            work.chunk = work.chunk or await self._journal.again(work.digests)
            if work.chunk is None:
                self._park(None, work)
                continue
            error, booked = None, list[Any]()
            try:
                self._counts["requests"] += 1
                body = leased(work.body, work.chunk.ends, self._timeout)
                booked = await self._batching.post(body, len(work.entries))
            except LedgerBeeError as failure:
                error = failure
            keys = work.keys
            match answer_of(error, self._batching.name):
                case Answer.BOOKED:
                    await self._tell_of(told)
                    told.work, self._late = work, 0
                    told.ids = {key: one.id or None for key, one in zip(keys, booked, strict=True)}
                    told.written = self._journal.booked(work.chunk, told.ids)
                    self._busy += 1
                    # Written down with the beginning of what is sent next; at once where a lease may end before.
                    if not parts and not self._journal.poll_seconds:
                        return
                    await self._tell_of(told)
                case Answer.REFUSED:
                    assert isinstance(error, APIError)
                    parts = [*await self._refused(work, error), *parts]
                case Answer.UNKNOWN:
                    assert error is not None
                    log.warning("a batch of %d entries may have been booked, and is looked for: %s", len(keys), error)
                    self._park(work.chunk.number, work)
                    # Where the lease is over, another worker may have it, and whoever finds that first settles it.
                    if work.chunk.ends is None or now() < work.chunk.ends:
                        self.settler.add(Unsettled(number=work.chunk.number, keys=keys))
                case Answer.NOT_SENT:
                    await self._not_sent(work, error)
            self._progress()
            if self._is_over and parts:  # The others are planned already.
                await self._finish(parts[0], [_PLANNED] * len(parts[0].digests), parts[0].keys)
                return

    async def _refused(self, work: Work, error: APIError) -> list[Work]:
        """Write down who is to blame, and return the parts to send now; the first is written down as being sent."""
        keys = work.keys
        guilty, rest = divide(error, self._batching.field, len(keys))
        parts = [self._part(work, places) for places in rest]
        if parts:
            parts[0].chunk = work.chunk
        planned = [keys[place] for places in rest[1:] for place in places]
        ends: list[End] = [("refused", None, about) for about in guilty.values()]
        ends += [_PLANNED] * len(planned)
        is_ours = await self._finish(work, ends, [keys[place] for place in guilty] + planned)
        return parts if is_ours else []

    async def _not_sent(self, work: Work, error: LedgerBeeError | None) -> None:
        """Plan a batch again; whatever keeps every entry from being booked ends the pass."""
        is_ours = await self._finish(work, [_PLANNED] * len(work.digests), work.keys)
        # Of a process that was stopped, and woken when the time for its request was over.
        is_late = isinstance(error, DeadlineError) and self._late < _MOST_LATE
        self._late += is_late
        if not is_late and not isinstance(error, LeaseLostError):
            self.stop(error)
        elif is_ours:
            self._again.append(Work(work.entries, work.body, work.digests))

    async def _finish(self, work: Work, ends: Sequence[End], keys: Sequence[str]) -> bool:
        """
        Write the ends of these keys down, and tell of those that are ends.

        False where another worker has taken the chunk over: what becomes of it is that one's to say.
        """
        if not keys:
            return True
        both = [*zip(keys, ends, strict=True)]
        results = [Result(key, state, found, write_error(error)) for key, (state, found, error) in both]
        is_ours = False
        # A cancelled worker may be here with an answer in its hand, and the journal should know it.
        with anyio.CancelScope(shield=True):
            is_ours = await self._journal.finish(work.chunk, results, work.digests)
        if not is_ours:
            self._park(None, work)
            return False
        await self._tell(
            [Outcome(key, state, found, error) for key, (state, found, error) in both if state != "planned"]
        )
        return True

    async def settled(self, settled: Settled) -> None:
        """Write down what became of a batch of unknown outcome, and tell of the entries of it that came again."""
        self._busy += 1
        try:
            await self._settle(settled)
        finally:
            self._busy -= 1
            self._notify()

    async def _settle(self, settled: Settled) -> None:
        number, ids, error = settled.batch.number, settled.ids, settled.error
        state: State = "planned" if settled.is_absent else "unknown" if error else "booked"
        text = write_error(error)
        results = [Result(key, state, ids.get(key), text) for key in settled.batch.keys]
        is_ours = await self._journal.finish(Chunk(number), results)
        # Without a pause in between: whoever parks an entry of it from now on finds that it is settled.
        self.settler.discard(number)
        if error is not None:
            self._left_unknown[number] = error
        parked = self._parked.pop(number, _Parked()).works
        if not is_ours:
            for work in parked:
                self._park(None, work)
            return
        if settled.is_absent:
            self._again.extend(Work(work.entries, work.body, work.digests) for work in parked)
            self._notify()
        if not settled.is_absent:
            for work in parked:
                await self._tell([Outcome(key, state, ids.get(key), error) for key in work.digests])
        self._progress()

    def _park(self, number: int | None, work: Work) -> None:
        parked = self._parked.setdefault(number or 0, _Parked())
        parked.works.append(work)
        parked.size += work.body.size
        if number not in self.settler:
            self._strangers_due = min(self._strangers_due, self._clock.monotonic() + self._journal.poll_seconds)

    async def _tell(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            self._counts[outcome.state] += 1
        if outcomes:
            await self._emit(outcomes)

    def _progress(self) -> None:
        if self._on_progress is not None:
            notify(self._on_progress, BatchProgress(**self._counts, total=self._total), self._batching.name)


def unsettled_of(batch: Open) -> Unsettled:
    """Return what the journal has left open as something to look for."""
    errors = [error for row in batch.rows if (error := read_error(row.error))]
    partly = any(error.kind == PartlyBookedError.__name__ for error in errors)
    return Unsettled(number=batch.number, keys=[row.key for row in batch.rows], never_resend=partly)


def _fate_of(row: Row, digest: str, *, is_first: bool) -> Admission:
    fate = admit(row.state, same_content=row.digest == digest, came_before=is_first and row.came_before)
    if fate is Admission.TWICE:
        raise _twice(row.key)
    if fate is Admission.CHANGED:
        raise _changed(row)
    return fate


def _twice(key: str) -> DuplicateKeyError:
    return DuplicateKeyError(
        f"two entries have the key {key!r}; the second was not sent. Give each entry a key of its own."
    )


def _changed(row: Row) -> PayloadChangedError:
    return PayloadChangedError(
        f"the entry with the key {row.key!r} is {row.state} and had another content then; it was not sent. Give what is"
        " new a new key, and correct what is booked by reversing it."
    )
