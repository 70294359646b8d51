"""What a journal knows, for people and for pipes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from ..errors import ConfigurationError
from ..posting import PostingRun


def opened(journal: str, name: str) -> PostingRun:
    """
    Open a journal that is there already, to be read.

    Raises:
        ConfigurationError: there is no such file.
    """
    if "://" not in journal and not Path(journal).exists():
        raise ConfigurationError(f"{journal} does not exist; `ledgerbee post FILE --run {journal}` begins one.")
    return PostingRun.open(journal, name=name)


async def status(journal: str, name: str) -> int:
    """Print how many entries are in each state; 1 where some are refused, 3 where some are unknown."""
    async with opened(journal, name) as run:
        found = await run.status()
    for state, count in found._asdict().items():
        print(f"{state:8} {count:>12,}")
    print(f"{'total':8} {found.total:>12,}")
    return 3 if found.unknown or found.sending else 1 if found.refused else 0


async def outcomes(journal: str, name: str, state: str | None, to: Path | None) -> int:
    """Print what became of each entry as a line of JSON, or write it to a file."""
    async with opened(journal, name) as run:
        wanted = cast("Any", state)
        if to is not None:
            print(f"{await run.export(to, wanted):,} rows written to {to}")
            return 0
        async for outcome in run.outcomes(wanted):
            print(json.dumps(outcome.to_dict(), ensure_ascii=False))
    return 0
