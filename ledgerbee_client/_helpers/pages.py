"""
Lists as lazy sequences of pages: by item, by page, or fetched ahead in order. Knows no HTTP: how a page is fetched is
an argument.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from operator import attrgetter
from typing import Any, Generic, TypeVar

import anyio
from anyio.abc import TaskGroup
from attrs import field, frozen

from .._base.log import log
from .._base.shapes import as_object, is_list
from ..errors import InvalidValueError, LedgerBeeError, PaginationError
from .task_groups import plain_group

T = TypeVar("T")
Fetch = Callable[[int], Awaitable[Callable[[], "Page[T]"]]]
"""Asks for a page by its number; what it returns reads the answer."""
_COUNTS = {"total": "total", "total_pages": "totalPages", "claimed": "page"}
"""What a page says of itself, by the names of `Page`."""


@frozen(kw_only=True)
class Page(Generic[T]):
    """
    One page of a list.

    Attributes:
        items: Its items, in order.
        number: Its number, from 1.
        total: Items in the whole list, where the API says so.
        limit: Page size that was asked for; None where the API does not paginate.
        total_pages: Pages in the whole list, where the API says so.
        other: Fields that stand beside the items.
    """

    items: list[T]
    number: int = 1
    total: int | None = None
    limit: int | None = None
    total_pages: int | None = None
    other: Mapping[str, Any] = field(factory=dict[str, Any])
    ids: tuple[str | int | None, ...] = field(default=(), repr=False)
    claimed: int | None = field(default=None, repr=False)

    @property
    def last_number(self) -> int:
        """Number of the last page, as far as this one tells: its own where nothing follows."""
        if self.limit is None or not self.ids:
            return self.number
        if self.total_pages is None and self.total is None:
            return self.number + (len(self.ids) >= self.limit)
        pages = -(-(self.total or 0) // self.limit) if self.total_pages is None else self.total_pages
        return max(self.number, pages)


def rows_of(value: Any) -> tuple[str, Sequence[Any]] | None:
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


class _Guard:
    """
    Compares each page with the one before: a page that does not move on ends the walk. Drift, and a list that ends
    before its total, are logged or raised.
    """

    def __init__(self, name: str, strict: bool) -> None:
        self.name, self.strict, self.said, self.count = name, strict, False, 0
        self.last: Page[Any] = Page(items=[])

    def check(self, page: Page[Any]) -> None:
        last, self.last = self.last, page
        self.count += len(page.items)
        if page.claimed not in (None, page.number):
            raise self._error(page, f"page {page.number} was asked for and page {page.claimed} came")
        if last.ids and (page.ids == last.ids if any(page.ids) else page.items == last.items):
            raise self._error(page, f"page {page.number} holds page {last.number} again, the list does not move on")
        ids = [i for i in page.ids if i]
        twice = len(ids) - len({*ids} - {*last.ids})
        drift = f"{twice} items came again" if twice else ""
        if last.ids and page.total not in (None, last.total):
            drift = f"the total changed from {last.total} to {page.total}" + (f" and {drift}" if drift else "")
        self._drifted(page, drift)

    def end(self, before: int) -> None:
        """Compare what came with the total. The pages `before` the start of the walk are taken for full."""
        # Forgotten, so that whoever asks again at the end is not told again.
        page, self.last = self.last, Page(items=[])
        came = before * (page.limit or 0) + self.count
        if page.total is not None and came < page.total:
            self._drifted(page, f"{came} of {page.total} items came")

    def _drifted(self, page: Page[Any], drift: str) -> None:
        if drift and self.strict:
            raise self._error(page, f"the list changed while it was walked, {drift}: items may be missing or doubled")
        if drift and not self.said:
            self.said = True
            log.warning("%s changed while it was walked (page %d): %s", self.name, page.number, drift)

    def _error(self, page: Page[Any], what: str) -> PaginationError:
        words = f"{self.name}: {what}. Resume with .pages(start={page.number})."
        return PaginationError(words, page=page.number, operation=self.name)


class Pages(Generic[T]):
    """
    A lazy list: nothing is asked of the API until it is walked, and each walk asks anew.

        async for invoice in bee.invoices.list(): ...

    Errors carry the number of the page that failed, as `.page`, for `.pages(start=...)`.
    """

    def __init__(self, fetch: Fetch[T], name: str = "", *, strict: bool = False) -> None:
        self._fetch, self._name, self._strict = fetch, name, strict

    def strict(self) -> Pages[T]:
        """
        Return the same list, where a change during the walk raises PaginationError instead of a warning in the log.
        """
        return Pages(self._fetch, self._name, strict=True)

    def __aiter__(self) -> AsyncIterator[T]:
        """Walk all items, page by page."""
        return _Items(self.pages())

    def pages(self, start: int = 1) -> AsyncIterator[Page[T]]:
        """
        Walk the pages.

        Args:
            start: Number of the first page, from 1.
        """
        return _Walk(self._fetch, _Guard(self._name, self._strict), from_one(start, "start"))

    async def first(self) -> T | None:
        """Return the first item, or None where the list is empty."""
        return await anext(aiter(self), None)

    async def collect(self, *, ahead: int = 1) -> list[T]:
        """
        Return all items as a list.

        Args:
            ahead: Pages fetched at the same time; the order stays.
        """
        async with self.ahead(ahead) as items:
            return [item async for item in items]

    @asynccontextmanager
    async def ahead(self, pages: int = 4) -> AsyncGenerator[AsyncIterator[T]]:
        """
        Walk all items in order while up to `pages` pages are being fetched or wait; leaving the block stops that at
        once.

            async with bee.invoices.list().ahead(4) as invoices:
                async for invoice in invoices: ...
        """
        from_one(pages, "pages")
        async with plain_group() as group:
            try:
                yield _Items(_Ahead(self._fetch, _Guard(self._name, self._strict), group, pages))
            finally:
                group.cancel_scope.cancel()


# Iterators are classes here: an async generator left early is finished by nobody in particular, and trio warns of it.
class _Items(AsyncIterator[T]):
    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages, self._here = pages, iter(list[T]())

    async def __anext__(self) -> T:
        while True:
            for item in self._here:
                return item
            self._here = iter((await anext(self._pages)).items)


class _Walk(AsyncIterator[Page[T]]):
    """Pages one after the other."""

    def __init__(self, fetch: Fetch[T], guard: _Guard, start: int) -> None:
        self._fetch, self._guard, self._number, self._last = fetch, guard, start, start
        self._before = start - 1

    async def __anext__(self) -> Page[T]:
        if self._number > self._last:
            self._guard.end(self._before)
            raise StopAsyncIteration
        try:
            page = await self._take(self._number)
            self._guard.check(page)
        except LedgerBeeError as error:
            error.page = self._number
            raise
        self._number += 1
        self._last = page.last_number
        return page

    async def _take(self, number: int) -> Page[T]:
        return (await self._fetch(number))()


class _Ahead(_Walk[T]):
    """Pages one after the other, while those that will be wanted next are on their way."""

    def __init__(self, fetch: Fetch[T], guard: _Guard, group: TaskGroup, window: int) -> None:
        super().__init__(fetch, guard, 1)
        self._group, self._window, self._awaited = group, window, 0
        self._come: dict[int, Callable[[], Page[T]] | LedgerBeeError] = {}
        self._events: dict[int, anyio.Event] = {}

    async def __anext__(self) -> Page[T]:
        page = await super().__anext__()
        self._ask(self._number)
        return page

    async def _take(self, number: int) -> Page[T]:
        if self._group.cancel_scope.cancel_called:
            raise PaginationError("the block of ahead() was left; walk within it, or collect().")
        self._ask(number)
        self._awaited = number
        await self._events[number].wait()
        self._awaited = 0
        if self._events.pop(number, None) is None:
            raise PaginationError("two tasks walk one iterator; give each its own.")
        come = self._come.pop(number)
        if isinstance(come, LedgerBeeError):
            raise come
        self._ask(number + 1)
        return come()

    def _ask(self, first: int) -> None:
        for number in range(first, min(self._last, first + self._window - 1) + 1):
            if number not in self._events:
                self._events[number] = anyio.Event()
                self._group.start_soon(self._get, number)

    async def _get(self, number: int) -> None:
        try:
            self._come[number] = await self._fetch(number)
            # Taken at once, and the next request leaves before this answer is read, which takes as long as a request.
            if number == self._awaited:
                self._ask(number + 1)
        except LedgerBeeError as error:
            self._come[number] = error
        self._events[number].set()


def from_one(number: int, name: str, most: int | None = None) -> int:
    """Return a whole number from 1 up to `most`, or refuse it."""
    # Callers without a type checker pass texts and fractions.
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= (most or number):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValueError(name, f"a number from 1{f' to {most}' if most else ''}", repr(number))
    return number
