"""Webhooks, over loopback: signed by the sandbox, posted to a receiver in this process, trusted or not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from anyio.abc import SocketStream
from attrs import frozen
from runtime.raw_server import RawServer, raw_server

from ledgerbee_client import LedgerBee, WebhookVerificationError, webhooks

from .sandbox_process import SandboxProcess, TwoClocks, until

pytestmark = pytest.mark.anyio
Delivery = tuple[bytes, dict[str, str]]


@pytest.fixture
async def receiver(sandbox: SandboxProcess) -> AsyncIterator[RawServer]:
    """A receiver on loopback, which the sandbox posts to."""
    async with raw_server() as server:
        server.does(accept)
        sandbox.ask("POST /webhooks/receiver", url=f"http://127.0.0.1:{server.port}/hook")
        yield server
        sandbox.ask("POST /webhooks/receiver", url=None)


@frozen
class Endpoint:
    """Its id, and the secret that is shown once."""

    id: str
    secret: str


@pytest.fixture
async def endpoint(bee: LedgerBee) -> Endpoint:
    """An endpoint for every topic."""
    made = await bee.webhook_endpoints.create({"url": "https://hooks.example.com/ledgerbee"})
    return Endpoint(str(made["id"]), str(made.secret))


async def accept(stream: SocketStream, request: bytes) -> None:
    await stream.send(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")


async def fail(stream: SocketStream, request: bytes) -> None:
    await stream.send(b"HTTP/1.1 500 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")


async def delivery(receiver: RawServer, number: int = 1) -> Delivery:
    """Wait for a delivery; return its raw body and its headers."""
    await until(lambda: len(receiver.requests) >= number)
    head, _, body = receiver.requests[number - 1].partition(b"\r\n\r\n")
    lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return body, {name.title(): value for name, value in lines}


async def test_a_delivery_is_verified(bee: LedgerBee, receiver: RawServer, endpoint: Endpoint) -> None:
    """As it came; the test event is of no documented topic."""
    await bee.webhook_endpoints.test(endpoint.id)

    body, headers = await delivery(receiver)

    event = webhooks.verify(body, headers, secret=endpoint.secret)
    assert isinstance(event, webhooks.UnknownEvent)
    assert ("test", headers["Webhook-Id"]) == (event.type, event.id)


async def test_a_documented_topic_is_typed(
    bee: LedgerBee, sandbox: SandboxProcess, receiver: RawServer, endpoint: Endpoint
) -> None:
    """A subscription that starts says so."""
    made = await bee.subscriptions.assign(
        {
            "customerId": sandbox.kept("customers")[0]["id"],
            "planId": sandbox.kept("plans")[0]["id"],
            "startDate": "2026-01-01",
        }
    )

    await delivery(receiver, 2)
    events = [
        webhooks.verify(*await delivery(receiver, number), secret=endpoint.secret)
        for number in range(1, len(receiver.requests) + 1)
    ]

    (started,) = [event for event in events if isinstance(event, webhooks.SubscriptionStarted)]
    assert made.id == started.subscription_id


async def test_a_replay_is_refused(bee: LedgerBee, receiver: RawServer, endpoint: Endpoint) -> None:
    """The same bytes, and so the same signature, six minutes later."""
    await bee.webhook_endpoints.test(endpoint.id)
    body, headers = await delivery(receiver)
    signed = float(headers["Webhook-Timestamp"])

    webhooks.verify(body, headers, secret=endpoint.secret, now=lambda: signed + 290)
    with pytest.raises(WebhookVerificationError, match="timestamp"):
        webhooks.verify(body, headers, secret=endpoint.secret, now=lambda: signed + 360)
    with pytest.raises(WebhookVerificationError, match="timestamp"):
        webhooks.verify(body, headers, secret=endpoint.secret, now=lambda: signed - 360)


async def test_what_was_touched_is_refused(bee: LedgerBee, receiver: RawServer, endpoint: Endpoint) -> None:
    """A byte of the body, the id, or a new date on an old signature."""
    await bee.webhook_endpoints.test(endpoint.id)
    body, headers = await delivery(receiver)
    younger = str(int(headers["Webhook-Timestamp"]) + 1)

    for touched in (
        (body.replace(b"test", b"fest"), headers),
        (body, {**headers, "Webhook-Id": "another"}),
        (body, {**headers, "Webhook-Timestamp": younger}),
        (body, {**headers, "Webhook-Signature": headers["Webhook-Signature"].swapcase()}),
        (body, {name: value for name, value in headers.items() if name != "Webhook-Signature"}),
    ):
        with pytest.raises(WebhookVerificationError):
            webhooks.verify(*touched, secret=endpoint.secret)


async def test_two_secrets_are_trusted_while_one_is_rolled(
    bee: LedgerBee, receiver: RawServer, endpoint: Endpoint
) -> None:
    """Deliveries of before and after, by the same code."""
    await bee.webhook_endpoints.test(endpoint.id)
    before = await delivery(receiver)
    rolled = await bee.webhook_endpoints.roll_secret(endpoint.id)
    await bee.webhook_endpoints.test(endpoint.id)
    after = await delivery(receiver, 2)

    for one in (before, after):
        assert "test" == webhooks.verify(*one, secret=[str(rolled.secret), endpoint.secret]).type
    with pytest.raises(WebhookVerificationError, match="no signature matches"):
        webhooks.verify(*after, secret=endpoint.secret)


async def test_a_retried_delivery_is_handled_once(
    bee: LedgerBee, sandbox: SandboxProcess, receiver: RawServer, endpoint: Endpoint, clocks: TwoClocks
) -> None:
    """Refused the first time: it comes again half a minute later, by the sandbox's clock, with the same id."""
    seen = webhooks.MemorySeenDeliveries()
    receiver.behaviours[:] = [fail, accept]
    await bee.webhook_endpoints.test(endpoint.id)
    first, headers = await delivery(receiver)
    assert await seen.add(webhooks.verify(first, headers, secret=endpoint.secret).id)

    await until(lambda: sandbox.kept("deliveries")[0]["attempts"])
    clocks.move(30)
    second, later = await delivery(receiver, 2)

    event = webhooks.verify(second, later, secret=endpoint.secret)
    assert not await seen.add(event.id)
