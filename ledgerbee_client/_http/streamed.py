"""An answer that httpx or httpcore streams."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress

import anyio

from .interface import ResponseStream
from .messages import Failure, RequestBody

_LEFT_OVER, _LEFT_OVER_SECONDS = 100, 0.5


class StreamedResponse(ResponseStream):
    """
    An answer whose body is still on the wire.

    Args:
        stream: Its body, straight from the connection: not through httpx, which decompresses whatever comes.
        lost: Makes a failure of an error while it is read.
        leave: Closes it; told if it was read to its end.
    """

    def __init__(
        self,
        status: int,
        headers: Iterable[tuple[str, str]],
        stream: AsyncIterable[bytes],
        lost: Callable[[Exception], Failure],
        leave: Callable[[bool], Awaitable[None]],
    ) -> None:
        super().__init__(status, headers)
        self._stream, self._lost, self._leave = stream, lost, leave
        self._chunks: AsyncIterator[bytes] | None = None

    async def _receive(self) -> bytes | Failure:
        try:
            self._chunks = self._chunks or aiter(self._stream)
            async for chunk in self._chunks:
                if chunk:
                    return chunk
        except Exception as error:  # noqa: BLE001  # ssl, aiohttp and closed loops have errors of their own.
            # Its headers are here, so that the request has left, whatever a transport calls its failure.
            failure = self._lost(error)
        else:
            return b""
        return failure

    async def close(self) -> None:
        """Give the connection back, or drop it where the body was not read to its end."""
        # What was read of an answer counts, whatever its transport then says of the end.
        if self.is_whole:
            with suppress(Exception):
                await self._leave(True)
            return
        # trio warns of async generators that are not run to their end, as httpcore's here. It ends soon, since the
        # connection is closed, and also where the caller is cancelled.
        with anyio.move_on_after(_LEFT_OVER_SECONDS, shield=True):
            with suppress(Exception):
                await self._leave(False)
            for _ in range(_LEFT_OVER if self._chunks else 0):
                if not isinstance(chunk := await self._receive(), bytes) or not chunk:
                    break
            if close := getattr(self._chunks, "aclose", None):
                with suppress(Exception):
                    await close()


class BodyChunks:
    """The body of a request, as httpx and httpcore take it."""

    # Not an async generator: where a request breaks off it would not be run to its end, and trio warns of that.
    def __init__(self, body: RequestBody) -> None:
        self._chunks = body.chunks()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        raise StopAsyncIteration


def content_headers(method: str, body: RequestBody | None) -> dict[str, str]:
    """Return the headers that tell of a body, and of its absence where there could be one."""
    found = {"content-type": body.content_type} if body else {}
    if body or method in {"POST", "PUT", "PATCH"}:
        found["content-length"] = str(body.size if body else 0)
    return found
