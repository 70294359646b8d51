"""Any page that a browser shows can reach loopback. It gets nothing there that it did not have before."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from ledgerbee_sandbox import API_KEY, Sandbox
from ledgerbee_sandbox.serving.origin_check import wrong_page

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with Sandbox(serve=True, strict=True, invoices=3) as sandbox, sandbox.http() as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/_sandbox/books/clients", f"/api/v1/company?x-api-key={API_KEY}"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "localhost.evil.example", "a/b", "[::1"])
async def test_a_name_that_was_resolved_to_loopback_is_turned_away(
    http: httpx.AsyncClient, path: str, host: str
) -> None:
    """DNS rebinding: to the browser the page of that name and the sandbox are one site."""
    answer = await http.get(path, headers={"host": host})

    assert 403 == answer.status_code
    assert host in answer.json()["error"]


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:99", "app.localhost:1", "127.0.0.1", "[::1]:8000", "192.0.2.7"]
)
async def test_its_own_names_and_addresses_are_let_in(http: httpx.AsyncClient, host: str) -> None:
    assert 200 == (await http.get("/", headers={"host": host})).status_code


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
async def test_the_form_of_another_page_resets_nothing(http: httpx.AsyncClient, origin: str) -> None:
    """CSRF: a browser posts text/plain anywhere without asking, and says for whom."""
    headers = {"origin": origin, "content-type": "text/plain"}

    answer = await http.post("/_sandbox/reset", content=b'{"invoices": 0}', headers=headers)

    assert 403 == answer.status_code
    assert 3 == len((await http.get("/_sandbox/books/invoices")).json())


async def test_its_own_page_may_ask_the_control_room(http: httpx.AsyncClient) -> None:
    origin = str(http.base_url).rstrip("/")
    assert 200 == (await http.post("/_sandbox/reset", json={}, headers={"origin": origin})).status_code


async def test_a_front_end_behind_a_proxy_may_call_the_api(http: httpx.AsyncClient) -> None:
    """Development servers pass the Origin of their own page on."""
    headers = {"origin": "http://localhost:5173", "x-api-key": API_KEY}
    assert 200 == (await http.get("/api/v1/company", headers=headers)).status_code


async def test_a_sandbox_for_other_machines_has_any_name() -> None:
    scope = {"type": "http", "path": "/_sandbox/", "headers": [(b"host", b"sandbox.test:80")]}

    assert wrong_page(scope, is_local=False) is None
    assert wrong_page(scope, is_local=True) is not None
