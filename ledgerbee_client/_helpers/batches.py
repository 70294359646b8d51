"""
Any number of entries in batches: packed by count and bytes, sent in order, everybody's fate told. Knows no HTTP: how
a batch is posted is an argument.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterable, Callable, Iterable, Sequence, Set, ValuesView
from itertools import islice
from operator import attrgetter
from typing import Generic, TypeVar

import anyio
from attrs import define, field, frozen

from .. import errors
from .._base.callbacks import notify
from .._base.log import log
from .._base.shapes import is_list
from .._models.codecs import refused
from .arguments import refuse_async
from .packing import Batching, Packed, Packer
from .task_groups import plain_group

S = TypeVar("S")
T = TypeVar("T")
Error = errors.LedgerBeeError
REFUSES_ENTRIES = frozenset({400, 409, 413, 422})
KEPT_BYTES = 32_000_000
"""What is kept of a list that was written before the first request; the rest of a longer one is written again."""


@frozen(kw_only=True)
class Booked(Generic[S, T]):
    """
    An entry that was booked.

    Attributes:
        position: Its place in what was given, from 0.
        entry: The caller's own object.
        result: What the API made of it.
    """

    position: int
    entry: S
    result: T


@frozen(kw_only=True)
class Unbooked(Generic[S]):
    """
    An entry that was not booked, or perhaps not.

    Attributes:
        position: Its place in what was given, from 0.
        entry: The caller's own object.
        error: Why; None where another entry's failure kept it from being sent.
    """

    position: int
    entry: S
    error: Error | None = None


@frozen(kw_only=True)
class BatchProgress:
    """
    How far a run has come.

    Attributes:
        booked: Entries booked.
        refused: Entries refused; they are not booked.
        unknown: Entries that may have been booked.
        requests: Requests sent.
        total: Entries in all, where that was known from the start.
    """

    booked: int
    refused: int
    unknown: int
    requests: int
    total: int | None

    @property
    def settled(self) -> int:
        """Entries that nothing more will be done about."""
        return self.booked + self.refused + self.unknown


@define(kw_only=True)
class BatchReport(Generic[S, T]):
    """
    Everybody's fate: each entry given stands in exactly one of the four, in the order given.

    Attributes:
        booked: Booked, each with what the API made of it.
        refused: Refused by the API or before sending, each with the error; not booked.
        unknown: Sent in a batch whose answer never came: read back before sending them again.
        not_sent: Not booked, and may be sent as they are.
        requests: Requests sent.
        error: What ended the run early, if anything did.
    """

    booked: list[Booked[S, T]] = field(factory=list[Booked[S, T]])
    refused: list[Unbooked[S]] = field(factory=list[Unbooked[S]])
    unknown: list[Unbooked[S]] = field(factory=list[Unbooked[S]])
    not_sent: list[Unbooked[S]] = field(factory=list[Unbooked[S]])
    requests: int = 0
    error: Error | None = None

    def raise_if_incomplete(self) -> None:
        """
        Do nothing if everything was booked.

        Raises:
            BatchIncompleteError: something was not; the error carries this report.
        """
        if left := [*self.refused, *self.unknown, *self.not_sent]:
            words = f"{len(self.booked)} entries were booked, {len(self.refused)} refused, {len(self.unknown)} may have"
            words += f" been booked, and {len(self.not_sent)} were not, for another's sake."
            if first := self.error or next((one.error for one in left if one.error), None):
                words += f" {first}"
            raise errors.BatchIncompleteError(words, report=self)


def check_count(entries: Sequence[object], minimum: int, maximum: int, name: str) -> None:
    """Refuse a batch that the API would refuse by its size."""
    if not is_list(entries):
        raise refused("entries", "a list or tuple of entries", entries)
    count = len(entries)
    if not minimum <= count <= maximum:
        words = f"{count} entries given, {minimum} to {maximum} allowed per request; nothing was sent."
        many = name.replace("create_batch", "create_many")
        raise errors.BatchSizeError(f"{words} Use {many}(), which books in several transactions." if count else words)


def culprits(error: errors.APIError, field_name: str, count: int) -> list[int]:
    """Return the entries that a refusal names (`entries.3.lines.0`), or nobody if it names one that was not sent."""
    fields = error.fields if isinstance(error, errors.ValidationError) else {}
    found = {int(m[1]) for where in fields if (m := re.match(rf"{re.escape(field_name)}\.([0-9]{{1,9}})(\.|$)", where))}
    return sorted(found) if found and max(found) < count else []


class Run(Generic[S, T]):
    """One `create_many`: takes packed batches, posts them, keeps the books."""

    def __init__(
        self,
        batching: Batching[S, T],
        *,
        set_aside: bool,
        on_progress: Callable[[BatchProgress], None] | None,
    ) -> None:
        refuse_async(on_progress, "on_progress")
        self._batching, self._operation = batching, batching.name
        self._set_aside, self._on_progress = set_aside, on_progress
        self._report: BatchReport[S, T] = BatchReport()
        self._stopped = False
        self._ready: deque[Packed[S]] = deque()
        self._total: int | None = None

    async def over(self, entries: Iterable[S] | AsyncIterable[S], concurrency: int) -> BatchReport[S, T]:
        """
        Send everything, and report.

        What can be walked twice is looked through first, unless refused entries are set aside: one that can never be
        sent is an error then, and nothing is sent.
        """
        packer, report = self._batching.packer(entries), self._report
        # A progress bar around a generator has a length as well, and can be walked only once.
        if isinstance(entries, Sequence | Set | ValuesView):
            self._total = len(entries)
            if not self._set_aside:
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
            report.not_sent.append(Unbooked(position=position, entry=entry))
        if concurrency > 1:
            report.booked.sort(key=attrgetter("position"))
        for fate in (report.refused, report.unknown, report.not_sent):
            fate.sort(key=attrgetter("position"))
        if packer.broken is not None:
            words = f"the entries broke off after {packer.position} of them with {type(packer.broken).__name__};"
            words += f" {len(report.booked)} are booked, and .report tells the fate of all that came."
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
                self._report.refused.append(Unbooked(position=one.position, entry=one.entry, error=one.error))
                self._stop(one.error, unless=self._set_aside)
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
        """Post one batch; a batch is one transaction, so that whatever refuses it booked nothing of it."""
        report = self._report
        while batch.entries:
            report.requests += 1
            try:
                results = await self._batching.post(batch.body, len(batch.entries))
            except errors.LedgerBeeError as error:
                own = error.operation == self._operation  # And not the token endpoint's, before anything was sent.
                if own and isinstance(error, (errors.OutcomeUnknownError, errors.UnreadableAnswerError)):
                    self._stop(error)
                    return self._keep(report.unknown, batch, error)
                if not (own and isinstance(error, errors.APIError) and error.status in REFUSES_ENTRIES):
                    # The credential, the licence, the connection: no entry's fault, and no batch would fare better.
                    self._stop(error)
                    return self._keep(report.not_sent, batch, error)
                everybody = range(len(batch.entries))
                named = culprits(error, self._batching.field, len(batch.entries)) or everybody
                self._keep(report.refused, self._batching.part(batch, named), error)
                self._stop(error, unless=self._set_aside)
                batch = self._batching.part(batch, [n for n in everybody if n not in named])
                if self._stopped:
                    return self._keep(report.not_sent, batch)
            else:
                both = zip(batch.positions, batch.entries, results, strict=True)
                report.booked += [Booked(position=n, entry=entry, result=result) for n, entry, result in both]
                return None
        return None

    def _keep(self, fate: list[Unbooked[S]], batch: Packed[S], error: Error | None = None) -> None:
        both = zip(batch.positions, batch.entries, strict=True)
        fate += [Unbooked(position=position, entry=entry, error=error) for position, entry in both]

    def _stop(self, error: Error, *, unless: bool = False) -> None:
        if not unless:
            self._stopped = True
            self._report.error = self._report.error or error
