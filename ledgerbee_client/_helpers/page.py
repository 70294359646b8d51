"""One page of a list, made of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar

from attrs import field, frozen

from .._base.shapes import as_object, is_list

T = TypeVar("T")
_COUNTS = {"total": "total", "total_pages": "totalPages", "answered_number": "page"}
"""What a page says of itself, by the names of `Page`."""


@frozen(kw_only=True)
class Page(Generic[T]):
    """
    One page of a list.

    Attributes:
        items: Its items, in order.
        number: The number that was asked for, from 1.
        total: Items in the whole list, where the API says so.
        limit: Page size that was asked for, or the one that the API says it used; None where the API does not paginate.
        total_pages: Pages in the whole list, where the API says so.
        other: Fields that stand beside the items.
        ids: The `id` of each item, None for items that have none.
        answered_number: The number that the API says this page has, where it says so.
    """

    items: list[T]
    number: int = 1
    total: int | None = None
    limit: int | None = None
    total_pages: int | None = None
    other: Mapping[str, Any] = field(factory=dict[str, Any])
    ids: tuple[str | int | None, ...] = field(default=(), repr=False)
    answered_number: int | None = field(default=None, repr=False)


def find_list(value: Any) -> tuple[str, Sequence[Any]] | None:
    """
    Find the list in an answer: a bare array, the `data` of a page, or the only array of an object.

    Returns:
        The name of its field (empty for a bare array) and the list, or None where there is not exactly one.
    """
    if is_list(value):
        return "", value
    arrays = {name: rows for name, rows in as_object(value).items() if is_list(rows)}
    name = "data" if "data" in arrays else next(iter(arrays), "")
    return (name, arrays[name]) if name == "data" or len(arrays) == 1 else None


def page_of(value: Any, name: str, rows: Sequence[Any], items: list[T], number: int, limit: int | None) -> Page[T]:  # noqa: PLR0917
    """Make a page of an answer. A bare array is the whole list, whatever was asked for."""
    other = {k: v for k, v in value.items() if k != name} if name else {}
    counts = {own: _count(other.pop(theirs, None)) for own, theirs in _COUNTS.items()}
    size = _count(other.pop("limit", None))
    limit = (size or limit) if name and limit is not None else None
    # Where items are their own rows they are models, read fast: all of one class, which has an id.
    ids: list[Any] = [*map(attrgetter("id"), rows)] if rows is items else [as_object(row).get("id") for row in rows]
    if {*map(type, ids)} != {str}:
        ids = [one if isinstance(one, str | int) else None for one in ids]
    return Page(items=items, number=number, limit=limit, other=other, ids=tuple(ids), **counts)


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
