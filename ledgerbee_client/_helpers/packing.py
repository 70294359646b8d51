"""
Entries packed into the bodies of batches, by count and by bytes, for everything that sends many.

    async for batch in Packer(entries, codec, field="entries", maximum=100):
        ... batch.positions, batch.entries, batch.body, batch.refused

A batch of plain models is written at once; one by one only where something in it is not plain, or where it is over
size. Between two batches other tasks have their turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from anyio.lowlevel import checkpoint
from attrs import define, frozen

from .._base.shapes import is_object
from .._models.codecs import Codec, refused
from ..errors import BodyTooLargeError, InvalidValueError, RequestRefusedError
from .batch_report import Booked, Unconfirmed
from .bodies import MAX_BODY_BYTES, Body, batch_body, joined, json_body, values_body

S = TypeVar("S")
T = TypeVar("T")
AT_A_TIME = 25
"""Entries that are written one by one before other tasks have their turn."""


@frozen
class Unsendable(Generic[S]):
    """An entry that cannot be sent at all, its position, and why."""

    position: int
    entry: S
    error: RequestRefusedError


@define(kw_only=True)
class Packed(Generic[S]):
    """
    What goes in one request.

    Attributes:
        positions: Where each entry stood in what was given, from 0.
        entries: The caller's own objects, none where the last ones were all refused.
        body: The entries, written.
        refused: Entries that were left out, because they cannot be sent at all.
    """

    positions: list[int]
    entries: list[S]
    body: Body
    refused: list[Unsendable[S]]


@frozen
class _Piece(Generic[S]):
    """Entries that were written together: all that were taken, or one."""

    position: int
    entries: Sequence[S]
    body: Body


class Packer(Generic[S]):
    """
    An async iterator of `Packed`: as many entries to each as fit.

    Memory holds one batch of entries, and where they carry files no more of those than fit into a body.

    Attributes:
        position: Entries taken so far.
        broken: What the entries raised instead of ending. The batch given then holds those that came before; the next
            step raises it.
    """

    def __init__(
        self,
        entries: Iterable[S] | AsyncIterable[S],
        codec: Codec[Any],
        *,
        field: str,
        maximum: int,
        first: int = 0,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        """
        Args:
            entries: Any number.
            codec: Writes one entry.
            field: Name of the list in the body.
            maximum: Entries in one body.
            first: Position of the first one.
            facts: What errors say of the call: operation, method and path.

        Raises:
            InvalidValueError: this is no iterable of entries.
        """
        if isinstance(entries, str | bytes) or is_object(entries) or not isinstance(entries, Iterable | AsyncIterable):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise refused("entries", "an iterable of entries", entries)
        self._source = aiter(entries) if isinstance(entries, AsyncIterable) else iter(entries)
        self._codec, self._field, self._maximum, self._facts = codec, field, maximum, facts or {}
        self._room = MAX_BODY_BYTES - 1 - joined(field, ()).size
        self._waiting: deque[_Piece[S]] = deque()
        self._refused: list[Unsendable[S]] = []
        self._held: list[S] = []
        self.position: int = first
        self.broken: Exception | None = None

    def __aiter__(self) -> Packer[S]:
        return self

    async def __anext__(self) -> Packed[S]:
        """Return the next batch."""
        await checkpoint()
        pieces, count, size = list[_Piece[S]](), 0, 0
        while count < self._maximum and (piece := await self._piece(self._maximum - count)):
            if size + bool(pieces) + piece.body.size > self._room:
                if len(piece.entries) == 1:
                    self._waiting.appendleft(piece)
                    break
                await self._write_each(piece.position, piece.entries)
                continue
            size += bool(pieces) + piece.body.size
            count += len(piece.entries)
            pieces.append(piece)
        if not pieces and not self._refused:
            raise self.broken or StopAsyncIteration
        refused, self._refused = self._refused, []
        return Packed(
            positions=[n for piece in pieces for n in range(piece.position, piece.position + len(piece.entries))],
            entries=[entry for piece in pieces for entry in piece.entries],
            body=joined(self._field, [piece.body for piece in pieces]),
            refused=refused,
        )

    async def rest(self) -> AsyncIterator[tuple[int, S]]:
        """
        Yield what was not given yet, each with its position.

        An iterable is read to its end. An async one may have none, and keeps what was not taken from it.
        """
        while self._waiting:
            piece = self._waiting.popleft()
            yield piece.position, piece.entries[0]
        if isinstance(self._source, AsyncIterator):
            self._source = iter(())
        while taken := await self._take(1000):
            for number, entry in enumerate(taken, self.position - len(taken)):
                yield number, entry
            await checkpoint()

    async def _piece(self, most: int) -> _Piece[S] | None:
        while not self._waiting:
            if not (taken := await self._take(most)):
                return None
            position = self.position - len(taken)
            if len(taken) > 1 and (body := values_body(self._codec, taken)):
                return _Piece(position, taken, body)
            await self._write_each(position, taken)
        return self._waiting.popleft()

    async def _take(self, most: int) -> list[S]:
        """Take entries; one that carries files by itself, so that no more files are held than fit into a body."""
        taken, self._held = self._held, []
        if not taken and self.broken is None:
            try:
                if isinstance(self._source, AsyncIterator):
                    async for entry in self._source:
                        if self._is_last(entry, taken, most):
                            break
                else:
                    for entry in self._source:
                        if self._is_last(entry, taken, most):
                            break
            except Exception as error:  # noqa: BLE001  # What was taken before must not be forgotten for it.
                self.broken = error
        self.position += len(taken)
        return taken

    def _is_last(self, entry: S, taken: list[S], most: int) -> bool:
        files = _has_files(entry)
        (self._held if files and taken else taken).append(entry)
        return files or len(taken) == most

    async def _write_each(self, position: int, entries: Sequence[S]) -> None:
        for number, entry in enumerate(entries, position):
            if number % AT_A_TIME == 0:
                await checkpoint()
            try:
                self._waiting.append(_Piece(number, [entry], self._written(entry, number)))
            except RequestRefusedError as error:
                error.__dict__.update(self._facts)
                self._refused.append(Unsendable(number, entry, error))

    def _written(self, entry: S, position: int) -> Body:
        if isinstance(entry, Booked | Unconfirmed):
            got = "an item of a report (give its .entry; .resendable() of the report gives what may be sent again)"
            raise InvalidValueError(f"{self._field}.{position}", "an entry", got)
        body = json_body(self._codec, entry, f"{self._field}.{position}")
        if body.size > self._room:
            words = f"entry {position} alone has {body.size:,} bytes, files as base64 included, and"
            words += f" {self._room:,} fit into a request. It was not sent. Send fewer or smaller files with it."
            raise BodyTooLargeError(words)
        return body


def _has_files(entry: object) -> bool:
    try:
        files = getattr(entry, "attachments", entry)
        if files is entry:  # A mapping, or no entry at all.
            files = is_object(entry) and entry.get("attachments")
        return bool(files)
    except Exception:  # noqa: BLE001  # It cannot be written either, and is refused there, by its position.
        return False


@frozen(kw_only=True)
class Batching(Generic[S, T]):
    """
    How the entries of one operation are packed and posted.

    Attributes:
        name: `resource.method` of the operation.
        post: Sends the body of so many entries and returns one result for each, or raises.
    """

    name: str
    codec: Codec[Any]
    field: str
    maximum: int
    facts: Mapping[str, str]
    post: Callable[[Body, int], Awaitable[list[T]]]

    def packer(self, entries: Iterable[S] | AsyncIterable[S], first: int = 0) -> Packer[S]:
        """Pack entries, of which the first has this position."""
        return Packer(entries, self.codec, field=self.field, maximum=self.maximum, first=first, facts=self.facts)

    def body(self, entries: Sequence[S]) -> Body:
        """Write some entries of a batch for a request of their own."""
        try:
            return batch_body(self.codec, entries, self.field)
        except RequestRefusedError as error:
            error.__dict__.update(self.facts)
            raise
