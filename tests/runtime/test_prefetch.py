"""Pages fetched ahead: in order, bounded, and over when their block is left."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from ledgerbee_client import BadRequestError, LedgerBee, PaginationError, ServerError

from .conftest import ScriptedApi
from .lists import book, things

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("ahead", [1, 2, 4, 50])
async def test_prefetch_keeps_the_order(ahead: int, api: ScriptedApi, bee: LedgerBee) -> None:
    """Whatever comes first, page 1 is handed out first."""

    async def reply(request: httpx.Request) -> httpx.Response:
        for _ in range(20 - int(request.url.params["page"])):
            await anyio.lowlevel.checkpoint()
        return book(20)(request)

    api.on("GET", "/v1/things").always(reply)  # type: ignore[arg-type]

    assert [f"i{n}" for n in range(20)] == [item["id"] for item in await things(bee).collect(ahead=ahead)]
    assert 10 == len(api.requests)


async def test_prefetch_is_bounded(api: ScriptedApi, bee: LedgerBee) -> None:
    """Three pages ahead are three, however slowly the items are used."""
    api.on("GET", "/v1/things").always(book(40))

    async with things(bee).ahead(3) as items:
        async for _ in items:
            await anyio.wait_all_tasks_blocked()
            break

    assert 4 == len(api.requests)


async def test_leaving_early_stops_the_prefetch(api: ScriptedApi, bee: LedgerBee) -> None:
    """What is on its way is cancelled, and nothing is asked for any more."""
    cancelled = 0

    async def hang(request: httpx.Request) -> httpx.Response:
        nonlocal cancelled
        try:
            await anyio.sleep_forever()
        finally:
            cancelled += 1
        raise AssertionError

    api.on("GET", "/v1/things").does(book(40)).always(hang)  # type: ignore[arg-type]

    async with things(bee).ahead(3) as items:
        async for _ in items:
            await anyio.wait_all_tasks_blocked()
            break

    assert 3 == cancelled


async def test_an_error_while_prefetching_is_itself(api: ScriptedApi, bee: LedgerBee) -> None:
    """No ExceptionGroup, and the page is named."""
    api.on("GET", "/v1/things").does(book(40)).always(status=500)

    with pytest.raises(ServerError) as caught:
        await things(bee).collect(ahead=3)

    assert 2 == caught.value.page


async def test_an_error_of_the_callers_own_is_itself(api: ScriptedApi, bee: LedgerBee) -> None:
    """What the block raises leaves the block."""
    api.on("GET", "/v1/things").always(book(40))

    async def fail_within() -> None:
        async with things(bee).ahead(3) as items:
            async for _ in items:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_within()


async def test_cancelling_a_prefetch_is_clean(api: ScriptedApi, bee: LedgerBee) -> None:
    """Nothing stays behind, and the cancellation goes on."""

    async def hang(request: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    api.on("GET", "/v1/things").does(book(40)).always(hang)  # type: ignore[arg-type]

    with anyio.move_on_after(0.02) as scope:
        await things(bee).collect(ahead=3)

    assert scope.cancelled_caught


async def test_pages_fetched_ahead_end_with_their_block(api: ScriptedApi, bee: LedgerBee) -> None:
    """Walking on outside of it is an error, and no wait without end."""
    api.on("GET", "/v1/things").always(book(10))
    for taken in range(3):
        async with things(bee).ahead(2) as items:
            for _ in range(taken):
                await anext(items)
        with anyio.fail_after(5), pytest.raises(PaginationError, match=r"the block of ahead\(\) was left"):
            [item async for item in items]


async def test_a_page_that_failed_can_be_asked_for_again(api: ScriptedApi, bee: LedgerBee) -> None:
    """Within the same block."""
    api.on("GET", "/v1/things").answers(400, json={})
    async with things(bee).ahead(1) as items:
        with pytest.raises(BadRequestError):
            await anext(items)
        api.on("GET", "/v1/things").answers(json={"data": [{"id": "i0"}], "total": 1, "page": 1})
        assert "i0" == (await anext(items))["id"]


async def test_two_tasks_on_one_iterator_are_told_so(api: ScriptedApi, bee: LedgerBee) -> None:
    """One of them gets the item, the other an error of ours."""
    api.on("GET", "/v1/things").always(book(1))
    came: list[Any] = []

    async with things(bee).ahead(2) as items:

        async def take() -> None:
            try:
                came.append(await anext(items))
            except PaginationError as error:
                came.append(str(error))

        async with anyio.create_task_group() as group:
            group.start_soon(take)
            group.start_soon(take)

    [said] = [one for one in came if one != {"id": "i0"}]
    assert "two tasks walk one iterator" in said
