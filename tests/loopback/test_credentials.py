"""Credentials over loopback: one way to send a key, one request for a token, and what the sandbox saw of it."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from runtime.raw_server import answer, raw_server

from ledgerbee_client import (
    ApiKey,
    AuthenticationError,
    ClientCredentials,
    ConfigurationError,
    LedgerBee,
    MissingScopesError,
    Token,
)
from ledgerbee_sandbox import API_KEY, CLIENT_ID, CLIENT_SECRET

from .conftest import Entry
from .sandbox_process import BOOK, COMPANY, TOKEN, SandboxProcess, TwoClocks, until

pytestmark = pytest.mark.anyio
Connect = Callable[..., LedgerBee]


@pytest.fixture
def connect(sandbox: SandboxProcess, clocks: TwoClocks) -> Connect:
    """Make a machine client; two minutes are enough for a window of the token endpoint."""

    def make(secret: str = CLIENT_SECRET, **options: Any) -> LedgerBee:
        credentials = ClientCredentials(CLIENT_ID, secret, store=options.pop("store", None))
        return LedgerBee(credentials, base_url=sandbox.base_url, clock=clocks.clock, **{"timeout": 120.0, **options})

    return make


async def test_a_key_goes_into_its_header_only() -> None:
    """Byte for byte: one header, no bearer, nothing in the address."""
    async with raw_server() as server:
        server.does(answer)
        async with LedgerBee(ApiKey("canary"), base_url=server.url) as bee:
            with pytest.raises(Exception, match="company"):
                await bee.company.get()

    head = server.requests[0].lower()
    assert 1 == head.count(b"canary")
    assert b"\r\nx-api-key: canary\r\n" in head
    assert b"authorization" not in head


async def test_a_key_is_taken(bee: LedgerBee, sandbox: SandboxProcess) -> None:
    """By its header: the sandbox would take it from the query, too."""
    await bee.company.get()

    (seen,) = sandbox.seen()
    assert ("key", "") == (seen["credential"], seen["query"])


async def test_a_wrong_key_is_refused_and_not_tried_again(sandbox: SandboxProcess, clocks: TwoClocks) -> None:
    """Another try would be refused as well."""
    async with LedgerBee(ApiKey("wrong"), base_url=sandbox.base_url, clock=clocks.clock) as bee:
        with pytest.raises(AuthenticationError, match="Invalid API key"):
            await bee.company.get()

    assert [401] == sandbox.statuses()


async def test_fifty_first_calls_fetch_one_token(connect: Connect, sandbox: SandboxProcess) -> None:
    """All at once, through the client and through a view of it."""
    async with connect() as bee:
        view = bee.with_options(timeout=60)
        async with anyio.create_task_group() as group:
            for number in range(50):
                group.start_soon((view if number % 2 else bee).company.get)

    assert [200] == sandbox.statuses(TOKEN)
    assert [200] * 50 == sandbox.statuses(COMPANY)


async def test_a_cancelled_leader_harms_nobody(connect: Connect, sandbox: SandboxProcess) -> None:
    """49 wait for its token; another one fetches it."""
    sandbox.fault("slow", TOKEN, seconds=0.3)
    names: list[str | None] = []

    async def call() -> None:
        names.append((await bee.company.get()).name)

    async with connect() as bee, anyio.create_task_group() as group:
        leader = anyio.CancelScope()

        async def lead() -> None:
            with leader:
                await call()

        group.start_soon(lead)
        await until(lambda: sandbox.has_whole(TOKEN))
        for _ in range(49):
            group.start_soon(call)
        await anyio.lowlevel.checkpoint()
        leader.cancel()

    assert ["Demo Bees ApS"] * 49 == names
    await until(lambda: [200, 200] == sandbox.statuses(TOKEN))


async def test_an_expired_token_is_replaced_and_a_write_sent_again(
    connect: Connect, sandbox: SandboxProcess, entry: Entry
) -> None:
    """401 says that nothing was done: one fresh token, one resend, one booking."""
    sandbox.fault("expired_token", BOOK)

    async with connect() as bee:
        await bee.journal_entries.create(entry())

    assert [(TOKEN, 200), (BOOK, 401), (TOKEN, 200), (BOOK, 201)] == [
        (seen["operation"], seen["status"]) for seen in sandbox.seen()
    ]
    assert ["INV-1042"] == sandbox.booked()


async def test_a_token_that_keeps_being_refused_is_replaced_once(
    connect: Connect, sandbox: SandboxProcess, entry: Entry
) -> None:
    """The second refusal is the answer."""
    sandbox.fault("expired_token", BOOK, times=None)

    async with connect() as bee:
        with pytest.raises(AuthenticationError):
            await bee.journal_entries.create(entry())

    assert [401, 401] == sandbox.statuses(BOOK)
    assert [] == sandbox.booked()


async def test_a_token_is_replaced_before_its_end(connect: Connect, sandbox: SandboxProcess, clocks: TwoClocks) -> None:
    """After 58 minutes; nobody ever sees a 401."""
    async with connect() as bee:
        await bee.company.get()
        clocks.move(58 * 60)
        await bee.company.get()
        clocks.move(58 * 60)
        await bee.company.get()

    assert [200] * 3 == sandbox.statuses(TOKEN)
    assert [200] * 3 == sandbox.statuses(COMPANY)


async def test_the_budget_of_the_token_endpoint_is_kept(
    connect: Connect, sandbox: SandboxProcess, clocks: TwoClocks
) -> None:
    """Twelve tokens in a row: ten, a wait for the window, and the rest. The endpoint never has to say no."""
    async with connect() as bee:
        for _ in range(11):
            sandbox.fault("expired_token", COMPANY)
            await bee.company.get()

    assert [200] * 12 == sandbox.statuses(TOKEN)
    assert [401, 200] * 11 == sandbox.statuses(COMPANY)
    assert [60.0] == clocks.slept


async def test_a_budget_that_others_have_spent_is_waited_for(
    connect: Connect, sandbox: SandboxProcess, clocks: TwoClocks
) -> None:
    """The endpoint says `invalid_client` to right credentials; its reset header says how long."""
    async with connect() as greedy:
        for _ in range(9):
            sandbox.fault("expired_token", COMPANY)
            await greedy.company.get()

    async with connect() as bee:
        await bee.company.get()

    assert [*[200] * 10, 429, 200] == sandbox.statuses(TOKEN)
    assert [60.0] == clocks.slept


async def test_a_reset_in_whole_seconds_is_waited_for(
    connect: Connect, sandbox: SandboxProcess, clocks: TwoClocks
) -> None:
    """The eleventh request is refused, and sent again in the second that the header names."""
    clocks.move(0.7)
    async with connect() as greedy:
        for _ in range(9):
            sandbox.fault("expired_token", COMPANY)
            await greedy.company.get()

    async with connect() as bee:
        await bee.company.get()

    assert [*[200] * 10, 429, 200] == sandbox.statuses(TOKEN)
    assert clocks.slept == pytest.approx([59.3])


async def test_a_wait_for_the_budget_that_does_not_fit_is_not_begun(
    connect: Connect, sandbox: SandboxProcess, clocks: TwoClocks
) -> None:
    """The caller learns at once what the API said of the old token."""
    async with connect(timeout=20.0) as bee:
        for _ in range(9):
            sandbox.fault("expired_token", COMPANY)
            await bee.company.get()
        sandbox.fault("expired_token", COMPANY)
        with pytest.raises(AuthenticationError):
            await bee.company.get()

    assert [200] * 10 == sandbox.statuses(TOKEN)
    assert [] == clocks.slept


async def test_a_wrong_secret_is_said_once(connect: Connect, sandbox: SandboxProcess) -> None:
    """As what it is; one request, not ten."""
    async with connect("wrong") as bee:
        with pytest.raises(AuthenticationError):
            await bee.company.get()

    assert [401] == sandbox.statuses()


async def test_a_fleet_shares_one_token(connect: Connect, sandbox: SandboxProcess) -> None:
    """Three clients, as three processes would be, and a store between them."""

    class Store:
        def __init__(self) -> None:
            self.kept: dict[str, Token] = {}
            self.turn = anyio.Lock()

        async def load(self, key: str) -> Token | None:
            return self.kept.get(key)

        async def save(self, key: str, token: Token) -> None:
            self.kept[key] = token

        @asynccontextmanager
        async def lock(self, key: str) -> AsyncIterator[None]:
            async with self.turn:
                yield

    store = Store()
    async with connect(store=store) as one, connect(store=store) as two, connect(store=store) as three:
        for bee in (one, two, three):
            await bee.company.get()

    assert [200] == sandbox.statuses(TOKEN)
    assert [200] * 3 == sandbox.statuses(COMPANY)


async def test_every_missing_scope_is_named_at_the_start(
    bee: LedgerBee, sandbox: SandboxProcess, clocks: TwoClocks
) -> None:
    """Before the first booking is refused for one of them."""
    await bee.api_key.require("products-read")
    sandbox.ask("POST /keys", key="reader", scopes=["products-read"])

    async with LedgerBee(ApiKey("reader"), base_url=sandbox.base_url, clock=clocks.clock) as reader:
        with pytest.raises(MissingScopesError) as caught:
            await reader.api_key.require("customers-read", "products-read", "products-write")

    assert ("customers-read", "products-write") == caught.value.missing


async def test_the_environment_is_enough(sandbox: SandboxProcess) -> None:
    """Read when called; a contradiction is one clear error."""
    for credentials in (
        {"LEDGERBEE_API_KEY": API_KEY},
        {"LEDGERBEE_CLIENT_ID": CLIENT_ID, "LEDGERBEE_CLIENT_SECRET": CLIENT_SECRET},
    ):
        async with LedgerBee.from_env({**credentials, "LEDGERBEE_BASE_URL": sandbox.base_url}) as bee:
            assert "Demo Bees ApS" == (await bee.company.get()).name

    with pytest.raises(ConfigurationError, match="not both"):
        LedgerBee.from_env({"LEDGERBEE_API_KEY": API_KEY, "LEDGERBEE_CLIENT_ID": CLIENT_ID})


async def test_a_key_and_an_operation_that_come_to_an_end_are_said_once(
    sandbox: SandboxProcess, clocks: TwoClocks, entry: Entry, caplog: pytest.LogCaptureFixture
) -> None:
    """By the headers of the sandbox's own answers."""
    far, near = (datetime.datetime.fromtimestamp(clocks.time + days * 86400, datetime.UTC) for days in (31, 12))
    sandbox.ask("POST /keys", key="brief", expiresAt=far.isoformat())
    async with LedgerBee(ApiKey("brief"), base_url=sandbox.base_url, clock=clocks.clock) as bee:
        await bee.company.get()
        assert [] == caplog.messages
        sandbox.ask("POST /keys", key="brief", expiresAt=near.isoformat())
        for _ in range(2):
            await bee.journal_entries.create_v1(entry().to_dict())

    deprecated, expires = sorted(caplog.messages, key=lambda message: "expires" in message)
    assert deprecated.startswith("journal_entries.create_v1 is deprecated")
    assert "use bee.journal_entries.create instead" in deprecated
    assert f"The API key expires at {near.date()}, in 12 days" in expires
