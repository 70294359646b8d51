"""Cold start: what a program pays before it does anything, and until the first typed page is in its hands."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.lines import Line, Section
from benchmarks.measure import COMPILED, QUIET_PATH, in_turn, program_cpu, ratios
from benchmarks.peers import COLD, HEADERS, INVOICES, PEERS_PYTHON, STOCK, cold_peers
from benchmarks.server import Addresses

TITLE = "Cold start"
HOW = (
    "CPU, user and system, of a whole Python process. The first page is 43 KB over loopback, with TLS and the "
    "certificates of "
    "certifi unless it says plain; bare httpx reads it with `.json()`. Stock makes models of it, as we do. A stall "
    "is the CPU of the process between two turns of the event loop."
)
IMPORTS = "import attrs, msgspec\n"
CLIENT = "from ledgerbee_client import ApiKey, LedgerBee; bee = LedgerBee(ApiKey('benchmark'))"
OURS = """
import asyncio
from ledgerbee_client import ApiKey, LedgerBee
async def main():
    async with LedgerBee(ApiKey('benchmark'), base_url={base!r}) as bee:
        async for page in bee.invoices.list().pages():
            assert len(page.items) == 100
            break
asyncio.run(main())
"""
HTTPX = """
import asyncio, httpx
async def main():
    async with httpx.AsyncClient() as client:
        answer = await client.get({url!r}, headers={headers!r})
        assert len(answer.json()['data']) == 100
asyncio.run(main())
"""
STOCK_PAGE = """
import asyncio
from {stock}.client import AuthenticatedClient
from {stock}.api.invoices import public_invoices_controller_list_v_1 as listing
async def main():
    async with AuthenticatedClient(base_url={base!r}, token='benchmark') as client:
        page = await listing.asyncio(client=client, page=1, limit=100)
        assert len(page.data) == 100
asyncio.run(main())
"""
STALL = """
import asyncio, time
{imports}
async def main():
    worst = 0.0
    async def beat():
        nonlocal worst
        last = time.process_time()
        while True:
            await asyncio.sleep(0)
            now = time.process_time()
            worst, last = max(worst, now - last), now
    task = asyncio.ensure_future(beat())
    await asyncio.sleep(0.05)
    worst = 0.0
    await work()
    task.cancel()
    print(worst * 1000)
async def work():
{work}
asyncio.run(main())
"""


def measure(addresses: Addresses, stock: Path) -> Section:
    """Run every program in turn."""
    env = {"SSL_CERT_FILE": addresses.certificates, "PYTHONPATH": str(stock)}
    lines = [_imports(env), _clients(env)]
    lines += [
        _first_page(env, addresses.https, "First typed page"),
        _first_page(env, addresses.http, "The same, plain http"),
    ]
    return Section(title=TITLE, how=HOW, lines=[*lines, _stall(env, addresses.https)])


def _run(programs: dict[str, tuple[str, str]], env: dict[str, str], base: str, rounds: int = 11) -> dict[str, float]:
    columns = {name: program_cpu(python, source, env) for name, (python, source) in programs.items()}
    return ratios(in_turn(columns, rounds), base)


def _imports(env: dict[str, str]) -> Line:
    here = sys.executable
    programs = {
        "python -c pass": (here, "pass"),
        "ledgerbee": (here, "import ledgerbee_client"),
        "typing alone": (here, "import typing"),
        "httpx": (here, "import httpx"),
        "stock": (here, f"from {STOCK}.client import AuthenticatedClient"),
    }
    programs |= {name: (str(PEERS_PYTHON), f"import {COLD[name].module}") for name in cold_peers()}
    figures = _run(programs, env, "python -c pass")
    return Line(what="`import`", base="python -c pass", goal=1.25, figures=figures, floor="an empty package: 1.11")


def _clients(env: dict[str, str]) -> Line:
    here = sys.executable
    programs = {
        "httpx": (here, "import httpx; httpx.AsyncClient()"),
        "ledgerbee": (here, CLIENT),
        "stock": (
            here,
            f"from {STOCK}.client import AuthenticatedClient as A\n"
            "A(base_url='https://x', token='x').get_async_httpx_client()",
        ),
    }
    programs |= {name: (str(PEERS_PYTHON), COLD[name].client) for name in cold_peers()}
    return Line(what="`import` and making a client", base="httpx", goal=0.8, figures=_run(programs, env, "httpx"))


def _first_page(env: dict[str, str], address: str, what: str) -> Line:
    here, base = sys.executable, f"{address}/page"
    programs = {
        "httpx": (here, HTTPX.format(url=base + INVOICES, headers=HEADERS)),
        "httpx, with attrs and msgspec imported": (here, IMPORTS + HTTPX.format(url=base + INVOICES, headers=HEADERS)),
        "ledgerbee": (here, OURS.format(base=base)),
        "stock": (here, STOCK_PAGE.format(base=base, stock=STOCK)),
    }
    figures = _run(programs, env, "httpx")
    floor = f"with attrs and msgspec, and nothing of ours: {figures['httpx, with attrs and msgspec imported']:.2f}"
    cause = "attrs, msgspec and 34 modules of ours are imported, and readers are made for a model; bare httpx has none"
    return Line(what=what, base="httpx", goal=1.15, figures=figures, floor=floor, cause=cause)


def _stall(env: dict[str, str], address: str) -> Line:
    base = f"{address}/page"
    inside = "    async with {client} as c:\n        {call}"
    client, call = "LedgerBee(ApiKey('benchmark'), base_url={!r})", "assert (await c.invoices.list().first()).id"
    ours = inside.format(client=client.format(base), call=call)
    bare = inside.format(client="httpx.AsyncClient()", call=f"assert (await c.get({base + INVOICES!r})).json()")
    programs = {
        "ledgerbee": STALL.format(imports="from ledgerbee_client import ApiKey, LedgerBee", work=ours),
        "httpx": STALL.format(imports="import httpx", work=bare),
    }

    def run(source: str) -> float:
        command = [sys.executable, "-c", QUIET_PATH + source]
        done = subprocess.run(
            command, env={**os.environ, **COMPILED, **env}, capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    taken: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(9):
        for name, source in programs.items():
            taken[name].append(run(source))
    figures = {name: statistics.median(values) for name, values in taken.items()}
    what = "Longest stall of the event loop, entering a client and its first call"
    return Line(
        what=what, base="ms", goal=10, figures=figures, unit=" ms", floor="the interpreter's switch interval: 5 ms"
    )
