"""Posting a file: checked to its end, then booked with a bar that moves, then summed up."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.progress import Task as ProgressTask
from rich.text import Text

from ..client import LedgerBee
from ..posting import JournalError, Outcome, PostingRun
from .rows import Accounts, check, entries_of, numbers_in, reader_for

_MOST_SHOWN = 20
BROKEN_OFF = 4


class _RateColumn(TextColumn):
    """Entries per second."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: ProgressTask) -> Text:
        """Return the rate of the last seconds."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


async def post(
    path: Path,
    journal: str,
    *,
    name: str,
    concurrency: int,
    settling: float,
    resend_unknown: bool,
    company: str | None,
) -> int:
    """Book the entries of a file; 0: all are booked, 1: some are refused, 3: some are unknown, 4: it broke off."""
    reader_for(path)
    counts = {"booked": 0, "refused": 0, "unknown": 0}
    left: list[Outcome] = []
    failure: JournalError | None = None
    async with LedgerBee.from_env() as bee:
        accounts: Accounts = {}
        if numbers_in(path):
            accounts = {str(account.account_number): str(account.id) async for account in bee.accounts.list()}
        total = check(path, accounts)
        run = PostingRun.open(
            journal,
            name=name,
            key=lambda entry: entry.reference,
            company=company,
            settling=settling,
            resend_unknown=resend_unknown,
        )
        console = Console(stderr=True)
        columns = (BarColumn(), MofNCompleteColumn(), _RateColumn(), TimeRemainingColumn())
        async with run:
            with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
                bar = progress.add_task("", total=total)
                posting = run.post(bee.journal_entries, entries_of(path, accounts), concurrency=concurrency)
                try:
                    async for outcome in posting:
                        counts[outcome.state] += 1
                        progress.advance(bar)
                        if outcome.state != "booked" and len(left) < _MOST_SHOWN:
                            left.append(outcome)
                except JournalError as error:
                    if not any(counts.values()):
                        raise
                    # In the middle of a run it is no mistake of the caller: the disk is full, the database went away.
                    failure = error
    code = _sum_up(counts, left, journal)
    if failure is None:
        return code
    print(f"Error: {failure}", file=sys.stderr)
    return BROKEN_OFF


def _sum_up(counts: dict[str, int], left: list[Outcome], journal: str) -> int:
    print(", ".join(f"{count:,} {state}" for state, count in counts.items()))
    for outcome in left:
        print(f"{outcome.state} {outcome.key}: {outcome.error}", file=sys.stderr)
    if (more := counts["refused"] + counts["unknown"] - len(left)) > 0:
        print(f"... and {more:,} more: ledgerbee outcomes {journal}", file=sys.stderr)
    return 3 if counts["unknown"] else 1 if counts["refused"] else 0
