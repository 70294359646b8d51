"""One connection of HTTP/1.1: a request out, an answer back, and then the next, if nothing is left of the last."""

from __future__ import annotations

from collections.abc import Iterator

import h11

from .interface import JOINED_BYTES, SendTrace, may_be_unread
from .messages import RequestBody
from .sockets import Stream

_MAX_HEAD_BYTES = 102_400
_SWITCHING = 101


class Connection:
    """A stream that speaks HTTP/1.1."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
        self._ended = self._may_be_unread = False

    async def exchange(self, request: h11.Request, body: RequestBody | None, trace: SendTrace) -> h11.Response:
        """Send a request; return the answer's head when it is there."""
        self._ended = False
        for piece in self._written(request, body):
            trace.started = True
            try:
                await self._stream.send(piece)
            except OSError:
                # Servers refuse what they have not read to its end, and hang up; what they said can still be read.
                break
        while type(event := await self._next()) is h11.InformationalResponse and event.status_code != _SWITCHING:
            pass
        if type(event) is not h11.Response:
            raise h11.RemoteProtocolError("no answer of HTTP/1.1")
        self._may_be_unread = may_be_unread(body, event.status_code)
        return event

    async def receive(self) -> bytes:
        """Return the next bytes of the answer's body; empty at the end."""
        while not self._ended:
            event = await self._next()
            if type(event) is not h11.Data:
                self._ended = True
            elif event.data:
                return bytes(event.data)
        return b""

    def is_ready(self) -> bool:
        """True if another request can follow: both sides are done, and HTTP holds nothing beyond the answer."""
        http = self._http
        done = http.our_state is http.their_state is h11.DONE and not self._may_be_unread
        if done and http.trailing_data == (b"", False):
            http.start_next_cycle()
            return True
        return False

    def is_clean(self) -> bool:
        """
        True if an idle connection is open, and no byte came since its last answer.

        What a server sends beyond an answer must not become the answer to the next request. It can be nowhere else but
        in TLS or in the socket, where this looks, or in HTTP, where `is_ready()` has looked. What this reads is lost:
        close the connection then.
        """
        try:
            return self._stream.received() is None
        except OSError:
            return False

    def close(self) -> None:
        """Close it; whoever waits for an answer is told so."""
        self._stream.close()

    def _written(self, request: h11.Request, body: RequestBody | None) -> Iterator[bytes]:
        # A body is asked for when the connection is there, so that it may refuse at the last moment; a small one then
        # leaves in one piece with its headers.
        http = self._http
        held = http.send(request)
        for chunk in body.chunks() if body else ():
            data = http.send(h11.Data(data=chunk))
            if len(held) + len(data) > JOINED_BYTES:
                yield held
                held = data
            else:
                held += data
        yield held + http.send(h11.EndOfMessage())

    async def _next(self) -> object:
        http = self._http
        while (event := http.next_event()) is h11.NEED_DATA:
            http.receive_data(await self._stream.receive())
        return event
