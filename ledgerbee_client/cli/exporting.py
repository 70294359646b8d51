"""A list of the API as a file."""

from __future__ import annotations

import csv
import datetime
import inspect
import json
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from .._helpers.page import Page
from .._models.base import Model
from .._models.table import to_columns
from ..client import LedgerBee
from ..errors import ConfigurationError

_FORMATS = (".csv", ".jsonl", ".parquet")


async def export(resource: str, path: Path, where: Sequence[str]) -> int:
    """Write every page of a list to a file, beside it and renamed at the end."""
    if path.suffix not in _FORMATS:
        raise ConfigurationError(f"{path.name}: expected a name that ends in {', '.join(_FORMATS)}.")
    if path.suffix == ".parquet":
        _polars()
    async with LedgerBee.from_env() as bee:
        pages = _list_of(bee, resource, where)
        try:
            descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        except OSError as error:
            raise ConfigurationError(f"{path}: {error.strerror}.") from error
        try:
            with os.fdopen(descriptor, "wb" if path.suffix == ".parquet" else "w") as file:
                count = await {".csv": _csv, ".jsonl": _json_lines, ".parquet": _parquet}[path.suffix](file, pages)
            os.replace(beside, path)  # noqa: PTH105
        except BaseException:
            os.unlink(beside)  # noqa: PTH108
            raise
    print(f"{count:,} {resource} written to {path}")
    return 0


def _list_of(bee: LedgerBee, resource: str, where: Sequence[str]) -> AsyncIterator[Page[Any]]:
    """
    Return the pages of a resource's list.

    Raises:
        ConfigurationError: there is no such list, or no such filter.
    """
    lists = [name for name in dir(type(bee)) if not name.startswith("_") and hasattr(_of(bee, name), "list")]
    if resource not in lists:
        raise ConfigurationError(f"there is no list {resource!r}; there are {', '.join(lists)}.")
    method = _of(bee, resource).list
    known = {*inspect.signature(method).parameters} - {"limit", "timeout", "extra_headers"}
    filters: dict[str, Any] = {}
    for one in where:
        name, equals, text = one.partition("=")
        if not equals or name not in known:
            words = f"{resource} has the filters {', '.join(sorted(known)) or 'none'}, not {name!r};"
            raise ConfigurationError(f"{words} give them as --where name=value.")
        filters[name] = _day(name, text) if name.endswith("_date") else text
    pages: AsyncIterator[Page[Any]] = method(**filters).strict().pages()
    return pages


def _day(name: str, text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"--where {name}: expected a day such as 2026-11-20, got {text!r}.") from None


def _of(bee: LedgerBee, name: str) -> Any:
    attribute = getattr(type(bee), name, None)
    return getattr(bee, name) if isinstance(attribute, property) and name != "calls" else None


async def _csv(file: IO[Any], pages: AsyncIterator[Page[Any]]) -> int:
    """Write rows; the columns are the fields of the model, and those that were met by the first page."""
    count, names = 0, list[str]()
    writer: Any = None
    async for page in pages:
        columns = to_columns(page.items)
        if writer is None:
            names = [*columns]
            writer = csv.writer(file)
            writer.writerow(names)
        rows = zip(*(columns.get(name, [None] * len(page.items)) for name in names), strict=True)
        writer.writerows([_cell(value) for value in row] for row in rows)
        count += len(page.items)
    return count


def _cell(value: Any) -> Any:
    return json.dumps(value, default=str) if isinstance(value, list | dict) else value


async def _json_lines(file: IO[Any], pages: AsyncIterator[Page[Any]]) -> int:
    count = 0
    async for page in pages:
        file.writelines(f"{item.to_json()}\n" for item in page.items)
        count += len(page.items)
    return count


async def _parquet(file: IO[Any], pages: AsyncIterator[Page[Any]]) -> int:
    """Write a table of typed columns: amounts as decimals, days and instants as such."""
    polars = _polars()
    items: list[Model] = []
    async for page in pages:
        items += page.items
    columns = to_columns(items)
    money = {name: polars.Decimal(38, _scale(values)) for name, values in columns.items() if _is_money(values)}
    polars.DataFrame(columns, schema_overrides=money, infer_schema_length=None).write_parquet(file)
    return len(items)


def _is_money(values: list[Any]) -> bool:
    return any(isinstance(value, Decimal) for value in values)


def _scale(values: list[Any]) -> int:
    exponents = [value.as_tuple().exponent for value in values if isinstance(value, Decimal)]
    return max(2, *(-exponent for exponent in exponents if isinstance(exponent, int)))


def _polars() -> Any:
    try:
        import polars
    except ImportError:
        words = "Parquet needs polars, which is not installed: pip install 'ledgerbee-client[parquet]'."
        raise ConfigurationError(words) from None
    return polars
