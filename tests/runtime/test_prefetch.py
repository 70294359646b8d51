"""Pages fetched ahead: in order, bounded, and over when their block is left."""

from __future__ import annotations

import gc
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from ledgerbee_client import BadRequestError, LedgerBee, PaginationError, ServerError

from .conftest import Hanging, ScriptedApi
from .paged_lists import book, things

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("ahead", [1, 2, 4, 50])
async def test_prefetch_keeps_the_order(ahead: int, api: ScriptedApi, bee: LedgerBee) -> None:
    """Whatever comes first, page 1 is handed out first."""

    async def reply(request: httpx.Request) -> httpx.Response:
        for _ in range(20 - int(request.url.params["page"])):
            await anyio.lowlevel.checkpoint()
        return book(20)(request)

    api.on("GET", "/v1/things").always(reply)

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
    hang = Hanging()
    api.on("GET", "/v1/things").does(book(40)).always(hang)

    async with things(bee).ahead(3) as items:
        async for _ in items:
            await anyio.wait_all_tasks_blocked()
            break

    assert 3 == hang.cancelled


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

    api.on("GET", "/v1/things").does(book(40)).always(Hanging())

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


async def ids_of(bee: LedgerBee) -> AsyncGenerator[str]:
    """Walk ahead in a generator, as a program does that hands the items on."""
    async with things(bee).ahead(3) as items:
        async for item in items:
            yield item["id"]


async def test_closing_a_generator_that_walks_ahead_cancels_nobody(api: ScriptedApi, bee: LedgerBee) -> None:
    """Whoever consumed it goes on, and nothing is fetched any more."""
    hang = Hanging()
    api.on("GET", "/v1/things").does(book(40)).always(hang)

    async with aclosing(ids_of(bee)) as ids:
        async for one in ids:
            assert "i0" == one
            await anyio.wait_all_tasks_blocked()
            break
    await anyio.lowlevel.checkpoint()

    assert 3 == hang.cancelled


async def test_a_generator_that_walks_ahead_may_be_closed_by_another_task(api: ScriptedApi, bee: LedgerBee) -> None:
    """A web framework ends a stream in a task of its own choice when its client has left."""
    api.on("GET", "/v1/things").always(book(40))
    ids = ids_of(bee)

    async def end() -> None:  # Older releases of anyio start coroutines only.
        await ids.aclose()

    async with anyio.create_task_group() as group:
        assert "i0" == await anext(ids)
        group.start_soon(end)
    await anyio.lowlevel.checkpoint()

    assert len(api.requests) <= 5


async def test_a_limit_within_the_loop_ends_the_loop_alone(api: ScriptedApi, bee: LedgerBee) -> None:
    """Time that runs out in the body of the loop is the body's; what comes after the loop runs."""
    api.on("GET", "/v1/things").always(book(40))

    async with aclosing(ids_of(bee)) as ids:
        with anyio.move_on_after(0.02) as scope:
            async for _ in ids:
                await anyio.sleep_forever()
    await anyio.lowlevel.checkpoint()

    assert scope.cancelled_caught


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_breaking_out_of_a_generator_that_walks_ahead_cancels_nobody(
    anyio_backend: str, api: ScriptedApi, bee: LedgerBee
) -> None:
    """asyncio closes a generator that was left, in a task of its own; trio wants `aclosing()` and says so."""
    api.on("GET", "/v1/things").always(book(40))

    async for _ in ids_of(bee):
        break
    gc.collect()
    for _ in range(20):
        await anyio.lowlevel.checkpoint()

    sent = len(api.requests)
    await anyio.wait_all_tasks_blocked()
    assert sent == len(api.requests)


async def test_what_is_fetched_ahead_is_captured(api: ScriptedApi, bee: LedgerBee) -> None:
    """The tasks that fetch see the context variables of the block."""
    api.on("GET", "/v1/things").always(book(6))

    with bee.capture() as answers:
        await things(bee).collect(ahead=3)

    assert 3 == len(answers)
