"""Walks over the pages of a list: one after the other, or with the next ones fetched ahead."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio

from ..errors import LedgerBeeError, PaginationError
from .background import BackgroundTask
from .misuse import refusal
from .page import Page
from .page_checks import PageChecks, known_pages

T = TypeVar("T")
Fetch = Callable[[int], Awaitable[Callable[[], Awaitable[Page[T]]]]]
"""Asks for a page by its number; what it returns reads the answer."""


# Iterators are classes here: no task finishes an async generator that is left early, and trio warns of it.
class Items(AsyncIterator[T]):
    """The items of pages."""

    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages, self._here = pages, iter(list[T]())

    async def __anext__(self) -> T:
        while True:
            for item in self._here:
                return item
            self._here = iter((await anext(self._pages)).items)

    if not TYPE_CHECKING:
        __await__ = __getitem__ = refusal("items are walked with `async for`: write `async for item in ...`.")


class Walk(AsyncIterator[Page[T]]):
    """Pages one after the other."""

    def __init__(self, fetch: Fetch[T], checks: PageChecks, start: int = 1) -> None:
        self._fetch, self._checks, self._before = fetch, checks, start - 1
        self._number, self._last = start, start

    async def __anext__(self) -> Page[T]:
        if self._number > self._last:
            self._checks.end(self._before)
            raise StopAsyncIteration
        try:
            page = await self._take(self._number)
            more = self._checks.check(page, self._before)
        except LedgerBeeError as error:
            error.page = self._number
            raise
        if more is None:
            self._last = 0
            raise StopAsyncIteration
        self._number += 1
        self._last = max(known_pages(page), self._number) if more else page.number
        return page

    async def _take(self, number: int) -> Page[T]:
        return await (await self._fetch(number))()

    if not TYPE_CHECKING:
        __await__ = __getitem__ = refusal("pages are walked with `async for`: write `async for page in ...`.")


class WalkAhead(Walk[T]):
    """Pages one after the other, while those that will be wanted next are being fetched in tasks of their own."""

    def __init__(self, fetch: Fetch[T], checks: PageChecks, window: int) -> None:
        super().__init__(fetch, checks)
        self._window, self._awaited, self._closed = window, 0, False
        self._tasks: dict[int, BackgroundTask] = {}
        self._fetched: dict[int, Callable[[], Awaitable[Page[T]]] | Exception] = {}

    async def __anext__(self) -> Page[T]:
        page = await super().__anext__()
        self._start(self._number)
        return page

    async def aclose(self) -> None:
        """End the tasks, and return when they have ended."""
        self._closed = True
        tasks = [*self._tasks.values()]
        for task in tasks:
            task.cancel()
        with anyio.CancelScope(shield=True):
            for task in tasks:
                await task.wait()

    async def _take(self, number: int) -> Page[T]:
        if self._closed:
            raise PaginationError("the block of ahead() was left; walk within it, or collect().")
        self._start(number)
        self._awaited = number
        await self._tasks[number].wait()
        self._awaited = 0
        if self._tasks.pop(number, None) is None:
            raise PaginationError("two tasks walk one iterator; give each its own.")
        fetched = self._fetched.pop(number, None)
        if fetched is None:
            raise PaginationError("the task that fetched this page was cancelled.")
        if isinstance(fetched, Exception):
            raise fetched
        self._start(number + 1)
        return await fetched()

    def _start(self, first: int) -> None:
        for number in range(first, min(self._last, first + self._window - 1) + 1):
            if number not in self._tasks and not self._closed:
                self._tasks[number] = BackgroundTask(partial(self._get, number))

    async def _get(self, number: int) -> None:
        try:
            self._fetched[number] = await self._fetch(number)
        except Exception as error:  # noqa: BLE001  # Raised where the page is taken.
            self._fetched[number] = error
        else:
            # Taken at once, and the next request leaves before this answer is read, which takes as long as a request.
            if number == self._awaited:
                self._start(number + 1)
