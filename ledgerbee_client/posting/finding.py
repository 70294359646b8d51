"""Which entries are booked, by their keys: read back from the list of the API by whatever filters it has."""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._base.log import log
from .._base.shapes import is_object
from .._helpers.page import Page
from .._helpers.pages import Pages
from ..errors import ConfigurationError, InvalidValueError

Find = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
"""Given keys, returns the id of each that is booked, by key; a key that is missing in it is not booked."""
KeyOf = Callable[[Any], object]
_LONGEST_KEY = 500
_PAGE_SIZE = 97
"""Not 100: a batch of 100 that is booked between two pages would move one onto the other, as if nothing moved on."""
_FILTERS = {"reference": ("reference", "search"), "externalSystemId": ("external_system_id",)}
"""Arguments of `list()` that find an entry by a field, by the field's name on the wire."""


class Found(NamedTuple):
    """
    What one look found.

    Attributes:
        ids: Id of each entry that is there, by key.
        is_whole: Whether what is not in it is not there. False where items may have been missed, or do not show keys.
    """

    ids: Mapping[str, str]
    is_whole: bool = True


class _Field:
    """A field that the key was read from."""

    def __init__(self, wire: str) -> None:
        self.wire = wire


class _AnyEntry:
    """Stands in for an entry, to see which field of it a key is."""

    def __getattr__(self, name: str) -> _Field:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Field(re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name.rstrip("_")))

    def __getitem__(self, wire: str) -> _Field:
        return _Field(wire)


def field_of(key: KeyOf) -> str:
    """
    Return the field that a key is, by its name on the wire.

    Raises:
        ConfigurationError: the key is made of more than one field, so that no list shows it.
    """
    try:
        field = key(_AnyEntry())
    except Exception:  # noqa: BLE001  Whatever else a key does with an entry, it is not one field of it.
        field = None
    if isinstance(field, _Field):
        return field.wire
    raise ConfigurationError(
        "key= is not one field of an entry, such as `lambda entry: entry.reference`, so that the list of booked entries"
        " does not show it. Give find=, an async function from keys to the ids of those that are booked."
    )


def text_of(key: KeyOf, entry: object) -> str:
    """
    Return the key of an entry.

    Raises:
        InvalidValueError: it is no text, or none that a journal can hold.
    """
    value = key(entry)
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_KEY or not text.isprintable():
        wanted = f"a text of 1 to {_LONGEST_KEY} printable characters"
        raise InvalidValueError("key", wanted, repr(text)[:100] if isinstance(text, str) else type(value).__name__)
    return text


def keys_of(key: KeyOf, entries: Sequence[Any]) -> list[str]:
    """
    Return the keys of entries, looked at all at once where they are plain texts.

    Raises:
        InvalidValueError: one is no text, or none that a journal can hold.
    """
    keys: list[Any] = [*map(key, entries)]
    if {*map(type, keys)} == {str} and "".join(keys).isprintable():
        lengths = {*map(len, keys)}
        if min(lengths) > 0 and max(lengths) <= _LONGEST_KEY:
            return keys
    return [text_of(key, entry) for entry in entries]


def ids_of(keys: Sequence[str], booked: Sequence[Any], field: str) -> tuple[dict[str, str | None], str]:
    """
    Return the ids of booked entries by their keys, in the order of the keys; and what is wrong with the keys, if so.

    They come in the order of the request. Where the API shows the keys in another order, each has the id that is shown
    with it; where it shows others, a crash could not be settled by looking for them.
    """
    ids = [str(one.id) if isinstance(one.id, str | int) and one.id else None for one in booked]
    name = re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", field)
    shown: list[Any] = [getattr(one, name, None) for one in booked] if field else []
    if shown in ([], [*keys]) or not all(isinstance(text, str) for text in shown):
        return dict(zip(keys, ids, strict=True)), ""
    if {*shown} == {*keys}:
        by_key = dict(zip(shown, ids, strict=True))
        return {key: by_key[key] for key in keys}, ""
    key, other = next(pair for pair in zip(keys, shown, strict=True) if pair[0] != pair[1])
    words = (
        f"an entry was sent with {key[:100]!r} as its {field} and booked with {other[:100]!r}: after a crash it could"
    )
    return dict(zip(keys, ids, strict=True)), f"{words} not be found by that. Choose another key, or give find="


class Finder:
    """Finds booked entries by one field: by a filter of the list where it has one, else by walking it."""

    def __init__(self, pages: Callable[..., Pages[Any]], field: str) -> None:
        self._pages, self._field = pages, field
        arguments = inspect.signature(pages).parameters
        self._filter = next((name for name in _FILTERS.get(field, ()) if name in arguments), None)

    async def __call__(self, keys: Sequence[str]) -> Found:
        """Look once, for all of these keys together."""
        wanted = dict.fromkeys(keys)
        if self._filter:
            return await self._by_filter(wanted, self._filter)
        return await self._by_walk(wanted, self._pages(limit=_PAGE_SIZE).pages())

    async def _by_filter(self, wanted: Iterable[str], name: str) -> Found:
        ids: dict[str, str] = {}
        for key in wanted:
            # A search finds more than it was asked for: the field must be the key, and nothing but it.
            found = await self._by_walk({key: None}, self._pages(**{name: key}).pages(), shows=True)
            ids |= found.ids
            if not found.is_whole:
                return Found(ids, is_whole=False)
        return Found(ids)

    async def _by_walk(
        self, wanted: Mapping[str, None], pages: AsyncIterator[Page[Any]], *, shows: bool = False
    ) -> Found:
        """
        Walk until all are found, or to the end.

        Items that are added meanwhile move others to later pages, where they are met again; only a list that became
        shorter can have hidden one. One in which no item has the field does not show what is looked for, and one that
        shows a key in another spelling may show any of them so.
        """
        ids: dict[str, str] = {}
        spelled = {_plain(key) for key in wanted}
        seen, total, is_doubtful = 0, 0, False
        async for page in pages:
            is_doubtful = is_doubtful or (page.total is not None and page.total < total)
            total = max(total, page.total or 0)
            seen += len(page.items)
            for item in page.items:
                value = item.get(self._field)
                shows = shows or value is not None
                # A whole number is a key as well, and the list shows it as a number.
                text = str(value) if isinstance(value, int) else value
                if not isinstance(text, str):
                    continue
                if text in wanted:
                    _add(ids, text, item.get("id"))
                elif _plain(text) in spelled:
                    log.warning(
                        "the list of booked entries has %.100r, which looks like another spelling of a key", text
                    )
                    is_doubtful = True
            if len(ids) == len(wanted):
                return Found(ids)
        return Found(ids, is_whole=not is_doubtful and seen >= total and (shows or not seen))


def _plain(key: str) -> str:
    """Return a key without what a server may change of it: capitals, and spaces around or between its words."""
    return " ".join(key.casefold().split())


def _add(ids: dict[str, str], key: str, value: object) -> None:
    """Note the id of an entry that is there, which is empty where the list shows none; the first of two is kept."""
    found = str(value) if isinstance(value, str | int) else ""
    if ids.setdefault(key, found) != found:
        words = "two booked entries have the key %.100r: %s and %s. It was booked twice, or by somebody else as well"
        log.error(words, key, ids[key], found)


def finder_of(find: Find) -> Callable[[Sequence[str]], Awaitable[Found]]:
    """
    Wrap the caller's own function.

    What it gives an id counts as booked and is never sent again, so that an answer of another shape settles nothing.
    """

    async def look(keys: Sequence[str]) -> Found:
        found: object = await find(keys)
        if not is_object(found):
            raise ConfigurationError(f"find= returned {type(found).__name__}, expected a mapping from keys to ids.")
        ids: dict[str, str] = {}
        for key in keys:
            if key in found:
                one = found[key]
                if not isinstance(one, str) or not one:
                    words = f"find= returned {one!r:.100} as the id of {key!r}, expected a text."
                    raise ConfigurationError(f"{words} Leave a key out that is not booked.")
                ids[key] = one
        return Found(ids)

    return look
