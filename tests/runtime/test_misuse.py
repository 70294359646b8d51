"""What is used in a way that it does not have says what to write; type checkers refuse it before that."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledgerbee_client import ApiKey, ConfigurationError, LedgerBee, Page, RequestRefusedError

from .conftest import ScriptedApi
from .operations import PDF
from .paged_lists import book, things

USES: dict[str, Callable[[Any], Any]] = {
    "await": lambda it: it.__await__(),
    "for": list,
    "async for": lambda it: it.__aiter__(),
    "anext()": lambda it: it.__anext__(),
    "len()": len,
    "[0]": lambda it: it[0],
    "bytes()": bytes,
}
MISUSED_PROGRAM = """
from ledgerbee_client import LedgerBee


async def main(bee: LedgerBee) -> None:
    await bee.invoices.list()
    list(bee.invoices.list())
    len(bee.invoices.list())
    bee.invoices.list()[0]
    await bee.invoices.list().pages()
    list(bee.invoices.list().pages())
    await bee.invoices.pdf("7f3c")
    bytes(bee.invoices.pdf("7f3c"))
    async for page in bee.invoices.list().pages():
        list(page)
    async for item in bee.invoices.list().ahead():
        pass
    with bee:
        pass
"""


@pytest.mark.anyio
@pytest.mark.parametrize("use", ["await", "for", "anext()", "len()", "[0]"])
async def test_a_list_says_how_it_is_read(use: str, bee: LedgerBee) -> None:
    """Awaiting it and a plain `for` are the two mistakes that everybody makes once."""
    with pytest.raises(RequestRefusedError) as caught:
        USES[use](things(bee))

    assert (
        "things.list is walked with `async for` and is not awaited: write `async for item in ...`, "
        "`await ....collect()` for a list of all items, or `await ....first()`. Nothing was sent."
    ) == str(caught.value)


@pytest.mark.anyio
async def test_a_list_that_was_not_walked_is_true(bee: LedgerBee) -> None:
    """Nobody knows yet if it has items; `pages or None` works as with any object."""
    assert things(bee)


@pytest.mark.anyio
@pytest.mark.parametrize("use", ["await", "for", "[0]", "bytes()"])
async def test_a_file_says_how_it_is_fetched(use: str, bee: LedgerBee) -> None:
    """`await bee.invoices.pdf(id)` lacks `.read()` or `.save(path)`."""
    with pytest.raises(RequestRefusedError) as caught:
        USES[use](bee._calls.download(PDF, path=("1",)))

    assert (
        "things.pdf is a file that is fetched when it is used: write `await ....read()` for its bytes, "
        "`await ....save(path)`, or `async for chunk in ...`. Nothing was sent."
    ) == str(caught.value)


@pytest.mark.anyio
async def test_a_file_can_be_sent_on(api: ScriptedApi, bee: LedgerBee) -> None:
    """As the body of another request of httpx, piece by piece: what refuses a plain `for` makes nothing else of it."""
    api.on("GET", "/v1/things/1/pdf").answers(content=b"%PDF-1.7 whole")

    request = httpx.Request("POST", "https://store.example", content=bee._calls.download(PDF, path=("1",)))

    assert b"%PDF-1.7 whole" == await request.aread()


@pytest.mark.anyio
@pytest.mark.parametrize("use", ["await", "for", "[0]"])
async def test_walks_say_how_they_are_walked(use: str, bee: LedgerBee) -> None:
    """Pages and items have messages of their own."""
    with pytest.raises(RequestRefusedError, match=r"write `async for page in \.\.\.`"):
        USES[use](things(bee).pages())
    with pytest.raises(RequestRefusedError, match=r"write `async for item in \.\.\.`"):
        USES[use](aiter(things(bee)))


@pytest.mark.anyio
@pytest.mark.parametrize("use", ["await", "for", "async for"])
async def test_what_fetches_ahead_says_that_it_is_a_block(use: str, bee: LedgerBee) -> None:
    """The `async with` around the `async for` is the one that is forgotten."""
    with pytest.raises(RequestRefusedError, match=r"write `async with \.\.\.\.ahead\(\) as items:`, and `async for"):
        USES[use](things(bee).ahead())


@pytest.mark.anyio
@pytest.mark.parametrize("use", ["for", "async for", "[0]"])
async def test_a_page_says_where_its_items_are(use: str, api: ScriptedApi, bee: LedgerBee) -> None:
    """A page is no list: it has counts as well."""
    api.on("GET", "/v1/things").always(book(1))
    page: Page[Any] = await anext(things(bee).pages())

    with pytest.raises(RequestRefusedError, match=r"write `for item in page\.items`"):
        USES[use](page)


def test_a_plain_with_says_that_the_client_is_async() -> None:
    """Python 3.11 says no more than that there is no such protocol."""
    bee: Any = LedgerBee(ApiKey("k"))

    with pytest.raises(ConfigurationError, match=r"write `async with LedgerBee\(\.\.\.\) as bee:`"), bee:
        pass


def test_a_type_checker_refuses_each_of_these(tmp_path: Path) -> None:
    """The messages are hidden from it, so that it has its own to say, on every line."""
    (tmp_path / "program.py").write_text(MISUSED_PROGRAM)
    pyright = Path(sys.executable).with_name("pyright")
    command: list[str | Path] = [pyright, "--pythonpath", sys.executable, "--outputjson", "program.py"]

    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)

    found = json.loads(ran.stdout)["generalDiagnostics"]
    wrong = {one["range"]["start"]["line"] for one in found if "error" == one["severity"]}
    assert {*range(5, 13), 14, 15, 17} == wrong
