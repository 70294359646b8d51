"""
Measure the sandbox: small reads per second in one process, ten thousand entries there and back, a hundred kills.

    python -m benchmarks.sandbox [--kills N]

The figures are absolute, so they are worth nothing without the machine on the first line.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from ledgerbee_sandbox import API_KEY, Sandbox

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "sandbox"))

from endurance import amount_of, kill_often, post, walk  # noqa: E402  The tests' own, at full length.

KEY = {"x-api-key": API_KEY}
SECONDS = 5.0
ENTRIES = 10_000
GOAL_PER_SECOND = 500


def machine() -> str:
    """Say where and with what it ran."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    names = ", ".join(f"{name} {version(name)}" for name in ("starlette", "uvicorn", "h11", "jsonschema-rs"))
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}. {names}."


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """Run a sandbox in a process of its own; yield its URL."""
    command = [sys.executable, "-m", "ledgerbee_sandbox", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1].removesuffix("/api")
        finally:
            process.terminate()


async def reads_per_second(url: str, path: str, connections: int) -> float:
    """Count the answers of a few seconds, with a client that costs next to nothing beside the server."""
    at = urlsplit(url)
    request = f"GET {path} HTTP/1.1\r\nhost: {at.netloc}\r\nx-api-key: {API_KEY}\r\n\r\n".encode()
    until = time.perf_counter() + SECONDS

    async def connection() -> int:
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        answers = 0
        while time.perf_counter() < until:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert head.startswith(b"http/1.1 200"), head
            await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
            answers += 1
        writer.close()
        return answers

    began = time.perf_counter()
    return sum(await asyncio.gather(*(connection() for _ in range(connections)))) / (time.perf_counter() - began)


async def reads_in_process(path: str) -> float:
    """Count them where client and server share the process and nothing listens: httpx included."""
    async with Sandbox(invoices=100) as sandbox, sandbox.http() as http:
        began, answers = time.perf_counter(), 0
        while time.perf_counter() < began + SECONDS:
            assert (await http.get(path, headers=KEY)).status_code == 200
            answers += 1
        return answers / (time.perf_counter() - began)


def measure_reads() -> None:
    with served("--seed", "100") as url:
        row = httpx.get(f"{url}/api/v1/invoices?limit=1", headers=KEY, trust_env=False).json()["data"][0]
        paths = {
            "company": "/api/v1/company",
            "one invoice": f"/api/v1/invoices/{row['id']}",
            "a page of 25 invoices": "/api/v1/invoices",
        }
        for name, path in paths.items():
            one, eight = (asyncio.run(reads_per_second(url, path, connections)) for connections in (1, 8))
            mark = "" if "page" in name else (", goal met" if eight >= GOAL_PER_SECOND else ", GOAL MISSED")
            print(f"{name}: {one:,.0f}/s over one connection, {eight:,.0f}/s over eight{mark}", flush=True)
    print(f"company, in process with httpx: {asyncio.run(reads_in_process('/api/v1/company')):,.0f}/s", flush=True)


async def measure_entries(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
        began = time.perf_counter()
        await post(http, ENTRIES)
        posted = time.perf_counter()
        found = await walk(http)
        walked = time.perf_counter()
    same = {f"E{number}": amount_of(number) for number in range(ENTRIES)} == found
    print(f"{ENTRIES:,} entries posted in {posted - began:.1f} s, walked in {walked - posted:.1f} s;", end=" ")
    print("equal to the cent" if same else "NOT EQUAL", flush=True)


def measure_kills(folder: Path, kills: int) -> None:
    began = time.perf_counter()
    survival = kill_often(folder / "kills.db", kills)
    print(f"{survival.kills} kills in {time.perf_counter() - began:.0f} s: no acknowledged entry lost;", end=" ")
    print(f"of those in flight {survival.in_flight_kept} were there, whole, and {survival.in_flight_gone} were not")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sandbox", description="Measure the sandbox.")
    parser.add_argument("--kills", type=int, default=100, help="how often to kill it (default: %(default)s)")
    kills = parser.parse_args().kills
    print(machine(), flush=True)
    measure_reads()
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in (("in memory", []), ("with --db", ["--db", str(Path(folder) / "entries.db")])):
            with served("--seed", "0", *arguments) as url:
                print(f"{name}:", end=" ")
                asyncio.run(measure_entries(url))
        measure_kills(Path(folder), kills)


if __name__ == "__main__":
    main()
