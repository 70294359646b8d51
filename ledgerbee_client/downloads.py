"""PDF files: streamed, checked to be one, capped, and saved whole or not at all. Knows no HTTP: opening is an argument."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, Self

import anyio

from .errors import ConnectionFailedError, DeadlineError, DownloadError, NoAnswerError

if TYPE_CHECKING:
    from .clock import Deadline

MAX_BYTES = 100_000_000
MAGIC = b"%PDF-"
TRIES = 3


class Stream(Protocol):
    """An answer whose body is still on the wire."""

    headers: Mapping[str, str]

    async def next(self) -> Any:
        """Return the next bytes, empty at the end, or something with `words` where it broke."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


class Download:
    """
    A file that is fetched when it is asked for: `.save(path)`, `.read()`, or chunk by chunk.

        async with bee.invoices.pdf(invoice_id) as pdf:
            async for chunk in pdf: ...

    Attributes:
        max_bytes: Bytes after which it is refused; set it to allow more, or less.
    """

    def __init__(
        self,
        open_: Callable[[float], Awaitable[Stream]],
        deadline: Callable[[], Deadline],
        facts: Mapping[str, Any],
        *,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._open, self._deadline, self._facts, self.max_bytes = open_, deadline, facts, max_bytes
        self._chunks: list[_Chunks] = []

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Stream the file; one that is left early should be in an `async with`, which gives the connection back."""
        self._chunks.append(self._stream())
        return self._chunks[-1]

    async def __aenter__(self) -> Self:
        """Stream within a block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let go of what was not read to its end."""
        while self._chunks:
            await self._chunks.pop().aclose()

    async def read(self, *, on_progress: Callable[[int, int | None], None] | None = None) -> bytes:
        """
        Return the whole file.

        Args:
            on_progress: Called with the bytes so far, and the bytes in all where the API says so.

        Raises:
            DownloadError: not a PDF, or over 100 MB.
        """
        content = bytearray()

        async def keep(chunk: bytes) -> None:
            content.extend(chunk)

        await self._pour(keep, content.clear, on_progress)
        return bytes(content)

    async def save(
        self, path: str | os.PathLike[str], *, on_progress: Callable[[int, int | None], None] | None = None
    ) -> Path:
        """
        Save the file: written beside its place and renamed, so that no half file is ever found there.

        Args:
            path: Where it goes; an older file is replaced.
            on_progress: Called with the bytes so far, and the bytes in all where the API says so.

        Raises:
            DownloadError: not a PDF, over 100 MB, or the place cannot be written.
        """
        target = Path(path)
        beside = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
        run = anyio.to_thread.run_sync
        try:
            file: BinaryIO = await run(lambda: beside.open("xb"))
            try:
                await self._pour(
                    lambda chunk: run(file.write, chunk), lambda: (file.seek(0), file.truncate()), on_progress
                )
                await run(_flush, file)
            finally:
                file.close()
            await run(os.replace, beside, target)
        except OSError as error:
            if isinstance(error, NoAnswerError):
                raise
            raise DownloadError(
                f"{target} cannot be written: {error.strerror or type(error).__name__}.", **self._facts
            ) from None
        finally:
            beside.unlink(missing_ok=True)
        return target

    def _stream(self, deadline: Deadline | None = None) -> _Chunks:
        return _Chunks(self._open, deadline or self._deadline(), self._facts, self.max_bytes)

    async def _pour(
        self,
        write: Callable[[bytes], Awaitable[Any]],
        rewind: Callable[[], object],
        on_progress: Callable[[int, int | None], None] | None,
    ) -> None:
        deadline = self._deadline()
        for tries in range(1, TRIES + 1):
            chunks = self._stream(deadline)
            try:
                async for chunk in chunks:
                    await write(chunk)
                    if on_progress is not None:
                        on_progress(chunks.size, chunks.total)
            except ConnectionFailedError:
                # A file that broke off is begun again; a read is harmless to repeat.
                if tries == TRIES or not chunks.size or not deadline.remaining:
                    raise
                rewind()
            else:
                return
            finally:
                await chunks.aclose()


class _Chunks:
    """The bytes of one try, checked as they come."""

    def __init__(
        self, open_: Callable[[float], Awaitable[Stream]], deadline: Deadline, facts: Mapping[str, Any], max_bytes: int
    ) -> None:
        self._open, self._deadline, self._facts, self._max_bytes = open_, deadline, facts, max_bytes
        self._source: Stream | None = None
        self._over = False
        self.size = 0
        self.total: int | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._over:
            raise StopAsyncIteration
        chunk = await self._next()
        while not self.size and chunk and len(chunk) < len(MAGIC) and (more := await self._next()):
            chunk += more
        if not self.size and not chunk.startswith(MAGIC):
            chunk = b""  # It may echo a credential, and tools show the local variables of a traceback.
            await self.aclose()
            raise DownloadError(
                f"{self._where}: a PDF was expected, and what came does not begin with {MAGIC.decode()}.", **self._facts
            )
        self.size += len(chunk)
        if self.size > self._max_bytes:
            await self.aclose()
            raise DownloadError(f"{self._where}: the file grew over {self._max_bytes:,} bytes.", **self._facts)
        if not chunk:
            await self.aclose()
            raise StopAsyncIteration
        return chunk

    async def _next(self) -> bytes:
        if self._source is None:
            self._source = await self._open(max(self._deadline.remaining, 0.001))
            length = self._source.headers.get("content-length", "")
            encoded = self._source.headers.get("content-encoding", "identity") != "identity"
            self.total = int(length) if length.isascii() and length.isdigit() and not encoded else None
        chunk: Any = None
        with anyio.move_on_after(self._deadline.remaining):
            chunk = await self._source.next()
        if isinstance(chunk, bytes):
            return chunk
        await self.aclose()
        if chunk is None:
            raise DeadlineError(
                f"{self._where}: the file was not whole within {self._deadline.seconds:.1f} s.", **self._facts
            )
        raise ConnectionFailedError(f"{self._where}: {chunk.words}.", **self._facts)

    async def aclose(self) -> None:
        self._over = True
        if self._source is not None:
            await self._source.close()

    @property
    def _where(self) -> str:
        return f"{self._facts['method']} {self._facts['path']}"


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
