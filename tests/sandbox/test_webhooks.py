"""Webhook endpoints, and deliveries that an independent library verifies, on the documented schedule."""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from ledgerbee_sandbox import Sandbox
from ledgerbee_sandbox.serving.loopback import LoopbackServer, bind

pytestmark = pytest.mark.asyncio
ENDPOINT = {"url": "https://hooks.example.com/ledgerbee"}


class Receiver:
    """A real server on loopback that keeps what it gets and answers what it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.got.append(({name.decode(): value.decode() for name, value in scope["headers"]}, body))
        status = self.statuses.pop(0) if self.statuses else 204
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    application = Receiver()
    server = LoopbackServer(application, bind())
    task = asyncio.create_task(server.serve())
    application.url = f"{server.url}/hook"
    yield application
    server.stop()
    await task


async def test_the_secret_is_shown_once(api: Any) -> None:
    made = await api("POST /v1/webhook-endpoints", ENDPOINT, status=201)
    path = f"/v1/webhook-endpoints/{made['id']}"

    assert made["secret"].startswith("whsec_")
    assert "secret" not in await api(f"GET {path}")
    assert "secret" not in (await api("GET /v1/webhook-endpoints"))[0]
    assert "secret" not in await api(f"PUT {path}", {"url": "https://hooks.example.com/other"})
    rolled = await api(f"POST {path}/roll-secret", status=201)
    assert rolled["secret"] != made["secret"]
    await api(f"DELETE {path}")
    await api(f"GET {path}", status=404)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://localhost/hook",
        "https://127.0.0.1/hook",
        "https://10.1.2.3/hook",
        "https://192.168.0.9:8443/",
        "https://[::1]/",
        "https://169.254.169.254/",
        "https://intranet/",
        "https://printer.local/",
        "https://",
        "",
    ],
)
async def test_only_public_https_is_accepted(api: Any, broken: Any, url: Any) -> None:
    assert broken(await api("POST /v1/webhook-endpoints", {"url": url}, status=400)) == {"url": ["isPublicHttpsUrl"]}


async def test_a_delivery_is_signed_as_standard_webhooks_says(api: Any, control: Any, receiver: Any) -> None:
    made = await api("POST /v1/webhook-endpoints", ENDPOINT, status=201)
    await control("POST /webhooks/receiver", {"url": receiver.url})
    await api(f"POST /v1/webhook-endpoints/{made['id']}/test", status=201)

    (delivery,) = (await control("POST /webhooks/deliver"))["attempted"]

    assert delivery["status"] == "delivered"
    ((headers, body),) = receiver.got
    event = Webhook(made["secret"]).verify(body, headers)
    assert event["id"] == headers["webhook-id"] == delivery["id"]
    assert event["type"] == "test"


@pytest.mark.parametrize("year", [2020, 2035])
async def test_a_receiver_trusts_what_is_sent_under_a_moved_clock(
    api: Any, control: Any, receiver: Any, year: int
) -> None:
    """It compares the signature's time with its own; the event keeps the sandbox's."""
    made = await api("POST /v1/webhook-endpoints", ENDPOINT, status=201)
    await control("POST /webhooks/receiver", {"url": receiver.url})
    await control("POST /clock", {"at": f"{year}-06-01T12:00:00Z"})
    await api(f"POST /v1/webhook-endpoints/{made['id']}/test", status=201)

    await control("POST /webhooks/deliver")

    ((headers, body),) = receiver.got
    assert Webhook(made["secret"]).verify(body, headers)["timestamp"] == f"{year}-06-01T12:00:00.000Z"


async def test_waiting_deliveries_can_be_read_signed_without_a_receiver(api: Any, control: Any) -> None:
    made = await api("POST /v1/webhook-endpoints", ENDPOINT, status=201)
    await api(f"POST /v1/webhook-endpoints/{made['id']}/test", status=201)

    (delivery,) = (await control("GET /webhooks"))["deliveries"]

    assert Webhook(made["secret"]).verify(delivery["body"], delivery["headers"])["type"] == "test"
    await control("POST /webhooks/deliver", status=409)


async def test_a_failing_receiver_gets_eight_attempts_in_21_hours(api: Any, control: Any, receiver: Any) -> None:
    """Waits of 30 s, 2 min, 8 min, 32 min, about 2 h, about 8.5 h and 10 h, always with the same id."""
    made = await api("POST /v1/webhook-endpoints", ENDPOINT, status=201)
    await control("POST /webhooks/receiver", {"url": receiver.url})
    await control("POST /clock", {"at": "2026-06-01T12:00:00Z"})
    receiver.statuses = [500] * 8
    await api(f"POST /v1/webhook-endpoints/{made['id']}/test", status=201)

    for wait in (0, 30, 120, 480, 1920, 7680, 30720, 36000):
        if wait:
            await control("POST /clock", {"advance_seconds": wait - 1})
            assert (await control("POST /webhooks/deliver"))["attempted"] == []
            await control("POST /clock", {"advance_seconds": 1})
        (delivery,) = (await control("POST /webhooks/deliver"))["attempted"]

    assert delivery["status"] == "failed"
    assert len(receiver.got) == 8
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {delivery["id"]}
    first, last = (datetime.datetime.fromisoformat(delivery["attempts"][n]["at"]) for n in (0, -1))
    assert datetime.timedelta(hours=21) < last - first < datetime.timedelta(hours=22)
    await control("POST /clock", {"advance_seconds": 10**6})
    assert (await control("POST /webhooks/deliver"))["attempted"] == []


async def test_a_retry_that_succeeds_ends_the_matter(api: Any, control: Any, receiver: Any) -> None:
    made = await api("POST /v1/webhook-endpoints", ENDPOINT, status=201)
    await control("POST /webhooks/receiver", {"url": receiver.url})
    receiver.statuses = [503]
    await api(f"POST /v1/webhook-endpoints/{made['id']}/test", status=201)

    assert (await control("POST /webhooks/deliver"))["attempted"][0]["status"] == "pending"
    await control("POST /clock", {"advance_seconds": 30})
    assert (await control("POST /webhooks/deliver"))["attempted"][0]["status"] == "delivered"

    assert receiver.got[0][1] == receiver.got[1][1]


async def test_an_endpoint_gets_the_topics_it_lists(api: Any, sandbox: Any, demo: Any) -> None:
    await api("POST /v1/webhook-endpoints", {**ENDPOINT, "topics": ["subscription.started"]}, status=201)
    body = {"customerId": demo.customer(), "planId": demo.plan(), "startDate": "2026-01-01"}

    await api("POST /v1/subscriptions", body, status=201)

    assert [delivery["type"] for delivery in sandbox.books["deliveries"]] == ["subscription.started"]


async def test_the_clock_alone_makes_events(
    api: Any, control: Any, receiver: Receiver, sandbox: Sandbox, demo: Any
) -> None:
    """Nobody has to read a subscription for it to start."""
    await api("POST /v1/webhook-endpoints", {**ENDPOINT, "topics": ["subscription.started"]}, status=201)
    await control("POST /webhooks/receiver", {"url": receiver.url})
    body = {"customerId": demo.customer(), "planId": demo.plan(), "startDate": "2030-01-01"}
    await api("POST /v1/subscriptions", body, status=201)
    assert (await control("POST /webhooks/deliver"))["attempted"] == []

    sandbox.clock.stop_at(datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC))

    (delivery,) = (await control("POST /webhooks/deliver"))["attempted"]
    assert delivery["type"] == "subscription.started"


@pytest.mark.parametrize("url", ["http://example.com/", "https://10.0.0.1/", "ftp://127.0.0.1/", "nonsense"])
async def test_nothing_is_posted_to_another_machine(control: Any, url: Any) -> None:
    answer = await control("POST /webhooks/receiver", {"url": url}, status=400)
    assert "loopback" in answer["error"]


async def test_a_listening_sandbox_posts_by_itself(receiver: Any) -> None:
    """Over loopback nobody has to ask: the delivery arrives."""
    arrived = asyncio.Event()

    async def hook(scope: Any, receive: Any, send: Any) -> None:
        await receiver(scope, receive, send)
        arrived.set()

    server = LoopbackServer(hook, bind())
    task = asyncio.create_task(server.serve())
    async with Sandbox(serve=True, strict=True, invoices=0) as sandbox, sandbox.http() as http:
        await http.post("/_sandbox/webhooks/receiver", json={"url": server.url})
        made = await http.post("/api/v1/webhook-endpoints", json=ENDPOINT, headers={"x-api-key": sandbox.api_key})
        path = f"/api/v1/webhook-endpoints/{made.json()['id']}/test"
        await http.post(path, headers={"x-api-key": sandbox.api_key})
        await asyncio.wait_for(arrived.wait(), 10)
    server.stop()
    await task
    assert json.loads(receiver.got[0][1])["type"] == "test"


@pytest.mark.parametrize("host", ["127.1", "0177.0.0.1", "0x7f.0.0.1", "\uff11\uff12\uff17.0.0.1", "2130706433"])
async def test_an_address_in_disguise_is_not_public(api: Any, broken: Any, host: str) -> None:
    """Whoever posts there reads these as 127.0.0.1."""
    answer = await api("POST /v1/webhook-endpoints", {"url": f"https://{host}/hook"}, status=400)
    assert list(broken(answer)) == ["url"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/", "http://127.0.0.1:0x50/", "http://[::1", "/hook"])
async def test_a_receiver_that_nobody_could_post_to_is_refused(control: Any, url: str) -> None:
    assert "must be a loopback URL" in (await control("POST /webhooks/receiver", {"url": url}, status=400))["error"]


async def test_a_delivery_on_its_way_does_not_come_back_after_a_reset() -> None:
    arrived, leave = asyncio.Event(), asyncio.Event()

    async def hesitant(_scope: Any, _receive: Any, send: Any) -> None:
        arrived.set()
        await leave.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    server = LoopbackServer(hesitant, bind())
    serving = asyncio.create_task(server.serve())
    async with Sandbox(strict=True, invoices=0) as sandbox, sandbox.http() as http:
        headers = {"x-api-key": sandbox.api_key}
        made = (await http.post("/api/v1/webhook-endpoints", json=ENDPOINT, headers=headers)).json()
        for _ in range(2):
            await http.post(f"/api/v1/webhook-endpoints/{made['id']}/test", headers=headers)
        await http.post("/_sandbox/webhooks/receiver", json={"url": server.url})
        posting = asyncio.create_task(http.post("/_sandbox/webhooks/deliver"))
        await arrived.wait()

        await http.post("/_sandbox/reset", json={"invoices": 0})
        leave.set()
        await posting

        assert len(sandbox.books["deliveries"]) == 0
    server.stop()
    await serving
