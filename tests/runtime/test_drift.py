"""Lists that change, repeat themselves or end early while they are walked: noticed, and refused by choice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ledgerbee_client import LedgerBee, PaginationError

from .conftest import ScriptedApi
from .paged_lists import book, things

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("pages", [None, 1])
async def test_more_than_the_total_is_drift(
    pages: int | None, api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """A total of 1 before five items ends no walk: all of them come, and one line says so."""
    api.on("GET", "/v1/things").always(book(5, total=1, totalPages=pages))

    with caplog.at_level(logging.WARNING):
        assert 5 == len(await things(bee).collect())
    with pytest.raises(PaginationError, match="2 items came of a total of 1") as caught:
        await things(bee).strict().collect()

    assert 1 == caught.value.page
    assert 1 == caplog.text.count("2 items came of a total of 1")


def cycle(*pages: str, **counts: int) -> Callable[[httpx.Request], httpx.Response]:
    """Answer with these pages, of an item per letter, again and again."""

    def reply(request: httpx.Request) -> httpx.Response:
        rows = pages[(int(request.url.params["page"]) - 1) % len(pages)]
        return httpx.Response(200, json={"data": [{"id": row} for row in rows], **counts})

    return reply


@pytest.mark.parametrize("ahead", [1, 3])
@pytest.mark.parametrize("counts", [{}, {"total": 1000}])
async def test_a_page_that_came_earlier_is_noticed(
    counts: dict[str, int], ahead: int, api: ScriptedApi, bee: LedgerBee
) -> None:
    """Page 3 with the items of page 1, then page 2's, would go on for ever."""
    api.on("GET", "/v1/things").always(cycle("ab", "cd", **counts))

    with pytest.raises(PaginationError, match="page 3 holds page 1 again, the list does not move on") as caught:
        await things(bee).collect(ahead=ahead)

    assert 3 == caught.value.page


async def test_a_page_without_ids_that_came_earlier_is_noticed_by_choice(api: ScriptedApi, bee: LedgerBee) -> None:
    """A strict walk compares whole items where there is no id."""
    rows = [[{"name": "a"}, {"name": "b"}], [{"name": "c"}, {"name": "d"}], [{"name": "a"}, {"name": "b"}]]
    for page in rows:
        api.on("GET", "/v1/things").answers(json={"data": page, "total": 9})

    with pytest.raises(PaginationError, match="page 3 holds page 1 again"):
        await things(bee).strict().collect()


async def test_a_strict_walk_remembers_every_id(api: ScriptedApi, bee: LedgerBee) -> None:
    """An item of page 1 that comes again on page 3 has pushed another one out."""
    api.on("GET", "/v1/things").always(cycle("ab", "cd", "ae", total=6))

    with pytest.raises(PaginationError, match="1 items came again") as caught:
        await things(bee).strict().collect()

    assert 3 == caught.value.page


@pytest.mark.parametrize("rows", [[{"id": "a"}, {"id": "b"}], [{"id": 1}, {"id": 2}], [{"name": "a"}, {"name": "b"}]])
async def test_a_server_that_repeats_itself_is_noticed(rows: Any, api: ScriptedApi, bee: LedgerBee) -> None:
    """Page 2 with the items of page 1 would go on for ever."""
    same = {"data": rows}
    api.on("GET", "/v1/things").always(json=same)

    with pytest.raises(PaginationError, match="does not move on") as caught:
        await things(bee).collect()

    assert 2 == caught.value.page
    assert 2 == len(api.requests)


async def test_a_server_that_sends_another_page_is_noticed(api: ScriptedApi, bee: LedgerBee) -> None:
    """It says itself that it is page 1."""
    api.on("GET", "/v1/things").always(book(9, page=1))

    with pytest.raises(PaginationError, match="page 2 was asked for and page 1 came"):
        await things(bee).collect()


async def test_drift_is_logged_once(api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture) -> None:
    """The total changes twice during the walk; items may be missing, and one line says so."""
    api.on("GET", "/v1/things").does(book(6)).does(book(7, totalPages=3)).does(book(8, totalPages=3))

    with caplog.at_level(logging.WARNING):
        await things(bee).collect()

    assert 1 == caplog.text.count("changed while it was walked")
    assert "from 6 to 7" in caplog.text


async def test_drift_is_an_error_by_choice(api: ScriptedApi, bee: LedgerBee) -> None:
    """For reports that must be whole: an item that comes twice has pushed another one out."""
    first, second = [{"id": "a"}, {"id": "b"}], [{"id": "b"}, {"id": "c"}]
    api.on("GET", "/v1/things").answers(json={"data": first, "total": 4}).answers(json={"data": second, "total": 4})

    with pytest.raises(PaginationError, match="came again"):
        await things(bee).strict().collect()


TOO_FEW = pytest.mark.parametrize(
    ("pages", "came"),
    [
        pytest.param(["ab", "", "ef"], 2, id="an empty page in the middle"),
        pytest.param(["ab", "cd"], 4, id="a last page that comes early"),
    ],
)


def of_six(pages: list[str]) -> Callable[[httpx.Request], httpx.Response]:
    """Say that there are six items, and have these."""

    def reply(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        rows = [{"id": name} for name in pages[number - 1]]
        envelope = {"data": rows, "total": 6, "page": number, "limit": 2, "totalPages": len(pages)}
        return httpx.Response(200, json=envelope)

    return reply


@TOO_FEW
async def test_a_list_that_ends_before_its_total_is_logged(
    pages: list[str], came: int, api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """What has come is given, and one line says that it is not everything."""
    api.on("GET", "/v1/things").always(of_six(pages))

    with caplog.at_level(logging.WARNING):
        items = await things(bee).collect()

    assert came == len(items)
    assert 1 == caplog.text.count(f"{came} of 6 items came")


@pytest.mark.parametrize("ahead", [1, 4])
@TOO_FEW
async def test_a_list_that_ends_before_its_total_is_an_error_by_choice(
    pages: list[str], came: int, ahead: int, api: ScriptedApi, bee: LedgerBee
) -> None:
    """For reports that must be whole."""
    api.on("GET", "/v1/things").always(of_six(pages))

    with pytest.raises(PaginationError, match=f"{came} of 6 items came") as caught:
        await things(bee).strict().collect(ahead=ahead)
    assert f"Resume with .pages(start={caught.value.page})" in str(caught.value)


async def test_a_walk_that_resumes_misses_nothing(api: ScriptedApi, bee: LedgerBee) -> None:
    """The pages before its start are taken for read."""
    api.on("GET", "/v1/things").always(book(6))

    pages = things(bee).strict().pages(start=3)

    assert ["i4", "i5"] == [item["id"] async for page in pages for item in page.items]
