"""What the workers of a pass hand to each other: entries of one request, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import define, field

from .._helpers.bodies import Body
from ..errors import LedgerBeeError
from .journal import Chunk, Written
from .outcomes import State

End = tuple[State, str | None, LedgerBeeError | None]
"""What becomes of an entry: its state, its id, its error."""
PLANNED: End = ("planned", None, None)


@define
class Work:
    """Entries that go in one request, with their keys and digests, and the chunk that the journal keeps them as."""

    entries: Sequence[Any]
    body: Body
    digests: dict[str, str]
    chunk: Chunk | None = None

    @property
    def keys(self) -> list[str]:
        """The keys, in the order of the entries."""
        return [*self.digests]

    def anew(self) -> Work:
        """Return the same entries for another request."""
        return Work(self.entries, self.body, self.digests)


@define
class Booked:
    """What a worker has booked and not told of yet: the work, ids by key, and what to await until it is on disk."""

    work: Work | None = None
    ids: dict[str, str | None] = field(factory=dict[str, str | None])
    written: Written | None = None


@define
class Parked:
    """Entries whose outcome is not known, or is another worker's, by the number of the chunk that they wait for."""

    works: dict[int, list[Work]] = field(factory=dict[int, list[Work]])
    size: int = 0

    def add(self, number: int | None, work: Work) -> None:
        """Let entries wait for a chunk; for whatever the journal says of them next, where it is None."""
        self.works.setdefault(number or 0, []).append(work)
        self.size += work.body.size

    def take(self, number: int) -> list[Work]:
        """Return what waits for a chunk, which waits no longer."""
        works = self.works.pop(number, [])
        self.size -= sum(work.body.size for work in works)
        return works
