"""A call from its first try to its end: a token, the deadline, tries until there is nothing left to try."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio

from .. import errors
from .._base.clock import Deadline, seconds_text
from .._base.log import log
from .._base.waits import server_wait
from .._config import checked_seconds
from .._http.messages import Answer, Failure
from .._http.tracebacks import FramesDropped
from .attempt import Attempt
from .call import Call
from .failures import Doubt, error_of_try, outcome_unknown
from .retry import Outcome, next_wait, outcome_of

if TYPE_CHECKING:
    from .._auth.token_source import TokenSource
    from .._auth.tokens import Token


class Sender:
    """Sends calls, each as often as it takes. Without `tokens` the client has an API key."""

    def __init__(self, attempt: Attempt, tokens: TokenSource | None) -> None:
        self.attempt: Attempt = attempt
        self.tokens: TokenSource | None = tokens
        self._clock = attempt.session.clock

    def deadline(self, timeout: float | None) -> Deadline:
        """Start the clock for a call."""
        return Deadline(self._clock, self.attempt.options.timeout if timeout is None else checked_seconds(timeout))

    async def send(self, call: Call, timeout: float | None, *, stream: bool = False) -> Answer:  # noqa: ASYNC109
        """
        Send a call until it is done, refused, or may not be sent again.

        Raises:
            LedgerBeeError: what became of it; see `errors`.
        """
        with FramesDropped():
            operation, deadline = call.operation, self.deadline(timeout)
            tries, token, refused = 0, None, None
            # The error of the first token's 401, and the last try that may have been carried out.
            rejection: errors.LedgerBeeError | None = None
            doubt: Doubt | None = None
            while True:
                try:
                    if self.tokens is not None or operation.security == "oauth":
                        token = await self._token(call, deadline, refused)
                    tries, sent_at = tries + 1, self._clock.now()
                    got = await self.attempt.send(
                        call, deadline, token, tries, free=rejection is not None, stream=stream
                    )
                except (errors.RateLimitError, errors.DeadlineError) as late:
                    # No fresh token in time: what the API said of the old one is what the caller should know.
                    raise self._doubtful(call, doubt) or rejection or late from None
                except errors.LedgerBeeError as other:
                    # What may have been done must not end as "nothing was sent".
                    raise self._doubtful(call, doubt) or other from None
                if isinstance(got, Failure):
                    status, asked, outcome = None, None, outcome_of(None, maybe_sent=got.maybe_sent)
                elif 200 <= got.status < 300:
                    got.sent_at, got.tries, got.deadline = sent_at, tries, deadline
                    return got
                else:
                    status, outcome = got.status, outcome_of(got.status)
                    asked = server_wait(got.headers, self._clock.now())
                error = error_of_try(call, got, self._clock.now())
                if status == 401 and token is not None and rejection is None:
                    # 401 says that nothing was processed, so that a write may follow with a fresh token.
                    refused, rejection = token, error
                    continue
                if status == 404 and doubt and operation.method == "DELETE":
                    return Answer(status=204)
                if outcome is Outcome.UNKNOWN:
                    doubt = Doubt(error, sent_at, tries)
                wait = next_wait(
                    outcome,
                    status,
                    repeatable=operation.repeatable,
                    # A 401 that a fresh token mends is no failure, and spends no retry.
                    tries=tries - (rejection is not None),
                    max_retries=self.attempt.options.max_retries,
                    asked=asked,
                    remaining=deadline.remaining,
                    random=self._clock.random(),
                )
                if wait is None and operation.method == "GET":
                    raise error
                if wait is None:
                    # A last try that was not sent, or was refused, says nothing of what an earlier one did.
                    denied = error if outcome is Outcome.REFUSED and status != 429 else None
                    raise self._doubtful(call, doubt, denied) or error
                why = status or outcome.value
                log.info("%s: try %d failed (%s), next in %.2f s", operation.name, tries, why, wait)
                self.attempt.tell("Retrying", call, tries, status=status, wait=wait)
                await self._clock.sleep(wait)

    def _doubtful(
        self, call: Call, doubt: Doubt | None, denied: errors.LedgerBeeError | None = None
    ) -> errors.LedgerBeeError | None:
        """Return the error of a call that may have been carried out; `denied` is the answer to a later try."""
        if doubt is None:
            return None
        # Where repeating is harmless, what was seen says enough; but 408 and 499 read like refusals.
        timed_out = isinstance(doubt.error, errors.APIError) and doubt.error.status < 500
        if call.operation.method == "GET" or (call.operation.repeatable and not denied and not timed_out):
            return doubt.error
        return self.unknown(call, doubt, denied)

    def unknown(
        self, call: Call, doubt: Doubt, denied: errors.LedgerBeeError | None = None
    ) -> errors.OutcomeUnknownError:
        """Tell the observer that the outcome of a write is unknown, and return the error that says so."""
        self.attempt.tell("OutcomeUnknown", call, doubt.tries)
        error = outcome_unknown(call, doubt, denied)
        error._sleep = self._clock.sleep  # pyright: ignore[reportPrivateUsage]
        return error

    async def _token(self, call: Call, deadline: Deadline, refused: Token | None) -> Token | None:
        security = call.operation.security
        if security == ("oauth" if self.tokens is None else "key"):
            takes, has = ("OAuth", "an API key") if security == "oauth" else ("an API key", "OAuth")
            words = f"{call.operation.name} takes {takes} only, and this client has {has}; nothing was sent."
            raise errors.ConfigurationError(words, **call.facts)
        if self.tokens is None or security == "none":
            return None
        from .token_request import fetch_token

        with anyio.move_on_after(deadline.remaining):
            # By this view's options, so that its observer hears of what its own calls cause.
            return await self.tokens.get(partial(fetch_token, self.attempt), deadline, refused)
        raise errors.DeadlineError(
            f"no token within {seconds_text(deadline.seconds)} s; nothing was sent.", **call.facts
        )
