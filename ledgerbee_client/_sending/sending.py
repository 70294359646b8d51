"""One call from its first try to its end: credentials, deadline, tries, and what to say when there is no good end."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import anyio
from attrs import field, frozen

from .. import errors
from .._auth.credentials import ApiKey, ClientCredentials
from .._base.callbacks import notify
from .._base.clock import Clock, Deadline
from .._base.log import captures, log
from .._base.operations import Operation
from .._base.waits import server_wait
from .._config import checked_count, checked_seconds
from .._http.messages import Answer, Failure, Headers, Hidden, error_of
from .notices import Ageing
from .retry import Outcome, next_wait, outcome_of

if TYPE_CHECKING:
    from .. import events
    from .._auth.token_source import TokenSource
    from .._auth.tokens import Token
    from .._helpers.bodies import Body
    from .._http.transport import Http, Opened, Watch

EventName = Literal["Answered", "OutcomeUnknown", "Retrying", "Sent", "TokenRefreshed"]
_CLOSING_SECONDS = 5.0
TOKEN = "auth.token"  # noqa: S105
"""Name of the operation whose answers nobody may capture."""


class Call(Hidden):
    """One call, ready to be sent as often as it takes."""

    operation: Operation
    path: str
    query: str = ""
    headers: Mapping[str, str] = MappingProxyType({})
    body: Body | None = None
    idempotency_key: str | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What every error says about the call."""
        return {"operation": self.operation.name, "method": self.operation.method, "path": self.path}


@frozen(kw_only=True)
class Options:
    """What a view may set differently."""

    timeout: float = field(converter=checked_seconds)
    max_retries: int = field(converter=checked_count)
    observer: events.Observer | None = None
    headers: dict[str, str] = field(factory=dict[str, str])


class _Doubt(NamedTuple):
    """A try that may have been carried out: what was seen of it, when it began, and its number."""

    error: errors.LedgerBeeError
    sent_at: float
    tries: int


class Line:
    """What a client and its views share: the connection pool, the token, and what has been said already."""

    def __init__(
        self, base_url: str, credentials: ApiKey | ClientCredentials, clock: Clock, connect: Callable[[], Http]
    ) -> None:
        self.base_url: str = base_url
        self.credentials: ApiKey | ClientCredentials = credentials
        self.clock: Clock = clock
        self.ageing: Ageing = Ageing(clock)
        self.tokens: TokenSource | None = None
        self._connect, self._opening = connect, anyio.Lock()
        self._http: Http | None = None
        self._closed = False

    async def http(self) -> Http:
        """Return the connection pool; made in a thread, because certificates take long to load."""
        if self._http is None and not self._closed:
            async with self._opening:
                self._http = self._http or await anyio.to_thread.run_sync(self._connect, abandon_on_cancel=True)
        if self._closed or self._http is None:
            raise errors.ClientClosedError("the client is closed, for good; make a new one.")
        if self._http.is_away:
            raise errors.ClientClosedError("the client belongs to another event loop; make one in each asyncio.run().")
        return self._http

    async def close(self) -> None:
        """Close the pool, for good."""
        self._closed = True
        # A block that is left because it was cancelled closes its connections too.
        with anyio.move_on_after(_CLOSING_SECONDS, shield=True):
            async with self._opening:
                if self._http is not None and not self._http.is_away:
                    await self._http.aclose()


class Sender:
    """Sends calls over a line, by the options of one view."""

    def __init__(self, line: Line, options: Options) -> None:
        self.line: Line = line
        self.options: Options = options
        self._clock = line.clock

    def deadline(self, timeout: float | None) -> Deadline:
        """Start the clock for a call."""
        return Deadline(self._clock, self.options.timeout if timeout is None else checked_seconds(timeout))

    async def send(self, call: Call, timeout: float | None, *, stream: bool = False) -> Answer:  # noqa: ASYNC109
        """
        Send a call until it is done, refused, or may not be sent again.

        Raises:
            LedgerBeeError: what became of it; see `errors`.
        """
        deadline, repeatable = self.deadline(timeout), call.operation.repeatable
        tries, refused = 0, None
        # The error of the first token's 401, and the last try that may have been carried out.
        rejection: errors.LedgerBeeError | None = None
        doubt: _Doubt | None = None
        while True:
            try:
                token = await self._token(call, deadline, refused)
                tries, began = tries + 1, self._clock.now()
                got = await self.attempt(call, deadline, token, tries, stream=stream)
            except (errors.RateLimitError, errors.DeadlineError) as late:
                # No fresh token in time: what the API said of the old one is what the caller should know.
                raise self._last_word(call, doubt) or rejection or late from None
            except errors.LedgerBeeError as other:
                # What may have been done must not end as "nothing was sent".
                raise self._last_word(call, doubt) or other from None
            if isinstance(got, Failure):
                status, asked, outcome = None, None, outcome_of(None, may_have_left=got.may_have_left)
            elif (outcome := outcome_of(got.status)) is Outcome.DONE:
                got.sent_at, got.tries = began, tries
                return got
            else:
                status, asked = got.status, server_wait(got.headers, self._clock.now())
            error = self.error(call, got)
            if status == 401 and token is not None and rejection is None:
                # 401 says that nothing was processed, so that a write may follow with a fresh token.
                refused, rejection = token, error
                continue
            if status == 404 and doubt and call.operation.method == "DELETE":
                return Answer(status=204)
            if outcome is Outcome.UNKNOWN:
                doubt = _Doubt(error, began, tries)
            wait = next_wait(
                outcome,
                status,
                repeatable=repeatable,
                tries=tries,
                max_retries=self.options.max_retries,
                asked=asked,
                remaining=deadline.remaining,
                random=self._clock.random(),
            )
            if wait is None and call.operation.method == "GET":
                raise error
            if wait is None:
                # A last try that was not sent, or was refused, says nothing of what an earlier one did.
                denied = error if outcome is Outcome.REFUSED and status != 429 else None
                raise self._last_word(call, doubt, denied) or error
            why = status or outcome.value
            log.info("%s: try %d failed (%s), next in %.2f s", call.operation.name, tries, why, wait)
            self.tell("Retrying", call, tries, status=status, wait=wait)
            await self._clock.sleep(wait)

    def _last_word(
        self, call: Call, doubt: _Doubt | None, denied: errors.LedgerBeeError | None = None
    ) -> errors.LedgerBeeError | None:
        """Return the error of a call that may have been carried out; `denied` is the answer to a later try."""
        if doubt is None:
            return None
        # Where repeating is harmless, what was seen says enough; but 408 and 499 read like refusals.
        timed_out = isinstance(doubt.error, errors.APIError) and doubt.error.status < 500
        if call.operation.method == "GET" or (call.operation.repeatable and not denied and not timed_out):
            return doubt.error
        return self.unknown(call, doubt.error, doubt.sent_at, doubt.tries, denied)

    async def attempt(
        self, call: Call, deadline: Deadline, token: Token | None, tries: int, *, stream: bool = False
    ) -> Answer | Failure:
        """Send a call once. A cancelled task that may have left a write behind says so in the log."""
        operation, started = call.operation, self._clock.monotonic()
        # A read that hangs is worth a second try; a write has only one, and gets all the time there is.
        limit = deadline.remaining * (0.5 if operation.repeatable and tries <= self.options.max_retries else 1.0)
        watch: Watch | None = None
        got: Answer | Failure | None = None
        opened: Opened | Failure | None = None
        try:
            with anyio.move_on_after(limit):
                http = await self.line.http()
                watch = http.watch(needed=not operation.repeatable)
                self.tell("Sent", call, tries)
                target, headers = call.path + call.query, self._headers(call, token)
                opened = await http.open(operation.method, target, headers, call.body, limit, watch)
                got = opened if isinstance(opened, Failure) else await self._taken(opened, token, stream=stream)
        except anyio.get_cancelled_exc_class():
            if watch and watch.may_have_left and not operation.repeatable:
                log.warning("%s was cancelled and its outcome is unknown. %s", operation.name, _look_for(call))
                self.tell("OutcomeUnknown", call, tries, cancelled=True)
            raise
        if got is None and opened and not isinstance(opened, Failure) and opened.status >= 400:
            got = Answer(status=opened.status, headers=opened.headers)  # Refused, however slowly it says why.
        if got is None:
            rest = "" if limit > 0.9 * deadline.seconds else f" (try {tries}; timeout={deadline.seconds:g} is for all)"
            left = watch is not None and watch.may_have_left
            got = Failure(f"no answer within {limit:.1f} s{rest}", may_have_left=left, late=True)
        seconds = self._clock.monotonic() - started
        told = got.words if isinstance(got, Failure) else got.status
        log.debug("%s %s: %s, %.3f s", operation.method, operation.path, told, seconds)
        if isinstance(got, Answer):
            self.tell("Answered", call, tries, status=got.status, seconds=seconds)
            self.line.ageing.note(operation, got.headers)
            for capture in captures.get() if operation.name != TOKEN else ():
                capture(**call.facts, status=got.status, headers=got.headers, body=got.body)
        return got

    async def _taken(self, opened: Opened, token: Token | None, *, stream: bool) -> Answer | Failure:
        if stream and 200 <= opened.status < 300:
            return Answer(status=opened.status, headers=opened.headers, stream=opened)
        try:
            return await opened.read(self.line.credentials.reveal(), token.access_token if token else "")
        finally:
            await opened.close()

    async def _token(self, call: Call, deadline: Deadline, refused: Token | None) -> Token | None:
        security, tokens = call.operation.security, self.line.tokens
        wrong = {"oauth": tokens is None, "key": tokens is not None}.get(security)
        if wrong:
            takes, has = ("OAuth", "an API key") if security == "oauth" else ("an API key", "OAuth")
            words = f"{call.operation.name} takes {takes} only, and this client has {has}; nothing was sent."
            raise errors.ConfigurationError(words, **call.facts)
        if tokens is None or security == "none":
            return None
        with anyio.move_on_after(deadline.remaining):
            return await tokens.get(deadline, refused)
        raise errors.DeadlineError(f"no token within {deadline.seconds:.1f} s; nothing was sent.", **call.facts)

    def _headers(self, call: Call, token: Token | None) -> Headers:
        headers = Headers({**self.options.headers, **call.headers})
        if token is not None:
            headers["authorization"] = f"Bearer {token.access_token}"
        elif isinstance(self.line.credentials, ApiKey) and call.operation.security != "none":
            headers["x-api-key"] = self.line.credentials.reveal()
        return headers

    def unknown(
        self,
        call: Call,
        seen: errors.LedgerBeeError,
        sent_at: float,
        tries: int,
        denied: errors.LedgerBeeError | None = None,
    ) -> errors.OutcomeUnknownError:
        """Make the error for a write whose fate nobody told us; `seen` is what was seen of it."""
        self.tell("OutcomeUnknown", call, tries)
        later = f" A later try: {denied}" if denied else ""
        error = errors.OutcomeUnknownError(
            f"{seen}{later} The call may have been carried out: {_advice(call)}",
            sent_at=datetime.datetime.fromtimestamp(sent_at, datetime.UTC),
            tries=tries,
            idempotency_key=call.idempotency_key,
            payload_keys=call.body.keys if call.body else (),
            _sleep=self._clock.sleep,
            **call.facts,
            **{name: getattr(seen, name) for name in ("status", "code", "body") if hasattr(seen, name)},
        )
        error.__cause__ = denied or seen
        return error

    def error(self, call: Call, got: Answer | Failure) -> errors.LedgerBeeError:
        """Make the error that one try stands for."""
        if isinstance(got, Failure):
            kind = errors.DeadlineError if got.late else errors.ConnectionFailedError
            tail = "" if got.may_have_left else "; nothing was sent"
            words = f"{call.operation.method} {call.path}: {got.words}{tail}."
            return kind(words, idempotency_key=call.idempotency_key, **call.facts)
        error = error_of(got, self._clock.now(), call.facts)
        if isinstance(error, errors.APIError):
            error.idempotency_key = call.idempotency_key
        return error

    def tell(self, kind: EventName, call: Call, attempt: int, **facts: Any) -> None:
        """Tell the view's observer; events are made, and imported, only where there is one."""
        if self.options.observer is not None:
            from .. import events

            names = {"operation": call.operation.name, "method": call.operation.method, "path": call.operation.path}
            notify(self.options.observer, getattr(events, kind)(**names, attempt=attempt, **facts), call.operation.name)


def _advice(call: Call) -> str:
    if not call.operation.repeatable:
        return f"the API does not deduplicate it. {_look_for(call)}"
    return f"sending it again{' with its idempotency key' if call.idempotency_key else ''} does it no second time."


def _look_for(call: Call) -> str:
    entries = call.body.keys if call.body else ()
    keys = [f"{name} {value!r}" for entry in entries[:3] for name, value in entry.items()]
    more = ", ..." if len(entries) > 3 else ""
    return (f"Look for {', '.join(keys)}{more}" if keys else "Read back") + " before sending it again."
