"""
Posting runs: any number of entries, each booked once, even if the program is killed.

    async with PostingRun.open("november.db", key=lambda entry: entry.reference) as run:
        async for outcome in run.post(bee.journal_entries, entries): ...

docs/posting.md says what is promised and what is assumed.
"""

from .errors import (
    DuplicateKeyError,
    JournalError,
    LeaseLostError,
    PartlyBookedError,
    PayloadChangedError,
    RecordedError,
    UnsettledError,
)
from .outcomes import Outcome, PostingStatus, State
from .posting import Posting
from .run import PostingRun

__all__ = [
    "DuplicateKeyError",
    "JournalError",
    "LeaseLostError",
    "Outcome",
    "PartlyBookedError",
    "PayloadChangedError",
    "Posting",
    "PostingRun",
    "PostingStatus",
    "RecordedError",
    "State",
    "UnsettledError",
]
