"""One page of a list, made of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from attrs import field, frozen

from .._base.shapes import as_object
from .._models.answers import FoundList
from .._models.model import Model
from .misuse import refusal

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

    if not TYPE_CHECKING:
        __aiter__ = __getitem__ = refusal("a page holds its items in .items: write `for item in page.items`.")


def page_of(found: FoundList[T], number: int, limit: int | None, *, first: int = 1) -> Page[T]:
    """Make a page of an answer; `first` is what the API calls the first. A bare array is the whole list, always."""
    other = dict(found.other)
    counts = {own: _count(other.pop(theirs, None)) for own, theirs in _COUNTS.items()}
    if (answered := counts["answered_number"]) is not None:
        counts["answered_number"] = answered - first + 1
    size = _count(other.pop("limit", None))
    limit = (size or limit) if found.name and limit is not None else None
    ids = _ids(found.items)
    if {*map(type, ids)} != {str}:
        ids = [one if isinstance(one, str | int) else None for one in ids]
    return Page(items=found.items, number=number, limit=limit, other=other, ids=tuple(ids), **counts)


def _ids(items: list[Any]) -> list[Any]:
    try:
        return [item.id for item in items]
    except AttributeError:  # Models whose fields no schema tells, mappings, texts.
        return [item.get("id") if isinstance(item, Model) else as_object(item).get("id") for item in items]


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
