"""The sandbox in a process of its own: started on a free port, told what to do, and looked into, over HTTP."""

from __future__ import annotations

import datetime
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx
from attrs import define, field

from ledgerbee_client import Clock

BOOK = "Create a journal entry (v2)"
BOOK_BATCH = "Create journal entries in batch (v2)"
TOKEN = "Get an access token"
COMPANY = "Get company details"
INVOICES = "List invoices"
READY = "LedgerBee sandbox on "


@define
class SandboxProcess:
    """A sandbox in another process, asked over a connection that is not the client's."""

    base_url: str
    log: Path
    _http: httpx.Client

    def ask(self, what: str, **body: Any) -> Any:
        """`sandbox.ask("POST /clock", advance_seconds=60)`: what `/_sandbox/` answers."""
        method, path = what.split(" ", 1)
        answer = self._http.request(method, f"/_sandbox{path}", json=body or None)
        assert 200 == answer.status_code, answer.text
        return answer.json()

    def fault(self, kind: str, operation: str = "*", **options: Any) -> None:
        """Schedule a fault."""
        self.ask("POST /faults", kind=kind, operation=operation, **options)

    def seen(self, operation: str | None = None) -> list[dict[str, Any]]:
        """Return the requests that came in, of one operation or of all, with what became of each."""
        seen = self.ask("GET /requests")["requests"]
        return [request for request in seen if operation in {None, request["operation"]}]

    def statuses(self, operation: str | None = None) -> list[int | None]:
        """Return what was answered to each; None where the connection was cut."""
        return [request["status"] for request in self.seen(operation)]

    def has_whole(self, operation: str, number: int = 1) -> bool:
        """Return whether the body of so many requests has come, as far as the sandbox has looked at them."""
        return number == len([seen for seen in self.seen(operation) if seen["body_bytes"]])

    def kept(self, name: str) -> list[dict[str, Any]]:
        """Return what the books hold of one kind, `journal_entries` for instance."""
        return list(self.ask(f"GET /books/{name}"))

    def booked(self) -> list[str]:
        """Return the references of the booked entries, those of invoices left out."""
        entries = self.kept("journal_entries")
        return [entry["reference"] for entry in entries if "journal" == entry["entryType"]]

    def account(self, number: int) -> str:
        """Return the id of an account of the demo company."""
        return next(str(one["id"]) for one in self.kept("accounts") if number == one["accountNumber"])

    def said(self) -> str:
        """Return what the process has written about itself."""
        return self.log.read_text(encoding="utf-8")


@contextmanager
def running(log: Path) -> Iterator[SandboxProcess]:
    """Start the sandbox on a free port, and stop it."""
    command = [sys.executable, "-m", "ledgerbee_sandbox", "--seed", "0"]
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        assert process.stdout is not None
        try:
            line = process.stdout.readline().strip()
            assert line.startswith(READY), f"{line}\n{log.read_text()}"
            base_url = line.removeprefix(READY)
            with httpx.Client(base_url=base_url.removesuffix("/api"), trust_env=False) as http:
                yield SandboxProcess(base_url, log, http)
        finally:
            process.terminate()


@define
class TwoClocks:
    """The client's clock and the sandbox's, which stand still. A wait moves both at once, and takes no time."""

    sandbox: SandboxProcess
    time: float = field(factory=lambda: float(int(time.time())))
    slept: list[float] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.move(0.0)

    def move(self, seconds: float) -> None:
        """Let time pass, here and there."""
        self.time += seconds
        self.sandbox.ask("POST /clock", at=datetime.datetime.fromtimestamp(self.time, datetime.UTC).isoformat())

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.move(seconds)
        await anyio.lowlevel.checkpoint()

    @property
    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.time, now=lambda: self.time, sleep=self.sleep, random=lambda: 0.5)


async def until(happened: Callable[[], object]) -> None:
    """Look again and again, until it has happened in the other process."""
    with anyio.fail_after(20):
        while not happened():  # noqa: ASYNC110 (it happens in another process, which tells nobody)
            await anyio.sleep(0.002)
