"""Lists as lazy sequences of pages. Knows no HTTP: how a page is fetched is an argument."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio

from ..errors import DeadlineError
from .arguments import from_one
from .misuse import refusal
from .page import Page
from .page_checks import PageChecks
from .walks import Items, Walk, WalkAhead

T = TypeVar("T")
FetchSized = Callable[[int, int | None], Awaitable[Callable[[], Awaitable[Page[T]]]]]
"""Asks for a page by its number and size (None: what the caller chose); what it returns reads the answer."""


class Pages(Generic[T]):
    """
    A lazy list: nothing is asked of the API until it is walked, and each walk asks anew.

        async for invoice in bee.invoices.list(): ...

    Errors carry the number of the page that failed, as `.page`, for `.pages(start=...)`. The `timeout` of the list is
    that of each page; for a limit on a whole walk, `.collect(timeout=...)` or `with anyio.fail_after(...)`.
    """

    def __init__(self, fetch: FetchSized[T], name: str = "a list", *, strict: bool = False) -> None:
        self._fetch_sized, self._name, self._strict = fetch, name, strict

    def strict(self) -> Pages[T]:
        """
        Return the same list, where a change during the walk raises PaginationError instead of a warning in the log.

        Such a walk remembers the id of every item, some 100 bytes each.
        """
        return Pages(self._fetch_sized, self._name, strict=True)

    def __aiter__(self) -> AsyncIterator[T]:
        """Walk all items, page by page."""
        return Items(self.pages())

    def pages(self, start: int = 1) -> AsyncIterator[Page[T]]:
        """
        Walk the pages.

        Args:
            start: Number of the first page, from 1.
        """
        return Walk(self._fetch, self._checks(), from_one(start, "start"))

    async def first(self) -> T | None:
        """Return the first item, or None where the list is empty. Where the API paginates, one item is asked for."""
        page = await anext(Walk(lambda number: self._fetch_sized(number, 1), self._checks()))
        return next(iter(page.items), None)

    async def collect(self, *, ahead: int = 1, timeout: float | None = None) -> list[T]:  # noqa: ASYNC109
        """
        Return all items as a list.

        Args:
            ahead: Pages fetched at the same time; the order stays.
            timeout: Seconds for the whole walk. None: each page has its own limit, and the walk none.

        Raises:
            DeadlineError: not all pages came within `timeout`.
            PaginationError: the list does not move on; in a strict walk, it changed.
        """
        items: list[T] = []
        with anyio.move_on_after(timeout):
            async with self.ahead(ahead) as walk:
                items += [item async for item in walk]
            return items
        raise DeadlineError(f"{self._name}: the list was not whole within {timeout} s.", operation=self._name)

    def ahead(self, pages: int = 4) -> Ahead[T]:
        """
        Walk all items in order while up to `pages` pages are being fetched or wait; leaving the block stops that at
        once.

            async with bee.invoices.list().ahead(4) as invoices:
                async for invoice in invoices: ...

        The block may stand in an async generator. Whoever leaves such a generator early should close it, so that the
        fetching stops at once and not when the generator is collected: `async with contextlib.aclosing(...)`.
        """
        return Ahead(WalkAhead(self._fetch, self._checks(), from_one(pages, "pages")))

    def _checks(self) -> PageChecks:
        return PageChecks(self._name, self._strict)

    async def _fetch(self, number: int) -> Callable[[], Awaitable[Page[T]]]:
        return await self._fetch_sized(number, None)

    def __repr__(self) -> str:
        """Show what it lists, and how to walk it."""
        return f"<Pages of {self._name}: async for, .pages(), .first(), .collect()>"

    if not TYPE_CHECKING:
        __await__ = __next__ = __anext__ = __len__ = __getitem__ = refusal(
            "{0._name} is walked with `async for` and is not awaited: write `async for item in ...`, "
            "`await ....collect()` for a list of all items, or `await ....first()`. Nothing was sent."
        )
        __enter__ = __exit__ = __aenter__ = __aexit__ = __await__

        def __bool__(self):
            return True


class Ahead(Generic[T]):
    """The block in which pages are fetched ahead."""

    def __init__(self, walk: WalkAhead[T]) -> None:
        self._walk = walk

    async def __aenter__(self) -> AsyncIterator[T]:
        """Return the items."""
        return Items(self._walk)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop fetching."""
        await self._walk.aclose()

    if not TYPE_CHECKING:
        __await__ = __getitem__ = __aiter__ = __anext__ = __enter__ = __exit__ = refusal(
            "ahead() opens a block: write `async with ....ahead() as items:`, and `async for item in items:` within."
        )
