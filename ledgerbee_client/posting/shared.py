"""What the workers of one pass share: the journal, what waits, what is to be sent again, and how far they are."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import anyio

from .._base.callbacks import notify
from .._base.clock import Clock
from .._helpers.batch_report import BatchProgress
from .._helpers.packing import Batching
from ..errors import LedgerBeeError
from .finding import KeyOf
from .journal import Journal, Result
from .outcomes import Outcome, write_error
from .settling import Settler
from .work import End, Parked, Work

Emit = Callable[[list[Outcome]], Awaitable[None]]
MOST_PARKED_BYTES = 32_000_000
"""Bytes of entries that wait for a batch of unknown outcome; beyond it no more are read until some are settled."""


class Shared:
    """
    The state of a pass.

    Attributes:
        again: What is known not to be booked, and is sent next.
        parked: What waits for a batch of unknown outcome, or for another worker.
        left_unknown: Errors of the batches that this pass could not settle, by number.
        busy: How many are doing something that others may have to wait for.
        changed: Set, and replaced, whenever there is news to look at.
        is_over: Whether nothing more is sent.
        failure: What ended the pass.
    """

    def __init__(  # noqa: PLR0917
        self,
        journal: Journal,
        batching: Batching[Any, Any],
        key: KeyOf,
        emit: Emit,
        on_progress: Callable[[BatchProgress], None] | None,
        total: int | None,
        clock: Clock,
    ) -> None:
        self.journal: Journal = journal
        self.batching: Batching[Any, Any] = batching
        self.key: KeyOf = key
        self.clock: Clock = clock
        self._emit, self._on_progress, self._total = emit, on_progress, total
        self._counts = {"booked": 0, "refused": 0, "unknown": 0, "requests": 0}
        self.again: deque[Work] = deque()
        self.parked: Parked = Parked()
        self.left_unknown: dict[int | None, LedgerBeeError] = {}
        self.busy: int = 0
        self.changed: anyio.Event = anyio.Event()
        self.strangers_due: float = 0.0
        self.is_over: bool = False
        self.failure: BaseException | None = None
        self.settler: Settler

    @property
    def told(self) -> int:
        """Entries that were told of."""
        return sum(self._counts[state] for state in ("booked", "refused", "unknown"))

    @property
    def has_strangers(self) -> bool:
        """Whether something waits for others than the settler: another worker, or what was settled meanwhile."""
        return any(number not in self.settler for number in self.parked.works)

    def stop(self, failure: BaseException | None = None) -> None:
        """Take no more work; what is under way is brought to its end."""
        self.failure = self.failure or failure
        self.is_over = True
        self.notify()

    def notify(self) -> None:
        """Let everybody who waits look again."""
        self.changed.set()
        self.changed = anyio.Event()

    def is_idle(self) -> None:
        """Say that one who was busy is so no more."""
        self.busy -= 1
        self.notify()

    def part(self, work: Work, places: Sequence[int]) -> Work:
        """Return some entries of a batch as one of their own."""
        keys = work.keys
        if len(places) == len(keys):
            return work.anew()
        entries = [work.entries[place] for place in places]
        digests = {keys[place]: work.digests[keys[place]] for place in places}
        return Work(entries, self.batching.body(entries), digests)

    def park(self, number: int | None, work: Work) -> None:
        """Let entries wait for a chunk, or for whatever the journal says of them when it is asked again."""
        self.parked.add(number, work)
        if number not in self.settler:
            self.strangers_due = min(self.strangers_due, self.clock.monotonic() + self.journal.poll_seconds)

    async def tell(self, outcomes: list[Outcome]) -> None:
        """Tell the caller what became of entries."""
        for outcome in outcomes:
            self._counts[outcome.state] += 1
        if outcomes:
            await self._emit(outcomes)

    def count_request(self) -> None:
        """Count a request that is sent now."""
        self._counts["requests"] += 1

    def progress(self) -> None:
        """Tell how far the pass is."""
        if self._on_progress is not None:
            notify(self._on_progress, BatchProgress(**self._counts, total=self._total), self.batching.name)

    async def finish(self, work: Work, ends: Sequence[End], keys: Sequence[str]) -> bool:
        """
        Write the ends of these keys down, and tell of those that are ends.

        False where another worker has taken the chunk over: what becomes of it is that one's to say.
        """
        if not keys:
            return True
        both = [*zip(keys, ends, strict=True)]
        results = [Result(key, state, found, write_error(error)) for key, (state, found, error) in both]
        is_ours = False
        # A cancelled worker may be here with an answer in its hand, and the journal should know it.
        with anyio.CancelScope(shield=True):
            is_ours = await self.journal.finish(work.chunk, results, work.digests)
        if not is_ours:
            self.park(None, work)
            return False
        await self.tell(
            [Outcome(key, state, found, error) for key, (state, found, error) in both if state != "planned"]
        )
        return True
