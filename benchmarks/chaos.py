"""
The campaign: a program that books entries is killed at random moments, while the API that it books them in misbehaves.

    python -m benchmarks.chaos --entries 100000 --kills 200 --seed 1

At the end the books are compared with the input: what is lost, what is doubled, to the cent. A seed gives the same
faults, lives and restarts; what the machine does in between is its own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from attrs import asdict, define

from benchmarks.chaos_client import amount_of, is_bad, key_of
from ledgerbee_sandbox import API_KEY

ROOT = Path(__file__).parent.parent
BATCH, LIST, COMPANY = "Create journal entries in batch (v2)", "List journal entries", "Get company details"
LATE_SECONDS = 3.5
"""A late booking comes this long after its request: after the client has given up, and within its settling time."""
WAYS = ("posting", "posting-search", "naive", "retrying")


@define(kw_only=True)
class Figures:
    """What came of a campaign."""

    way: str
    entries: int
    kills: int = 0
    kills_in_flight: int = 0
    server_kills: int = 0
    ended_by_itself: int = 0
    requests: int = 0
    faults: int = 0
    lost: int = 0
    doubled: int = 0
    refused: int = 0
    wrongly_refused: int = 0
    amount_wrong: str = "0.00"
    seconds: float = 0.0
    memory_mib: float = 0.0


class Server:
    """A sandbox that keeps its books on disk, dies and comes back at the same address."""

    def __init__(self, folder: Path, latency: float, faults: float, *, search: bool) -> None:
        self.db, self._latency, self._faults = folder / "books.db", latency, faults
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = int(listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._schema = _schema_with_search(folder) if search else None
        self.requests = self.faults = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self, seed: int) -> None:
        """Start, and ask for the faults."""
        command = [sys.executable, "-m", "ledgerbee_sandbox", "--port", str(self.port), "--db", str(self.db)]
        command += ["--seed", "0", *(["--schema", str(self._schema)] if self._schema else [])]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), "the sandbox did not start"
        self._ask("DELETE", "faults", {"seed": seed})
        each = self._faults / 7
        for wish in (
            {"kind": "slow", "operation": BATCH, "seconds": self._latency, "probability": 1},
            {"kind": "slow", "operation": BATCH, "seconds": LATE_SECONDS, "probability": each},
            {"kind": "status", "operation": BATCH, "status": 503, "probability": each},
            {"kind": "status", "operation": BATCH, "status": 503, "after": True, "probability": each},
            {"kind": "html", "operation": BATCH, "after": True, "probability": each},
            {"kind": "hang_up_before", "operation": BATCH, "probability": each},
            {"kind": "hang_up_after", "operation": BATCH, "probability": each},
            {"kind": "cut_body", "operation": BATCH, "probability": each},
            {"kind": "status", "operation": LIST, "status": 503, "probability": self._faults},
            {"kind": "cut_body", "operation": LIST, "probability": self._faults / 5},
            {"kind": "hang_up_before", "operation": COMPANY, "probability": self._faults},
        ):
            self._ask("POST", "faults", {**wish, "times": None})

    def stop(self, number: signal.Signals) -> None:
        """End the process, and count what it had to do."""
        if self._process is None:
            return
        with suppress(httpx.HTTPError):
            self.count()
        self._process.send_signal(number)
        self._process.communicate()
        self._process = None

    def count(self) -> None:
        """Count the batches that came, and the faults that struck."""
        for number, fault in enumerate(self._ask("GET", "faults")["faults"]):
            if number:
                self.faults += fault["applied"]
            else:  # The latency, which every batch has.
                self.requests += fault["applied"]
        self._ask("DELETE", "faults", {})

    def accounts(self) -> list[str]:
        """Return the ids of an expense account and of the bank."""
        answer = self._get("accounts")
        rows: list[dict[str, Any]] = answer if isinstance(answer, list) else answer["data"]
        ids = {row["accountNumber"]: row["id"] for row in rows}
        return [ids[2010], ids[5820]]

    def books(self) -> Iterator[Any]:
        """Yield every booked entry, amounts as Decimals."""
        for number in itertools.count(1):
            page = self._get(f"journal-entries?limit=100&page={number}")
            yield from page["data"]
            if number >= page["totalPages"]:
                return

    def _get(self, path: str) -> Any:
        answer = httpx.get(f"{self.url}/api/v1/{path}", headers={"x-api-key": API_KEY}, timeout=30, trust_env=False)
        return json.loads(answer.raise_for_status().text, parse_float=Decimal)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=30, trust_env=False)
        answer.raise_for_status()
        return answer.json() if answer.content else None


def campaign(way: str, entries: int, kills: int, faults: float, latency: float, life: float, seed: int) -> Figures:
    """Run a campaign until the program has ended by itself with everything done."""
    figures, began = Figures(way=way, entries=entries), time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Server(folder, latency, faults, search=way == "posting-search")
        try:
            server.start(seed)
            command = [sys.executable, "-m", "benchmarks.chaos_client", way, API_KEY, f"{server.url}/api", name]
            command += [str(entries), *server.accounts()]
            _until_done(command, server, figures, folder / "journal.db", kills, life, random.Random(seed))
            figures.seconds = round(time.monotonic() - began, 1)
            server.count()
            figures.requests, figures.faults = server.requests, server.faults
            _compare(figures, folder, server.books())
        finally:
            server.stop(signal.SIGKILL)
    return figures


def _until_done(
    command: list[str], server: Server, figures: Figures, journal: Path, kills: int, life: float, chance: random.Random
) -> None:
    """Start the program, kill it, and start it again, until it ends by itself with everything done."""
    while True:
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
            ends = time.monotonic() + (chance.uniform(0.3, 2 * life) if figures.kills < kills else 3_600)
            while process.poll() is None and time.monotonic() < ends:
                figures.memory_mib = max(figures.memory_mib, _memory_mib(process.pid))
                time.sleep(0.02)
            if process.poll() is None:
                process.kill()
            _, words = process.communicate()
        if process.returncode == 0:
            return
        if process.returncode == -signal.SIGKILL:
            figures.kills += 1
            figures.kills_in_flight += _is_sending(journal)
        else:
            figures.ended_by_itself += 1
            if figures.ended_by_itself > figures.entries:
                raise RuntimeError(f"the program does not come to an end: {words[-2000:]}")
        if figures.kills < kills and chance.random() < 0.1:
            server.stop(signal.SIGKILL)
            figures.server_kills += 1
            server.start(figures.kills)
        if sys.stderr.isatty():
            print(f"\r{figures.kills} kills", end="", file=sys.stderr)


def _compare(figures: Figures, folder: Path, rows: Iterator[Any]) -> None:
    """Compare the books with the input, and the journal with the books."""
    booked: Counter[str] = Counter()
    amount = Decimal(0)
    ids: set[str] = set()
    for record in rows:
        if str(record.get("reference")).startswith("CHAOS-"):
            booked[record["reference"]] += 1
            ids.add(record["id"])
            amount += record["amount"]
    wanted = {key_of(number): number for number in range(figures.entries) if not is_bad(number)}
    figures.lost = sum(key not in booked for key in wanted)
    figures.doubled = sum(count - 1 for count in booked.values())
    figures.amount_wrong = str(amount - sum(map(amount_of, wanted.values())))
    if figures.way.startswith("posting"):
        with closing(sqlite3.connect(folder / "journal.db")) as journal:
            known = journal.execute("SELECT key, state, id FROM entries").fetchall()
        assert {found for _, state, found in known if state == "booked"} == ids, "the journal knows other ids"
        refused = {key for key, state, _ in known if state == "refused"}
        figures.refused, figures.wrongly_refused = len(refused), len(refused & wanted.keys())


def _is_sending(journal: Path) -> bool:
    if not journal.exists():
        return False
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
        return bool(connection.execute("SELECT 1 FROM entries WHERE state = 'sending' LIMIT 1").fetchone())
    return False


def _memory_mib(process: int) -> float:
    with suppress(OSError, ValueError, IndexError):
        text = Path(f"/proc/{process}/status").read_text()
        return int(text.split("VmHWM:")[1].split()[0]) / 1024
    return 0.0


def _schema_with_search(folder: Path) -> Path:
    """Write the schema with `search` in the list of booked entries, which the list of drafts documents."""
    schema = json.loads((ROOT / "openapi" / "ledgerbee.json").read_text())
    drafts, booked = (schema["paths"][f"/v1/{name}"]["get"] for name in ("draft-journal-entries", "journal-entries"))
    booked["parameters"] += [one for one in drafts["parameters"] if one.get("name") == "search"]
    path = folder / "schema.json"
    path.write_text(json.dumps(schema))
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run campaigns, and print a JSON line for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--way", choices=WAYS, default="posting")
    parser.add_argument("--entries", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--faults", type=float, default=0.05, help="part of the requests that go wrong")
    parser.add_argument("--latency", type=float, default=0.1, help="seconds that every batch takes")
    parser.add_argument("--life", type=float, default=1.5, help="mean seconds from start to kill")
    parser.add_argument("--seed", type=int, default=1)
    given = vars(parser.parse_args(arguments))
    figures = campaign(**given)
    print(json.dumps(asdict(figures)))
    return (
        1 if figures.way.startswith("posting") and (figures.lost or figures.doubled or figures.wrongly_refused) else 0
    )


if __name__ == "__main__":
    sys.exit(main())
