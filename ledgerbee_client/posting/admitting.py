"""What is done with entries before they are sent: the new ones are written down, the others are sorted out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._helpers.bodies import Body
from .._helpers.packing import Packed
from ..errors import LedgerBeeError
from .batches import digests_of
from .errors import DuplicateKeyError, PayloadChangedError
from .finding import keys_of, text_of
from .journal import Row
from .outcomes import Outcome, read_error
from .shared import Shared
from .states import Admission, admit
from .work import Work


async def admitted(shared: Shared, batch: Packed[Any]) -> Work | None:
    """Write down what is new in a batch, as being sent, and return it; sort out what is not new."""
    for one in batch.refused:
        await _refuse(shared, text_of(shared.key, one.entry), one.error)
    if not batch.entries:
        return None
    keys = keys_of(shared.key, batch.entries)
    digests = dict(zip(keys, digests_of(shared.batching, batch.entries, batch.body), strict=True))
    if len(digests) < len(keys):
        raise _twice(next(key for n, key in enumerate(keys) if key in keys[:n]))
    work: Work | None = Work(batch.entries, batch.body, digests)
    while work is not None:
        work.chunk, rows = await shared.journal.begin(work.digests)
        if work.chunk is not None:
            return work
        work = await sort_out(shared, work, rows, is_first=True)
    return None


async def sort_out(shared: Shared, work: Work, rows: Sequence[Row], *, is_first: bool) -> Work | None:
    """Report, park or plan the entries that the journal knows; return those that it does not."""
    places = {key: place for place, key in enumerate(work.digests)}
    done, again, waits = list[Outcome](), list[int](), dict[int | None, list[int]]()
    for row in rows:
        fate = _fate_of(row, work.digests[row.key], is_first=is_first)
        if fate is Admission.DONE:
            done.append(Outcome(row.key, row.state, row.id, read_error(row.error), is_new=False))
        elif fate is Admission.AGAIN:
            again.append(places[row.key])
        elif row.state == "unknown" and row.chunk in shared.left_unknown:
            done.append(Outcome(row.key, "unknown", row.id, shared.left_unknown[row.chunk]))
        elif row.is_left:  # Another worker has looked for it.
            done.append(Outcome(row.key, "unknown", row.id, read_error(row.error), is_new=False))
        else:
            waits.setdefault(row.chunk, []).append(places[row.key])
    await shared.tell(done)
    if again:
        shared.again.append(shared.part(work, sorted(again)))
    for number, waiting in waits.items():
        shared.park(number, shared.part(work, sorted(waiting)))
    known = {row.key for row in rows}
    new = [place for key, place in places.items() if key not in known]
    return shared.part(work, new) if new else None


async def _refuse(shared: Shared, key: str, error: LedgerBeeError) -> None:
    """Write down an entry that cannot be sent at all."""
    for row in await shared.journal.rows([key]):
        fate = _fate_of(row, "", is_first=True)
        if fate is Admission.DONE:
            await shared.tell([Outcome(key, "refused", None, read_error(row.error), is_new=False)])
            return
    await shared.finish(Work((), Body(parts=()), {key: ""}), [("refused", None, error)], [key])


def _fate_of(row: Row, digest: str, *, is_first: bool) -> Admission:
    fate = admit(row.state, same_content=row.digest == digest, came_before=is_first and row.came_before)
    if fate is Admission.TWICE:
        raise _twice(row.key)
    if fate is Admission.CHANGED:
        raise _changed(row)
    return fate


def _twice(key: str) -> DuplicateKeyError:
    return DuplicateKeyError(
        f"two entries have the key {key!r}; the second was not sent. Give each entry a key of its own."
    )


def _changed(row: Row) -> PayloadChangedError:
    if row.state == "booked":
        words = (
            "is booked, and had another content then; it was not sent. Give what is new a key of its own, and correct"
        )
        words += " what is booked by reversing it."
    else:
        words = (
            f"may be booked with the content that it had before (it is {row.state}); it was not sent. Run again with"
        )
        words += " the entry as it was, until it is known what became of it."
    return PayloadChangedError(f"the entry with the key {row.key!r} {words}")
