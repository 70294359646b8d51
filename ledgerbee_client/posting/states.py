"""
The states of an entry, and every decision about them, as plain functions without I/O.

    planned ─> sending ─> booked | refused
                  │ no whole answer
                  └─> looked for ─> booked (found) | planned (absent) | unknown (partly found, or nobody can tell)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from .._helpers.batches import REFUSES_ENTRIES
from ..errors import APIError, LedgerBeeError, OutcomeUnknownError, UnreadableAnswerError


class Answer(Enum):
    """What one request says about its entries."""

    BOOKED = "all are booked"
    REFUSED = "none is booked, and some of them are to blame"
    UNKNOWN = "all may be booked"
    NOT_SENT = "none is booked, and none of them is to blame"


def answer_of(error: LedgerBeeError | None, operation: str) -> Answer:
    """Tell what the error of a batch, which is one transaction, says about its entries."""
    if error is None:
        return Answer.BOOKED
    if error.operation != operation:  # The token endpoint's, or a refusal of ours: before anything was sent.
        return Answer.NOT_SENT
    if isinstance(error, OutcomeUnknownError | UnreadableAnswerError):
        return Answer.UNKNOWN
    if isinstance(error, APIError) and error.status in REFUSES_ENTRIES:
        return Answer.REFUSED
    return Answer.NOT_SENT


class Admission(Enum):
    """What is done with an entry whose key the journal knows."""

    DONE = "it is settled"
    AGAIN = "it is not booked, and is sent"
    WAITS = "it may be booked, and waits until that is known"
    CHANGED = "its content is not what it was"
    TWICE = "it came before in the same entries"


def admit(state: str, *, same_content: bool, came_before: bool) -> Admission:
    """
    Decide about an entry whose key the journal knows.

    Only one that is refused or planned may come with another content: nothing of it is booked, and whoever corrected it
    wants it sent.
    """
    if came_before:
        return Admission.TWICE
    if state == "refused":
        return Admission.DONE if same_content else Admission.AGAIN
    if state == "planned":
        return Admission.AGAIN
    if not same_content:
        return Admission.CHANGED
    return Admission.DONE if state == "booked" else Admission.WAITS


class Verdict(Enum):
    """What the list of the API says about a batch whose answer never came."""

    BOOKED = "all of it is there"
    PARTLY = "some of it is there, which cannot be"
    ABSENT = "nothing of it is there, and nothing will come any more"
    LATER = "nothing of it is there yet"


def verdict(keys: Sequence[str], found: Mapping[str, str], *, is_final: bool) -> Verdict:
    """
    Judge a batch by what was found of it.

    Args:
        keys: Keys of the batch.
        found: Id of each entry that is there, by key.
        is_final: Whether the look began after the settling time and saw the whole list.
    """
    there = sum(key in found for key in keys)
    if there == len(keys):
        return Verdict.BOOKED
    if not is_final:
        return Verdict.LATER
    return Verdict.PARTLY if there else Verdict.ABSENT
