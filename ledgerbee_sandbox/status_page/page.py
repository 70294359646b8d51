"""A page for people at `/`: the books, the last requests, the faults. Plain HTML, made on the server."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from attrs import asdict, fields
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from ledgerbee_sandbox.books.clock import instant
from ledgerbee_sandbox.demo import API_KEY
from ledgerbee_sandbox.faults.fault import Fault
from ledgerbee_sandbox.json_codec import dump
from ledgerbee_sandbox.state.state import State
from ledgerbee_sandbox.status_page.overview import Row, overview
from ledgerbee_sandbox.status_page.style import STYLE

_SHOWN = 50
_PLAIN_FAULT = asdict(Fault("*", "status"))


def status_page(state: State) -> ASGIApp:
    async def page(scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        found = request.url.path == "/"
        response: Response = (
            HTMLResponse(_page(state, f"{request.base_url}api"))
            if found
            else HTMLResponse("<p>Not here. See <a href='/'>/</a>.", 404)
        )
        await response(scope, receive, send)

    return page


def _page(state: State, base_url: str) -> str:
    clock = state.books.clock
    name = next(iter(state.books["company"]))["name"]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>LedgerBee sandbox</title><style>{STYLE}</style></head><body>
<h1>LedgerBee sandbox</h1>
<p class="soft">The books of {html.escape(name)}. {len(state.operations)} operations.
Clock: {instant(clock.now())}{", stopped" if clock.stopped else ""}.
Control API: <a href="/_sandbox/">/_sandbox/</a></p>
<p>Base URL <code>{html.escape(base_url)}</code>, API key <code>{html.escape(API_KEY)}</code></p>
<h2>Books</h2>{_books(state)}
<h2>Pending faults</h2>{_faults(state)}
<h2>Last requests</h2>{_requests(state)}
</body></html>"""


def _books(state: State) -> str:
    rows = overview(state.books)
    heads = ("What", "Count", "By status", "Sum")
    shown = _table(heads, (_counted(row) for row in rows if not row.is_internal))
    inner = _table(heads, (_counted(row) for row in rows if row.is_internal))
    return f"{shown}<details><summary class='soft'>Tables of the sandbox itself</summary>{inner}</details>"


def _counted(row: Row) -> tuple[object, ...]:
    link = _Raw(f"<a href='/_sandbox/books/{quote(row.table, safe='')}'>{html.escape(row.title)}</a>")
    statuses = ", ".join(f"{count:,} {status}" for status, count in row.statuses.items())
    sums = ", ".join(f"{amount:,.2f} {currency}".rstrip() for currency, amount in row.sums.items())
    return link, f"{row.count:,}", statuses, sums


def _faults(state: State) -> str:
    waiting = list(state.faults)
    if not waiting:
        return "<p class='soft'>None.</p>"
    rows = [(_breakable(fault.operation), _breakable(fault.kind), _left(fault), _options(fault)) for fault in waiting]
    return _table(("Operation", "Fault", "Left", "Options"), rows)


def _left(fault: Fault) -> str:
    if fault.times is None:
        return "always"
    left = fault.times - fault.applied
    return "once" if left == 1 else f"{left} times"


def _options(fault: Fault) -> str:
    """What was asked for besides: the options of its kind, and all that are not as they are by themselves."""
    of_its_kind = {"status": {"status"}, "slow": {"seconds"}}.get(fault.kind, set[str]())
    shown = [
        f"{option.name} {_said(getattr(fault, option.name))}"
        for option in fields(Fault)
        if option.name not in {"operation", "kind", "times", "applied"}
        and (option.name in of_its_kind or getattr(fault, option.name) != _PLAIN_FAULT[option.name])
    ]
    return ", ".join(shown)


def _said(value: object) -> str:
    return value if isinstance(value, str) else dump(value).decode()


def _requests(state: State) -> str:
    last = list(state.request_log)[-_SHOWN:]
    rows = [
        (
            _status(seen.status),
            seen.operation or "no such route",
            _breakable(f"{seen.method} {seen.path}{'?' if seen.query else ''}{seen.query}"),
            ", ".join(seen.faults),
            seen.at[11:-1],
            seen.number,
        )
        for seen in reversed(last)
    ]
    if not rows:
        return "<p class='soft'>None yet.</p>"
    return _table(("Status", "Operation", "Request", "Faults", "At", "Number"), rows)


class _Raw(str):
    """Text that is HTML already."""


def _breakable(text: str) -> _Raw:
    """A path or a name that is broken over lines behind its punctuation, rather than within a word."""
    return _Raw(re.sub(r"(?<=[/?_])|(?<=&amp;)", "<wbr>", html.escape(text)))


def _status(status: int | None) -> _Raw:
    tone = "good" if status is not None and status < 400 else "bad"
    return _Raw(f"<span class='{tone}'>{'cut' if status is None else status}</span>")


def _table(heads: tuple[str, ...], rows: Iterable[Iterable[object]]) -> str:
    """A table whose cells have their column's first word as class."""
    classes = [head.split()[0].lower() for head in heads]

    def cell(value: object, name: str) -> str:
        return f"<td class='{name}'>{value if isinstance(value, _Raw) else html.escape(str(value))}</td>"

    head = "".join(f"<th class='{name}'>{head}</th>" for head, name in zip(heads, classes, strict=True))
    body = "".join(f"<tr>{''.join(map(cell, row, classes))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
