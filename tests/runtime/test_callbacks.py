"""Functions that callers give to be called: those that would never run are refused, those that take long are named."""

from __future__ import annotations

import functools
import io
import logging
import os
import time
from pathlib import Path
from typing import Any

import pytest

from ledgerbee_client import (
    ApiKey,
    Attachment,
    AttachmentError,
    ConfigurationError,
    InvalidValueError,
    LedgerBee,
)
from ledgerbee_client._base.callbacks import SLOW_SECONDS
from ledgerbee_client._models.model import ANY
from ledgerbee_client.models import CreateJournalEntryV2Dto

from .conftest import ScriptedApi
from .operations import GET, PDF

pytestmark = pytest.mark.anyio


async def hear(*_: object) -> None:
    """An async function: calling it does nothing by itself."""


class Hears:
    """An object whose call is async."""

    async def __call__(self, *_: object) -> None:
        """Hear."""


ASYNC = pytest.mark.parametrize("callback", [hear, functools.partial(hear, 1), Hears()], ids=["def", "partial", "call"])


@ASYNC
async def test_an_async_observer_is_refused_when_it_is_given(callback: Any, api: ScriptedApi, bee: LedgerBee) -> None:
    """It would never run, and nobody would notice."""
    refused = pytest.raises(ConfigurationError, match="on_event must be a function that is not async")

    with refused:
        LedgerBee(ApiKey("k"), transport=api, on_event=callback)
    with refused:
        bee.with_options(on_event=callback)


async def test_an_observer_that_is_no_function_is_refused(api: ScriptedApi) -> None:
    """By its type."""
    with pytest.raises(ConfigurationError, match="on_event must be a function that is not async, not int"):
        LedgerBee(ApiKey("k"), transport=api, on_event=5)  # type: ignore[arg-type]


@ASYNC
async def test_async_progress_is_refused_before_sending(
    callback: Any, api: ScriptedApi, bee: LedgerBee, tmp_path: Path
) -> None:
    """Of batches and of files."""
    entry = CreateJournalEntryV2Dto(entry_type="journal", date="2026-11-20", original_amount=1, lines=[])  # type: ignore[arg-type]
    refused = pytest.raises(InvalidValueError, match="on_progress: expected a function that is not async")

    with refused:
        await bee.journal_entries.create_many([entry], on_progress=callback)
    with refused:
        await bee._calls.download(PDF, path=("1",)).read(on_progress=callback)
    with refused:
        await bee._calls.download(PDF, path=("1",)).save(tmp_path / "a.pdf", on_progress=callback)

    assert [] == api.requests
    assert [] == os.listdir(tmp_path)  # noqa: PTH208


async def test_what_an_observer_gives_to_await_is_closed_and_named_once(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """A plain function that calls an async one."""

    def observe(event: object) -> Any:
        return hear(event)

    api.on("GET", "/v1/things/1").always(json={})
    view = bee.with_options(on_event=observe)

    await view._calls.one(GET, ANY, path=("1",))
    await view._calls.one(GET, ANY, path=("1",))

    assert 1 == caplog.text.count("gave something to await, which nobody awaits")


async def test_a_slow_observer_is_named_once(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """No other task runs while it does, so that it is worth a line at DEBUG."""
    api.on("GET", "/v1/things/1").always(json={})

    def observe(event: object) -> None:
        end = time.perf_counter() + SLOW_SECONDS * 1.1
        while time.perf_counter() < end:
            pass

    view = bee.with_options(on_event=observe)
    with caplog.at_level(logging.DEBUG, "ledgerbee_client"):
        await view._calls.one(GET, ANY, path=("1",))

    (line,) = [one for one in caplog.messages if "no other task ran" in one]
    assert "observe took 0." in line


class AsyncFile(io.BytesIO):
    """A file as async libraries open it."""

    async def read(self, size: int | None = -1) -> bytes:  # type: ignore[override]
        """Read, when awaited."""
        return b""


async def test_an_async_file_is_refused_with_the_way_out() -> None:
    """Starlette's uploads and anyio's files are read by their own `read()`."""
    with pytest.raises(AttachmentError, match=r"await its read\(\), and give the bytes to from_bytes\(\)"):
        await Attachment.from_file(AsyncFile(b"%PDF-"), filename="a.pdf")
