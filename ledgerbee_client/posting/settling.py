"""
Batches whose answer never came: looked for, later and again, until it is known what became of them.

One look serves all of them. A batch that is found is settled at once. One that is not there is absent only after the
settling time, within which the server may still carry out a request that it had, and only if the whole list was seen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence

import anyio
from attrs import define, field

from .._base.clock import Clock
from .._base.log import log
from ..errors import LedgerBeeError
from .errors import PartlyBookedError, UnsettledError
from .finding import Found
from .states import Verdict, verdict

Look = Callable[[Sequence[str]], Awaitable[Found]]
_MORE_LOOKS = 4
"""How often the list is asked again after the settling time where it could not be read, or not to its end."""
_NOT_WHOLE = "the list changed while it was walked, does not show the keys, or shows one in another spelling."


@define(kw_only=True)
class Unsettled:
    """
    A batch whose outcome is not known.

    Attributes:
        number: Number of its chunk.
        keys: Keys of its entries.
        never_resend: Whether it is not sent again, even if it is absent.
        looks: When it is looked for; at and after the last of them it may be called absent.
    """

    number: int
    keys: list[str]
    never_resend: bool = False
    looks: deque[float] = field(factory=deque[float])
    final: float = 0.0
    failed: int = 0


class Settled:
    """What came of a batch: ids by key, or the error that says why nobody knows, or nothing: it is absent."""

    def __init__(self, batch: Unsettled, ids: Mapping[str, str], error: LedgerBeeError | None = None) -> None:
        self.batch: Unsettled = batch
        self.ids: Mapping[str, str] = ids
        self.error: LedgerBeeError | None = error

    @property
    def is_absent(self) -> bool:
        """Whether it is not booked and will not be."""
        return not self.ids and self.error is None


class Settler:
    """Looks for batches until each is settled. Its `run()` is one task's; `add()` is anybody's."""

    def __init__(
        self,
        look: Look,
        clock: Clock,
        *,
        settling: float,
        resend: bool,
        settled: Callable[[Settled], Awaitable[None]],
    ) -> None:
        self._look, self._clock, self._settling, self._resend, self._settled = look, clock, settling, resend, settled
        self._batches: dict[int, Unsettled] = {}
        self._added = anyio.Event()

    def __contains__(self, number: int | None) -> bool:
        return number in self._batches

    def __len__(self) -> int:
        return len(self._batches)

    def add(self, batch: Unsettled, *, after: float = 0.0) -> None:
        """Look for a batch, first after half of the settling time, which begins in `after` seconds."""
        start = self._clock.monotonic() + after
        batch.final = start + self._settling
        batch.looks.extend((start + self._settling / 2, batch.final))
        self._batches[batch.number] = batch
        self._added.set()

    @property
    def numbers(self) -> list[int]:
        """Numbers of the chunks that are looked for."""
        return [*self._batches]

    def discard(self, number: int) -> None:
        """Forget a batch, now that the journal knows what became of it."""
        del self._batches[number]

    async def run(self) -> None:
        """Settle whatever is added, for ever."""
        while True:
            if not self._batches:
                self._added = anyio.Event()
                await self._added.wait()
            wait = min(batch.looks[0] for batch in self._batches.values()) - self._clock.monotonic()
            if wait > 0:
                await self._clock.sleep(wait)
            await self.look()

    async def look(self) -> None:
        """Look once, for every batch."""
        batches, began = [*self._batches.values()], self._clock.monotonic()
        failure: LedgerBeeError | None = None
        try:
            found = await self._look([key for batch in batches for key in batch.keys])
        except LedgerBeeError as error:
            found, failure = Found({}, is_whole=False), error
            log.warning("batches of unknown outcome could not be looked for: %s", error)
        for batch in batches:
            if (settled := self._judge(batch, found, began, failure)) is not None:
                await self._settled(settled)

    def _judge(self, batch: Unsettled, found: Found, began: float, failure: LedgerBeeError | None) -> Settled | None:
        is_due = batch.looks[0] <= began
        is_late = began >= batch.final
        ids = {key: found.ids[key] for key in batch.keys if key in found.ids}
        match verdict(batch.keys, ids, is_final=is_late and found.is_whole):
            case Verdict.BOOKED:
                return Settled(batch, ids)
            case Verdict.PARTLY:
                return Settled(batch, ids, _alarm(batch, ids))
            case Verdict.ABSENT:
                return Settled(batch, {}, self._kept_back(batch))
            case Verdict.LATER:
                pass
        if is_due:
            batch.looks.popleft()
        if batch.looks:
            return None
        batch.failed += 1
        if batch.failed > _MORE_LOOKS:
            why = str(failure) if failure else _NOT_WHOLE
            words = f"it could not be looked for in the list of booked entries: {why} Run again when that is mended."
            return Settled(batch, ids, UnsettledError(words))
        batch.looks.append(self._clock.monotonic() + max(self._settling / 2, 1.0) * batch.failed)
        return None

    def _kept_back(self, batch: Unsettled) -> LedgerBeeError | None:
        """Say why an absent batch is not sent again, if it is not."""
        words = "it is not in the list of booked entries, and it is not sent again"
        if batch.never_resend:
            return PartlyBookedError(f"{words}, because a part of its batch was there before. Look in LedgerBee.")
        return None if self._resend else UnsettledError(f"{words}: resend_unknown=False. Look for it in LedgerBee.")


def _alarm(batch: Unsettled, ids: Mapping[str, str]) -> PartlyBookedError:
    missing = tuple(key for key in batch.keys if key not in ids)
    words = f"{len(ids)} of {len(batch.keys)} entries of one batch are booked and {len(missing)} are not, from key"
    words += f" {missing[0]!r} on, though a batch is one transaction. None of them is sent again. Look for them in"
    error = PartlyBookedError(f"{words} LedgerBee.", found=dict(ids), missing=missing)
    log.error("%s", error)
    return error
