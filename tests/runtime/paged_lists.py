"""Lists of two items a page, and an API that has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from ledgerbee_client import LedgerBee, Pages
from ledgerbee_client._models.model import ANY

from .operations import LIST


def book(total: int, /, size: int = 2, **odd: Any) -> Callable[[httpx.Request], httpx.Response]:
    """Answer with the page that was asked for."""

    def reply(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        rows = [{"id": f"i{n}"} for n in range((number - 1) * size, min(total, number * size))]
        envelope = {"data": rows, "total": total, "page": number, "limit": size, "totalPages": -(-total // size)}
        return httpx.Response(200, json={k: v for k, v in {**envelope, **odd}.items() if v is not None})

    return reply


def things(bee: LedgerBee, **options: Any) -> Pages[Any]:
    return bee._calls.pages(LIST, ANY, limit=2, **options)
