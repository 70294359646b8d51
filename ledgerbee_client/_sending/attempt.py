"""One try of a call: its headers, its part of the deadline, and what observers and the log are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import anyio

from .._auth.credentials import ApiKey
from .._base.callbacks import notify
from .._base.clock import Deadline, seconds_text
from .._base.log import captures, log
from .._http.messages import Answer, Failure, Headers
from .._http.redaction import Secrets
from .call import Call, Options
from .failures import what_to_look_for
from .session import Session

if TYPE_CHECKING:
    from .._auth.tokens import Token
    from .._http.interface import ResponseStream, SendTrace

EventName = Literal["Answered", "OutcomeUnknown", "Retrying", "Sent", "TokenRefreshed"]
TOKEN_OPERATION = "auth.token"  # noqa: S105
"""Name of the token request, whose answers are never captured."""


class Attempt:
    """Sends a call once, by the options of one view."""

    def __init__(self, session: Session, options: Options) -> None:
        self.session: Session = session
        self.options: Options = options

    async def send(
        self,
        call: Call,
        deadline: Deadline,
        token: Token | None,
        tries: int,
        *,
        free: bool = False,
        stream: bool = False,
    ) -> Answer | Failure:
        """
        Send a call once; `tries` counts this one too, and `free` says that one before it spent no retry.

        A cancelled write that may have reached the server is logged.
        """
        operation, clock = call.operation, self.session.clock
        started = clock.monotonic()
        # A read that hangs is worth a second try; a write has only one, and gets all the time there is.
        share = 0.5 if operation.repeatable and tries - free <= self.options.max_retries else 1.0
        limit = deadline.remaining * share
        trace: SendTrace | None = None
        got: Answer | Failure | None = None
        response: ResponseStream | Failure | None = None
        try:
            with anyio.move_on_after(limit):
                http = self.session.pool or await self.session.open()
                trace = http.trace(needed=not operation.repeatable)
                self.tell("Sent", call, tries)
                response = await http.send(
                    operation.method, call.path + call.query, self._headers(call, token), call.body, limit, trace
                )
                got = response if isinstance(response, Failure) else await self._read(call, response, token, stream)
        except anyio.get_cancelled_exc_class():
            if trace and trace.maybe_sent and not operation.repeatable:
                log.warning("%s was cancelled and its outcome is unknown. %s", operation.name, what_to_look_for(call))
                self.tell("OutcomeUnknown", call, tries, cancelled=True)
            raise
        if got is None and response and not isinstance(response, Failure) and response.status >= 400:
            got = Answer(status=response.status, headers=response.headers)  # Refused, however slowly it says why.
        if got is None:
            rest = "" if limit > 0.9 * deadline.seconds else f" (try {tries}; timeout={deadline.seconds:g} is for all)"
            maybe_sent = trace is not None and trace.maybe_sent
            got = Failure(f"no answer within {seconds_text(limit)} s{rest}", maybe_sent=maybe_sent, late=True)
        seconds = clock.monotonic() - started
        result = got.words if isinstance(got, Failure) else got.status
        log.debug("%s %s: %s, %.3f s", operation.method, operation.path, result, seconds)
        if isinstance(got, Answer):
            self.tell("Answered", call, tries, status=got.status, seconds=seconds)
            self.session.notices.note(operation, got.headers)
            for capture in captures.get() if operation.name != TOKEN_OPERATION else ():
                capture(**call.facts, status=got.status, headers=got.headers, body=got.body)
        return got

    async def _read(self, call: Call, response: ResponseStream, token: Token | None, stream: bool) -> Answer | Failure:
        if stream and 200 <= response.status < 300:
            return Answer(status=response.status, headers=response.headers, stream=response)
        try:
            secrets = self.session.secrets
            secrets = Secrets((*secrets.values, token.access_token)) if token else secrets
            return await response.read(call.max_bytes, secrets)
        finally:
            await response.close()

    def _headers(self, call: Call, token: Token | None) -> Headers:
        headers = Headers(self.options.headers, **call.headers)
        if token is not None:
            headers["authorization"] = f"Bearer {token.access_token}"
        elif isinstance(self.session.credentials, ApiKey) and call.operation.security != "none":
            headers["x-api-key"] = self.session.credentials.reveal()
        return headers

    def tell(self, kind: EventName, call: Call, attempt: int, **facts: Any) -> None:
        """Tell the view's observer; events are made, and imported, only where there is one."""
        if self.options.observer is not None:
            from .. import events

            names = {"operation": call.operation.name, "method": call.operation.method, "path": call.operation.path}
            notify(self.options.observer, getattr(events, kind)(**names, attempt=attempt, **facts), call.operation.name)
