"""The in-process way in: an httpx transport that calls the application, without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from starlette.types import ASGIApp

from ledgerbee_sandbox.responses import ConnectionCutError


class InProcessTransport(httpx.AsyncBaseTransport):
    """
    Gives requests to the sandbox directly.

    Where a fault cuts the wire, the transport error that a socket would give is raised, never a whole response.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app=app, client=("127.0.0.1", 50000))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._inner.handle_async_request(request)
        except ConnectionCutError as cut:
            if cut.sent is None:
                raise httpx.RemoteProtocolError(
                    "Server disconnected without sending a response.", request=request
                ) from None
            return httpx.Response(cut.sent.status_code, headers=cut.sent.raw_headers, stream=_CutStream(cut.body))


class _CutStream(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body
        raise httpx.RemoteProtocolError(
            "peer closed connection without sending complete message body (incomplete read)"
        )
