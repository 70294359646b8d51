"""What should not happen, and what happens then."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

import ledgerbee_sandbox
from ledgerbee_sandbox import API_KEY, CLIENT_ID, CLIENT_SECRET, SSO_KEY, Sandbox

KEY = {"x-api-key": API_KEY}


def spoilt(**fields: Any) -> Sandbox:
    """A sandbox for daily use, whose company has lost the type of a field."""
    sandbox = Sandbox(invoices=0)
    with sandbox.books.transaction():
        sandbox.books["company"].change(next(iter(sandbox.books["company"])), **fields)
    return sandbox


@pytest.mark.asyncio
async def test_outside_tests_a_misfit_is_logged_loudly_and_answered(caplog: pytest.LogCaptureFixture) -> None:
    async with spoilt(vat="none") as sandbox, sandbox.http() as http:
        answer = await http.get("/api/v1/company", headers=KEY)

    assert answer.json()["vat"] == "none"
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("ledgerbee_sandbox", logging.ERROR)
    assert "$.vat" in record.getMessage()


@pytest.mark.asyncio
async def test_a_mistake_of_the_sandbox_is_a_500_and_undone(caplog: pytest.LogCaptureFixture) -> None:
    async with spoilt(portalSlug=None, licences=None) as sandbox, sandbox.http() as http:
        answer = await http.get("/api/v1/subscriptions", headers=KEY)
        assert answer.status_code == 500
        assert answer.json()["message"] == "Internal server error (TypeError)"
        assert (await http.get("/api/v1/company", headers=KEY)).status_code == 200
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
    ],
)
async def test_other_grants_are_refused(http: httpx.AsyncClient, change: Any, status: int, error: str) -> None:
    grant = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **change}
    answer = await http.post("/api/v1/auth/token", data=grant)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.asyncio
async def test_the_token_endpoint_takes_a_form(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/auth/token", json={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.asyncio
async def test_each_client_has_a_budget_of_its_own(http: httpx.AsyncClient, control: Any) -> None:
    """Ten for the client in a minute; the eleventh is refused although the address has its budget from the start."""
    grant = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    revoked = {**grant, "client_id": "other", "client_secret": "s"}
    await control("POST /clients", {"client_id": "other", "client_secret": "s", "revoked": True})

    statuses = [(await http.post("/api/v1/auth/token", data=revoked)).status_code for _ in range(5)]
    statuses += [(await http.post("/api/v1/auth/token", data=grant)).status_code for _ in range(6)]

    assert statuses == [401] * 5 + [200] * 5 + [429]


@pytest.mark.asyncio
@pytest.mark.parametrize("change", [{"revoked": True}, {"scopes": ["products-read"]}])
async def test_tokens_end_with_their_client_and_its_scopes(
    http: httpx.AsyncClient, api: Any, control: Any, change: Any
) -> None:
    grant = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    token = (await http.post("/api/v1/auth/token", data=grant)).json()["access_token"]
    await control("POST /clients", {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **change})

    await api("GET /v1/products", token=token, status=401)


@pytest.mark.asyncio
@pytest.mark.parametrize("sent_as", ["text/plain", "application/x-www-form-urlencoded", "text/json", ""])
async def test_json_under_another_name_is_not_read(http: httpx.AsyncClient, sandbox: Sandbox, sent_as: str) -> None:
    """A caller who forgot the type learns it here, not in production."""
    headers = {**KEY, "content-type": sent_as} if sent_as else KEY

    answer = await http.post("/api/v1/vendors", content=b'{"name": "Wax"}', headers=headers)

    assert answer.status_code == 415
    assert answer.json()["path"] == "/v1/vendors"
    assert "application/json" in answer.json()["message"]
    assert sandbox.books["vendors"].first(name="Wax") is None


@pytest.mark.asyncio
async def test_the_type_of_a_body_may_name_its_charset(http: httpx.AsyncClient) -> None:
    headers = {**KEY, "content-type": "Application/JSON; charset=utf-8"}
    answer = await http.post("/api/v1/products", content=b"{}", headers=headers)
    assert answer.json()["code"] == "SHARED_VALIDATION_FAILED"


@pytest.mark.asyncio
async def test_an_empty_body_needs_no_type(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/products", headers=KEY)
    assert answer.json()["code"] == "SHARED_VALIDATION_FAILED"


@pytest.mark.asyncio
@pytest.mark.parametrize("serve", [False, True], ids=["in process", "on a socket"])
async def test_head_answers_as_get_without_the_body(serve: bool) -> None:
    async with Sandbox(serve=serve, strict=True, invoices=3) as sandbox, sandbox.http() as http:
        for path, status in (("company", 200), ("invoices", 200), ("invoices/none", 404), ("nowhere", 404)):
            got = await http.get(f"/api/v1/{path}", headers=KEY)
            head = await http.head(f"/api/v1/{path}", headers=KEY)
            assert (head.status_code, head.content) == (status, b"")
            assert head.headers["content-type"] == got.headers["content-type"]
        assert (await http.head("/api/v1/company")).status_code == 401
        assert (await http.head("/api/v1/meters/report", headers=KEY)).status_code == 404
    assert [(seen.method, seen.operation) for seen in sandbox.requests][:2] == [
        ("GET", "Get company details"),
        ("HEAD", "Get company details"),
    ]


@pytest.mark.asyncio
async def test_mcp_messages_are_answered_by_kind(http: httpx.AsyncClient) -> None:
    grant = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    token = (await http.post("/api/v1/auth/token", data=grant)).json()["access_token"]

    async def send(**message: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        return await http.post("/api/v1/mcp", json={"jsonrpc": "2.0", **message}, headers=headers)

    assert (await send(id=1, method="tools/list")).json()["result"] == {"tools": []}
    assert (await send(id=2, method="dance")).json()["error"]["code"] == -32601
    unknown = (await send(id=3, method="tools/call", params={"name": "dance"})).json()
    assert (unknown["id"], unknown["error"]) == (3, {"code": -32602, "message": "Unknown tool: dance"})
    for foreign in ({"foo": 1}, {"jsonrpc": "1.0"}, {"id": None, "method": "ping"}, {"id": [1], "method": "ping"}):
        refused = (await send(**foreign)).json()
        assert (refused["id"], refused["error"]["code"]) == (None, -32600)
    note = await send(method="notifications/initialized")
    assert (note.status_code, note.content) == (202, b"")


@pytest.mark.asyncio
async def test_a_schema_with_more_required_fields_is_still_answered(tmp_path: Path) -> None:
    """The day the real file comes, an answer that lacks a field gets a plain one, rather than breaking the sandbox."""
    money = {"type": "object", "required": ["unit"], "properties": {"unit": {"type": "string", "default": "DKK"}}}
    extra = {
        "fee": {"allOf": [{"$ref": "#/components/schemas/Money"}], "type": "object"},
        "level": {"type": "integer"},
        "note": {"type": "string", "nullable": True},
        "sample": {"type": "string", "example": "abc"},
    }
    company = {"type": "object", "required": ["id", *extra], "properties": {"id": {"type": "string"}, **extra}}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": company}}}}
    row = {"type": "object", "required": ["rank"], "properties": {"rank": {"type": "number"}}}
    page = {"type": "object", "properties": {"data": {"type": "array", "items": row}}}
    listed = {"200": {"description": "", "content": {"application/json": {"schema": page}}}}
    schema = {
        "openapi": "3.0.0",
        "components": {"securitySchemes": {}, "schemas": {"Money": money}},
        "paths": {
            "/v2/firm": {"get": {"summary": "Get company details", "responses": answer}},
            "/v2/ranks": {
                "get": {"summary": "List ranks", "responses": listed},
                "post": {"summary": "Add a rank", "requestBody": {"content": {}}, "responses": {}},
            },
            "/v2/ranks/{id}": {
                "get": {"summary": "Get a rank", "responses": {}},
                "patch": {
                    "summary": "Change a rank",
                    "requestBody": {"content": {"application/json": {"schema": {}}}},
                    "responses": {},
                },
            },
        },
    }
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(schema))

    async with Sandbox(schema=file, strict=True, invoices=0) as sandbox, sandbox.http() as http:
        firm = (await http.get("/api/v2/firm")).json()
        made = (await http.post("/api/v2/ranks")).json()
        changed = (await http.patch(f"/api/v2/ranks/{made['id']}", json={"name": "first"})).json()
        read = (await http.get(f"/api/v2/ranks/{made['id']}")).json()
        rows = (await http.get("/api/v2/ranks")).json()

    assert {name: firm[name] for name in extra} == {"fee": {"unit": "DKK"}, "level": 0, "note": None, "sample": "abc"}
    assert (changed["name"], read) == ("first", changed)
    assert (rows["total"], rows["data"][0]["rank"]) == (1, 0)


def test_the_package_offers_what_it_names() -> None:
    assert {API_KEY, SSO_KEY} == {"ledgerbee-sandbox-key", "ledgerbee-sandbox-sso-key"}
    with pytest.raises(AttributeError, match="no attribute 'Sandpit'"):
        ledgerbee_sandbox.Sandpit  # noqa: B018


@pytest.mark.asyncio
async def test_a_client_comes_with_the_sandboxs_key() -> None:
    from ledgerbee_client import ApiKey, AuthenticationError

    async with Sandbox(strict=True, invoices=0) as sandbox:
        async with sandbox.client() as bee:
            assert (await bee.company.get()).name == "Demo Bees ApS"
        async with sandbox.client(ApiKey("another")) as other:
            with pytest.raises(AuthenticationError):
                await other.company.get()


@pytest.mark.asyncio
async def test_the_mcp_server_opens_no_stream(http: httpx.AsyncClient) -> None:
    """A GET of its endpoint is a 405, which a Streamable HTTP client expects of a server without one."""
    for method in ("GET", "DELETE"):
        response = await http.request(method, "/api/v1/mcp", headers=KEY)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert (response.json()["statusCode"], response.json()["path"]) == (405, "/v1/mcp")


@pytest.mark.asyncio
@pytest.mark.parametrize("method", [[], {}, None, 5])
async def test_an_mcp_method_that_is_no_text_is_an_invalid_request(
    api: Any, http: httpx.AsyncClient, method: Any
) -> None:
    grant = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    token = (await http.post("/api/v1/auth/token", data=grant)).json()["access_token"]
    message = {"jsonrpc": "2.0", "id": 1, "method": method}
    answer = await api("POST /v1/mcp", message, key=None, token=token, status=201)
    assert answer["error"]["code"] == -32600


@pytest.mark.asyncio
@pytest.mark.parametrize("amount", ["Infinity", "NaN", "1e999", 0, -5, True, [1]])
async def test_what_arrives_for_an_invoice_is_an_amount(
    control: Any, api: Any, demo: Any, sandbox: Sandbox, amount: Any
) -> None:
    body = {"customerId": demo.customer(), "date": "2026-06-01", "lines": [{"priceId": demo.price(), "quantity": 1}]}
    invoice = await api("POST /v1/invoices", body, status=201)
    await api(f"POST /v1/invoices/{invoice['id']}/send", {"deliveryType": "Manual"}, status=201)

    await control(f"POST /invoices/{invoice['id']}/payment", {"amount": amount}, status=400)

    assert sandbox.books["invoices"].where(status="sent")


@pytest.mark.asyncio
async def test_claims_may_hold_fractions(control: Any) -> None:
    jwt = (await control("POST /portal-sso/assertion", {"claims": {"iat": 1.5}}))["jwt"]
    assert jwt.count(".") == 2
