"""`PostingRun`: what users open, and one pass over entries within it."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from .._config import checked_seconds
from .._helpers.arguments import from_one, refuse_async
from .._helpers.batch_report import BatchProgress
from ..errors import ConfigurationError
from .batches import calls_of
from .export import export
from .finding import Find, field_of
from .journal import Journal, Row
from .outcomes import STATES, Outcome, PostingStatus, State, read_error
from .posting import Posting, Settings
from .sqlite import SqliteJournal

Strategy = Literal["direct", "draft"]
_NO_DRAFTS = (
    "strategy='draft' needs externalSystemId in the body of a draft and as a filter of their list. The schema that"
    " this release is generated from has neither in its current version; use strategy='direct'."
)


class PostingRun:
    """
    Books any number of entries, each once, even if the program is killed on the way.

        async with PostingRun.open("november.db", key=lambda entry: entry.reference) as run:
            async for outcome in run.post(bee.journal_entries, entries):
                print(outcome.key, outcome.state, outcome.id or outcome.error)

    Run the same program again after a crash: what is booked stays booked, what is unknown is looked for, and the rest
    goes on. See docs/posting.md for what this promises, and what it assumes.
    """

    def __init__(self, journal: Journal, settings: Settings | None) -> None:
        self._journal, self._settings = journal, settings
        self._posting: Posting | None = None

    @classmethod
    def open(
        cls,
        journal: str | Path,
        *,
        key: Callable[[Any], object] | None = None,
        find: Find | None = None,
        company: str | None = None,
        strategy: Strategy = "direct",
        settling: float = 30.0,
        resend_unknown: bool = True,
        name: str = "default",
        lease: float = 120.0,
    ) -> Self:
        """
        Return a run over a journal, for an `async with`.

        Args:
            journal: Path of an SQLite file, which one process at a time posts from; or a `postgresql://` URL, of a
                database that any number of workers share (extra `[postgres]`).
            key: Returns the key of an entry: a text of 1 to 500 characters, or a whole number, that no other entry of
                the company has, now or ever. Needed for `post()`. Unless `find` is given it must be one field, which
                the list of booked entries shows: `lambda entry: entry.reference`.
            find: Async function that is given keys and returns the ids of those that are booked, by key, and leaves out
                the others.
            company: Id of the company; asked of the API where it is not given, which takes the scope `company-read`.
            strategy: How entries are booked. `direct`: in batches. `draft`, that is as drafts that are found again by
                their `externalSystemId` and then booked, is refused while the schema of the API does not have that id
                in the body of a draft and as a filter of their list.
            settling: Seconds after which the server no longer carries out a request that it has not answered.
            resend_unknown: Whether an entry of unknown outcome is sent again once it is known not to be booked. If not,
                it stays `unknown`, for a person.
            name: Name of the journal in a PostgreSQL database, which may hold many.
            lease: Seconds for which a worker has a batch to itself, where several share a journal; at least twice the
                timeout of a request. A batch of a worker that died is taken over when its lease has ended.

        Raises:
            ConfigurationError: something of this cannot work.
        """
        if strategy != "direct":
            raise ConfigurationError(
                _NO_DRAFTS if strategy == "draft" else f"strategy must be 'direct', not {strategy!r}."
            )
        is_shared = isinstance(journal, str) and journal.startswith(("postgresql://", "postgres://"))
        if isinstance(journal, str) and "://" in journal and not is_shared:
            scheme = journal.partition("://")[0]
            raise ConfigurationError(f"journal must be a path or a postgresql:// URL, not a {scheme[:40]}:// URL.")
        kept: Journal = SqliteJournal(Path(journal))
        if is_shared:
            from .postgres import PostgresJournal

            kept = PostgresJournal(str(journal), name, checked_seconds(lease), checked_seconds(settling))
        if key is None:
            return cls(kept, None)
        settings = Settings(
            journal=kept,
            key=key,
            field="" if find is not None else field_of(key),
            find=find,
            company=company,
            strategy=strategy,
            settling=checked_seconds(settling),
            resend_unknown=resend_unknown,
            lease=lease if is_shared else None,
        )
        return cls(kept, settings)

    def post(
        self,
        resource: Any,
        entries: Iterable[Any] | AsyncIterable[Any],
        *,
        concurrency: int = 1,
        on_progress: Callable[[BatchProgress], None] | None = None,
        timeout: float | None = None,
    ) -> Posting:
        """
        Book entries, and yield what became of each.

        Entries that the journal knows as booked or refused are not sent again, and yielded with `is_new` False; one
        that was refused is sent again if its content has changed. Leaving the loop early stops the run when the
        `async with` ends: what is under way is brought to its end, and nothing more is sent.

        Args:
            resource: `bee.journal_entries`, or another resource with `create_many()`.
            entries: Any iterable or async iterable of what `create_many()` takes; read as it is needed.
            concurrency: Requests that may be under way at the same time. Outcomes come batch by batch, in the order in
                which batches end; within a batch in the order given.
            on_progress: Called after every batch with how far it is.
            timeout: Seconds for each request, every try included. None: what the client was made with.

        Raises:
            DuplicateKeyError, PayloadChangedError: two entries have one key, or one has changed; what was sent before
                is brought to its end first, and the journal is true.
            JournalError: the journal cannot be used; nothing was sent.
            LedgerBeeError: what keeps every entry from being booked: the credential, the connection. Run again.
        """
        if self._settings is None:
            raise ConfigurationError("PostingRun.open() was called without key=; without it nothing can be posted.")
        calls_of(resource)
        refuse_async(on_progress, "on_progress")
        before, count = self._posting, from_one(concurrency, "concurrency")
        self._posting = Posting(self._settings, before, resource, entries, count, on_progress, timeout)
        return self._posting

    async def status(self) -> PostingStatus:
        """Count the entries in each state."""
        return await self._journal.status()

    def outcomes(self, state: State | None = None) -> AsyncIterator[Outcome]:
        """Walk what the journal knows, by key; all of it, or one state."""
        if state is not None and state not in STATES:
            raise ConfigurationError(f"state must be one of {', '.join(STATES)}, not {state!r}.")
        return _Known(self._journal, state)

    async def export(self, path: str | Path, state: State | None = None) -> int:
        """
        Write what the journal knows to a file: key, state, id and error.

        Args:
            path: Ends in `.csv` or `.jsonl`; replaced as a whole.
            state: Only these.

        Returns:
            How many entries were written.
        """
        return await export(Path(path), self.outcomes(state))

    async def __aenter__(self) -> Self:
        """Do nothing yet: the journal is opened when it is first used."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Bring what is under way to its end (or cancel it, where an error or a cancellation ends the block)."""
        try:
            if self._posting is not None:
                # An ordinary error of the loop's body does not make what is under way unknown; a cancellation does.
                await self._posting.end(at_once=kind is not None and not issubclass(kind, Exception | GeneratorExit))
        finally:
            await self._journal.close()


class _Known(AsyncIterator[Outcome]):
    """The rows of a journal as outcomes, a thousand at a time, so that neither memory nor a transaction grows."""

    def __init__(self, journal: Journal, state: State | None) -> None:
        self._state: State | None = state
        self._journal, self._last = journal, ""
        self._here = iter(list[Row]())

    async def __anext__(self) -> Outcome:
        """Return the next outcome."""
        while True:
            for row in self._here:
                self._last = row.key
                return Outcome(row.key, row.state, row.id, read_error(row.error), is_new=False)
            rows = await self._journal.page(self._state, self._last)
            if not rows:
                raise StopAsyncIteration
            self._here = iter(rows)
