"""What became of entries: values without I/O, and how an error is written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ..errors import LedgerBeeError
from .errors import RecordedError

State = Literal["planned", "sending", "booked", "refused", "unknown"]
STATES: tuple[State, ...] = ("planned", "sending", "booked", "refused", "unknown")
_LONGEST_MESSAGE = 2_000


class Outcome(NamedTuple):
    """
    What became of one entry.

    Attributes:
        key: The caller's key.
        state: `booked`, `refused` or `unknown`. From `outcomes()` also `planned`, which was not sent, and `sending`,
            which is under way or was when a process ended.
        id: Id that the API gave to the booked entry.
        error: Why it was refused or is unknown. A `RecordedError` where an earlier process saw it.
        is_new: Whether this run found it out; False where the journal knew it.
    """

    key: str
    state: State
    id: str | None = None
    error: LedgerBeeError | None = None
    is_new: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return key, state, id and error as JSON values."""
        return {"key": self.key, "state": self.state, "id": self.id, "error": str(self.error) if self.error else None}


class PostingStatus(NamedTuple):
    """How many entries of a journal are in each state."""

    planned: int = 0
    sending: int = 0
    booked: int = 0
    refused: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """Entries that the journal knows."""
        return sum(self)


def write_error(error: LedgerBeeError | None) -> str | None:
    """Return an error as the text that the journal keeps: its class, its sentence, its status and its code."""
    if error is None:
        return None
    facts = {"kind": type(error).__name__, "message": str(error)[:_LONGEST_MESSAGE]}
    facts |= {name: fact for name in ("status", "code") if (fact := getattr(error, name, None)) is not None}
    return json.dumps(facts)


def read_error(text: str | None) -> RecordedError | None:
    """
    Return what `write_error()` wrote, as an error.

    Raises:
        ValueError: it did not write this.
    """
    if not text:
        return None
    try:
        facts: Mapping[str, Any] = json.loads(text)
        return RecordedError(facts["message"], kind=facts["kind"], status=facts.get("status"), code=facts.get("code"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise ValueError("no recorded error") from None
