"""What became of the entries of a run: each one booked, refused, unknown or not sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import define, field, frozen

from .. import errors

S = TypeVar("S")
T = TypeVar("T")
Error = errors.LedgerBeeError


@frozen(kw_only=True)
class Booked(Generic[S, T]):
    """
    An entry that was booked.

    Attributes:
        position: Its place in what was given, from 0.
        entry: The caller's own object.
        result: What the API made of it.
    """

    position: int
    entry: S
    result: T


@frozen(kw_only=True)
class Unconfirmed(Generic[S]):
    """
    An entry of which nobody said that it is booked: it was refused, not sent, or its answer never came.

    Attributes:
        position: Its place in what was given, from 0.
        entry: The caller's own object.
        error: Why, where that is about this entry; None where others kept it from being booked.
        batch_error: What refused the entry together with others, where nobody said which of them was meant.
    """

    position: int
    entry: S
    error: Error | None = None
    batch_error: Error | None = None


@frozen(kw_only=True)
class BatchProgress:
    """
    How far a run has come.

    Attributes:
        booked: Entries booked.
        refused: Entries refused; they are not booked.
        unknown: Entries that may have been booked.
        requests: Requests sent.
        total: Entries in all, where that was known from the start.
    """

    booked: int
    refused: int
    unknown: int
    requests: int
    total: int | None

    @property
    def settled(self) -> int:
        """Entries that nothing more will be done about."""
        return self.booked + self.refused + self.unknown


@define(kw_only=True, repr=False)
class BatchReport(Generic[S, T]):
    """
    What became of each entry: it stands in exactly one of the four lists, in the order given.

    Attributes:
        booked: Booked, each with what the API made of it.
        refused: Refused by the API or before sending, each with the error; not booked.
        unknown: Sent in a batch whose answer never came: all of such a batch are booked, or none. Read back before
            sending them again.
        not_sent: Not booked, and may be sent as they are.
        requests: Requests sent.
        error: What ended the run early, or else the first refusal; None where everything is booked.
    """

    booked: list[Booked[S, T]] = field(factory=list[Booked[S, T]])
    refused: list[Unconfirmed[S]] = field(factory=list[Unconfirmed[S]])
    unknown: list[Unconfirmed[S]] = field(factory=list[Unconfirmed[S]])
    not_sent: list[Unconfirmed[S]] = field(factory=list[Unconfirmed[S]])
    requests: int = 0
    error: Error | None = None

    @property
    def complete(self) -> bool:
        """True if everything that was given is booked."""
        return self.error is None and not (self.refused or self.unknown or self.not_sent)

    def resendable(self, is_booked: Callable[[S], bool] | None = None) -> list[S]:
        """
        Return the entries that may be sent again as they are: the caller's own objects, in the order given.

        Args:
            is_booked: Says of an entry of `unknown` whether reading back has found it; those not found are returned
                too. None: no entry of `unknown` is.
        """
        missing = [one for one in self.unknown if is_booked and not is_booked(one.entry)]
        return [one.entry for one in sorted([*missing, *self.not_sent], key=lambda one: one.position)]

    def raise_if_incomplete(self) -> None:
        """
        Do nothing if everything was booked.

        Raises:
            BatchIncompleteError: something was not; the error carries this report.
        """
        if not self.complete:
            words = f"{len(self.booked)} entries were booked, {len(self.refused)} refused, {len(self.unknown)} may have"
            words += f" been booked, and {len(self.not_sent)} were not booked because the run stopped."
            raise errors.BatchIncompleteError(f"{words} {self.error or ''}".rstrip(), report=self)

    def __repr__(self) -> str:
        """Count the entries: a report may hold a million of them."""
        counts = {name: len(getattr(self, name)) for name in ("booked", "refused", "unknown", "not_sent")}
        return f"BatchReport({', '.join(f'{k}={v}' for k, v in counts.items())}, requests={self.requests})"
