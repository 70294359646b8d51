"""The sandbox on a loopback socket: it binds first, then starts, then knows its URL."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledgerbee_sandbox.responses import ConnectionCutError, json_response
from ledgerbee_sandbox.serving.origin_check import is_loopback, wrong_page


def bind(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A listening socket; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, since asyncio sets TCP_NODELAY only where it is; without it every answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(1024)
    return listener


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


_LAST_SECONDS = 0.5


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the signals to the process that the sandbox runs in."""
        yield


class LoopbackServer:
    """uvicorn around an application, with connections that can be cut."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        self._listener = listener
        config = uvicorn.Config(
            _CutConnections(_OriginCheck(app, listener), self),
            http="auto",  # httptools, which comes with the extra; it parses in a third of the time that h11 takes.
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # Else X-Forwarded-For would pass for the caller's address.
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self.url = url_of(listener)
        self.running: set[asyncio.Task[Any]] = set()

    async def serve(self) -> None:
        """Serve until `stop()`; signals are the caller's."""
        await self._server.serve([self._listener])

    @property
    def is_stopping(self) -> bool:
        return self._server.should_exit

    def stop(self) -> None:
        """Take no more requests; those that still run after a moment are ended, and their connections closed."""
        self._server.should_exit = True
        asyncio.get_running_loop().call_later(_LAST_SECONDS, self._end_running)

    def _end_running(self) -> None:
        for task in self.running:
            task.cancel()

    def connection(self, scope: Scope) -> Any:
        """The transport of the connection that a request came in on."""
        protocols = self._server.server_state.connections
        return next((p.transport for p in protocols if getattr(p, "client", None) == scope.get("client")), None)


class _OriginCheck:
    """Refuses what a browser sends for another site's page."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        self._app = app
        self._is_local = is_loopback(listener.getsockname()[0])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wrong = wrong_page(scope, is_local=self._is_local)
        answer = json_response(403, {"error": wrong}) if wrong else self._app
        await answer(scope, receive, send)


class _CutConnections:
    """Closes the connection of a request that ends in ConnectionCutError, or that still runs while the server stops."""

    def __init__(self, app: ASGIApp, server: LoopbackServer) -> None:
        self._app = app
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._server.running.add(task)
        try:
            await self._app(scope, receive, send)
        except ConnectionCutError as cut:
            transport = self._server.connection(scope)
            if cut.sent is not None:
                start: Message = {
                    "type": "http.response.start",
                    "status": cut.sent.status_code,
                    "headers": cut.sent.raw_headers,
                }
                await send(start)
                await send({"type": "http.response.body", "body": cut.body, "more_body": True})
            await _closed(transport, receive)
        except asyncio.CancelledError:
            if not self._server.is_stopping:
                raise
            task.uncancel()
            await _closed(self._server.connection(scope), receive)
        finally:
            self._server.running.discard(task)


async def _closed(transport: Any, receive: Receive) -> None:
    """Close the connection and read until it is gone, lest uvicorn answers 500 on it."""
    if transport is not None:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
