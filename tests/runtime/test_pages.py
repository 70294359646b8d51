"""Lists: lazy, typed, bounded, resumed at a page; lists that change during a walk stand in `test_drift.py`."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from ledgerbee_client import (
    DeadlineError,
    InvalidValueError,
    LedgerBee,
    PaginationError,
    ServerError,
    UnreadableAnswerError,
)
from ledgerbee_client._models.model import ANY

from .conftest import Hanging, ScriptedApi
from .operations import ALL, LIST
from .paged_lists import book, things

pytestmark = pytest.mark.anyio


async def test_every_item_of_every_page_comes_in_order(api: ScriptedApi, bee: LedgerBee) -> None:
    """`async for` knows nothing of pages."""
    api.on("GET", "/v1/things").always(book(5))

    assert ["i0", "i1", "i2", "i3", "i4"] == [item["id"] async for item in things(bee)]
    assert ["1", "2", "3"] == [request.query["page"] for request in api.requests]


async def test_a_list_asks_for_nothing_until_it_is_walked(api: ScriptedApi, bee: LedgerBee) -> None:
    """Making it is free."""
    things(bee)

    assert [] == api.requests


async def test_the_page_size_is_100_unless_given(api: ScriptedApi, bee: LedgerBee) -> None:
    """The API's own default of 25 costs four times the requests."""
    api.on("GET", "/v1/things").always(book(1, size=100))

    await bee._calls.pages(LIST, ANY).collect()

    assert "100" == api.requests[0].query["limit"]


@pytest.mark.parametrize("limit", [0, 101, -1, True, pytest.param(10**5000, id="huge")])
async def test_a_page_size_out_of_bounds_is_refused_at_once(limit: int, bee: LedgerBee) -> None:
    """Before anything is walked or sent."""
    with pytest.raises(InvalidValueError, match="from 1 to 100"):
        bee._calls.pages(LIST, ANY, limit=limit)


async def test_pages_say_what_the_api_says_of_them(api: ScriptedApi, bee: LedgerBee) -> None:
    """Total, number, and whatever stands beside the items."""
    api.on("GET", "/v1/things").always(book(3, currency="DKK"))

    pages = [page async for page in things(bee).pages()]

    assert [1, 2] == [page.number for page in pages]
    assert [3, 3] == [page.total for page in pages]
    assert {"currency": "DKK"} == pages[0].other


async def test_a_walk_resumes_at_a_page(api: ScriptedApi, bee: LedgerBee) -> None:
    """`.pages(start=2)` begins there."""
    api.on("GET", "/v1/things").always(book(3))

    assert ["i2"] == [item["id"] async for page in things(bee).pages(start=2) for item in page.items]


async def test_an_error_says_which_page_failed(api: ScriptedApi, bee: LedgerBee) -> None:
    """For `.pages(start=error.page)`."""
    api.on("GET", "/v1/things").does(book(9)).answers(500, times=4)

    with pytest.raises(ServerError) as caught:
        await things(bee).collect()

    assert 2 == caught.value.page


@pytest.mark.parametrize(
    "reply",
    [
        [{"id": "a"}, {"id": "b"}],
        {"plans": [{"id": "a"}, {"id": "b"}], "language": "en"},
        {"data": [{"id": "a"}, {"id": "b"}]},
    ],
)
async def test_a_list_that_is_not_paginated_looks_the_same(reply: Any, api: ScriptedApi, bee: LedgerBee) -> None:
    """A bare array, an object around one array, a page without numbers."""
    api.on("GET", "/v1/everything").always(json=reply)

    assert ["a", "b"] == [item["id"] async for item in bee._calls.pages(ALL, ANY)]
    assert 1 == len(api.requests)
    assert {} == api.requests[0].query


@pytest.mark.parametrize("reply", [{}, {"a": [], "b": []}, "text", 7, None, {"data": 3}])
async def test_an_answer_without_a_list_is_unreadable(reply: Any, api: ScriptedApi, bee: LedgerBee) -> None:
    """Nobody guesses which of two arrays was meant."""
    api.on("GET", "/v1/everything").always(json=reply)

    with pytest.raises(UnreadableAnswerError):
        await bee._calls.pages(ALL, ANY).collect()


async def test_a_bare_array_ends_a_paginated_list(api: ScriptedApi, bee: LedgerBee) -> None:
    """Whoever answers without an envelope answers with everything."""
    api.on("GET", "/v1/things").always(json=[{"id": "a"}, {"id": "b"}])

    assert 2 == len(await things(bee).collect())


async def test_pages_without_counts_end_with_an_empty_one(api: ScriptedApi, bee: LedgerBee) -> None:
    """A page that is not full may be a server's own smaller page, and the rest would be lost in silence."""
    api.on("GET", "/v1/things").always(book(3, total=None, totalPages=None, limit=None))

    assert ["i0", "i1", "i2"] == [item["id"] for item in await things(bee).collect()]
    assert ["1", "2", "3"] == [request.query["page"] for request in api.requests]


@pytest.mark.parametrize("counts", [{"total": None, "totalPages": None}, {"totalPages": None}])
async def test_a_server_that_caps_its_pages_loses_nothing(
    counts: dict[str, Any], api: ScriptedApi, bee: LedgerBee
) -> None:
    """Two items a page though a hundred were asked for, and the size of the page is told as it was asked for."""
    api.on("GET", "/v1/things").always(book(5, limit=100, **counts))

    found = await bee._calls.pages(LIST, ANY).strict().collect()

    assert ["i0", "i1", "i2", "i3", "i4"] == [item["id"] for item in found]


async def test_a_list_that_does_not_paginate_after_all_is_whole(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """The same short page again, without counts, is the end; nobody can tell it from a server that repeats itself."""
    api.on("GET", "/v1/things").always(json={"data": [{"id": "a"}]})

    with caplog.at_level(logging.WARNING):
        assert [{"id": "a"}] == await things(bee).collect()
    with pytest.raises(PaginationError, match="page 2 holds page 1 again"):
        await things(bee).strict().collect()

    assert 1 == caplog.text.count("page 2 holds page 1 again")


async def test_a_walk_may_have_a_limit_of_its_own(api: ScriptedApi, bee: LedgerBee) -> None:
    """`timeout` of the list is each page's; that of `collect()` is the walk's."""

    api.on("GET", "/v1/things").does(book(40)).always(Hanging())

    with pytest.raises(DeadlineError, match=r"not whole within 0\.05 s"):
        await things(bee, timeout=5.0).collect(timeout=0.05)


async def test_a_list_says_how_it_is_walked(bee: LedgerBee) -> None:
    """At a prompt, its repr is the first thing seen of it; what else it says stands in `test_misuse.py`."""
    assert "<Pages of things.list: async for, .pages(), .first(), .collect()>" == repr(things(bee))


async def test_the_first_item_costs_one_request(api: ScriptedApi, bee: LedgerBee) -> None:
    """And None is the first of nothing."""
    api.on("GET", "/v1/things").does(book(9)).does(book(0))

    assert {"id": "i0"} == await things(bee).first()
    assert await things(bee).first() is None
    assert ["1", "1"] == [request.query["limit"] for request in api.requests]


async def test_the_first_item_is_of_the_first_page(api: ScriptedApi, bee: LedgerBee) -> None:
    """A page that says it is another one is not taken for it."""
    api.on("GET", "/v1/things").does(book(9, page=2))

    with pytest.raises(PaginationError, match="page 1 was asked for and page 2 came") as caught:
        await things(bee).first()

    assert 1 == caught.value.page


async def test_a_walk_left_early_leaves_nothing_behind(api: ScriptedApi, bee: LedgerBee) -> None:
    """No generator waits to be finished, on trio either, where that would be a warning."""
    import gc

    api.on("GET", "/v1/things").always(book(40))

    async for _ in things(bee):
        break
    gc.collect()

    assert 1 == len(api.requests)


@pytest.mark.parametrize("row", [{"id": ["a"]}, {"id": {}}, {}, "text", None])
async def test_items_with_odd_ids_are_walked(row: Any, api: ScriptedApi, bee: LedgerBee) -> None:
    """The guards know texts only, and stumble over nothing."""
    api.on("GET", "/v1/things").answers(json={"data": [row, row], "total": 3}).answers(json={"data": [row], "total": 3})

    assert 3 == len(await things(bee).strict().collect())


@pytest.mark.parametrize("number", [0, -1, True, 1.5, "2", None])
async def test_what_counts_pages_is_a_whole_number_from_one(number: Any, bee: LedgerBee) -> None:
    """Text and fractions too are refused by name."""
    with pytest.raises(InvalidValueError, match="start: expected a number from 1"):
        things(bee).pages(start=number)
