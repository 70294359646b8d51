"""One call from its first try to its end: credentials, deadline, tries, and what to say when there is no good end."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, overload

import anyio
from attrs import field, frozen

from .ageing import Ageing
from .answers import Answer, Failure, Headers, error_of
from .bodies import Body
from .clock import Clock, Deadline
from .config import checked_seconds
from .credentials import ApiKey, ClientCredentials
from .errors import (
    APIError,
    ClientClosedError,
    ConfigurationError,
    ConnectionFailedError,
    DeadlineError,
    LedgerBeeError,
    OutcomeUnknownError,
    RateLimitError,
)
from .events import (
    Answered,
    Captured,
    Event,
    Observer,
    OutcomeUnknown,
    Retrying,
    Sent,
    captures,
    log,
    tell,
)
from .operations import Operation
from .retry import Outcome, asked_wait, next_wait, outcome_of

if TYPE_CHECKING:
    from .http import Http, Opened
    from .tokens import Token, TokenSource

TOKEN = "auth.token"  # noqa: S105
"""Name of the operation whose answers nobody may capture."""


@frozen(kw_only=True)
class Call:
    """One call, ready to be sent as often as it takes."""

    operation: Operation
    path: str
    query: str = field(default="", repr=False)
    headers: dict[str, str] = field(factory=dict, repr=False)
    body: Body | None = field(default=None, repr=False)
    idempotency_key: str | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What every error says about the call."""
        return {"operation": self.operation.name, "method": self.operation.method, "path": self.path}


@frozen(kw_only=True)
class Options:
    """What a view may set differently."""

    timeout: float
    max_retries: int
    observer: Observer | None = None
    headers: dict[str, str] = field(factory=dict)


class Line:
    """What a client and its views share: the connection pool, the token, and what has been said already."""

    def __init__(
        self, base_url: str, credentials: ApiKey | ClientCredentials, clock: Clock, connect: Callable[[], Http]
    ) -> None:
        self.base_url, self.credentials, self.clock = base_url, credentials, clock
        self.ageing = Ageing(clock)
        self._connect = connect
        self._http: Http | None = None
        self._opening = anyio.Lock()
        self._closed = False
        self.tokens: TokenSource | None = None

    async def http(self) -> Http:
        """Return the connection pool; made in a thread, because certificates take long to load."""
        if self._http and not self._closed:
            return self._http
        async with self._opening:
            if self._closed:
                raise ClientClosedError("the client is closed; make a new one, or call it within its `async with`.")
            if self._http is None:
                self._http = await anyio.to_thread.run_sync(self._connect)
            return self._http

    async def close(self) -> None:
        """Close the pool, for good."""
        self._closed = True
        if self._http is not None:
            await self._http.aclose()


class Sender:
    """Sends calls over a line, by the options of one view."""

    def __init__(self, line: Line, options: Options) -> None:
        self.line, self.options, self._clock = line, options, line.clock

    def deadline(self, timeout: float | None) -> Deadline:
        """Start the clock for a call."""
        return Deadline(self._clock, self.options.timeout if timeout is None else checked_seconds(timeout, "timeout"))

    @overload
    async def send(self, call: Call, timeout: float | None, *, stream: Literal[False] = False) -> Answer: ...  # noqa: ASYNC109
    @overload
    async def send(self, call: Call, timeout: float | None, *, stream: Literal[True]) -> Opened: ...  # noqa: ASYNC109
    async def send(self, call: Call, timeout: float | None, *, stream: bool = False) -> Answer | Opened:  # noqa: ASYNC109
        """
        Send a call until it is done, refused, or may not be sent again.

        Raises:
            LedgerBeeError: what became of it; see `errors`.
        """
        deadline, repeatable = self.deadline(timeout), call.operation.repeatable
        tries, doubtful, refused = 0, False, None
        rejection: LedgerBeeError | None = None
        while True:
            try:
                token = await self._token(call, deadline, refused)
            except (RateLimitError, DeadlineError) as late:
                # No fresh token in time: what the API said of the old one is what the caller should know.
                raise rejection or late from None
            tries += 1
            began = self._clock.now()
            got = await self.attempt(call, deadline, token, tries, stream=stream)
            status = None if isinstance(got, Failure) else got.status
            outcome = outcome_of(status, may_have_left=not isinstance(got, Failure) or got.may_have_left)
            if not isinstance(got, (Answer, Failure)) or (outcome is Outcome.DONE and isinstance(got, Answer)):
                return got
            error = self.error(call, got)
            if status == 401 and token is not None and rejection is None:
                # 401 says that nothing was processed, so that a write may follow with a fresh token.
                refused, rejection = token, error
                continue
            if status == 404 and doubtful and call.operation.method == "DELETE":
                return Answer(204, {}, b"")
            doubtful = doubtful or outcome is Outcome.UNKNOWN
            wait = next_wait(
                outcome, status, repeatable=repeatable, tries=tries, max_retries=self.options.max_retries,
                asked=None if isinstance(got, Failure) else asked_wait(got.headers, self._clock.now()),
                remaining=deadline.remaining, random=self._clock.random(),
            )  # fmt: skip
            if wait is None:
                if outcome is Outcome.UNKNOWN and not repeatable:
                    self.tell(OutcomeUnknown, call, tries)
                    error = self.unknown(call, error, began)
                raise error
            log.info(
                "%s: try %d failed (%s), again in %.2f s", call.operation.name, tries, status or outcome.value, wait
            )
            self.tell(Retrying, call, tries, status=status, wait=wait)
            await self._clock.sleep(wait)

    async def attempt(
        self, call: Call, deadline: Deadline, token: Token | None, tries: int, *, stream: bool = False
    ) -> Answer | Opened | Failure:
        """Send a call once. A cancelled task that may have left a write behind says so in the log."""
        http = await self.line.http()
        operation, started = call.operation, self._clock.monotonic()
        # A read that hangs is worth a second try; a write has only one, and gets all the time there is.
        limit = deadline.remaining * (0.5 if operation.repeatable and tries <= self.options.max_retries else 1.0)
        watch = None if operation.repeatable else http.watch()
        got: Answer | Opened | Failure | None = None
        self.tell(Sent, call, tries)
        try:
            with anyio.move_on_after(limit):
                opened = await http.open(
                    operation.method, call.path + call.query, self._headers(call, token), call.body, limit, watch
                )
                got = opened
                if not isinstance(opened, Failure) and not (stream and 200 <= opened.status < 300):
                    try:
                        got = None
                        got = await opened.read((self.line.credentials.reveal(), token.access_token if token else ""))
                    finally:
                        await opened.close()
        except anyio.get_cancelled_exc_class():
            if watch and watch.may_have_left:
                log.warning(
                    "%s was cancelled after it may have left: its outcome is unknown. %s",
                    operation.name,
                    _look_for(call),
                )
                self.tell(OutcomeUnknown, call, tries, cancelled=True)
            raise
        got = got or Failure(f"no answer within {limit:.1f} s", watch is None or watch.may_have_left, late=True)
        seconds = self._clock.monotonic() - started
        if isinstance(got, Failure):
            log.debug("%s %s: %s, after %.3f s", operation.method, operation.path, got.words, seconds)
            return got
        log.debug("%s %s: %d, after %.3f s", operation.method, operation.path, got.status, seconds)
        self.tell(Answered, call, tries, status=got.status, seconds=seconds)
        self.line.ageing.note(operation, got.headers)
        if operation.name != TOKEN and (captured := captures.get()):
            body = got.body if isinstance(got, Answer) else b""
            for calls in captured:
                calls.append(Captured(**call.facts, status=got.status, headers=got.headers, body=body))
        return got

    async def _token(self, call: Call, deadline: Deadline, refused: Token | None) -> Token | None:
        security, tokens = call.operation.security, self.line.tokens
        if security == "none":
            return None
        if (tokens is None) if security == "oauth" else (security == "key" and tokens is not None):
            takes, given = (
                ("an OAuth token", "an API key") if tokens is None else ("an API key", "OAuth client credentials")
            )
            raise ConfigurationError(
                f"{call.operation.name} takes {takes} only, and this client has {given}; nothing was sent.",
                **call.facts,
            )
        if tokens is None:
            return None
        with anyio.move_on_after(deadline.remaining):
            return await tokens.get(deadline, refused)
        raise DeadlineError(f"no access token within {deadline.seconds:.1f} s; nothing was sent.", **call.facts)

    def _headers(self, call: Call, token: Token | None) -> Headers:
        headers = Headers(self.options.headers)
        headers.update(call.headers)
        if token is not None:
            headers["authorization"] = f"Bearer {token.access_token}"
        elif isinstance(self.line.credentials, ApiKey) and call.operation.security != "none":
            headers["x-api-key"] = self.line.credentials.reveal()
        return headers

    def unknown(self, call: Call, error: LedgerBeeError, began: float | None = None) -> OutcomeUnknownError:
        """Make the error for a write whose fate nobody told us; `error` is what was seen of it."""
        seen = {name: getattr(error, name) for name in ("status", "code", "body") if hasattr(error, name)}
        unknown = OutcomeUnknownError(
            f"{error} The call may have been carried out: the API does not deduplicate it. {_look_for(call)}",
            sent_at=datetime.datetime.fromtimestamp(began or self._clock.now(), datetime.UTC),
            payload_keys=call.body.keys if call.body else (), idempotency_key=call.idempotency_key,
            _sleep=self._clock.sleep, **seen, **call.facts,
        )  # fmt: skip
        unknown.__cause__ = error
        return unknown

    def error(self, call: Call, got: Answer | Failure) -> LedgerBeeError:
        if isinstance(got, Failure):
            kind = DeadlineError if got.late else ConnectionFailedError
            tail = "" if got.may_have_left else "; nothing was sent"
            return kind(f"{call.operation.method} {call.path}: {got.words}{tail}.", **call.facts)
        error = error_of(got, self._clock.now(), call.facts)
        if isinstance(error, APIError):
            error.idempotency_key = call.idempotency_key
        return error

    def tell(self, kind: type[Event], call: Call, attempt: int, **facts: Any) -> None:
        """Tell the view's observer."""
        if self.options.observer is not None:
            operation = call.operation
            tell(
                self.options.observer,
                kind(operation=operation.name, method=operation.method, path=operation.path, attempt=attempt, **facts),
            )


def _look_for(call: Call) -> str:
    keys = [f"{name} {value!r}" for entry in (call.body.keys if call.body else ())[:3] for name, value in entry.items()]
    more = ", ..." if call.body and len(call.body.keys) > 3 else ""
    return (
        f"Look for {', '.join(keys)}{more} before sending it again." if keys else "Read back before sending it again."
    )
