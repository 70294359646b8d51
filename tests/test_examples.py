"""The examples run: the quickstart against a sandbox, the webhook receiver over HTTP and over a real socket."""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import pytest_asyncio

from ledgerbee_client import webhooks
from ledgerbee_sandbox import Sandbox
from ledgerbee_sandbox.serving.loopback import LoopbackServer, bind

EXAMPLES = Path(__file__).parent.parent / "examples"
CURRENT, PREVIOUS, FOREIGN = (
    f"whsec_{base64.b64encode(name.encode() * 4).decode()}" for name in ("current", "previous", "foreign")
)

pytestmark = pytest.mark.asyncio


def example(name: str) -> Any:
    """Import an example from its file."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Handled:
    """Remembers what was handled; waits while it is told to, and fails as often as it is told."""

    def __init__(self) -> None:
        self.events: list[webhooks.Event] = []
        self.failures = 0
        self.began, self.goes_on = asyncio.Event(), asyncio.Event()
        self.goes_on.set()

    async def __call__(self, event: webhooks.Event) -> None:
        self.began.set()
        await self.goes_on.wait()
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the database is away")
        self.events.append(event)


@pytest.fixture
def handled() -> Handled:
    """What the service did."""
    return Handled()


@pytest_asyncio.fixture(loop_scope="function")
async def service(handled: Handled) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the receiving service, which knows two secrets."""
    app = example("fastapi_webhooks").create_app([CURRENT, PREVIOUS], handler=handled)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


def delivery(number: int, secret: str = CURRENT, age: float = 0.0) -> dict[str, Any]:
    """Return the body and headers of a delivery, as arguments of a POST."""
    name = f"msg_{number}"
    envelope = {
        "id": name,
        "type": "subscription.started",
        "timestamp": "2026-11-20T12:00:00.000Z",
        "data": {"subscriptionId": "s-7"},
    }
    body = json.dumps(envelope).encode()
    headers = webhooks.sign(body, secret=secret, delivery_id=name, now=lambda: time.time() - age)
    return {"content": body, "headers": headers}


@pytest.mark.parametrize("secret", [CURRENT, PREVIOUS])
async def test_a_delivery_signed_by_either_secret_is_handled(
    service: httpx.AsyncClient, handled: Handled, secret: str
) -> None:
    """While a secret is rolled both count."""
    answer = await service.post("/ledgerbee", **delivery(1, secret))

    assert 204 == answer.status_code
    [event] = handled.events
    assert isinstance(event, webhooks.SubscriptionStarted)
    assert "s-7" == event.subscription_id


async def test_a_delivery_is_handled_once(service: httpx.AsyncClient, handled: Handled) -> None:
    """A retry has the same id and a new signature."""
    answers = [await service.post("/ledgerbee", **delivery(1, age=age)) for age in (40, 10)]

    assert [204, 204] == [answer.status_code for answer in answers]
    assert 1 == len(handled.events)


async def test_a_delivery_whose_handling_failed_is_handled_when_it_is_retried(
    service: httpx.AsyncClient, handled: Handled
) -> None:
    """A failure is no success: LedgerBee is told, and tries again."""
    handled.failures = 1
    answers = [await service.post("/ledgerbee", **delivery(1)) for _ in range(2)]

    assert [500, 204] == [answer.status_code for answer in answers]
    assert 1 == len(handled.events)


async def test_a_delivery_that_is_being_handled_is_wanted_again(service: httpx.AsyncClient, handled: Handled) -> None:
    """The first try may still fail, as it does here, and a 2xx to the second would have been the last word."""
    handled.failures = 1
    handled.goes_on.clear()
    first = asyncio.ensure_future(service.post("/ledgerbee", **delivery(1)))
    await handled.began.wait()

    second = await service.post("/ledgerbee", **delivery(1))
    handled.goes_on.set()
    answers = [await first, second, await service.post("/ledgerbee", **delivery(1))]

    assert [500, 503, 204] == [answer.status_code for answer in answers]
    assert 1 == len(handled.events)


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda: delivery(1, FOREIGN), id="another secret"),
        pytest.param(lambda: delivery(1, age=3600), id="an hour old"),
        pytest.param(lambda: {**delivery(1), "content": delivery(2)["content"]}, id="another body"),
        pytest.param(lambda: {"content": delivery(1)["content"]}, id="no signature"),
    ],
)
async def test_a_delivery_that_cannot_be_trusted_is_refused(
    service: httpx.AsyncClient, handled: Handled, forge: Callable[[], dict[str, Any]]
) -> None:
    """It is answered with 400, and nothing is done."""
    answer = await service.post("/ledgerbee", **forge())

    assert 400 == answer.status_code
    assert [] == handled.events


async def test_the_service_receives_what_the_sandbox_delivers(handled: Handled) -> None:
    """Endpoint made over the API, delivery signed by the sandbox, received over a real socket."""
    async with Sandbox(serve=True) as sandbox, sandbox.client() as bee:
        endpoint = await bee.webhook_endpoints.create({"url": "https://example.com/hook"})
        app = example("fastapi_webhooks").create_app([endpoint["secret"]], handler=handled)
        server = LoopbackServer(app, bind())
        serving = asyncio.create_task(server.serve())
        async with sandbox.http() as http:
            receiver = await http.post("/_sandbox/webhooks/receiver", json={"url": f"{server.url}/ledgerbee"})
            assert 200 == receiver.status_code
            await bee.webhook_endpoints.test(endpoint["id"], {})
            with anyio.fail_after(10):
                while not handled.events:
                    await http.post("/_sandbox/webhooks/deliver")
        server.stop()
        await serving

    assert "test" == handled.events[0].type


async def test_the_service_reads_its_secrets_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """One secret, or two with a space between."""
    monkeypatch.setenv("LEDGERBEE_WEBHOOK_SECRETS", f"{CURRENT} {PREVIOUS}")
    transport = httpx.ASGITransport(app=example("fastapi_webhooks").from_env())
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.post("/ledgerbee", **delivery(1, PREVIOUS))

    assert 204 == answer.status_code


async def test_the_quickstart_does_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages walked, 250 entries booked in three requests, a PDF saved."""
    async with Sandbox(serve=True, invoices=120) as sandbox:
        monkeypatch.setenv("LEDGERBEE_API_KEY", sandbox.api_key)
        monkeypatch.setenv("LEDGERBEE_BASE_URL", sandbox.base_url)
        done = await anyio.run_process([sys.executable, "-W", "error", str(EXAMPLES / "quickstart.py")])

    said = done.stdout.decode()
    assert "Booked 250 entries in 3 requests, 2 of them with a file." in said
    assert "which starts with %PDF-" in said
