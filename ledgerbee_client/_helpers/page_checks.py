"""What is compared while a list is walked: whether it moves on, whether it changed, whether all of it came."""

from __future__ import annotations

from typing import Any

from .._base.log import log
from ..errors import PaginationError
from .page import Page


class PageChecks:
    """
    Compares each page with those before it.

    A page that came before raises PaginationError, always. A list that changed, or that ended before its total, is one
    warning in the log, or an error where the walk is strict.
    """

    def __init__(self, name: str, strict: bool) -> None:
        self._name, self._strict, self._warned = name, strict, False
        self._last: Page[Any] | None = None
        self._came = 0
        self._pages: dict[int, int] = {}
        self._ids: set[str | int] = set()

    def check(self, page: Page[Any], before: int) -> bool | None:
        """
        Check the next page of a walk.

        Args:
            page: The page that came.
            before: Pages that the walk left out at its start; they are taken for full.

        Returns:
            True if another page may follow, False if this one is the last, None if it is the last one once more.
        """
        last, self._last = self._last, page
        if page.answered_number not in (None, page.number):
            raise self._error(page, f"page {page.number} was asked for and page {page.answered_number} came")
        if last is not None and (number := self._same_as(page, last)):
            self._came_again(page, number, last)
            return None
        self._came += len(page.items)
        came = before * (page.limit or 0) + self._came
        self._report(page, self._drift(page, last, came))
        return _may_follow(page, came)

    def end(self, before: int) -> None:
        """Compare what came with the total, when the walk has ended."""
        # Forgotten, so that whoever asks again at the end is not told again.
        page, self._last = self._last, None
        came = before * (page.limit or 0) + self._came if page else 0
        if page and page.total is not None and came < page.total:
            self._report(page, f"{came} of {page.total} items came")

    def _same_as(self, page: Page[Any], last: Page[Any]) -> int | None:
        """Return the number of an earlier page with the same items; None where there is none."""
        if not page.items:
            return None
        if any(page.ids):
            self._pages.setdefault(hash(last.ids), last.number)
            return self._pages.get(hash(page.ids))
        if self._strict:
            self._pages.setdefault(hash(repr(last.items)), last.number)
            return self._pages.get(hash(repr(page.items)))
        return last.number if page.items == last.items else None

    def _came_again(self, page: Page[Any], number: int, last: Page[Any]) -> None:
        words = f"page {page.number} holds page {number} again"
        counted = last.total is not None or last.total_pages is not None
        if counted or number != last.number or len(last.items) >= (last.limit or 0):
            raise self._error(page, f"{words}, the list does not move on")
        # After a page that is not full and counts nothing, another one is asked for. A server that answers with the
        # same again does not paginate, and the list is whole; or it repeats itself, which looks alike.
        self._report(page, words)

    def _drift(self, page: Page[Any], last: Page[Any] | None, came: int) -> str:
        ids = [one for one in page.ids if one]
        known = self._ids if self._strict else {*last.ids} if last else set[str | int | None]()
        twice = len(ids) - len({*ids} - known)
        if self._strict:
            self._ids.update(ids)
        drift = [f"{twice} items came again"] if twice else []
        if last is not None and page.total not in (None, last.total):
            drift.insert(0, f"the total changed from {last.total} to {page.total}")
        elif page.total is not None and came > page.total:
            drift.insert(0, f"{came} items came of a total of {page.total}")
        return " and ".join(drift)

    def _report(self, page: Page[Any], drift: str) -> None:
        if drift and self._strict:
            raise self._error(page, f"the list changed while it was walked, {drift}: items may be missing or doubled")
        if drift and not self._warned:
            self._warned = True
            log.warning("%s changed while it was walked (page %d): %s", self._name, page.number, drift)

    def _error(self, page: Page[Any], what: str) -> PaginationError:
        words = f"{self._name}: {what}. Resume with .pages(start={page.number})."
        return PaginationError(words, page=page.number, operation=self._name)


def known_pages(page: Page[Any]) -> int:
    """Return the number of the last page that is known to exist: this page's own where it says nothing of others."""
    if page.limit is None or not page.items:
        return page.number
    if page.total_pages is None and page.total is None:
        return page.number + (len(page.items) >= page.limit)
    pages = -(-(page.total or 0) // page.limit) if page.total_pages is None else page.total_pages
    return max(page.number, pages)


def _may_follow(page: Page[Any], came: int) -> bool:
    if page.limit is None or not page.items:
        return False
    if page.total is not None and came > page.total:
        # Its counts are wrong, and are not what ends the walk: an empty page is.
        return True
    if page.total_pages is not None:
        return page.number < page.total_pages
    return page.total is None or came < page.total
