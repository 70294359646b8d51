"""What generated code calls: one method per kind of call. Its callers know operations and codecs, and no HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

import anyio

from .._base.operations import Operation
from .._helpers.arguments import from_one
from .._helpers.page import Page, page_of
from .._helpers.pages import Pages
from .._http.messages import Answer
from .._models.answers import read_answer, read_list
from .._models.model import ANY, NOTHING, Codec, WireError
from .._sending.answers import unreadable, why_not_json
from .._sending.call import Call
from .._sending.failures import Doubt
from .._sending.sender import Sender
from ..errors import DeadlineError, InvalidValueError, RequestRefusedError
from ..types import UNSET
from .bounds import LIST_BYTES, MOST_ITEMS, MOST_VALUES, OBJECT_BYTES, has_more_values, is_slow_to_read, page_bytes
from .encoding import headers_of, path_of, query_of

if TYPE_CHECKING:
    from .._helpers.batch_report import BatchProgress, BatchReport
    from .._helpers.batches import Refused
    from .._helpers.bodies import Body
    from .._helpers.downloads import Download
    from .._helpers.packing import Batching

# What not every program does is imported where it is done: a program that only reads starts a fifth faster.
S = TypeVar("S")
T = TypeVar("T")
Values = Mapping[str, object] | None
_LEAST_SECONDS = 0.1
"""What an answer that came at the last moment has to be read."""


class CallOptions(TypedDict, total=False):
    """What every call may be given; None and UNSET are left out of a query and of headers."""

    path: tuple[str | int, ...]
    query: Values
    headers: Values
    timeout: float | None
    extra_headers: Mapping[str, str] | None


class CallWithBody(CallOptions, total=False):
    """What a call may be given that can have a body."""

    body: object
    body_codec: Codec[Any] | None
    body_optional: bool
    form: bool
    idempotency_key: str | None


class Calls:
    """Encodes, sends and decodes, one method per kind of call."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender

    def one(self, operation: Operation, answer: Codec[T], **given: Unpack[CallWithBody]) -> Coroutine[Any, Any, T]:
        """Return what sends one request and returns what came of it, or raises."""
        # No coroutine itself, so that nothing of `given` is held while ten thousand calls wait for a connection.
        return self._send(self._call_with_body(operation, given), given.get("timeout"), answer)

    async def text(self, operation: Operation, **given: Unpack[CallWithBody]) -> str:
        """Send one request and return its answer, which is no JSON, as it came."""
        call = self._call_with_body(operation, given, {"accept": "text/plain"})
        return (await self.sender.send(call, given.get("timeout"))).text

    def pages(
        self,
        operation: Operation,
        item: Codec[T],
        *,
        limit: int | None = None,
        most: int = 100,
        **options: Unpack[CallOptions],
    ) -> Pages[T]:
        """Return a lazy list; nothing is sent until it is walked, but what cannot be sent is refused now."""
        with _RefusalsOf(operation):
            limit = from_one(most if limit is None else limit, "limit", most)
            whole = self._call(operation, options)

        async def fetch(number: int, size: int | None) -> Callable[[], Awaitable[Page[T]]]:
            size = (size or limit) if operation.paged else None
            more = f"{'&' if whole.query else '?'}page={number - 1 + operation.first_page}&limit={size}" if size else ""
            most_bytes = page_bytes(size) if size else LIST_BYTES
            call = Call(operation, whole.path, whole.query + more, whole.headers, max_bytes=most_bytes)
            return partial(page, number, size, call, await self.sender.send(call, options.get("timeout")))

        async def page(number: int, size: int | None, call: Call, answer: Answer) -> Page[T]:
            read = partial(read_list, item, path=operation.name, most=MOST_ITEMS if size else None)
            return page_of(await self._read(call, answer, read), number, size, first=operation.first_page)

        return Pages(fetch, operation.name)

    def download(
        self, operation: Operation, *, media: str = "application/pdf", **given: Unpack[CallWithBody]
    ) -> Download:
        """Return a file of a media type that is fetched when it is read or saved."""
        from .._helpers.downloads import Download

        call = self._call_with_body(operation, given, {"accept": media, "accept-encoding": "identity"})
        deadline = partial(self.sender.deadline, given.get("timeout"))
        again = operation.repeatable
        return Download(
            lambda left: self.sender.send(call, left, stream=True), deadline, call.facts, media=media, again=again
        )

    async def batch(
        self,
        operation: Operation,
        answer: Codec[T],
        entries: Sequence[object],
        *,
        field: str,
        entry_codec: Codec[Any],
        minimum: int,
        maximum: int,
        **options: Unpack[CallOptions],
    ) -> T:
        """Send entries as one transaction."""
        from .._helpers.batches import check_count
        from .._helpers.bodies import batch_body, check_size

        check_count(entries, minimum, maximum, operation.name)
        with _RefusalsOf(operation):
            body = check_size(batch_body(entry_codec, entries, field), "Use create_many(), which packs by size.")
            call = self._call(operation, options, body)
        return await self._send(call, options.get("timeout"), answer)

    async def batch_many(
        self,
        operation: Operation,
        entries: Iterable[S] | AsyncIterable[S],
        *,
        field: str,
        answers: str,
        entry_codec: Codec[Any],
        booked: Codec[T],
        maximum: int,
        concurrency: int = 1,
        refused: Refused = "stop",
        on_progress: Callable[[BatchProgress], None] | None = None,
        **options: Unpack[CallOptions],
    ) -> BatchReport[S, T]:
        """Send any number of entries, packed into batches, and report what became of each."""
        from .._helpers.batches import Run

        if refused not in ("stop", "set_aside", "isolate"):
            raise InvalidValueError("refused", "'stop', 'set_aside' or 'isolate'", repr(refused))
        batching: Batching[S, T] = self.batching(
            operation, field=field, answers=answers, entry_codec=entry_codec, booked=booked, maximum=maximum, **options
        )
        run = Run(batching, refused=refused, on_progress=on_progress)
        return await run.over(entries, from_one(concurrency, "concurrency"))

    def batching(
        self,
        operation: Operation,
        *,
        field: str,
        answers: str,
        entry_codec: Codec[Any],
        booked: Codec[T],
        maximum: int,
        **options: Unpack[CallOptions],
    ) -> Batching[Any, T]:
        """Return how entries are packed and posted, for whoever sends many of them."""
        from .._helpers.packing import Batching

        async def post(body: Body, count: int) -> list[T]:
            with _RefusalsOf(operation):
                call = self._call(operation, options, body)
            answer = await self.sender.send(call, options.get("timeout"))
            read = partial(read_list, booked, path=operation.name, name=answers)
            items = (await self._read(call, answer, read)).items
            if len(items) != count:
                raise unreadable(f"{answers} has not one answer per entry", answer, call.facts, accepted=True)
            return items

        facts = {"operation": operation.name, "method": operation.method, "path": operation.path}
        return Batching(name=operation.name, codec=entry_codec, field=field, maximum=maximum, facts=facts, post=post)

    def _call_with_body(self, operation: Operation, given: CallWithBody, headers: Values = None) -> Call:
        """Write the body, which is required where it has a codec, and the key by which the API knows the call."""
        written, body, codec = None, given.get("body", UNSET), given.get("body_codec")
        with _RefusalsOf(operation):
            if body is not None and body is not UNSET:
                from .._helpers.bodies import check_size, json_body
                from .._helpers.multipart import form_data

                made = form_data(codec or ANY, body) if given.get("form") else json_body(codec or ANY, body, "")
                written = check_size(made, "Send fewer or smaller files.")
            elif codec and not given.get("body_optional"):
                raise InvalidValueError("", "a model or a mapping", "None")
            if operation.idempotency_header:
                import uuid

                key = given.get("idempotency_key") or str(uuid.uuid4())
                headers = {**(headers or {}), operation.idempotency_header: key}
            return self._call(operation, given, written, headers)

    def _call(self, operation: Operation, options: CallOptions, body: Body | None = None, own: Values = None) -> Call:
        query, known, extra = options.get("query"), options.get("headers"), options.get("extra_headers")
        written = query_of(operation, query) if query else ""
        known = {**own, **(known or {})} if own else known
        headers = dict(headers_of(known, extra, operation.idempotency_header)) if known or extra else {}
        most_bytes = page_bytes(100) if body and body.entries else OBJECT_BYTES
        # The key as it is sent, also where extra_headers has another.
        key = headers.get(operation.idempotency_header or "")
        path = path_of(operation, options.get("path", ()))
        return Call(operation, path, written and f"?{written}", headers, body, key, most_bytes)

    async def _send(self, call: Call, timeout: float | None, codec: Codec[T]) -> T:  # noqa: ASYNC109
        answer = await self.sender.send(call, timeout)
        if codec is NOTHING:
            return read_answer(codec, b"")
        return await self._read(call, answer, partial(read_answer, codec, path=call.operation.name))

    async def _read(self, call: Call, answer: Answer, read: Callable[[bytes], T]) -> T:
        """Let a reader make something of an answer's body, or say why it cannot be read."""
        why, accepted, slow = why_not_json(answer), False, is_slow_to_read(answer.body)
        if slow and not why and has_more_values(answer.body, MOST_VALUES):
            why = f"it has more than {MOST_VALUES:,} values"
        if not why:
            try:
                if not slow:
                    return read(answer.body)
                # What outlives the deadline goes on in its thread, and is heard by nobody.
                with anyio.move_on_after(max(_LEAST_SECONDS, answer.deadline.remaining if answer.deadline else 0.0)):
                    return await anyio.to_thread.run_sync(read, answer.body, abandon_on_cancel=True)
                why, accepted = f"its {len(answer.body):,} bytes could not be read in time", True
                if call.operation.repeatable:
                    words = f"{call.operation.method} {call.path}: the answer came, and {why}."
                    raise DeadlineError(words, idempotency_key=call.idempotency_key, **call.facts)
            except WireError as error:
                why, accepted = str(error), True
            except ValueError:  # It holds the whole body, and would be chained if the error was raised here.
                why = "the JSON is cut or broken"
        failure = unreadable(why, answer, call.facts, accepted=accepted)
        if accepted or call.operation.repeatable:
            raise failure
        # HTML with status 200 comes from some proxy, not from the API, and the write may or may not have reached it.
        raise self.sender.unknown(call, Doubt(failure, answer.sent_at, answer.tries))


class _RefusalsOf:
    """Lets errors of what cannot be sent name the operation. Each call enters it, hence no generator."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if isinstance(error, RequestRefusedError):
            operation = self._operation
            error.operation, error.method, error.path = operation.name, operation.method, operation.path
