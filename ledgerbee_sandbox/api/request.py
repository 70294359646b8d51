"""One HTTP request: its head read once, its body when it is needed."""

from __future__ import annotations

from functools import cached_property
from urllib.parse import parse_qsl, urlencode

from starlette.types import Receive, Scope

from ledgerbee_sandbox.responses import ConnectionCutError
from ledgerbee_sandbox.rules.call import Refusal

MAX_BODY_BYTES = 15 * 1024 * 1024
_KEY = "x-api-key"


class ApiRequest:
    """
    A request to the API.

    Attributes:
        method: The HTTP method.
        path: The path below `/api`, percent-encoded as it came.
        headers: By lower-case name; of a header that comes twice the first counts.
        address: Where it came from; empty where that is not known.
        key: The API key, from the header or from the discouraged query parameter.
        token: The bearer token.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        self.path = raw_path.partition(b"?")[0].decode("latin-1").removeprefix("/api")
        self.headers: dict[str, str] = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])
        }
        self.address: str = scope["client"][0] if scope.get("client") else ""
        self._query: str = scope["query_string"].decode("latin-1")
        self._receive = receive
        self._body: bytes | None = None
        self.key = self.headers.get(_KEY) or next((value for name, value in self.query if name == _KEY), None)
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        self.token = token.strip() if scheme.lower() == "bearer" else None

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """The names and values of the query, in their order."""
        return parse_qsl(self._query, keep_blank_values=True) if self._query else []

    @property
    def query_without_key(self) -> str:
        """The query as it was sent, but for a key in it."""
        if all(name != _KEY for name, _ in self.query):
            return self._query
        return urlencode([(name, value) for name, value in self.query if name != _KEY])

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters; empty where there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    async def body(self) -> bytes:
        """
        The whole body. One that is too large is read to its end all the same, so that the caller sees the refusal.

        Raises:
            Refusal: 413, it is larger than 15 MB.
            ConnectionCutError: the caller left before the body was complete.
        """
        if self._body is None:
            self._body = await self._read()
        return self._body

    async def _read(self) -> bytes:
        chunks: list[bytes] = []
        size, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ConnectionCutError
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            chunks.append(chunk)
            if size > MAX_BODY_BYTES:
                chunks.clear()
            more = message.get("more_body", False)
        if size > MAX_BODY_BYTES:
            raise Refusal(413, "request entity too large")
        return b"".join(chunks)
