"""
The one door through which generated code reaches the runtime; its callers know operations and codecs, and no HTTP.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from .answers import Answer, json_of, read, unreadable
from .encoding import headers_of, path_of, query_of
from .errors import RequestRefusedError, UnreadableAnswerError
from .operations import Operation
from .pagination import Page, Pages, from_one, page_of, rows_of
from .sending import Call, Sender
from .shapes import listing, object_of
from .types import UNSET
from .wire import ANY, Codec

if TYPE_CHECKING:
    from .batches import BatchProgress, BatchReport
    from .bodies import Body
    from .downloads import Download

# What not every program does is imported where it is done: a program that only reads starts a fifth faster.
R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")
Values = Mapping[str, object] | None
Texts = Mapping[str, str] | None


def _fresh_key() -> str:
    import uuid

    return str(uuid.uuid4())


class Calls:
    """Encodes, sends and decodes, one method per kind of call."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender

    async def one(
        self, operation: Operation, answer: Codec[T], *, path: tuple[str, ...] = (), query: Values = None,
        headers: Values = None, body: object = UNSET, body_codec: Codec[Any] | None = None,
        idempotency_key: str | None = None, timeout: float | None = None, extra_headers: Texts = None,  # noqa: ASYNC109
    ) -> T:  # fmt: skip
        """Send one request and return what came of it, or raise."""
        written = None
        if body is not None and body is not UNSET:
            from .bodies import check_size, json_body

            advice = "Send fewer or smaller files."
            written = self._checked(operation, lambda: check_size(json_body(body_codec or ANY, body, ""), advice))
        key = idempotency_key or (_fresh_key() if operation.idempotency_header else None)
        call = self._call(operation, path, query, headers, extra_headers, written, key)
        return self._decode(answer, await self.sender.send(call, timeout), call)

    def pages(
        self, operation: Operation, item: Codec[T], *, path: tuple[str, ...] = (), query: Values = None,
        headers: Values = None, limit: int | None = None, timeout: float | None = None, extra_headers: Texts = None,
    ) -> Pages[T]:  # fmt: skip
        """Return a lazy list; nothing is sent until it is walked, but what cannot be sent is refused now."""
        limit = self._checked(operation, lambda: from_one(100 if limit is None else limit, "query.limit", 100))
        build = partial(self._call, operation, path, headers=headers, extra=extra_headers)
        build(query=query)

        async def fetch(number: int) -> Callable[[], Page[T]]:
            call = build(query={**(query or {}), "page": number, "limit": limit} if operation.paged else query)
            return partial(page, number, call, await self.sender.send(call, timeout))

        def page(number: int, call: Call, answer: Answer) -> Page[T]:
            from .readers import read_page

            if fast := answer.is_json and read_page(item, answer.body):
                value, name, items = fast
                return page_of(value, name, items, items, number, limit if operation.paged else None)
            value = self._json(item, answer, call)
            found = rows_of(value)
            if found is None:
                raise unreadable("there is no list in it", answer, call.facts)
            name, rows = found
            where = f"{name}." if name else ""
            items = [read(item, row, f"{where}{index}", answer, call.facts) for index, row in enumerate(rows)]
            return page_of(value, name, rows, items, number, limit if operation.paged else None)

        return Pages(fetch, operation.name)

    def download(
        self, operation: Operation, *, path: tuple[str, ...] = (), query: Values = None, headers: Values = None,
        timeout: float | None = None, extra_headers: Texts = None,
    ) -> Download:  # fmt: skip
        """Return a file that is fetched when it is read or saved."""
        from .downloads import Download

        call = self._call(operation, path, query, {"accept": "application/pdf", **(headers or {})}, extra_headers)
        return Download(
            lambda left: self.sender.send(call, left, stream=True), lambda: self.sender.deadline(timeout), call.facts
        )

    async def batch(
        self, operation: Operation, answer: Codec[T], entries: Sequence[object], *, field: str, entry_codec: Codec[Any],
        minimum: int, maximum: int, timeout: float | None = None, extra_headers: Texts = None,  # noqa: ASYNC109
    ) -> T:  # fmt: skip
        """Send entries as one transaction."""
        from .batches import check_count
        from .bodies import batch_body, check_size

        check_count(entries, minimum, maximum, operation.name)

        def write() -> Body:
            return check_size(batch_body(entry_codec, entries, field), "Use create_many(), which packs by size.")

        call = self._call(operation, (), extra=extra_headers, body=self._checked(operation, write))
        return self._decode(answer, await self.sender.send(call, timeout), call)

    async def batch_many(
        self, operation: Operation, entries: Iterable[S] | AsyncIterable[S], *, field: str, answers: str,
        entry_codec: Codec[Any], booked: Codec[T], maximum: int, concurrency: int = 1,
        refused: Literal["stop", "set_aside"] = "stop", on_progress: Callable[[BatchProgress], None] | None = None,
        timeout: float | None = None, extra_headers: Texts = None,  # noqa: ASYNC109
    ) -> BatchReport[S, T]:  # fmt: skip
        """Send any number of entries, packed into batches, and tell everybody's fate."""

        from .batches import Run
        from .bodies import joined, json_body
        from .readers import read_page

        async def post(bodies: Sequence[Body]) -> list[T]:
            call = self._call(operation, (), extra=extra_headers, body=joined(field, bodies))
            answer = await self.sender.send(call, timeout)
            fast = answer.is_json and read_page(booked, answer.body)
            if fast and fast[1] == answers and len(fast[2]) == len(bodies):
                return fast[2]
            value = self._json(ANY, answer, call)
            items = listing(object_of(value), answers)
            if len(items) != len(bodies):
                raise unreadable(f"{answers} has not one answer per entry", answer, call.facts, accepted=True)
            return [read(booked, item, f"{answers}.{number}", answer, call.facts) for number, item in enumerate(items)]

        def write(entry: S, position: int) -> Body:
            return self._checked(operation, lambda: json_body(entry_codec, entry, f"{field}.{position}"))

        run: Run[S, T] = Run(
            post, write, field=field, maximum=maximum, set_aside=refused == "set_aside", on_progress=on_progress,
            operation=operation.name,
        )  # fmt: skip
        return await run.over(entries, from_one(concurrency, "concurrency"))

    def _call(  # noqa: PLR0917
        self, operation: Operation, path: tuple[str, ...], query: Values = None, headers: Values = None,
        extra: Texts = None, body: Body | None = None, key: str | None = None,
    ) -> Call:  # fmt: skip
        def build() -> Call:
            own = {operation.idempotency_header: key} if operation.idempotency_header else {}
            written = query_of(operation, query)
            return Call(
                operation=operation, path=path_of(operation, path), query=f"?{written}" if written else "",
                headers=dict(headers_of({**(headers or {}), **own}, extra)), body=body, idempotency_key=key,
            )  # fmt: skip

        return self._checked(operation, build)

    def _checked(self, operation: Operation, write: Callable[[], R]) -> R:
        try:
            return write()
        except RequestRefusedError as error:
            error.operation, error.method, error.path = operation.name, operation.method, operation.path
            raise

    def _json(self, codec: Codec[Any], answer: Answer, call: Call) -> Any:
        try:
            return json_of(codec, answer, call.facts)
        except UnreadableAnswerError as error:
            # HTML with status 200 is some proxy's word, not the API's: nobody knows whether the write got through.
            if call.operation.repeatable:
                raise
            failure = error
        raise self.sender.unknown(call, failure, self.sender.line.clock.now())

    def _decode(self, codec: Codec[T], answer: Answer, call: Call) -> T:
        from .readers import read_one

        fast: Any = answer.is_json and read_one(codec, answer.body)
        return fast or read(codec, self._json(codec, answer, call), "", answer, call.facts)
