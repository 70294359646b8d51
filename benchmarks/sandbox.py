"""
Measure the sandbox: start, reads, pages, memory, ten thousand entries there and back, a hundred kills.

    python -m benchmarks.sandbox [--kills N]

The figures are absolute, so they are worth nothing without the machine on the first line. CPU seconds suffer less from
others on it than requests per second do.
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
from attrs import define

from ledgerbee_sandbox import API_KEY, Sandbox

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "sandbox"))

from endurance import amount_of, kill_often, post, walk  # noqa: E402  The tests' own, at full length.

KEY = {"x-api-key": API_KEY}
SECONDS = 5.0
ENTRIES = 10_000
PAGE = os.sysconf("SC_PAGE_SIZE")
START = """
import time
before = time.process_time()
import asyncio, httpx
client = time.process_time()
from ledgerbee_sandbox import API_KEY, Sandbox

async def first():
    async with Sandbox() as sandbox, sandbox.http() as http:
        (await http.get("/api/v1/company", headers={"x-api-key": API_KEY})).raise_for_status()

asyncio.run(first())
print(client - before, time.process_time() - client)
"""


def machine() -> str:
    """Say where and with what it ran."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    names = ", ".join(f"{name} {version(name)}" for name in ("starlette", "uvicorn", "httptools", "jsonschema-rs"))
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}. {names}."


@define
class Served:
    """A sandbox in a process of its own."""

    url: str
    process: subprocess.Popen[str]

    @property
    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def mebibytes(self) -> float:
        return int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="utf-8").split()[1]) * PAGE / 2**20


@contextmanager
def served(*arguments: str) -> Iterator[Served]:
    """Run a sandbox in a process of its own."""
    command = [sys.executable, "-m", "ledgerbee_sandbox", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield Served(process.stdout.readline().split()[-1].removesuffix("/api"), process)
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


def measure_start() -> None:
    """The best of five, in CPU time, with bytecode, as installed packages have it; a test session pays it once."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", START]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True, env=environment) for _ in range(5)]
    own = min(float(run.stdout.split()[1]) for run in runs)
    client = min(float(run.stdout.split()[0]) for run in runs)
    print(f"start, import to first answer: {own * 1000:.0f} ms of CPU, after {client * 1000:.0f} ms of importing httpx")


def measure_reads() -> None:
    with served("--seed", "300") as sandbox:
        url = sandbox.url
        row = httpx.get(f"{url}/api/v1/invoices?limit=1", headers=KEY, trust_env=False).json()["data"][0]
        paths = {
            "company": "/api/v1/company",
            "one invoice": f"/api/v1/invoices/{row['id']}",
            "a page of 25 invoices": "/api/v1/invoices",
            "a page of 100 invoices": "/api/v1/invoices?limit=100",
        }
        for name, path in paths.items():
            one = asyncio.run(reads_per_second(url, path, 1))
            before = sandbox.cpu_seconds
            eight = asyncio.run(reads_per_second(url, path, 8))
            cpu = (sandbox.cpu_seconds - before) / (eight * SECONDS) * 1e6
            print(
                f"{name}: {one:,.0f}/s over one connection, {eight:,.0f}/s over eight, {cpu:,.0f} us of CPU", flush=True
            )
    print(f"company, in process with httpx: {asyncio.run(reads_in_process('/api/v1/company')):,.0f}/s", flush=True)


async def measure_memory(sandbox: Served) -> None:
    """What entries take, and what is left of it after a reset; twice, since the second time must take no more."""
    async with httpx.AsyncClient(base_url=sandbox.url, trust_env=False, timeout=60) as http:
        figures = [sandbox.mebibytes]
        for _ in range(2):
            await post(http, 6 * ENTRIES)
            figures.append(sandbox.mebibytes)
            (await http.post("/_sandbox/reset", json={"invoices": 0})).raise_for_status()
            figures.append(sandbox.mebibytes)
    per_entry = (figures[1] - figures[0]) / (6 * ENTRIES) * 2**20
    print(f"{6 * ENTRIES:,} entries, reset, and again, MiB: {[round(figure) for figure in figures]}", end="; ")
    print(f"{per_entry:,.0f} bytes per entry, the log of requests included", flush=True)


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
    measure_start()
    measure_reads()
    with served("--seed", "0") as sandbox:
        asyncio.run(measure_memory(sandbox))
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in (("in memory", []), ("with --db", ["--db", str(Path(folder) / "entries.db")])):
            with served("--seed", "0", *arguments) as sandbox:
                print(f"{name}:", end=" ")
                asyncio.run(measure_entries(sandbox.url))
        measure_kills(Path(folder), kills)


if __name__ == "__main__":
    main()
