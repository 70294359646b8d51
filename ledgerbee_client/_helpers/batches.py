"""
Any number of entries in batches: packed by count and bytes, sent in order, everybody's fate told. Knows no HTTP: how
a batch is posted is an argument.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence, Set, ValuesView
from typing import Any, Generic, TypeVar

import anyio
from attrs import define, field, frozen

from .. import errors
from .._base.log import log, notify
from .._base.shapes import is_list, is_object
from .._models.codecs import refused
from .bodies import MAX_BODY_BYTES, Body, joined
from .task_groups import plain_group

S = TypeVar("S")
T = TypeVar("T")
Error = errors.LedgerBeeError
REFUSES_ENTRIES = frozenset({400, 409, 413, 422})


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


@define
class _Item(Generic[S]):
    position: int
    entry: S
    body: Body | None = None


class Run(Generic[S, T]):
    """One `create_many`: pulls entries, packs them, posts the batches, keeps the books."""

    def __init__(
        self,
        post: Callable[[Sequence[Body]], Awaitable[list[T]]],
        write: Callable[[S, int], Body],
        *,
        field: str,
        maximum: int,
        set_aside: bool,
        on_progress: Callable[[BatchProgress], None] | None,
        operation: str,
    ) -> None:
        self._post, self._write, self._field, self._maximum, self._operation = post, write, field, maximum, operation
        self._set_aside, self._on_progress = set_aside, on_progress
        self._room = MAX_BODY_BYTES - 1 - joined(field, ()).size
        self._report: BatchReport[S, T] = BatchReport()
        self._position, self._stopped = 0, False
        self._broken: Exception | None = None
        self._waiting: _Item[S] | None = None
        self._source: Any = None
        self._streams = False
        self._total: int | None = None

    async def over(self, entries: Iterable[S] | AsyncIterable[S], concurrency: int) -> BatchReport[S, T]:
        """
        Send everything, and report.

        What can be walked twice is looked through first, unless refused entries are set aside: one that can never be
        sent is an error then, and nothing is sent.
        """
        if isinstance(entries, str | bytes) or is_object(entries) or not isinstance(entries, Iterable | AsyncIterable):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise refused("entries", "an iterable of entries", entries)
        # A progress bar around a generator has a length as well, and can be walked only once.
        if isinstance(entries, Sequence | Set | ValuesView):
            self._total = len(entries)
            for position, entry in enumerate(() if self._set_aside else entries):
                self._written(_Item(position, entry))
        self._streams = isinstance(entries, AsyncIterable)
        self._source = aiter(entries) if isinstance(entries, AsyncIterable) else iter(entries)
        turn, report = anyio.Lock(), self._report
        try:
            async with plain_group() as group:
                for _ in range(concurrency):
                    group.start_soon(self._work, turn)
        except anyio.get_cancelled_exc_class():
            log.warning("%s was cancelled with %d entries booked", self._operation, len(report.booked))
            raise
        # A stream may have no end, and keeps what it has not given.
        while (self._waiting or not self._streams) and (item := await self._pull()):
            self._keep(report.not_sent, [item])
        report.booked.sort(key=lambda one: one.position)
        for fate in (report.refused, report.unknown, report.not_sent):
            fate.sort(key=lambda one: one.position)
        if self._broken is not None:
            words = f"the entries broke off after {self._position} of them with {type(self._broken).__name__};"
            words += f" {len(report.booked)} are booked, and .report tells the fate of all that came."
            raise errors.BatchIncompleteError(words, report=report, operation=self._operation) from self._broken
        return report

    async def _work(self, turn: anyio.Lock) -> None:
        while True:
            async with turn:
                chunk = await self._pack()
            if self._stopped or not chunk:
                return self._keep(self._report.not_sent, chunk)
            await self._send(chunk)
            if self._on_progress is not None:
                done = BatchProgress(
                    booked=len(self._report.booked),
                    refused=len(self._report.refused),
                    unknown=len(self._report.unknown),
                    requests=self._report.requests,
                    total=self._total,
                )
                notify(self._on_progress, done, self._operation)

    async def _pack(self) -> list[_Item[S]]:
        chunk, size = list[_Item[S]](), 0
        while not self._stopped and len(chunk) < self._maximum and (item := await self._pull()):
            try:
                item.body = item.body or self._written(item)
            except errors.RequestRefusedError as error:
                self._keep(self._report.refused, [item], error, stop=not self._set_aside)
                continue
            if chunk and size + 1 + item.body.size > self._room:
                self._waiting = item
                break
            chunk.append(item)
            size += item.body.size + (len(chunk) > 1)
        return chunk

    async def _pull(self) -> _Item[S] | None:
        if self._waiting:
            item, self._waiting = self._waiting, None
            return item
        try:
            entry: S = await anext(self._source) if self._streams else next(self._source)
        except (StopIteration, StopAsyncIteration):
            return None
        except Exception as error:  # noqa: BLE001  # What was booked before must not be forgotten for it.
            self._broken, self._stopped = error, True
            return None
        self._position += 1
        return _Item(self._position - 1, entry)

    def _written(self, item: _Item[S]) -> Body:
        body = self._write(item.entry, item.position)
        if body.size > self._room:
            words = f"entry {item.position} alone has {body.size:,} bytes, files as base64 included, and"
            words += f" {self._room:,} fit into a request. It was not sent. Send fewer or smaller files with it."
            raise errors.BodyTooLargeError(words)
        return body

    async def _send(self, chunk: list[_Item[S]]) -> None:
        """Post one batch; a batch is one transaction, so that whatever refuses it booked nothing of it."""
        report = self._report
        while chunk:
            report.requests += 1
            try:
                results = await self._post([item.body for item in chunk if item.body])
            except errors.LedgerBeeError as error:
                own = error.operation == self._operation  # And not the token endpoint's, before anything was sent.
                if own and isinstance(error, (errors.OutcomeUnknownError, errors.UnreadableAnswerError)):
                    return self._keep(report.unknown, chunk, error, stop=True)
                if not (own and isinstance(error, errors.APIError) and error.status in REFUSES_ENTRIES):
                    # The credential, the licence, the connection: no entry's fault, and no batch would fare better.
                    return self._keep(report.not_sent, chunk, error, stop=True)
                named = culprits(error, self._field, len(chunk)) or list(range(len(chunk)))
                self._keep(report.refused, [chunk[n] for n in named], error, stop=not self._set_aside)
                chunk = [item for n, item in enumerate(chunk) if n not in named]
                if self._stopped:
                    return self._keep(report.not_sent, chunk)
            else:
                both = zip(chunk, results, strict=True)
                report.booked += [Booked(position=one.position, entry=one.entry, result=result) for one, result in both]
                return None
        return None

    def _keep(
        self, fate: list[Unbooked[S]], items: list[_Item[S]], error: Error | None = None, *, stop: bool = False
    ) -> None:
        fate += [Unbooked(position=item.position, entry=item.entry, error=error) for item in items]
        self._stopped = self._stopped or stop
        self._report.error = self._report.error or (error if stop else None)
