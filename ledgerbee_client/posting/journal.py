"""What a journal does, whatever it is kept in: one row per key, and each step durable before it is taken."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .errors import JournalError
from .outcomes import STATES, PostingStatus, State, read_error

SCHEMA = "1"
"""Version of the tables. A journal of another version is refused."""


class Row(NamedTuple):
    """
    What the journal knows of one key.

    Attributes:
        digest: Of the content, as hexadecimal digits; empty for an entry that could not be written.
        chunk: Number of the request that it was last part of; None where that was not sent.
        error: As `outcomes.write_error()` wrote it.
        came_before: Whether its entry came before in the same pass over the entries.
        is_left: Whether it is `unknown`, and the worker that looked for it has given up.
    """

    key: str
    digest: str
    state: State
    chunk: int | None = None
    id: str | None = None
    error: str | None = None
    came_before: bool = False
    is_left: bool = False


class Chunk(NamedTuple):
    """
    Entries that are sent as one request.

    Attributes:
        number: Its number in the journal.
        ends: When this worker's lease of it ends, in seconds of `lease.now()`; None where nobody else can take it.
    """

    number: int
    ends: float | None = None


PAGE = 1_000
"""Rows that `page()` returns at a time."""


class Result(NamedTuple):
    """The final state of one key."""

    key: str
    state: State
    id: str | None = None
    error: str | None = None


class Open(NamedTuple):
    """A request that nobody knows the outcome of: what a process left behind when it ended."""

    number: int
    rows: list[Row]


Written = Callable[[], Awaitable[bool]]
"""Awaited until something is on disk; False where another worker has taken it over, and nothing was written."""


class Journal(ABC):
    """
    One journal. Whatever is awaited here is on disk when it returns.

    Every method raises JournalError where the journal cannot be read or written.
    """

    name: str
    poll_seconds: float = 0.0
    """Seconds between two questions after what other workers do; 0 where there are none."""

    @abstractmethod
    async def start(self) -> None:
        """Take the journal for a pass over entries; an error where another process has it and it cannot be shared."""

    @abstractmethod
    async def facts(self, expected: Mapping[str, str]) -> Mapping[str, str]:
        """Return what the journal was begun with; a new one is begun with what is expected."""

    @abstractmethod
    async def begin(self, digests: Mapping[str, str]) -> tuple[Chunk | None, list[Row]]:
        """
        Write new keys as `sending`, with their digests.

        Returns:
            The chunk and no rows; or no chunk and the rows of the keys that are known, and nothing was written.
        """

    @abstractmethod
    async def again(self, digests: Mapping[str, str]) -> Chunk | None:
        """Write known keys that are `planned` or `refused` as `sending`; None where another worker was first."""

    @abstractmethod
    async def finish(
        self, chunk: Chunk | None, results: Sequence[Result], digests: Mapping[str, str] | None = None
    ) -> bool:
        """
        Write final states, or `planned` for what was not sent.

        Args:
            chunk: What the keys were sent in.
            results: One for each key.
            digests: Of keys that are not known yet, which is what cannot be sent at all.

        Returns:
            False where another worker has taken the chunk over, and nothing was written.
        """

    @abstractmethod
    def booked(self, chunk: Chunk, ids: Mapping[str, str | None]) -> Written:
        """Write that keys are booked, at the latest when what is returned is awaited: with whatever is written next."""

    @abstractmethod
    async def unsettled(self) -> list[Open]:
        """Return what is `sending` or `unknown` and in nobody's hands, and take it into ours."""

    @abstractmethod
    async def keep(self, numbers: Sequence[int]) -> None:
        """Begin the lease of our chunks anew: they are being looked for, and that may take longer."""

    @abstractmethod
    async def rows(self, keys: Sequence[str]) -> list[Row]:
        """Return what is known of these keys, which count as met from now on."""

    @abstractmethod
    async def status(self) -> PostingStatus:
        """Count."""

    @abstractmethod
    async def page(self, state: State | None, after: str) -> list[Row]:
        """Return the next rows after a key, by key; all, or those of a state. None are left where it is empty."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of it."""


def row_of(name: str, columns: Sequence[Any]) -> Row:
    """
    Return what a journal's table holds of a key: key, digest, state, chunk, id and error.

    Raises:
        JournalError: this library did not write it.
    """
    key, digest, state, chunk, found, error = columns[:6]
    row = Row(key, digest, state, chunk, found, error)
    if not isinstance(key, str) or not isinstance(digest, str):
        raise damaged(name, key, "a key or a digest that is no text")
    if state not in STATES:
        raise damaged(name, key, f"the state {state!r:.100}")
    if not (isinstance(chunk, int) if state in IN_DOUBT else isinstance(chunk, int | None)):
        raise damaged(name, key, f"the state {state!r} and {chunk!r:.100} as the number of its request")
    if not isinstance(found, str | None):
        raise damaged(name, key, f"the id {found!r:.100}")
    try:
        read_error(error)
    except ValueError:
        raise damaged(name, key, "an error that is none") from None
    return row


IN_DOUBT: tuple[State, ...] = ("sending", "unknown")
"""States of entries that may be booked."""


def damaged(name: str, key: object, what: str) -> JournalError:
    """Return the error of a row that this library did not write."""
    return JournalError(
        f"{name}: the entry {key!r:.520} has {what}, which this library does not write; nothing was sent because of it."
        " Look in LedgerBee whether the entry is booked, and correct its row: the state booked, with its id, or"
        " planned. An older copy of the journal is no help: what was booked since would be sent again."
    )


def status_of(name: str, counts: Iterable[Sequence[Any]]) -> PostingStatus:
    """
    Return how many entries are in each state.

    Raises:
        JournalError: there is a state that this library does not write.
    """
    found: dict[Any, int] = {state: count for state, count in counts}  # noqa: C416
    if strange := [state for state in found if state not in STATES]:
        words = f"{name}: {found[strange[0]]} entries have the state {strange[0]!r:.100}, which this library does not"
        raise JournalError(f"{words} write. Look in LedgerBee whether they are booked, and correct their rows.")
    return PostingStatus(**found)


def check_schema(name: str, found: object) -> None:
    """
    Compare the version of a journal's tables with this library's.

    Raises:
        JournalError: they differ.
    """
    if found != SCHEMA:
        raise JournalError(
            f"{name} has tables of version {found!s:.100}, and this library writes version {SCHEMA}; nothing was sent."
            " Finish it with the version of ledgerbee_client that began it: another one sends the same entries again."
        )


def check_facts(name: str, found: Mapping[str, str], expected: Mapping[str, str]) -> None:
    """
    Compare what a journal was begun with and what it is opened with.

    Raises:
        JournalError: they differ.
    """
    for fact, words in (
        ("company", "was kept for the company {} and the client's credential belongs to {}"),
        ("operation", "was kept for {} and is opened for {}"),
        ("strategy", "was kept with strategy={!r} and is opened with strategy={!r}"),
    ):
        if fact in found and fact in expected and found[fact] != expected[fact]:
            raise JournalError(f"{name} {words.format(found[fact], expected[fact])}; nothing was sent.")
