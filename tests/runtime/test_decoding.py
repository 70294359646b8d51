"""Answers that are compressed: what was asked for, within bounds, whole."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest

from ledgerbee_client import ConnectionFailedError, LedgerBee
from ledgerbee_client._models.model import ANY

from .conftest import ScriptedApi
from .operations import GET

pytestmark = pytest.mark.anyio
BODY = b'{"id": "a"}'
RAW_DEFLATE = zlib.compressobj(wbits=-15)
BARE = RAW_DEFLATE.compress(BODY) + RAW_DEFLATE.flush()


class Bytes(httpx.AsyncByteStream):
    """A body in pieces, as it is."""

    def __init__(self, body: bytes, size: int) -> None:
        self.body, self.size = body, size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for place in range(0, len(self.body), self.size):
            yield self.body[place : place + self.size]


def answer(body: bytes, coding: str, size: int = 1_000_000) -> httpx.Response:
    """Answer with a body that is said to be encoded."""
    headers = {"content-type": "application/json", "content-encoding": coding}
    return httpx.Response(200, headers=headers, stream=Bytes(body, size))


@pytest.mark.parametrize("size", [1, 7, 1_000_000])
@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(BODY)),
        ("GZIP ", gzip.compress(BODY)),
        ("x-gzip", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", BARE),
        ("identity", BODY),
        ("", BODY),
    ],
)
async def test_what_was_asked_for_is_decompressed(
    coding: str, body: bytes, size: int, api: ScriptedApi, bee: LedgerBee
) -> None:
    """However it is cut into pieces; deflate with and without the header of zlib."""
    api.on("GET", "/v1/things/1").always(lambda _: answer(body, coding, size))

    assert {"id": "a"} == await bee._calls.one(GET, ANY, path=("1",))


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "compress"])
async def test_what_was_not_asked_for_is_refused(coding: str, api: ScriptedApi, bee: LedgerBee) -> None:
    """By its name, also where a library that knows it is installed."""
    api.on("GET", "/v1/things/1").always(lambda _: answer(b"x", coding))

    with pytest.raises(ConnectionFailedError, match=f"is encoded as '{coding}', and gzip, deflate were asked for"):
        await bee.with_options(max_retries=0)._calls.one(GET, ANY, path=("1",))


@pytest.mark.parametrize("body", [b"junk", gzip.compress(BODY)[:-9]])
async def test_compression_that_is_broken_or_cut_is_no_answer(body: bytes, api: ScriptedApi, bee: LedgerBee) -> None:
    """Half of the JSON could be JSON."""
    api.on("GET", "/v1/things/1").always(lambda _: answer(body, "gzip"))

    with pytest.raises(ConnectionFailedError, match=r"its compression is (broken|cut off)"):
        await bee.with_options(max_retries=0)._calls.one(GET, ANY, path=("1",))


async def test_an_answer_that_grows_without_bounds_is_cut_short(api: ScriptedApi, bee: LedgerBee) -> None:
    """96 KB of gzip would be 99 MB of JSON; a hundredfold is more than any page of the API has."""
    bomb = gzip.compress(b"[" + b"{}," * 33_000_000 + b"{}]")
    api.on("GET", "/v1/things/1").always(lambda _: answer(bomb, "gzip", 1000))

    tracemalloc.start()
    with pytest.raises(ConnectionFailedError, match="more than 100 times its size"):
        await bee.with_options(max_retries=0)._calls.one(GET, ANY, path=("1",))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 5_000_000
