"""
Any number of entries in batches: packed by count and bytes, sent in order, reported one by one. Knows no HTTP: how a
batch is posted is an argument.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterable, Callable, Iterable, Sequence, Set, ValuesView
from itertools import islice
from operator import attrgetter
from typing import Generic, Literal, TypeVar

import anyio
from attrs import define

from .. import errors
from .._base.callbacks import notify
from .._base.log import log
from .._base.shapes import is_list
from .._models.codecs import refused
from .arguments import refuse_async
from .batch_report import BatchProgress, BatchReport, Booked, Unconfirmed
from .bodies import Body
from .packing import Batching, Packed, Packer
from .task_groups import plain_group

S = TypeVar("S")
T = TypeVar("T")
Error = errors.LedgerBeeError
Refused = Literal["stop", "set_aside", "isolate"]
REFUSES_ENTRIES = frozenset({400, 409, 413, 422})
MOST_REQUESTS = 64
"""For one batch of 100: after that many, what is still refused together is not divided any more."""
KEPT_BYTES = 32_000_000
"""What is kept of a list that was written before the first request; the rest of a longer one is written again."""


def check_count(entries: Sequence[object], minimum: int, maximum: int, name: str) -> None:
    """Refuse a batch that the API would refuse by its size."""
    if not is_list(entries):
        raise refused("entries", "a list or tuple of entries", entries)
    count = len(entries)
    if not minimum <= count <= maximum:
        words = f"{count} entries given, {minimum} to {maximum} allowed per request; nothing was sent."
        many = name.replace("create_batch", "create_many")
        raise errors.BatchSizeError(f"{words} Use {many}(), which books in several transactions." if count else words)


def culprits(error: errors.APIError, field_name: str, count: int) -> dict[int, errors.APIError]:
    """
    Return the entries that a refusal names (`entries.3.lines.0`), each with what is said of it.

    Nobody, if it names one that was not sent.
    """
    if not isinstance(error, errors.ValidationError):
        return {}
    pattern = rf"{re.escape(field_name)}\.([0-9]{{1,9}})(\.|$)"
    found = sorted({int(named[1]) for where in error.fields if (named := re.match(pattern, where))})
    return {place: error.about(f"{field_name}.{place}") for place in found} if found and found[-1] < count else {}


def divide(
    error: errors.APIError, field_name: str, count: int
) -> tuple[dict[int, errors.APIError], list[Sequence[int]]]:
    """
    Divide a refused batch of `count` entries: who is guilty, and of what, and which others may be sent again together.

    Where the refusal names entries, they are guilty. Where it names nobody, each half is tried by itself, down to the
    one entry that is refused alone.
    """
    if count == 1:
        return {0: error}, []
    if named := culprits(error, field_name, count):
        rest = [place for place in range(count) if place not in named]
        return named, [rest] if rest else []
    return {}, halves(count)


def halves(count: int) -> list[Sequence[int]]:
    """Return the places of both halves of so many entries."""
    middle = (count + 1) // 2
    return [range(middle), range(middle, count)]


@define
class _Part(Generic[S]):
    """
    Entries of a batch that go in one request.

    Attributes:
        body: The entries, where they are written already.
        holds_culprit: True if one of them must be what the batch was refused for: the rest of it was booked.
        other: The half behind this one, of a part that was refused.
    """

    positions: list[int]
    entries: list[S]
    body: Body | None = None
    holds_culprit: bool = False
    other: _Part[S] | None = None

    def only(self, places: Iterable[int]) -> _Part[S]:
        """Return some of it."""
        chosen = [*places]
        return _Part([self.positions[n] for n in chosen], [self.entries[n] for n in chosen])

    def halves(self) -> list[_Part[S]]:
        """Return both halves; the first one, which is sent first, comes last."""
        first, second = map(self.only, halves(len(self.entries)))
        first.other = second
        return [second, first]


class Run(Generic[S, T]):
    """One `create_many`: takes packed batches, posts them, and keeps the report."""

    def __init__(
        self,
        batching: Batching[S, T],
        *,
        refused: Refused,
        on_progress: Callable[[BatchProgress], None] | None,
    ) -> None:
        refuse_async(on_progress, "on_progress")
        self._batching, self._operation = batching, batching.name
        self._refused, self._on_progress = refused, on_progress
        self._report: BatchReport[S, T] = BatchReport()
        self._stopped = False
        self._ready: deque[Packed[S]] = deque()
        self._total: int | None = None

    async def over(self, entries: Iterable[S] | AsyncIterable[S], concurrency: int) -> BatchReport[S, T]:
        """
        Send everything, and report.

        What can be walked twice is looked through first, unless the run goes on after a refusal: an entry that can
        never be sent is an error then, and nothing is sent.
        """
        packer, report = self._batching.packer(entries), self._report
        # A progress bar around a generator has a length as well, and can be walked only once.
        if isinstance(entries, Sequence | Set | ValuesView):
            self._total = len(entries)
            if self._refused == "stop":
                first = await self._look_through(packer)
                packer = self._batching.packer(islice(entries, first, None), first)
        turn = anyio.Lock()
        try:
            async with plain_group() as group:
                for _ in range(concurrency):
                    group.start_soon(self._work, packer, turn)
        except anyio.get_cancelled_exc_class():
            log.warning("%s was cancelled with %d entries booked", self._operation, len(report.booked))
            raise
        for batch in self._ready:
            self._keep(report.not_sent, batch)
        async for position, entry in packer.rest():
            report.not_sent.append(Unconfirmed(position=position, entry=entry))
        if concurrency > 1:
            report.booked.sort(key=attrgetter("position"))
        for fate in (report.refused, report.unknown, report.not_sent):
            fate.sort(key=attrgetter("position"))
        if packer.broken is not None:
            words = f"the entries broke off after {packer.position} of them with {type(packer.broken).__name__};"
            words += f" {len(report.booked)} are booked, and .report tells the fate of all that came."
            report.error = report.error or errors.BatchIncompleteError(words, operation=self._operation)
            raise errors.BatchIncompleteError(words, report=report, operation=self._operation) from packer.broken
        return report

    async def _look_through(self, packer: Packer[S]) -> int:
        """Write every entry; keep the first batches written, and return how many entries are in them."""
        kept, size = 0, 0
        async for batch in packer:
            if batch.refused:
                raise batch.refused[0].error
            size += batch.body.size
            if size <= KEPT_BYTES:
                self._ready.append(batch)
                kept = batch.positions[-1] + 1
        return kept

    async def _work(self, packer: Packer[S], turn: anyio.Lock) -> None:
        while True:
            async with turn:
                if self._stopped:
                    return None
                batch = self._ready.popleft() if self._ready else await anext(packer, None)
            if batch is None:
                return None
            for one in batch.refused:
                self._report.refused.append(Unconfirmed(position=one.position, entry=one.entry, error=one.error))
                self._note(one.error, stop=self._refused == "stop")
            if self._stopped or packer.broken:
                self._stopped = True
                return self._keep(self._report.not_sent, batch)
            await self._send(batch)
            if self._on_progress is not None:
                done = BatchProgress(
                    booked=len(self._report.booked),
                    refused=len(self._report.refused),
                    unknown=len(self._report.unknown),
                    requests=self._report.requests,
                    total=self._total,
                )
                notify(self._on_progress, done, self._operation)

    async def _send(self, batch: Packed[S]) -> None:
        """Post one batch, and where it is refused and may be divided, its parts in order."""
        waiting = [_Part(batch.positions, batch.entries, batch.body)] if batch.entries else []
        requests = 0
        while waiting and not self._stopped:
            part = waiting.pop()
            divisible = self._refused == "isolate" and len(part.entries) > 1 and requests < MOST_REQUESTS
            if divisible and part.holds_culprit:
                waiting += part.halves()
                continue
            requests += 1
            waiting += await self._post(part, divisible=divisible)
        for part in reversed(waiting):
            self._keep(self._report.not_sent, part)

    async def _post(self, part: _Part[S], *, divisible: bool) -> list[_Part[S]]:
        """
        Post some entries, keep what became of them, and return what is to be sent of them now, the first part last.

        A batch is one transaction: whatever refuses it booked nothing of it, and its entries may be sent again. What
        left without an answer may be booked, and is never divided.
        """
        report = self._report
        report.requests += 1
        try:
            body = part.body or self._batching.body(part.entries)
            results = await self._batching.post(body, len(part.entries))
        except errors.LedgerBeeError as error:
            own = error.operation == self._operation  # And not the token endpoint's, before anything was sent.
            if own and isinstance(error, (errors.OutcomeUnknownError, errors.UnreadableAnswerError)):
                self._note(error, stop=True)
                self._keep(report.unknown, part, error)
                return []
            if not (own and isinstance(error, errors.APIError) and error.status in REFUSES_ENTRIES):
                # The credential, the licence, the connection: no entry's fault, and no batch would fare better.
                self._note(error, stop=True)
                self._keep(report.not_sent, part, error)
                return []
            return self._divide(part, error, divisible=divisible)
        both = zip(part.positions, part.entries, results, strict=True)
        report.booked += [Booked(position=n, entry=entry, result=result) for n, entry, result in both]
        if part.other is not None:
            part.other.holds_culprit = True
        return []

    def _divide(self, part: _Part[S], error: errors.APIError, *, divisible: bool) -> list[_Part[S]]:
        """Keep those that a refusal is about, and return the parts that are to be sent now, the first one last."""
        guilty, rest = divide(error, self._batching.field, len(part.entries))
        if not guilty and divisible:
            return part.halves()
        self._note(error, stop=self._refused == "stop")
        if not guilty:
            self._keep(self._report.refused, part, batch_error=error)
            return []
        for place, about in guilty.items():
            self._keep(self._report.refused, part.only([place]), about)
        return [part.only(places) for places in rest]

    def _keep(
        self,
        fate: list[Unconfirmed[S]],
        some: Packed[S] | _Part[S],
        error: Error | None = None,
        batch_error: Error | None = None,
    ) -> None:
        both = zip(some.positions, some.entries, strict=True)
        fate += [
            Unconfirmed(position=position, entry=entry, error=error, batch_error=batch_error)
            for position, entry in both
        ]

    def _note(self, error: Error, *, stop: bool) -> None:
        """Keep the first error, and in its place the one that ends the run."""
        if self._report.error is None or (stop and not self._stopped):
            self._report.error = error
        self._stopped = self._stopped or stop
