"""The errors that tries and calls end with, made of what was seen. Plain functions without I/O."""

from __future__ import annotations

import datetime
from typing import NamedTuple

from .. import errors
from .._http.messages import Answer, Failure
from .answers import error_of
from .call import Call


def error_of_try(call: Call, got: Answer | Failure, now: float) -> errors.LedgerBeeError:
    """Make the error that one try stands for; `now` is in Unix seconds."""
    if isinstance(got, Failure):
        kind = errors.DeadlineError if got.late else errors.ConnectionFailedError
        tail = "" if got.maybe_sent else "; nothing was sent"
        words = f"{call.operation.method} {call.path}: {got.words}{tail}."
        return kind(words, idempotency_key=call.idempotency_key, **call.facts)
    error = error_of(got, now, call.facts, repeatable=call.operation.repeatable)
    if isinstance(error, errors.APIError):
        error.idempotency_key = call.idempotency_key
    return error


class Doubt(NamedTuple):
    """
    The last try of a call that may have been carried out.

    Attributes:
        error: What was seen of it.
        sent_at: When it was begun, in Unix seconds.
        tries: Its number, from 1.
    """

    error: errors.LedgerBeeError
    sent_at: float
    tries: int


def outcome_unknown(call: Call, doubt: Doubt, denied: errors.LedgerBeeError | None) -> errors.OutcomeUnknownError:
    """Make the error for a write that may have been carried out; `denied` is the answer to a later try."""
    seen, sent_at, tries = doubt
    later = f" A later try: {denied}" if denied else ""
    error = errors.OutcomeUnknownError(
        f"{seen}{later} The call may have been carried out: {_advice(call)}",
        sent_at=datetime.datetime.fromtimestamp(sent_at, datetime.UTC),
        tries=tries,
        idempotency_key=call.idempotency_key,
        payload_keys=call.body.keys if call.body else (),
        **call.facts,
        **{name: getattr(seen, name) for name in ("status", "code", "body") if hasattr(seen, name)},
    )
    error.__cause__ = denied or seen
    return error


def what_to_look_for(call: Call) -> str:
    """Say by which of its keys a write can be found, where it was carried out."""
    entries = call.body.keys if call.body else ()
    keys = [f"{name} {value!r}" for entry in entries[:3] for name, value in entry.items()]
    more = ", ..." if len(entries) > 3 else ""
    return (f"Look for {', '.join(keys)}{more}" if keys else "Read back") + " before sending it again."


def _advice(call: Call) -> str:
    if not call.operation.repeatable:
        return f"the API does not deduplicate it. {what_to_look_for(call)}"
    return f"sending it again{' with its idempotency key' if call.idempotency_key else ''} does it no second time."
