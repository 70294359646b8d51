"""
Files: streamed, a PDF checked to be one, capped, and saved whole or not at all. Knows no HTTP: opening is an argument.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Self

import anyio

from .._base.callbacks import notify
from .._base.clock import Deadline, seconds_text
from .._http.messages import Answer, Facts, Failure
from .._http.tracebacks import FramesDropped
from ..errors import ConnectionFailedError, DeadlineError, DownloadError, LedgerBeeError
from .arguments import refuse_async
from .misuse import refusal
from .part_files import PartFile

MAX_BYTES = 100_000_000
MAGIC = b"%PDF-"
TRIES = 3
Open = Callable[[float], Awaitable[Answer]]
Progress = Callable[[int, int | None], None] | None


class Download:
    """
    A file that is fetched when it is asked for: `.save(path)`, `.read()`, or chunk by chunk.

        async with bee.invoices.pdf(invoice_id) as pdf:
            async for chunk in pdf: ...

    Attributes:
        max_bytes: Bytes after which it is refused, 100 MB (100,000,000); set it to allow more, or less.
    """

    def __init__(
        self,
        open_: Open,
        deadline: Callable[[], Deadline],
        facts: Facts,
        *,
        media: str = "application/pdf",
        again: bool = True,
    ) -> None:
        """
        Args:
            open_: Sends the request, within so many seconds.
            deadline: Starts the time for the whole file.
            facts: Operation, method and path, for errors.
            media: The media type of the file; a PDF is checked to be one.
            again: True if the call may be repeated, so that a file that breaks off is begun again.
        """
        self._open, self._deadline, self._facts = open_, deadline, facts
        self._media, self._again = media, again
        self.max_bytes: int = MAX_BYTES
        self._chunks: list[_Chunks] = []

    def __repr__(self) -> str:
        """Show what it fetches, and how."""
        return f"<Download of {self._facts['method']} {self._facts['path']}: .save(path), .read(), async for>"

    if not TYPE_CHECKING:
        __await__ = __getitem__ = __bytes__ = __enter__ = __exit__ = refusal(
            "{0._facts[operation]} is a file that is fetched when it is used: write `await ....read()` for its bytes, "
            "`await ....save(path)`, or `async for chunk in ...`. Nothing was sent."
        )

    def __aiter__(self) -> AsyncIterator[bytes]:
        """
        Stream the file; one that is left early should be in an `async with`, which gives the connection back.

        A file that breaks off is an error here. Only `read()` and `save()` begin it again.
        """
        self._chunks.append(self._new_chunks(self._deadline()))
        return self._chunks[-1]

    async def __aenter__(self) -> Self:
        """Stream within a block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close what was not read to its end."""
        while self._chunks:
            await self._chunks.pop().aclose()

    async def read(self, *, on_progress: Progress = None) -> bytes:
        """
        Return the whole file.

        Args:
            on_progress: Called with the bytes so far, and the bytes in all where the API says so. One that raises is
                logged, and changes nothing else.

        Raises:
            DownloadError: no PDF where one is promised, compressed, or over `max_bytes`.
            ConnectionFailedError: broke off or came short, again and again.
            DeadlineError: not whole within the call's `timeout=`.
        """
        content = bytearray()

        async def keep(chunk: bytes) -> None:
            content.extend(chunk)

        try:
            with FramesDropped():
                await self._pour(keep, content.clear, on_progress)
            return bytes(content)
        finally:
            # A traceback would show it.
            content.clear()

    async def save(self, path: str | os.PathLike[str], *, on_progress: Progress = None) -> Path:
        """
        Save the file: written beside its place and renamed, so that no half file is ever found there.

        Args:
            path: Where it goes. An older file is replaced, and its mode kept; a link is followed.
            on_progress: Called with the bytes so far, and the bytes in all where the API says so. One that raises is
                logged, and changes nothing else.

        Raises:
            DownloadError: no PDF where one is promised, compressed, over `max_bytes`, or the place cannot be written.
            ConnectionFailedError: broke off or came short, again and again.
            DeadlineError: not whole within the call's `timeout=`.
        """
        try:
            part = PartFile(path)
        except ValueError as error:
            words = f"{error}."
        else:
            return await self._save(part, on_progress)
        raise DownloadError(words, **self._facts)

    async def _save(self, part: PartFile, on_progress: Progress) -> Path:
        run = anyio.to_thread.run_sync
        try:
            # Not in a thread: one that outlives a cancelled task would leave the file behind.
            with FramesDropped(), part.open() as file:
                await self._pour(lambda chunk: run(file.write, chunk), lambda: file.truncate(file.seek(0)), on_progress)
                await run(part.finish, file)
            part.take_place()
        except DeadlineError:  # A TimeoutError, and so an OSError too.
            raise
        except OSError as error:
            if isinstance(error.__context__, anyio.get_cancelled_exc_class()):
                raise error.__context__ from None  # Only closing failed, and the task was cancelled.
            words = f"{part.given} cannot be written: {error.strerror or type(error).__name__}."
            raise DownloadError(words, **self._facts) from None
        finally:
            part.remove()
        return part.given

    def _new_chunks(self, deadline: Deadline) -> _Chunks:
        return _Chunks(self._open, deadline, self._facts, self.max_bytes, self._media)

    async def _pour(
        self, write: Callable[[bytes], Awaitable[object]], rewind: Callable[[], object], on_progress: Progress
    ) -> None:
        refuse_async(on_progress, "on_progress")
        deadline = self._deadline()
        for tries in range(1, TRIES + 1):
            chunks = self._new_chunks(deadline)
            try:
                async for chunk in chunks:
                    await write(chunk)
                    if on_progress is not None:
                        notify(lambda seen: on_progress(seen.size, seen.total), chunks, self._facts["operation"])
            except ConnectionFailedError:
                # A file that broke off is begun again, where that is harmless.
                if tries == TRIES or not chunks.size or not deadline.remaining or not self._again:
                    raise
                rewind()
            else:
                return
            finally:
                await chunks.aclose()


class _Chunks(AsyncIterator[bytes]):
    """The bytes of one try, checked as they come."""

    def __init__(self, open_: Open, deadline: Deadline, facts: Facts, max_bytes: int, media: str) -> None:
        self._open, self._deadline, self._facts, self._max_bytes = open_, deadline, facts, max_bytes
        self._magic = MAGIC if media == "application/pdf" else b""
        self._media = media
        self._answer: Answer | None = None
        self._over = False
        self.size = 0
        self.total: int | None = None

    async def __anext__(self) -> bytes:
        with FramesDropped():
            return await self._checked()

    async def _checked(self) -> bytes:
        if self._over:
            raise StopAsyncIteration
        chunk = await self._next()
        while not self.size and chunk and len(chunk) < len(self._magic) and (more := await self._next()):
            chunk += more
        wrong = ""
        if not self.size and not chunk.startswith(self._magic):
            wrong = f"a PDF was expected, beginning with {MAGIC.decode()}"
        self.size += len(chunk)
        if self.size > self._max_bytes:
            wrong = f"the file grew over {self._max_bytes:,} bytes"
        if not (wrong or chunk) and self.total not in (None, self.size):
            await self.aclose()
            raise self._error(ConnectionFailedError, f"the file broke off after {self.size:,} of {self.total:,} bytes")
        if wrong or not chunk:
            await self.aclose()
            raise self._error(DownloadError, wrong) if wrong else StopAsyncIteration
        return chunk

    async def _next(self) -> bytes:
        if self._answer is None:
            self._answer = await self._open(max(self._deadline.remaining, 0.001))
            length = self._answer.headers.get("content-length", "")
            self.total = int(length) if length.isascii() and length.isdigit() else None
            kind = self._answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            # A page of some proxy, with status 200. A PDF is known by its first bytes.
            if kind == "text/html" and not self._magic and self._media != kind:
                await self.aclose()
                raise self._error(DownloadError, f"{self._media} was expected, and a web page came")
            if self._answer.headers.get("content-encoding", "").strip().lower() not in {"", "identity"}:
                await self.aclose()
                raise self._error(DownloadError, "the file came compressed, though it was asked for as it is")
        chunk: bytes | Failure = Failure(
            f"the file was not whole within {seconds_text(self._deadline.seconds)} s", late=True
        )
        with anyio.move_on_after(self._deadline.remaining):
            chunk = await self._answer.stream.next() if self._answer.stream else b""
        if isinstance(chunk, Failure):
            await self.aclose()
            raise self._error(DeadlineError if chunk.late else ConnectionFailedError, chunk.words)
        return chunk

    async def aclose(self) -> None:
        self._over = True
        if self._answer and self._answer.stream:
            await self._answer.stream.close()

    def _error(self, kind: type[LedgerBeeError], words: str) -> LedgerBeeError:
        return kind(f"{self._facts['method']} {self._facts['path']}: {words}.", **self._facts)
