"""One batch from its request to what became of it: booked, refused in part, unknown, or not sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio

from .._base.log import log
from .._helpers.batches import divide
from .._helpers.bodies import Body
from ..errors import APIError, DeadlineError, LedgerBeeError
from .errors import LeaseLostError
from .finding import ids_of
from .lease import leased, now
from .outcomes import Outcome
from .settling import Unsettled
from .shared import Shared
from .states import Answer, answer_of
from .work import PLANNED, Booked, End, Work

_MOST_LATE = 5
"""Requests in a row that may be late before they are sent, and are planned again; the next one ends the pass."""


class Sending:
    """
    How the workers of a pass send.

    Attributes:
        field: The field that the key is, by its name on the wire, or empty.
        timeout: Seconds for a request.
        follow: Returns a body as one behind which something is done while the answer is waited for.
    """

    def __init__(self, shared: Shared, field: str, timeout: float, follow: Callable[[Body], Body]) -> None:
        self._shared, self._field, self._timeout, self._follow = shared, field, timeout, follow
        self._late, self._complained = 0, False

    async def carry_out(self, work: Work, told: Booked) -> None:
        """Send a batch, which is one transaction; in parts where it is refused, each written down before it is sent."""
        shared, parts = self._shared, [work]
        while parts:
            work = parts.pop(0)
            if shared.is_over:
                if work.chunk is not None:  # The others are planned already.
                    await shared.finish(work, [PLANNED] * len(work.digests), work.keys)
                return
            work.chunk = work.chunk or await shared.journal.again(work.digests)
            if work.chunk is None:
                shared.park(None, work)
                continue
            error, booked = None, list[Any]()
            try:
                shared.count_request()
                body = self._follow(leased(work.body, work.chunk.ends, self._timeout))
                booked = await shared.batching.post(body, len(work.entries))
            except LedgerBeeError as failure:
                error = failure
            match answer_of(error, shared.batching.name):
                case Answer.BOOKED:
                    await self.tell_of(told)
                    told.work, self._late = work, 0
                    told.ids, complaint = ids_of(work.keys, booked, self._field)
                    if complaint and not self._complained:
                        log.error("%s", complaint)
                        self._complained = True
                    told.written = shared.journal.booked(work.chunk, told.ids)
                    shared.busy += 1
                    # Written down with the beginning of what is sent next; at once where a lease may end before.
                    if not parts and not shared.journal.poll_seconds:
                        return
                    await self.tell_of(told)
                case Answer.REFUSED:
                    assert isinstance(error, APIError)
                    parts = [*await self._refused(work, error), *parts]
                case Answer.UNKNOWN:
                    assert error is not None
                    words = "a batch of %d entries may have been booked, and is looked for: %s"
                    log.warning(words, len(work.digests), error)
                    shared.park(work.chunk.number, work)
                    # Where the lease is over, another worker may have it, and whoever finds that first settles it.
                    if work.chunk.ends is None or now() < work.chunk.ends:
                        shared.settler.add(Unsettled(number=work.chunk.number, keys=work.keys))
                case Answer.NOT_SENT:
                    await self._not_sent(work, error)
            shared.progress()

    async def tell_of(self, booked: Booked) -> None:
        """Tell of what a worker has booked, once that is on disk."""
        if booked.written is None:
            return
        ids, written = booked.ids, booked.written
        booked.ids, booked.written = {}, None
        is_ours = False
        try:
            with anyio.CancelScope(shield=True):
                is_ours = await written()
            if is_ours:
                await self._shared.tell([Outcome(key, "booked", found) for key, found in ids.items()])
            elif booked.work is not None:
                log.error("a batch was booked after the lease of it had ended; look whether it is booked twice")
                self._shared.park(None, booked.work)
        finally:
            self._shared.is_idle()
        self._shared.progress()

    async def _refused(self, work: Work, error: APIError) -> list[Work]:
        """Write down who is to blame, and return the parts to send now; the first is written down as being sent."""
        keys = work.keys
        guilty, rest = divide(error, self._shared.batching.field, len(keys))
        parts = [self._shared.part(work, places) for places in rest]
        if parts:
            parts[0].chunk = work.chunk
        planned = [keys[place] for places in rest[1:] for place in places]
        ends: list[End] = [("refused", None, about) for about in guilty.values()]
        ends += [PLANNED] * len(planned)
        is_ours = await self._shared.finish(work, ends, [keys[place] for place in guilty] + planned)
        return parts if is_ours else []

    async def _not_sent(self, work: Work, error: LedgerBeeError | None) -> None:
        """Plan a batch again; whatever keeps every entry from being booked ends the pass."""
        is_ours = await self._shared.finish(work, [PLANNED] * len(work.digests), work.keys)
        # Of a process that was stopped, and woken when the time for its request was over.
        is_late = isinstance(error, DeadlineError) and self._late < _MOST_LATE
        self._late += is_late
        if not is_late and not isinstance(error, LeaseLostError):
            self._shared.stop(error)
        elif is_ours:
            self._shared.again.append(work.anew())
