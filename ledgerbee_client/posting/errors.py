"""What can go wrong with a posting run, besides what can go wrong with a call."""

from __future__ import annotations

from ..errors import LedgerBeeError, RequestRefusedError


class JournalError(LedgerBeeError):
    """
    The journal cannot be used: another process has it open, it was kept for another company, by another version of
    this library or for other arguments, or it cannot be read or written. Nothing was sent because of it.
    """


class DuplicateKeyError(RequestRefusedError, ValueError):
    """Two entries have one key. Neither the second nor its batch was sent; keys name entries, so make them unique."""


class PayloadChangedError(RequestRefusedError, ValueError):
    """An entry has a key that the journal knows, and another content than before. It was not sent."""


class PartlyBookedError(LedgerBeeError):
    """
    Some entries of one batch are in the list of the API and others are not, though a batch is one transaction. Nothing
    of it is sent again. A person must look.

    Attributes:
        found: Ids of the entries that are there, by key.
        missing: Keys of the entries that are not.
    """

    found: dict[str, str] = {}  # noqa: RUF012  Each error has its own, given when it is raised.
    missing: tuple[str, ...] = ()


class UnsettledError(LedgerBeeError):
    """Nobody knows whether the entry was booked, and it is not sent again. A person must look."""


class LeaseLostError(RequestRefusedError):
    """The time for which this worker had the batch to itself was over before a byte left; nothing was sent."""


class RecordedError(LedgerBeeError):
    """
    An error that an earlier process wrote down.

    Attributes:
        kind: Name of its class.
        status: HTTP status, where there was one.
        code: Code of the API, where there was one.
    """

    kind: str = ""
    status: int | None = None
    code: str | None = None
