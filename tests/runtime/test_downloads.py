"""PDF files: whole, checked, capped; and never half a file where a whole one is expected."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from ledgerbee_client import ApiKey, ConnectionFailedError, DeadlineError, DownloadError, LedgerBee, NotFoundError
from ledgerbee_client._base.operations import Operation
from ledgerbee_client._models.model import ANY

from .conftest import ScriptedApi
from .operations import PDF
from .pdf_files import CONTENT, PATH, Pieces, found, pdf

pytestmark = pytest.mark.anyio


async def test_a_file_of_a_call_that_may_not_be_repeated_is_not_begun_again(api: ScriptedApi, bee: LedgerBee) -> None:
    """An export that is made anew by every POST."""
    make = Operation(name="exports.create", method="POST", path="/v1/exports")
    pieces = Pieces(b"id;note", httpx.ReadError("gone"))
    api.on("POST", "/v1/exports").does(httpx.Response(200, stream=pieces))

    with pytest.raises(ConnectionFailedError):
        await bee._calls.download(make, media="text/csv", body={"a": 1}, body_codec=ANY).read()

    assert 1 == len(api.requests)


async def test_a_file_is_saved_whole(api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """Nothing else is left beside it."""
    api.on("GET", PATH).answers(content=CONTENT)

    saved = await pdf(bee).save(tmp_path / "a.pdf")

    assert CONTENT == saved.read_bytes()
    assert [saved] == found(tmp_path)
    assert "application/pdf" == api.requests[0].headers["accept"]


async def test_a_file_can_be_read_and_streamed(api: ScriptedApi, bee: LedgerBee) -> None:
    """Each time it is asked for anew."""
    api.on("GET", PATH).answers(content=CONTENT, times=2)

    assert CONTENT == await pdf(bee).read()
    chunks = aiter(pdf(bee))
    assert CONTENT == b"".join([chunk async for chunk in chunks])
    assert [] == [chunk async for chunk in chunks]


# httpx's own generators, one inside the other, are left half-way then, and trio says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_stream_left_early_gives_the_connection_back(api: ScriptedApi, bee: LedgerBee) -> None:
    """That is what `async with` is for."""
    pieces = Pieces(b"%PDF-", b"more")
    api.on("GET", PATH).does(httpx.Response(200, stream=pieces))

    async with pdf(bee) as file:
        async for _ in file:
            break

    assert pieces.closed


@pytest.mark.parametrize("encoding", ["identity", "Identity", ""])
async def test_a_file_that_says_it_is_as_it_is_is_taken(encoding: str, api: ScriptedApi, bee: LedgerBee) -> None:
    """Names of codings have no case, and some proxies leave an empty one."""
    api.on("GET", PATH).does(httpx.Response(200, headers={"content-encoding": encoding}, stream=Pieces(CONTENT)))

    assert CONTENT == await pdf(bee).read()


async def test_first_bytes_may_come_one_by_one(api: ScriptedApi, bee: LedgerBee) -> None:
    """A slow start is still a PDF."""
    api.on("GET", PATH).does(httpx.Response(200, stream=Pieces(b"%P", b"D", b"F-1", b"")))

    assert b"%PDF-1" == await pdf(bee).read()


@pytest.mark.parametrize("content", [b"", b"%PD", b"<html>no</html>", b'{"error": 1}'])
async def test_what_is_no_pdf_is_not_saved(content: bytes, api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """A page of HTML called invoice.pdf has been found often enough."""
    api.on("GET", PATH).answers(content=content)

    with pytest.raises(DownloadError, match="a PDF was expected"):
        await pdf(bee).save(tmp_path / "a.pdf")

    assert [] == found(tmp_path)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_file_is_capped(api: ScriptedApi, tmp_path: Path) -> None:
    """Memory and disks end."""
    api.on("GET", PATH).answers(content=CONTENT)
    async with LedgerBee(ApiKey("k"), transport=api) as bee:
        download = bee._calls.download(PDF, path=("1",))
        download.max_bytes = 1000

        with pytest.raises(DownloadError, match="grew over 1,000 bytes"):
            await download.save(tmp_path / "a.pdf")

    assert [] == found(tmp_path)


async def test_a_file_that_breaks_off_is_begun_again(api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """Reading twice is harmless."""
    api.on("GET", PATH).does(httpx.Response(200, stream=Pieces(CONTENT[:1000], httpx.ReadError("cut"))))
    api.on("GET", PATH).answers(content=CONTENT)

    assert CONTENT == (await pdf(bee).save(tmp_path / "a.pdf")).read_bytes()


async def test_a_file_that_always_breaks_off_is_an_error(api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """And no half file is left."""
    for _ in range(3):
        api.on("GET", PATH).does(httpx.Response(200, stream=Pieces(CONTENT[:1000], httpx.ReadError("cut"))))

    with pytest.raises(ConnectionFailedError):
        await pdf(bee).save(tmp_path / "a.pdf")

    assert [] == found(tmp_path)


def short(times: int, api: ScriptedApi) -> None:
    for _ in range(times):
        pieces = Pieces(CONTENT[:1000])
        api.on("GET", PATH).does(httpx.Response(200, headers={"content-length": "200009"}, stream=pieces))


async def test_a_file_that_came_short_is_begun_again(api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """It ended in good order, and before the length that was promised."""
    short(1, api)
    api.on("GET", PATH).answers(content=CONTENT)

    assert CONTENT == (await pdf(bee).save(tmp_path / "a.pdf")).read_bytes()


async def test_a_file_that_always_comes_short_is_an_error(api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """What is saved is whole."""
    short(3, api)

    with pytest.raises(ConnectionFailedError, match="broke off after 1,000 of 200,009 bytes"):
        await pdf(bee).save(tmp_path / "a.pdf")

    assert [] == found(tmp_path)


# httpx's own generators are left half-way then, and trio says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_file_that_comes_compressed_is_refused(api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """Cut, it would pass for whole; so it is asked for as it is."""
    cut = gzip.compress(CONTENT)[:-100]
    api.on("GET", PATH).answers(content=cut, headers={"content-encoding": "gzip"})

    with pytest.raises(DownloadError, match="came compressed"):
        await pdf(bee).save(tmp_path / "a.pdf")

    assert [] == found(tmp_path)
    assert "identity" == api.requests[0].headers["accept-encoding"]


async def test_a_file_that_never_ends_ends_at_the_deadline(api: ScriptedApi, tmp_path: Path) -> None:
    """The deadline covers the body too."""

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield b"%PDF-"
            await anyio.sleep_forever()

    api.on("GET", PATH).does(httpx.Response(200, stream=Endless()))
    async with LedgerBee(ApiKey("k"), transport=api) as bee:
        with anyio.fail_after(5), pytest.raises(DeadlineError):
            await bee._calls.download(PDF, path=("1",), timeout=0.05).save(tmp_path / "a.pdf")

    assert [] == found(tmp_path)


async def test_an_unknown_document_is_not_found(api: ScriptedApi, bee: LedgerBee) -> None:
    """The API's own error, as everywhere."""
    api.on("GET", PATH).answers(404, json={"message": "Invoice not found"})

    with pytest.raises(NotFoundError, match="Invoice not found"):
        await pdf(bee).read()


async def test_progress_is_told(api: ScriptedApi, bee: LedgerBee) -> None:
    """Bytes so far, bytes in all."""
    told: list[tuple[int, int | None]] = []
    api.on("GET", PATH).answers(content=CONTENT)

    await pdf(bee).read(on_progress=lambda done, total: told.append((done, total)))

    assert (len(CONTENT), len(CONTENT)) == told[-1]


async def test_progress_that_cannot_be_told_costs_nothing(
    api: ScriptedApi, bee: LedgerBee, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A bar on a terminal that is gone: the file is saved, and the log says what failed."""
    api.on("GET", PATH).answers(content=CONTENT)

    def fail(done: int, total: int | None) -> None:
        raise BrokenPipeError

    saved = await pdf(bee).save(tmp_path / "a.pdf", on_progress=fail)

    assert CONTENT == saved.read_bytes()
    assert "a callback failed" in caplog.text
    assert "things.pdf" in caplog.text


async def test_a_stream_left_early_does_not_wait_for_its_end(api: ScriptedApi, bee: LedgerBee) -> None:
    """Also where a transport of one's own goes on after it was closed."""

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield b"%PDF-"
            await anyio.sleep_forever()

    api.on("GET", PATH).does(httpx.Response(200, stream=Endless()))
    with anyio.fail_after(5):
        async with pdf(bee) as chunks:
            async for _ in chunks:
                break
