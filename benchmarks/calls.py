"""Requests: the CPU of one typed call, with retries, deadline and events, beside one that only reads bytes."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import httpx

from benchmarks import ours
from benchmarks.floors import struct_decoders
from benchmarks.lines import Line, Section
from benchmarks.measure import in_turn_async, many, process_cpu_async, ratios
from benchmarks.peers import HEADERS, INVOICES, stock
from benchmarks.server import Addresses
from ledgerbee_client import LedgerBee, LedgerBeeError

TITLE = "Requests"
HOW = (
    "CPU of the client's process per request over loopback, bare `httpx.AsyncClient` reading bytes being 1; ours "
    "with typed "
    'models. `ledgerbee[aiohttp]` is the same client with `transport="aiohttp"`. The last lines are wall time '
    "with TLS and 20 ms."
)
CAUSE = (
    "reading 100 invoices into models takes half as long again as making msgspec Structs of them, and the call around "
    "it (path and query, headers, a deadline with its cancel scope, the retry decision, the checks of a page) takes "
    "half of what aiohttp takes for a request; sending and receiving cost what the library alone costs"
)
SMALL = (
    "besides the library's own work: path and headers, a deadline with its cancel scope, the retry decision, reading "
    "the model, and the look at the connection before it is used again; over aiohttp that look is a twentieth of the "
    "request, and all else between the call and aiohttp costs what aiohttp's own timeouts and cookies would"
)
CROWD = "10,000 callers at once"
STRUCT, AIOHTTP, AIOHTTP_STRUCT = "httpx and a msgspec Struct", "aiohttp", "aiohttp and a msgspec Struct"
_DECODE = struct_decoders()[0]
Column = Callable[[], Awaitable[object]]


def measure(addresses: Addresses, folder: Path) -> Section:
    """Measure small and large answers alone and 100 at a time, then TLS, then a crowd."""
    os.environ["SSL_CERT_FILE"] = addresses.certificates
    return asyncio.run(_measure(addresses))


async def _measure(addresses: Addresses) -> Section:
    lines: list[Line] = []
    async with AsyncExitStack() as stack:
        for what, kind, times, together, goal, faster in (
            ("196 B, one at a time", "group", 200, 1, 0.72, 0.35),
            ("43 KB, one at a time", "page", 150, 1, 1.15, 0.75),
            ("196 B, 100 at a time", "group", 600, 100, 0.80, 0.12),
            ("43 KB, 100 at a time", "page", 300, 100, 0.80, 0.25),
        ):
            columns = await _columns(stack, f"{addresses.http}/{kind}", kind)
            runs = {name: process_cpu_async(call, times, together) for name, call in columns.items()}
            figures = ratios(await in_turn_async(runs, rounds=9), "httpx")
            lines.append(
                Line(
                    what=what,
                    base="httpx",
                    goal=goal,
                    figures=figures,
                    cause=CAUSE if kind == "page" else SMALL,
                    floor=_floor(figures, STRUCT),
                )
            )
            lines.append(_of_the_extra(lines[-1], faster))
        lines += await _secure(stack, addresses)
    return Section(title=TITLE, how=HOW, lines=[*lines, *await _crowd(addresses)])


def _of_the_extra(line: Line, goal: float) -> Line:
    only = {name: value for name, value in line.figures.items() if name in {"httpx", ours.EXTRA}}
    what, floor = (
        f"{line.what}, with the extra",
        _floor(line.figures, AIOHTTP_STRUCT if AIOHTTP_STRUCT in line.figures else AIOHTTP),
    )
    return Line(what=what, base="httpx", goal=goal, figures=only, ours=ours.EXTRA, cause=line.cause, floor=floor)


def _floor(figures: dict[str, float], name: str) -> str:
    return f"{name}: {figures[name]:.2f}" if name in figures else ""


async def _columns(stack: AsyncExitStack, base: str, kind: str, *, secure: bool = False) -> dict[str, Column]:
    context: Any = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"]) if secure else True
    bare = await stack.enter_async_context(httpx.AsyncClient(verify=context))
    url = base + (INVOICES if kind.startswith("page") else "/v1/product-groups/1")
    session = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)))
    columns: dict[str, Column] = {
        "httpx": lambda: bare.get(url, headers=HEADERS),
        AIOHTTP: partial(_aiohttp, session, url),
    }
    for name, bee in {
        "ledgerbee": ours.client(base),
        ours.EXTRA: ours.client(base, transport="aiohttp", verify=context),
        ours.OVER_HTTPX_AIOHTTP: ours.client(base, transport=ours.httpx_aiohttp_transport(context)),
    }.items():
        await stack.enter_async_context(bee)
        if kind.startswith("page"):
            columns[name] = partial(_page, bee)
        else:
            columns[name] = partial(bee.product_groups.get, "1")
    if kind.startswith("page"):
        columns[STRUCT] = partial(_struct, bare, url)
        columns[AIOHTTP_STRUCT] = partial(_aiohttp_struct, session, url)
    if not secure:
        client = stock("client").AuthenticatedClient(base_url=base, token="benchmark")
        await stack.enter_async_context(client)
        listing = stock("api.invoices.public_invoices_controller_list_v_1").asyncio
        getting = stock("api.product_groups.public_product_groups_controller_get_v_1").asyncio
        paged = kind.startswith("page")
        columns["stock"] = lambda: listing(client=client, page=1, limit=100) if paged else getting("1", client=client)
    return columns


async def _aiohttp(session: aiohttp.ClientSession, url: str) -> bytes:
    async with session.get(url, headers=HEADERS) as answer:
        return await answer.read()


async def _aiohttp_struct(session: aiohttp.ClientSession, url: str) -> object:
    return _DECODE(await _aiohttp(session, url))


async def _struct(client: httpx.AsyncClient, url: str) -> object:
    return _DECODE((await client.get(url, headers=HEADERS)).content)


async def _page(bee: LedgerBee) -> object:
    return await anext(bee.invoices.list().pages())


async def _secure(stack: AsyncExitStack, addresses: Addresses) -> list[Line]:
    columns = await _columns(stack, f"{addresses.https}/group-20", "group", secure=True)
    opened: dict[str, float] = {}
    times = 1_000

    def timed(name: str, call: Column) -> Callable[[], Awaitable[float]]:
        async def run() -> float:
            before = await _connections(addresses)
            began = time.perf_counter()
            await many(call, times, 100)
            seconds = time.perf_counter() - began
            # The counting request is one connection of its own.
            opened[name] = (await _connections(addresses) - before - 1) / times
            return seconds

        return run

    medians = await in_turn_async({name: timed(name, call) for name, call in columns.items()}, rounds=3)
    rate = {name: medians["httpx"] / seconds for name, seconds in medians.items()}
    what, ideal = (
        "TLS, 20 ms, 100 at a time: requests per second",
        f"ideal: {medians['httpx'] / (times / 100 * 0.02):.2f}",
    )
    extra = {name: value for name, value in rate.items() if name in {"httpx", ours.EXTRA}}
    return [
        Line(
            what="TLS, 20 ms, 100 at a time: new connections per request",
            base="request",
            goal=0.2,
            figures=opened,
            unit="",
        ),
        Line(what=what, base="httpx", goal=1.5, figures=rate, sense="at least", floor=ideal),
        Line(
            what=f"{what}, with the extra",
            base="httpx",
            goal=6.0,
            figures=extra,
            ours=ours.EXTRA,
            sense="at least",
            floor=ideal,
        ),
    ]


async def _connections(addresses: Addresses) -> int:
    async with httpx.AsyncClient() as client:
        return int((await client.get(f"{addresses.http}/count")).json()["connections"])


async def _crowd(addresses: Addresses) -> list[Line]:
    failed, before = 0, await _connections(addresses)
    async with ours.client(f"{addresses.http}/group", timeout=120) as bee:

        async def call() -> None:
            nonlocal failed
            try:
                await bee.product_groups.get("1")
            except LedgerBeeError:
                failed += 1

        await many(call, 10_000, 10_000)
        # Once more and counted, which takes its time.
        tracemalloc.start()
        await many(call, 10_000, 10_000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    opened = await _connections(addresses) - before - 1
    return [
        Line(what=f"{CROWD}: calls that failed", base="calls", goal=0, figures={"ledgerbee": failed}, unit=""),
        Line(what=f"{CROWD}: connections opened", base="", goal=100, figures={"ledgerbee": opened}, unit=""),
        Line(
            what=f"{CROWD}: highest memory for each (tracemalloc)",
            base="KiB",
            goal=6.0,
            figures={"ledgerbee": peak / 10_000 / 1024},
            unit=" KiB",
        ),
    ]
