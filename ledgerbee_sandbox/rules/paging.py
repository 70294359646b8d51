"""Pages of a list, sorted and cut as the API documents it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.rules.call import Call, invalid

MAX_LIMIT = 100


def page_of(call: Call, records: Sequence[Record], show: Callable[[Record], Record] = dict) -> Record:
    """Cut the page the call asks for: `page` from 1, `limit` 25 unless given."""
    page, limit = (_whole(call, name, default) for name, default in (("page", 1), ("limit", 25)))
    if page < 1:
        raise invalid("page", "min", "page must not be less than 1")
    if not 1 <= limit <= MAX_LIMIT:
        raise invalid("limit", "max", f"limit must not be greater than {MAX_LIMIT}")
    rows = records[(page - 1) * limit : page * limit]
    total = len(records)
    return {
        "data": [show(row) for row in rows],
        "total": total,
        "page": page,
        "limit": limit,
        "totalPages": -(-total // limit),
    }


def _whole(call: Call, name: str, default: int) -> int:
    """A count from the query. The schema says `number`, but there is no half page."""
    value = call.query.get(name, default)
    if value != int(value):
        raise invalid(name, "isInt", f"{name} must be an integer number")
    return int(value)


def matching(call: Call, records: Sequence[Record], *names: str) -> list[Record]:
    """Keep the records that equal the query in each of these fields, where the query has it."""
    wanted = [(name, call.query[name]) for name in names if call.query.get(name) is not None]
    if not wanted:
        return list(records)
    return [record for record in records if all(record.get(name) == value for name, value in wanted)]


def containing(call: Call, records: Sequence[Record], *names: str) -> list[Record]:
    """Free-text search: keep the records with `search` anywhere in one of these fields, case aside."""
    return _search(call, records, names, lambda text, word: word in text)


def beginning(call: Call, records: Sequence[Record], *names: str) -> list[Record]:
    """Prefix search, as products and product groups document it."""
    return _search(call, records, names, str.startswith)


def ordered(call: Call, records: Sequence[Record], names: dict[str, str], default: str, direction: str) -> list[Record]:
    """Sort by `sortBy` and `sortOrder`; names maps what the query may say to the field that is compared."""
    name = names.get(str(call.query.get("sortBy") or default), default)
    descending = str(call.query.get("sortOrder") or direction).upper() == "DESC"
    ranked = sorted(enumerate(records), key=lambda pair: (_rank(pair[1].get(name)), pair[0]), reverse=descending)
    return [record for _, record in ranked]


def _rank(value: Any) -> tuple[bool, Any]:
    return (value is not None, "" if value is None else value)


def _search(
    call: Call, records: Sequence[Record], names: tuple[str, ...], fits: Callable[[str, str], bool]
) -> list[Record]:
    word = str(call.query.get("search") or "").casefold()
    if not word:
        return list(records)
    return [r for r in records if any(fits(str(r.get(name) or "").casefold(), word) for name in names)]
