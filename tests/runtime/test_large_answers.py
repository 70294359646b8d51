"""Answers larger than they look, or than anything the API says: refused early, and read beside the event loop."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx
import pytest

from ledgerbee_client import (
    APIError,
    ConnectionFailedError,
    DeadlineError,
    LedgerBee,
    UnreadableAnswerError,
)
from ledgerbee_client._models.model import ANY

from .conftest import ScriptedApi
from .operations import ALL, CREATE, GET, LIST

pytestmark = pytest.mark.anyio
JSON = {"content-type": "application/json"}


class Bytes(httpx.AsyncByteStream):
    """A body in pieces, as a connection gives it; nothing of httpx decompresses it."""

    def __init__(self, content: bytes, size: int = 65_536) -> None:
        self.content, self.size = content, size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.content), self.size):
            yield self.content[start : start + self.size]


def sent(content: bytes, size: int = 65_536, status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=JSON | named, stream=Bytes(content, size))


async def test_a_compressed_list_of_millions_is_left(api: ScriptedApi, bee: LedgerBee) -> None:
    """Within its deadline, and as an error of ours."""
    bomb = gzip.compress(b"[" + b"{}," * 3_300_000 + b"{}]")
    api.on("GET", "/v1/things").does(sent(bomb, content_encoding="gzip"))

    with anyio.fail_after(5), pytest.raises(ConnectionFailedError, match="more than 100 times its size"):
        await bee.with_options(max_retries=0)._calls.pages(LIST, ANY).collect()


@pytest.mark.parametrize(
    ("items", "why"),
    [(10_001, "a list of at most 10,000 items"), (3_300_000, "more than 500,000 values")],
)
@pytest.mark.parametrize("page", [b"[%s]", b'{"data": [%s], "total": 1}'])
async def test_a_page_of_far_more_than_was_asked_for_cannot_be_read(
    page: bytes, items: int, why: str, api: ScriptedApi, bee: LedgerBee
) -> None:
    """A hundred were; nobody waits for millions to be made."""
    api.on("GET", "/v1/things").does(sent(page % b",".join([b"{}"] * items)))

    with anyio.fail_after(5), pytest.raises(UnreadableAnswerError, match=why):
        await bee._calls.pages(LIST, ANY).collect()


async def test_a_list_that_is_not_paginated_may_have_more(api: ScriptedApi, bee: LedgerBee) -> None:
    """All of it was asked for."""
    api.on("GET", "/v1/everything").does(sent(b"[%s]" % b",".join([b'"a"'] * 20_000)))

    assert 20_000 == len(await bee._calls.pages(ALL, ANY).collect())


@pytest.mark.parametrize(
    ("limit", "most"), [(100, "32,000,000"), (1, "10,220,000")], ids=lambda value: str(value).replace(",", "")
)
async def test_a_page_may_be_as_large_as_its_limit(limit: int, most: str, api: ScriptedApi, bee: LedgerBee) -> None:
    """Some 220 KB for each item, beside 10 MB."""
    api.on("GET", "/v1/things").does(sent(b'["%s"]' % (b"x" * 32_000_000), 1_000_000))

    with pytest.raises(UnreadableAnswerError, match=f"longer than {most} bytes"):
        await bee._calls.pages(LIST, ANY, limit=limit).collect()


async def test_of_a_refusal_a_megabyte_is_read(api: ScriptedApi, bee: LedgerBee) -> None:
    """It is a refusal all the same."""
    api.on("POST", "/v1/things").does(sent(b"x" * 50_000_000, 1_000_000, status=400))

    with bee.capture() as calls, pytest.raises(APIError):
        await bee._calls.one(CREATE, ANY, body={})

    assert 1_000_000 == len(calls[0].body)


@pytest.mark.parametrize("operation", [GET, CREATE], ids=lambda operation: operation.name)
async def test_the_deadline_holds_while_an_answer_is_read(operation: Any, api: ScriptedApi, bee: LedgerBee) -> None:
    """Of a call that may be repeated it is a deadline; a booking was accepted, and says so."""
    release = anyio.Event()

    class Slow:
        """A codec as slow as the largest answers."""

        expected = "anything"

        def read(self, value: Any, path: str = "") -> Any:
            anyio.from_thread.run(release.wait)
            return value

    path: str
    facts: dict[str, Any]
    path, facts = "/v1/things", {"body": {}}
    if operation is GET:
        path, facts = "/v1/things/1", {"path": ("1",)}
    api.on(operation.method, path).does(sent(b'["%s"]' % (b"x" * 2_000_000)))

    with anyio.fail_after(5), pytest.raises((DeadlineError, UnreadableAnswerError)) as caught:
        await bee._calls.one(operation, Slow(), timeout=0.2, **facts)  # type: ignore[arg-type]
    release.set()

    assert (DeadlineError if operation is GET else UnreadableAnswerError) is caught.type
    assert ("do not send it again" in str(caught.value)) is (operation is CREATE)


async def test_the_values_of_headers_are_cut(api: ScriptedApi, bee: LedgerBee) -> None:
    """Nobody reads 96 KB of links."""
    api.on("GET", "/v1/things/1").does(sent(b"{}", link="<" * 96_000, deprecation="true"))

    with anyio.fail_after(3), bee.capture() as calls:
        await bee._calls.one(GET, ANY, path=("1",))

    assert 2_048 == len(calls[0].headers["link"])
