"""Misbehaviour on request, in the process and on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import pytest_asyncio

from ledgerbee_sandbox import API_KEY, CLIENT_ID, CLIENT_SECRET, Sandbox

pytestmark = pytest.mark.asyncio
KEY = {"x-api-key": API_KEY}
COMPANY = "/api/v1/company"


@pytest.fixture(params=[False, True], ids=["in process", "on a socket"])
def serve(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest_asyncio.fixture
async def sandbox(serve: bool) -> AsyncIterator[Sandbox]:
    async with Sandbox(serve=serve, strict=True, invoices=3) as sandbox:
        yield sandbox


@pytest_asyncio.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with sandbox.http() as client:
        client.headers.update(KEY)
        yield client


def entry(sandbox: Sandbox) -> dict[str, Any]:
    accounts = [sandbox.books["accounts"].where(accountNumber=number)[0]["id"] for number in (2010, 5820)]
    lines = [{"accountId": a, "type": side, "amount": 5} for a, side in zip(accounts, ("debit", "credit"), strict=True)]
    return {"entryType": "journal", "date": "2026-01-01", "originalAmount": 5, "lines": lines}


async def test_a_status_as_often_as_asked_for(sandbox: Any, http: Any) -> None:
    sandbox.fault("status", "Get company details", status=503, times=2)

    answers = [await http.get(COMPANY) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].json()["path"] == "/v1/company"


async def test_a_status_brings_its_code_and_headers(sandbox: Any, http: Any) -> None:
    sandbox.fault("status", "GET /v1/company", status=429, code="SLOW_DOWN", headers={"Retry-After": "7"})

    answer = await http.get(COMPANY)

    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, "SLOW_DOWN", "7")


async def test_other_operations_are_left_alone(sandbox: Any, http: Any) -> None:
    sandbox.fault("status", "List customers")
    assert (await http.get(COMPANY)).status_code == 200


async def test_hanging_up_before_acting_books_nothing(sandbox: Any, http: Any) -> None:
    sandbox.fault("hang_up_before", "POST /v2/journal-entries")

    with pytest.raises(httpx.RemoteProtocolError):
        await http.post("/api/v2/journal-entries", json=entry(sandbox))

    assert sandbox.books["journal_entries"].first(entryType="journal") is None


async def test_hanging_up_after_acting_has_booked(sandbox: Any, http: Any) -> None:
    sandbox.fault("hang_up_after", "POST /v2/journal-entries")

    with pytest.raises(httpx.RemoteProtocolError):
        await http.post("/api/v2/journal-entries", json=entry(sandbox))

    assert sandbox.books["journal_entries"].first(entryType="journal") is not None
    assert (await http.get(COMPANY)).status_code == 200


async def test_a_cut_body_is_never_a_whole_answer(sandbox: Any, http: Any) -> None:
    sandbox.fault("cut_body")

    with pytest.raises(httpx.RemoteProtocolError):
        await http.get("/api/v1/accounts")


async def test_a_cut_body_gets_through_in_part(sandbox: Any, http: Any) -> None:
    whole = (await http.get("/api/v1/accounts")).content
    sandbox.fault("cut_body")
    got = b""

    async with http.stream("GET", "/api/v1/accounts") as response:
        chunks = response.aiter_raw()
        with suppress(httpx.RemoteProtocolError):
            while True:
                got += await anext(chunks)

    assert response.status_code == 200
    assert got == whole[: len(whole) // 2]


async def test_a_proxy_answers_html(sandbox: Any, http: Any) -> None:
    sandbox.fault("html")
    answer = await http.get(COMPANY)
    assert answer.status_code == 520
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_refusal_may_come_after_acting(sandbox: Any, http: Any) -> None:
    sandbox.fault("status", "POST /v2/journal-entries", status=502, after=True, code="LATE", details={"by": "far"})

    answer = await http.post("/api/v2/journal-entries", json=entry(sandbox))

    assert answer.status_code == 502
    said = answer.json()
    assert (said["path"], said["code"], said["details"]) == ("/v2/journal-entries", "LATE", {"by": "far"})
    assert sandbox.books["journal_entries"].first(entryType="journal") is not None


async def test_an_expired_token_is_really_gone(sandbox: Any, http: Any) -> None:
    grant = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}

    async def bearer() -> Any:
        token = (await http.post("/api/v1/auth/token", data=grant)).json()["access_token"]
        return {"authorization": f"Bearer {token}"}

    async with sandbox.http() as tokens:
        old = await bearer()
        sandbox.fault("expired_token")
        assert (await tokens.get(COMPANY, headers=old)).status_code == 401
        assert (await tokens.get(COMPANY, headers=old)).status_code == 401
        assert (await tokens.get(COMPANY, headers=await bearer())).status_code == 200


async def test_a_page_may_lie_about_the_total(sandbox: Any, http: Any) -> None:
    sandbox.fault("wrong_total", "List invoices")
    page = (await http.get("/api/v1/invoices", params={"limit": 2})).json()
    assert (page["total"], page["totalPages"], len(page["data"])) == (1003, 502, 2)


async def test_a_page_may_repeat_an_item(sandbox: Any, http: Any) -> None:
    sandbox.fault("duplicate_item", "List invoices")
    rows = (await http.get("/api/v1/invoices")).json()["data"]
    assert len(rows) == 4
    assert rows[-1] == rows[-2]


async def test_slowness_comes_before_another_fault(sandbox: Any, http: Any) -> None:
    sandbox.fault("slow", seconds=0.01)
    sandbox.fault("status", status=500)
    assert (await http.get(COMPANY)).status_code == 500


async def test_a_caller_who_does_not_wait_has_booked_all_the_same() -> None:
    """The body had come; the control API takes fractions of a second."""
    async with Sandbox(serve=True, strict=True, invoices=0) as sandbox, sandbox.http() as http:
        http.headers.update(KEY)
        for operation in ("POST /v2/journal-entries", "GET /v1/company"):
            wish = {"kind": "slow", "seconds": 0.25, "operation": operation, "probability": 0.999999}
            await http.post("/_sandbox/faults", json=wish)

        with pytest.raises(httpx.ReadTimeout):
            await http.post("/api/v2/journal-entries", json=entry(sandbox), timeout=0.1)
        await http.get(COMPANY)

    assert [seen.status for seen in sandbox.requests] == [201, 200]
    assert sandbox.books["journal_entries"].first(entryType="journal") is not None


async def test_a_caller_who_leaves_in_the_middle_of_the_body_has_done_nothing(caplog: Any) -> None:
    """It leaves once the sandbox waits for the body, and the sandbox has noticed once its side is closed, too."""
    head = (
        f"POST /api/v2/journal-entries HTTP/1.1\r\nhost: localhost\r\nx-api-key: {API_KEY}\r\n"
        "content-type: application/json\r\ncontent-length: 99\r\nexpect: 100-continue\r\n\r\n"
    )
    async with Sandbox(serve=True, strict=True, invoices=0) as sandbox, sandbox.http() as http:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(sandbox.url.rpartition(":")[2]))
        writer.write(head.encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        writer.write(b"{")
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        await http.get(COMPANY, headers=KEY)

    assert [seen.status for seen in sandbox.requests] == [None, 200]
    assert len(sandbox.books["journal_entries"]) == 0
    assert [r for r in caplog.records if r.name.startswith(("ledgerbee_sandbox", "uvicorn"))] == []


async def test_faults_can_wait_and_be_cleared(sandbox: Any, http: Any) -> None:
    await http.post("/_sandbox/faults", json={"kind": "status", "skip": 1, "times": None})
    assert [(await http.get(COMPANY)).status_code for _ in range(3)] == [200, 503, 503]

    await http.delete("/_sandbox/faults")

    assert (await http.get(COMPANY)).status_code == 200


async def test_chance_is_repeatable(sandbox: Any, http: Any) -> None:
    async def draw() -> Any:
        await http.request("DELETE", "/_sandbox/faults", json={"seed": 7})
        sandbox.fault("status", probability=0.5, times=None)
        return [(await http.get(COMPANY)).status_code for _ in range(20)]

    first = await draw()

    assert first == await draw()
    assert {200, 503} == set(first)


async def test_what_is_no_fault_is_refused(http: Any) -> None:
    unknown = await http.post("/_sandbox/faults", json={"kind": "earthquake"})
    misspelt = await http.post("/_sandbox/faults", json={"kind": "slow", "second": 1})
    assert (unknown.status_code, misspelt.status_code) == (400, 400)
    assert "hang_up_after" in unknown.json()["error"]
    assert "seconds" in misspelt.json()["error"]


@pytest.mark.parametrize(
    "wish",
    [
        {"times": 0},
        {"times": "2"},
        {"skip": -1},
        {"skip": "1"},
        {"probability": 1.5},
        {"probability": "often"},
        {"status": 99},
        {"status": "503"},
        {"code": 7},
        {"details": ["x"]},
        {"headers": {"retry-after": 7}},
        {"headers": {"x": "a\r\nb: c"}},
        {"seconds": -1},
        {"after": "yes"},
    ],
    ids=str,
)
async def test_a_value_that_cannot_be_is_refused_when_asked_for(http: Any, wish: dict[str, Any]) -> None:
    """Not by a 500 when the fault strikes, which may be never, or on every request."""
    answer = await http.post("/_sandbox/faults", json={"kind": "status", **wish})

    assert answer.status_code == 400
    assert f"{next(iter(wish))} must be " in answer.json()["error"]
    assert (await http.get(COMPANY)).status_code == 200


@pytest.mark.parametrize("kind", ["hang_up_before", "hang_up_after", "cut_body"])
async def test_the_wire_is_cut_whatever_a_header_says_of_the_address(sandbox: Any, http: Any, kind: str) -> None:
    sandbox.fault(kind)
    with pytest.raises(httpx.RemoteProtocolError):
        await http.get(COMPANY, headers={"x-forwarded-for": "192.0.2.7"}, timeout=5)


@pytest.mark.parametrize("kind", ["wrong_total", "duplicate_item"])
async def test_a_page_that_lies_keeps_its_headers(sandbox: Any, http: Any, kind: str) -> None:
    path = "/api/v1/draft-journal-entries"
    await http.post(path, json=entry(sandbox))
    sandbox.fault(kind)

    lie, truth = await http.get(path), await http.get(path)

    assert lie.json() != truth.json()
    assert lie.headers["sunset"] == truth.headers["sunset"] == "2026-11-08"
    assert int(lie.headers["content-length"]) == len(lie.content)


async def test_requests_are_listed_with_their_faults(sandbox: Any, http: Any) -> None:
    sandbox.fault("hang_up_after", "POST /v2/journal-entries")
    await http.get(COMPANY)
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post("/api/v2/journal-entries", json=entry(sandbox))

    seen = (await http.get("/_sandbox/requests")).json()["requests"]

    assert [(r["operation"], r["status"], r["faults"]) for r in seen] == [
        ("Get company details", 200, []),
        ("Create a journal entry (v2)", None, ["hang_up_after"]),
    ]
    assert seen[1]["body"]["originalAmount"] == 5
