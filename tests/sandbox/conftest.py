"""A sandbox with a stopped clock, which raises where an answer does not fit the schema, and short words to call it."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

import httpx
import pytest
import pytest_asyncio

from ledgerbee_sandbox import API_KEY, Sandbox
from ledgerbee_sandbox.books import Clock

NOON = datetime.datetime(2026, 6, 1, 12, 0, tzinfo=datetime.UTC)


class Api(Protocol):
    """`await api("GET /v1/company")`: calls with the sandbox's key, checks the status, gives the JSON."""

    async def __call__(
        self,
        what: str,
        body: Any = None,
        *,
        status: int = 200,
        key: str | None = API_KEY,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        params: dict[str, Any] | None = None,
        **query: Any,
    ) -> Any: ...


@pytest.fixture
def sandbox() -> Sandbox:
    clock = Clock()
    clock.stop_at(NOON)
    return Sandbox(strict=True, invoices=0, clock=clock)


@pytest_asyncio.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with sandbox.http() as client:
        yield client


@pytest.fixture
def api(http: httpx.AsyncClient) -> Api:
    async def call(
        what: str,
        body: Any = None,
        *,
        status: int = 200,
        key: str | None = API_KEY,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        params: dict[str, Any] | None = None,
        **query: Any,
    ) -> Any:
        method, path = what.split(" ", 1)
        sent = dict(headers or {})
        sent |= {"authorization": f"Bearer {token}"} if token else {"x-api-key": key} if key else {}
        response = await http.request(
            method, f"/api{path}", json=body, headers=sent, params={**query, **(params or {})}
        )
        assert status == response.status_code, response.text
        return response.json() if response.content else None

    return call


Control = Callable[..., Awaitable[Any]]


@pytest.fixture
def control(http: httpx.AsyncClient) -> Control:
    """`await control("POST /clock", {...})`: what the control API answers."""

    async def call(what: str, body: Any = None, *, status: int = 200) -> Any:
        method, path = what.split(" ", 1)
        response = await http.request(method, f"/_sandbox{path}", json=body)
        assert status == response.status_code, response.text
        return response.json()

    return call


class Demo:
    """Ids of the demo company, by the numbers that people know."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._books = sandbox.books

    def _id(self, table: str, **fields: Any) -> str:
        record = self._books[table].first(**fields)
        assert record is not None, (table, fields)
        return str(record["id"])

    def account(self, number: int) -> str:
        return self._id("accounts", accountNumber=number)

    def customer(self, number: str = "C0001") -> str:
        return self._id("customers", customerNumber=number)

    def vendor(self) -> str:
        return self._id("vendors", vendorNumber="V001")

    def price(self, amount: str = "99.99") -> str:
        return self._id("prices", unitAmount=amount)

    def plan(self, name: str = "Basic") -> str:
        return self._id("plans", name=name)

    def group(self) -> str:
        return self._id("product_groups", number="PG001")


@pytest.fixture
def demo(sandbox: Sandbox) -> Demo:
    return Demo(sandbox)


def refused(answer: Any) -> dict[str, list[str]]:
    """The refused fields of a validation error, with the names of their broken rules."""
    assert answer["code"] == "SHARED_VALIDATION_FAILED", answer
    return {item["property"]: sorted(item["constraints"]) for item in answer["details"]["validationErrors"]}


@pytest.fixture
def broken() -> Callable[[Any], dict[str, list[str]]]:
    return refused
