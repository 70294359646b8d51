"""PDF files: whole, checked, capped; and never half a file where a whole one is expected."""

from __future__ import annotations

import asyncio
import gc
import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from ledgerbee_client import (
    ApiKey,
    ConnectionFailedError,
    DeadlineError,
    Download,
    DownloadError,
    LedgerBee,
    NotFoundError,
)
from ledgerbee_client._base.operations import Operation
from ledgerbee_client._models.model import ANY

from .conftest import ScriptedApi
from .operations import PDF

pytestmark = pytest.mark.anyio
CONTENT = b"%PDF-1.7 " + b"x" * 200_000
PATH = "/v1/things/1/pdf"


def files_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


class Pieces(httpx.AsyncByteStream):
    """A body in pieces, broken off where an error stands among them."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self.pieces = pieces
        self.closed = False

    async def __aiter__(self) -> Any:
        for piece in self.pieces:
            await anyio.lowlevel.checkpoint()
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def aclose(self) -> None:
        self.closed = True


def found(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def pdf(bee: LedgerBee) -> Download:
    return bee._calls.download(PDF, path=("1",))


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


async def test_an_older_file_is_replaced(api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """At once, by renaming."""
    (tmp_path / "a.pdf").write_bytes(b"old")
    api.on("GET", PATH).answers(content=CONTENT)

    await pdf(bee).save(tmp_path / "a.pdf")

    assert CONTENT == (tmp_path / "a.pdf").read_bytes()


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


async def test_a_cancelled_download_leaves_nothing(api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """Whatever was written is removed."""

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield b"%PDF-"
            await anyio.sleep_forever()

    api.on("GET", PATH).does(httpx.Response(200, stream=Endless()))
    with anyio.move_on_after(0.05) as scope:
        await pdf(bee).save(tmp_path / "a.pdf")

    assert scope.cancelled_caught
    assert [] == found(tmp_path)


async def test_a_place_that_cannot_be_written_is_an_error_of_ours(
    api: ScriptedApi, bee: LedgerBee, tmp_path: Path
) -> None:
    """With the path."""
    with pytest.raises(DownloadError, match="cannot be written: No such file"):
        await pdf(bee).save(tmp_path / "missing" / "a.pdf")


@pytest.mark.parametrize(
    ("place", "reason"), [("file/a.pdf", "Not a directory"), ("n" * 300 + "/a.pdf", "File name too long")]
)
async def test_a_place_that_cannot_be_looked_at_is_no_other_error(
    place: str, reason: str, bee: LedgerBee, tmp_path: Path
) -> None:
    """Below a file, or with a name that is too long: there is nothing to clean up there either."""
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(DownloadError, match=f"cannot be written: {reason}"):
        await pdf(bee).save(tmp_path / place)


async def test_a_cancelled_download_stays_cancelled_where_the_disk_is_full(
    api: ScriptedApi, bee: LedgerBee, tmp_path: Path
) -> None:
    """Closing the file fails then, and whoever cancelled is told of his cancellation all the same."""
    if sys.platform == "win32":  # Nothing there fills a disk for one process.
        return
    import resource

    class Cancelled(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield CONTENT
            yield b"these bytes wait in memory"
            scope.cancel()
            await anyio.sleep_forever()

    api.on("GET", PATH).does(httpx.Response(200, stream=Cancelled()))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(CONTENT), limits[1]))
    try:
        with anyio.CancelScope() as scope:
            await pdf(bee).save(tmp_path / "a.pdf")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert scope.cancelled_caught
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


@pytest.mark.parametrize("place", ["", "/", "a\0b.pdf"])
async def test_a_place_for_no_file_is_an_error_of_ours(place: str, api: ScriptedApi, bee: LedgerBee) -> None:
    """Before anything is fetched."""
    with pytest.raises(DownloadError, match="is no place for a file"):
        await pdf(bee).save(place)

    assert [] == api.requests


async def test_the_longest_name_that_a_system_takes_is_fine(api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """The name beside it is not longer."""
    api.on("GET", PATH).answers(content=CONTENT)

    assert CONTENT == (await pdf(bee).save(tmp_path / ("a" * 251 + ".pdf"))).read_bytes()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("steps", range(40))
async def test_a_task_cancelled_at_any_step_leaves_no_part(
    steps: int, api: ScriptedApi, bee: LedgerBee, tmp_path: Path
) -> None:
    """asyncio cancels also where a thread is at work."""
    api.on("GET", PATH).answers(content=CONTENT)
    task = asyncio.ensure_future(pdf(bee).save(tmp_path / "a.pdf"))
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    gc.collect()

    assert found(tmp_path) in ([], [tmp_path / "a.pdf"])


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


@pytest.mark.parametrize("path", [None, b"a.pdf", 5, "", "a\0b", "a\ud800.pdf"])
async def test_what_is_no_path_is_refused_before_sending(path: Any, api: ScriptedApi, bee: LedgerBee) -> None:
    """With an error of ours, and nothing is fetched."""
    with pytest.raises(DownloadError, match="is no place for a file"):
        await bee._calls.download(PDF, path=("1",)).save(path)

    assert [] == api.requests


async def test_an_older_file_keeps_its_mode(api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """What the owner alone could read is not everybody's now."""
    api.on("GET", PATH).answers(content=CONTENT)
    target = tmp_path / "a.pdf"
    target.write_bytes(b"older")
    target.chmod(0o600)

    await bee._calls.download(PDF, path=("1",)).save(target)

    assert CONTENT == target.read_bytes()
    assert 0o600 == target.stat().st_mode & 0o777


@pytest.mark.parametrize("there", [True, False])
async def test_a_link_is_followed(there: bool, api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """The file that it names is written, there already or not; the link stays one."""
    api.on("GET", PATH).answers(content=CONTENT)
    (tmp_path / "folder").mkdir()
    real, link = tmp_path / "folder" / "real.pdf", tmp_path / "a.pdf"
    link.symlink_to(real)
    if there:
        real.write_bytes(b"older")

    assert link == await bee._calls.download(PDF, path=("1",)).save(link)
    assert CONTENT == real.read_bytes()
    assert link.is_symlink()
    assert {"real.pdf"} == files_in(tmp_path / "folder")


WRITER = """
import asyncio, os, sys, httpx
from ledgerbee_client import ApiKey, LedgerBee

class Endless(httpx.AsyncByteStream):
    async def __aiter__(self):
        yield b"%PDF-"
        print("writing", flush=True)
        sys.stdin.readline()
        os._exit(9)

async def main():
    transport = httpx.MockTransport(lambda request: httpx.Response(200, stream=Endless()))
    await LedgerBee(ApiKey("k"), transport=transport).invoices.pdf("1").save(sys.argv[1])

asyncio.run(main())
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process, which writes a.pdf until it is told to die."""
    command = [sys.executable, "-c", WRITER, str(tmp_path / "a.pdf")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"writing\n" == process.stdout.readline()
        yield process
        process.kill()


async def test_what_a_killed_process_left_is_removed(
    api: ScriptedApi, bee: LedgerBee, tmp_path: Path, writer: subprocess.Popen[bytes]
) -> None:
    """By the next save of the same file; not what another process is still writing, nor another file's."""
    api.on("GET", PATH).always(content=CONTENT)
    download = bee._calls.download(PDF, path=("1",))

    await download.save(tmp_path / "a.pdf")
    assert 2 == len(files_in(tmp_path))
    writer.communicate(b"\n")
    await download.save(tmp_path / "b.pdf")
    assert 3 == len(files_in(tmp_path))
    await download.save(tmp_path / "a.pdf")

    assert {"a.pdf", "b.pdf"} == files_in(tmp_path)
