"""A page for people at `/`: the books, the last requests, the faults. Plain HTML, made on the server."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from ledgerbee_sandbox.books.clock import instant
from ledgerbee_sandbox.company import Company
from ledgerbee_sandbox.demo import API_KEY

_STYLE = """
:root { --ink: #1c1917; --paper: #fff; --soft: #57534e; --line: #e7e5e4;
  --link: #1d4ed8; --bad: #b91c1c; --good: #15803d; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
body { background: var(--paper); color: var(--ink); } a { color: var(--link); }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; }
td, th { padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td:nth-child(-n+2) { white-space: nowrap; } .wide { overflow-x: auto; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.bad { color: var(--bad); } .good { color: var(--good); } .soft { color: var(--soft); }
.books { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .1rem 1.5rem; }
.books div { display: flex; justify-content: space-between; border-bottom: 1px solid var(--line); }
@media (prefers-color-scheme: dark) { :root { color-scheme: dark; --ink: #e7e5e4; --paper: #1c1917; --soft: #a8a29e;
  --line: #44403c; --link: #93c5fd; --bad: #fca5a5; --good: #86efac; } }
"""
_SHOWN = 50


def status_page(company: Company) -> ASGIApp:
    async def page(scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        found = request.url.path == "/"
        response: Response = (
            HTMLResponse(_page(company, f"{request.base_url}api"))
            if found
            else HTMLResponse("<p>Not here. See <a href='/'>/</a>.", 404)
        )
        await response(scope, receive, send)

    return page


def _page(company: Company, base_url: str) -> str:
    clock = company.books.clock
    name = next(iter(company.books["company"]))["name"]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>LedgerBee sandbox</title><style>{_STYLE}</style></head><body>
<h1>LedgerBee sandbox</h1>
<p class="soft">The books of {html.escape(name)}. {len(company.operations)} operations.
Clock: {instant(clock.now())}{", stopped" if clock.stopped else ""}.
Control room: <a href="/_sandbox/">/_sandbox/</a></p>
<p>Base URL <code>{html.escape(base_url)}</code>, API key <code>{html.escape(API_KEY)}</code></p>
<h2>Books</h2><div class="books">{_books(company)}</div>
<h2>Faults that wait</h2>{_faults(company)}
<h2>Last requests</h2>{_requests(company)}
</body></html>"""


def _books(company: Company) -> str:
    shelves = sorted((s for s in company.books.shelves if s.name != "counters" and len(s)), key=lambda s: s.name)
    return "".join(
        f"<div><a href='/_sandbox/books/{quote(s.name)}'>{html.escape(s.name.replace('_', ' '))}</a>"
        f"<span>{len(s)}</span></div>"
        for s in shelves
    )


def _faults(company: Company) -> str:
    rows = [
        (
            fault.operation,
            fault.kind,
            "always" if fault.times is None else f"{fault.times - fault.struck} times",
            fault.probability,
        )
        for fault in company.faults
    ]
    return _table(("Operation", "Fault", "Left", "Probability"), rows) if rows else "<p class='soft'>None.</p>"


def _requests(company: Company) -> str:
    last = list(company.journal)[-_SHOWN:]
    rows = [
        (
            seen.number,
            seen.at[11:-1],
            f"{seen.method} {seen.path}{'?' if seen.query else ''}{seen.query}",
            seen.operation or "no such route",
            _status(seen.status),
            ", ".join(seen.faults),
        )
        for seen in reversed(last)
    ]
    if not rows:
        return "<p class='soft'>None yet.</p>"
    return _table(("#", "At", "Request", "Operation", "Status", "Faults"), rows)


class _Raw(str):
    """Text that is HTML already."""


def _status(status: int | None) -> _Raw:
    tone = "good" if status is not None and status < 400 else "bad"
    return _Raw(f"<span class='{tone}'>{'cut' if status is None else status}</span>")


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    def cell(value: object) -> str:
        return value if isinstance(value, _Raw) else html.escape(str(value))

    head = "".join(f"<th>{head}</th>" for head in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f"<div class='wide'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
