"""Models as a table for pandas, polars and pyarrow: columns by Python name, typed values, None for what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._base.shapes import is_list
from ..types import UNSET, OpenStrEnum
from .base import Model


def to_columns(models: Iterable[Model]) -> dict[str, list[Any]]:
    """
    Return one list per field, of as many values as there are models.

        frame = polars.DataFrame(to_columns(await bee.invoices.list().collect()))

    Values are Decimals, dates, aware datetimes and texts; None where a field did not come or is null. Models inside
    others are dicts, and fields that the schema does not know stand behind the others, by their names on the wire.

    Args:
        models: Models, of one class or of several.
    """
    rows = [_row(model) for model in models]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _row(model: Model) -> dict[str, Any]:
    row = {field.name: _plain(getattr(model, field.name)) for field in model._wire}  # pyright: ignore[reportPrivateUsage]
    return row | {name: value for name, value in model.unknown_fields.items() if name not in row}


def _plain(value: Any) -> Any:
    if value is UNSET:
        return None
    if isinstance(value, Model):
        return _row(value)
    if isinstance(value, OpenStrEnum):
        return value.value
    return [_plain(item) for item in value] if is_list(value) else value
