"""Saving a file: whole at its place or not there at all, whatever stands in the way."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from ledgerbee_client import DownloadError, LedgerBee

from .conftest import ScriptedApi
from .operations import PDF
from .pdf_files import CONTENT, PATH, files_in, found, pdf

pytestmark = pytest.mark.anyio


async def test_an_older_file_is_replaced(api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """At once, by renaming."""
    (tmp_path / "a.pdf").write_bytes(b"old")
    api.on("GET", PATH).answers(content=CONTENT)

    await pdf(bee).save(tmp_path / "a.pdf")

    assert CONTENT == (tmp_path / "a.pdf").read_bytes()


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
