"""Secrets are shown nowhere, over loopback: every path, with credentials that the sandbox knows, while it fails."""

from __future__ import annotations

import base64
import logging
import pickle
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from anyio.abc import SocketStream
from runtime.raw_server import raw_server

from ledgerbee_client import ApiKey, Attachment, ClientCredentials, LedgerBee, LedgerBeeError, events, webhooks

from .conftest import Entry
from .sandbox_process import TOKEN, SandboxProcess, TwoClocks

pytestmark = pytest.mark.anyio
KEY, SECRET, TOKENS = "canary-key-1", "canary-secret-2", "sandbox-token-"
"""The last is how every token of the sandbox begins."""
HOOK = "whsec_" + base64.b64encode(b"canary-hook-3").decode()

FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    "500": {"kind": "status", "status": 500},
    "401": {"kind": "status", "status": 401},
    "html": {"kind": "html"},
    "hang up": {"kind": "hang_up_after"},
    "cut body": {"kind": "cut_body"},
    "expired token": {"kind": "expired_token"},
}


def search(place: str, *things: object) -> None:
    """Look for each secret, in clear and as base64."""
    text = "\n".join(map(str, things))
    for canary in (KEY, SECRET, TOKENS, HOOK):
        assert canary not in text, f"{canary} in {place}"
        assert base64.b64encode(canary.encode()).decode()[:12] not in text, f"{canary} as base64 in {place}"


def search_error(error: BaseException) -> None:
    """Look through an error and those behind it: texts, facts, pickles, and the variables of our own frames."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    search("a variable", *(frame.locals for frame in shown.stack if "/ledgerbee_client/" in frame.filename))
    search("a traceback", *traceback.format_exception(error))
    chained: BaseException | None = error
    while chained is not None:
        search("an error", chained, repr(chained), chained.__dict__, pickle.dumps(chained))
        chained = chained.__cause__ or chained.__context__


@pytest.mark.parametrize("kind", ["key", "client"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_no_path_gives_a_secret_away(  # noqa: PLR0917
    fault: str,
    kind: str,
    sandbox: SandboxProcess,
    clocks: TwoClocks,
    entry: Entry,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Booking, batch, walk, file, download and scopes: not in reprs, logs at DEBUG, events, errors or pickles."""
    sandbox.ask("POST /keys", key=KEY)
    sandbox.ask("POST /clients", client_id="canary", client_secret=SECRET)
    invoice = str(sandbox.kept("invoices")[0]["id"])
    credentials = ApiKey(KEY) if kind == "key" else ClientCredentials("canary", SECRET)
    file = Attachment.from_bytes(b"%PDF-1.7", filename="a.pdf")
    told = list[events.Event]()
    caplog.set_level(logging.DEBUG)

    paths: list[Callable[[LedgerBee], Awaitable[object]]] = [
        lambda bee: bee.journal_entries.create(entry(attachments=[file])),
        lambda bee: bee.journal_entries.create_many([entry(), entry()]),
        lambda bee: bee.invoices.list(limit=1).collect(ahead=2),
        lambda bee: bee.invoices.pdf(invoice).save(tmp_path / "a.pdf"),
        lambda bee: bee.api_key.require("journal-entries-write"),
        lambda bee: bee.invoices.get("nobody"),
    ]
    async with LedgerBee(credentials, base_url=sandbox.base_url, clock=clocks.clock, on_event=told.append) as bee:
        for path in paths:
            if fault != "none":
                sandbox.ask("DELETE /faults")
                skip = 1 if kind == "client" and not sandbox.seen(TOKEN) else 0
                sandbox.ask("POST /faults", times=None, skip=skip, **FAULTS[fault])
            with bee.capture() as calls:
                try:
                    made = await path(bee)
                except LedgerBeeError as error:
                    search_error(error)
                else:
                    search("what was made", made, pickle.dumps(made))
            search("a capture", calls, [call.body for call in calls])
        search("a repr", bee, credentials, bee.with_options(timeout=5))

    assert told
    search("events", told, pickle.dumps(told))
    search("the log", caplog.text, *(record.__dict__ for record in caplog.records))
    search("an address", *(f"{seen['path']}?{seen['query']}" for seen in sandbox.seen()))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_another_origin_never_sees_a_key_or_a_booking(status: int, sandbox: SandboxProcess, entry: Entry) -> None:
    """The redirect is an error; nobody calls at the sandbox that it names."""
    sandbox.ask("DELETE /requests")

    async def redirect(stream: SocketStream, request: bytes) -> None:
        head = f"HTTP/1.1 {status} x\r\nlocation: {sandbox.base_url}/v2/journal-entries\r\ncontent-length: 0\r\n\r\n"
        await stream.send(head.encode())

    async with raw_server() as server:
        server.does(redirect)
        async with LedgerBee(ApiKey(KEY), base_url=server.url) as bee:
            for call in (bee.journal_entries.create(entry()), bee.company.get()):
                with pytest.raises(LedgerBeeError) as caught:
                    await call
                search_error(caught.value)

    assert 2 == len(server.requests)
    assert [] == sandbox.seen()


def test_a_webhook_secret_is_in_no_error() -> None:
    """Neither in its text nor in local variables."""
    headers = {"webhook-id": "1", "webhook-timestamp": "1700000000", "webhook-signature": "v1,AAAA"}
    with pytest.raises(LedgerBeeError) as caught:
        webhooks.verify(b"{}", headers, secret=[HOOK], now=lambda: 1_700_000_000.0)

    search("an error", caught.value, repr(caught.value), caught.value.__dict__, pickle.dumps(caught.value))
