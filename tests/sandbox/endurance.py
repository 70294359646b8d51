"""A long day at the sandbox: ten thousand entries, and a kill every few bookings. For the tests and the benchmark."""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from attrs import define, field

from ledgerbee_sandbox import API_KEY

KEY = {"x-api-key": API_KEY}
PER_BATCH = PER_PAGE = 100
PATH = "/api/v2/journal-entries"
DEBIT, CREDIT = 2010, 5820


def amount_of(number: int) -> Decimal:
    """An amount for each entry, in cents, up to a hundred million; sums of floats would not survive them."""
    return Decimal(number * 7919 % 10_000_000_000 + 1) / 100


def entry(accounts: dict[int, str], number: int, reference: str) -> dict[str, Any]:
    sides = (("debit", DEBIT), ("credit", CREDIT))
    amount = float(amount_of(number))  # The shortest digits of the float are the cents.
    lines = [{"accountId": accounts[account], "type": side, "amount": amount} for side, account in sides]
    body = {"entryType": "journal", "date": "2026-06-01", "originalAmount": amount, "lines": lines}
    return {**body, "reference": reference}


async def accounts_of(http: httpx.AsyncClient) -> dict[int, str]:
    answer = (await http.get("/api/v1/accounts", headers=KEY)).json()
    return {account["accountNumber"]: account["id"] for account in answer}


async def post(http: httpx.AsyncClient, count: int) -> None:
    """Post that many entries in batches of a hundred."""
    accounts = await accounts_of(http)
    for start in range(0, count, PER_BATCH):
        entries = [entry(accounts, number, f"E{number}") for number in range(start, min(start + PER_BATCH, count))]
        response = await http.post(f"{PATH}/batch", json={"entries": entries}, headers=KEY)
        assert 201 == response.status_code, response.text


async def walk(http: httpx.AsyncClient) -> dict[str, Decimal]:
    """All entries, page by page: the exact amount of each reference. None comes twice."""
    found: dict[str, Decimal] = {}
    page, pages = 0, 1
    while page < pages:
        page += 1
        query = {"page": page, "limit": PER_PAGE}
        response = await http.get("/api/v1/journal-entries", params=query, headers=KEY)
        answer = json.loads(response.content, parse_float=Decimal)
        pages = answer["totalPages"]
        for row in answer["data"]:
            assert row["reference"] not in found, row["reference"]
            found[row["reference"]] = Decimal(row["amount"])
    return found


@define
class Survival:
    """What came of the kills."""

    kills: int = 0
    acknowledged: list[str] = field(factory=list[str])
    in_flight_kept: int = 0
    in_flight_gone: int = 0


def kill_often(file: Path, kills: int, seed: int = 0) -> Survival:
    """
    Book, kill -9 while the next booking is on its way, start again, look: as often as told, on the same file.

    Every acknowledged entry must be there once; the one in flight may be there, but only whole.
    """
    dice = random.Random(seed)  # The same bad day each time, as far as the machine allows.
    survival = Survival()
    in_flight = ""
    for number in range(kills + 1):
        with _running(file) as (process, url), httpx.Client(base_url=url, headers=KEY, trust_env=False) as http:
            _look(http, survival, in_flight)
            accounts = {row["accountNumber"]: row["id"] for row in http.get("/api/v1/accounts").json()}
            if number == kills:
                answer = _send(url, entry(accounts, number, "waited-for"), None)
                assert b"HTTP/1.1 201" == answer, "what was in flight would never have been booked"
                break
            for count in range(dice.randrange(4)):
                reference = f"K{number}-{count}"
                body = entry(accounts, len(survival.acknowledged), reference)
                assert 201 == http.post(PATH, json=body).status_code
                survival.acknowledged.append(reference)
            in_flight = f"K{number}-in-flight"
            _send(url, entry(accounts, number, in_flight), dice.random() * 0.004)
            process.send_signal(signal.SIGKILL)
            survival.kills += 1
    return survival


@contextmanager
def _running(file: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "ledgerbee_sandbox", "--db", str(file), "--seed", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split()[-1].removesuffix("/api")
        finally:
            process.kill()


def _look(http: httpx.Client, survival: Survival, in_flight: str) -> None:
    table = http.get("/_sandbox/books/journal_entries").json()
    references = [row["reference"] for row in table]
    kept = references.count(in_flight)
    survival.in_flight_kept += kept
    survival.in_flight_gone += bool(in_flight) and not kept
    lost = set(survival.acknowledged) - set(references)
    assert not lost, f"acknowledged, and gone after {survival.kills} kills: {sorted(lost)}"
    survival.acknowledged += [in_flight] * kept  # Seen once, it must be seen ever after.
    assert len(set(references)) == len(references), "an entry came back twice"
    assert len({row["entryNumber"] for row in table}) == len({row["id"] for row in table}) == len(table)
    assert all(2 == len(row["lines"]) for row in table), "half an entry came back"


def _send(url: str, body: dict[str, Any], seconds: float | None) -> bytes:
    """Send a booking and give the server this long, which is less than it may need; with None, wait for its answer."""
    content = json.dumps(body).encode()
    host, port = urlsplit(url).hostname, urlsplit(url).port
    head = (
        f"POST {PATH} HTTP/1.1\r\nhost: {host}\r\nx-api-key: {API_KEY}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection((str(host), port or 0)) as connection:
        connection.sendall(head.encode() + content)
        if seconds is None:
            return connection.recv(12)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            pass
    return b""
