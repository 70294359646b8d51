"""What the journal knows as a file of rows."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO

import anyio.to_thread

from ..errors import ConfigurationError
from .outcomes import Outcome

_AT_A_TIME = 1_000
_COLUMNS = ("key", "state", "id", "error")


async def export(path: Path, outcomes: AsyncIterator[Outcome]) -> int:
    """Write outcomes to a `.csv` or `.jsonl` file, beside it and renamed at the end; return how many there were."""
    if path.suffix not in (".csv", ".jsonl"):
        raise ConfigurationError(f"{path.name}: expected a name that ends in .csv or .jsonl.")
    try:
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}.") from error
    count = 0
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            write = _csv(file) if path.suffix == ".csv" else _json_lines(file)
            rows = list[Outcome]()
            async for outcome in outcomes:
                rows.append(outcome)
                count += 1
                if len(rows) == _AT_A_TIME:
                    await anyio.to_thread.run_sync(write, rows)
                    rows = []
            await anyio.to_thread.run_sync(write, rows)
        os.replace(beside, path)  # noqa: PTH105
    except BaseException:
        os.unlink(beside)  # noqa: PTH108
        raise
    return count


def _csv(file: IO[str]) -> Callable[[list[Outcome]], None]:
    writer: csv.DictWriter[str] = csv.DictWriter(file, _COLUMNS)
    writer.writeheader()
    return lambda outcomes: writer.writerows(outcome.to_dict() for outcome in outcomes)


def _json_lines(file: IO[str]) -> Callable[[list[Outcome]], None]:
    return lambda outcomes: file.writelines(json.dumps(outcome.to_dict()) + "\n" for outcome in outcomes)
