"""The recipes that need Redis, with a real one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest
from test_examples import CURRENT, EXAMPLES, delivery, example

from ledgerbee_client import ClientCredentials, LedgerBee
from ledgerbee_sandbox import API_KEY, CLIENT_ID, CLIENT_SECRET


@pytest.mark.asyncio
async def test_two_receivers_handle_a_delivery_once(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is a service of its own; what they share is Redis."""
    caplog.set_level("INFO")
    monkeypatch.setenv("LEDGERBEE_WEBHOOK_SECRETS", CURRENT)
    monkeypatch.setenv("REDIS_URL", redis_url)
    for age in (40, 10):
        transport = httpx.ASGITransport(app=example("fastapi_webhooks").from_env())
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as service:
            assert 204 == (await service.post("/ledgerbee", **delivery(7, age=age))).status_code

    assert 1 == caplog.text.count("grant access: subscription s-7")


@pytest.mark.asyncio
async def test_a_fleet_shares_one_token_and_the_work(
    redis_url: str, sandbox_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Three processes, one token request, each PDF saved by one of them."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("LEDGERBEE_BASE_URL", sandbox_url)
    monkeypatch.setenv("LEDGERBEE_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("LEDGERBEE_CLIENT_SECRET", CLIENT_SECRET)
    said: list[str] = []

    async def work(worker: int) -> None:
        command = [sys.executable, str(EXAMPLES / "fleet.py"), str(worker), "3", str(tmp_path)]
        said.append((await anyio.run_process(command)).stdout.decode())

    async with anyio.create_task_group() as fleet:
        for worker in range(3):
            fleet.start_soon(work, worker)

    async with LedgerBee(ClientCredentials(CLIENT_ID, CLIENT_SECRET), base_url=sandbox_url) as bee:
        sent = await bee.invoices.list(status="sent").collect()
    assert {f"{invoice.number}.pdf" for invoice in sent} == {path.name async for path in anyio.Path(tmp_path).iterdir()}
    assert len(sent) == sum(int(line.split()[3]) for line in said)
    async with httpx.AsyncClient(base_url=sandbox_url.removesuffix("/api")) as control:
        seen = (await control.get("/_sandbox/requests")).json()["requests"]
    assert 1 + 1 == [request["path"] for request in seen].count("/v1/auth/token"), "the fleet's, and this test's"


@pytest.fixture
def worker(redis_url: str, sandbox_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A Celery worker of one process, and its program with its tasks."""
    monkeypatch.setenv("LEDGERBEE_API_KEY", API_KEY)
    monkeypatch.setenv("LEDGERBEE_BASE_URL", sandbox_url)
    monkeypatch.setenv("CELERY_BROKER_URL", redis_url)
    monkeypatch.setenv("CELERY_RESULT_BACKEND", redis_url)
    command = [sys.executable, "-m", "celery", "--workdir", str(EXAMPLES), "--app", "celery_worker"]
    worker = subprocess.Popen([*command, "worker", "--pool", "prefork", "--concurrency", "1", "--loglevel", "ERROR"])
    try:
        yield example("celery_worker")
    finally:
        worker.terminate()
        worker.wait()


@pytest.mark.asyncio
async def test_a_celery_worker_sends_an_invoice(worker: Any) -> None:
    """A real worker, its broker a real Redis."""
    async with LedgerBee.from_env() as bee:
        draft = await bee.invoices.list(status="draft").first()
        assert draft
        result = worker.send_invoice.delay(draft.id)

        assert "Email" == await anyio.to_thread.run_sync(lambda: result.get(timeout=30))
        assert "draft" != (await bee.invoices.get(draft.id or "")).status
