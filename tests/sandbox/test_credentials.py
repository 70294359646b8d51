"""Keys, tokens, scopes, allowlists, expiry, and the budget of the token endpoint."""

from __future__ import annotations

import datetime
from typing import Any

import httpx
import pytest

from ledgerbee_sandbox import API_KEY, CLIENT_ID, CLIENT_SECRET, SSO_KEY, Sandbox

pytestmark = pytest.mark.asyncio
GRANT = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


async def token_of(http: httpx.AsyncClient) -> str:
    response = await http.post("/api/v1/auth/token", data=GRANT)
    assert response.status_code == 200
    return str(response.json()["access_token"])


async def test_a_key_in_its_header_is_let_in(api: Any) -> None:
    assert (await api("GET /v1/company"))["name"] == "Demo Bees ApS"


async def test_a_key_in_the_query_is_let_in(http: httpx.AsyncClient) -> None:
    """The docs advise against it; it works."""
    response = await http.get("/api/v1/company", params={"x-api-key": API_KEY})
    assert response.status_code == 200


async def test_no_credential_is_refused_in_the_envelope(api: Any) -> None:
    answer = await api("GET /v1/company", key=None, status=401)

    assert answer == {
        "statusCode": 401,
        "timestamp": "2026-06-01T12:00:00.000Z",
        "path": "/v1/company",
        "message": "Invalid API key",
        "code": "UNAUTHORIZED",
    }


async def test_a_key_sent_as_bearer_is_refused(api: Any) -> None:
    assert (await api("GET /v1/company", token=API_KEY, status=401))["code"] == "UNAUTHORIZED"


async def test_a_token_is_let_in_for_an_hour(api: Any, http: Any, control: Any) -> None:
    token = await token_of(http)

    await api("GET /v1/company", token=token)
    await control("POST /clock", {"advance_seconds": 3599})
    await api("GET /v1/company", token=token)
    await control("POST /clock", {"advance_seconds": 1})
    answer = await api("GET /v1/company", token=token, status=401)

    assert answer["details"] == {"reason": "invalid_token"}


async def test_a_revoked_token_is_refused(api: Any, http: Any) -> None:
    token = await token_of(http)

    response = await http.post("/api/v1/oauth/revoke", data={"token": token})

    assert response.status_code == 200
    await api("GET /v1/company", token=token, status=401)


async def test_wrong_client_secrets_get_the_oauth_shape(http: Any) -> None:
    response = await http.post("/api/v1/auth/token", data={**GRANT, "client_secret": "wrong"})

    assert response.status_code == 401
    assert response.json()["error"] == "invalid_client"
    assert response.headers["X-Rate-Limit-Remaining"] == "9"


async def test_the_eleventh_token_request_of_a_minute_is_limited(http: Any, control: Any) -> None:
    """The body says invalid_client although the credentials are right; waiting until the reset helps."""
    for _ in range(10):
        await token_of(http)

    limited = await http.post("/api/v1/auth/token", data=GRANT)

    assert limited.status_code == 429
    assert limited.json() == {
        "error": "invalid_client",
        "error_description": "Rate limit exceeded. Try again later.",
    }
    assert limited.headers["X-Rate-Limit-Remaining"] == "0"
    assert limited.headers["X-Rate-Limit-Reset"] == "1780315260"  # 2026-06-01T12:01:00Z

    await control("POST /clock", {"advance_seconds": 60})
    await token_of(http)


async def test_a_missing_scope_is_named(api: Any, control: Any) -> None:
    await control("POST /keys", {"key": "reader", "scopes": ["products-read"]})

    await api("GET /v1/products", key="reader")
    answer = await api("GET /v1/customers", key="reader", status=403)

    assert answer["code"] == "INSUFFICIENT_PERMISSIONS"
    assert answer["details"] == {"requiredScopes": ["customers-read"]}


async def test_an_address_outside_the_allowlist_is_refused(api: Any, control: Any) -> None:
    await control("POST /keys", {"key": "fenced", "ipWhitelist": ["192.0.2.1"]})

    answer = await api("GET /v1/company", key="fenced", status=401)

    assert answer["details"] == {"reason": "ip_whitelist_mismatch"}


async def test_a_key_with_an_end_says_so_on_every_answer_until_it_ends(http: Any, control: Any) -> None:
    await control("POST /keys", {"key": "brief", "expiresAt": "2026-06-01T13:00:00.000Z"})

    key = {"x-api-key": "brief"}
    read = await http.get("/api/v1/company", headers=key)
    unknown = await http.get("/api/v1/invoices/none", headers=key)
    wrong = await http.post("/api/v1/products", json={}, headers=key)
    await control("POST /clock", {"at": "2026-06-01T13:00:00Z"})
    late = await http.get("/api/v1/company", headers=key)

    assert [answer.status_code for answer in (read, unknown, wrong, late)] == [200, 404, 400, 401]
    for answer in (read, unknown, wrong):
        assert answer.headers["X-API-Key-Expires-At"] == "2026-06-01T13:00:00.000Z"
    assert "X-API-Key-Expires-At" not in late.headers


async def test_portal_scopes_cannot_be_given_to_an_ordinary_key(control: Any) -> None:
    answer = await control("POST /keys", {"key": "k", "scopes": ["portal-provision"]}, status=400)
    assert answer["code"] == "API_KEY_SCOPE_NOT_ASSIGNABLE"


async def test_the_key_tells_about_itself(api: Any, control: Any) -> None:
    await control("POST /keys", {"key": "reader", "scopes": ["products-read"], "ipWhitelist": ["127.0.0.1"]})

    facts = await api("GET /v1/api-key", key="reader")

    assert facts["scopes"] == ["products-read"]
    assert facts["ipWhitelist"] == ["127.0.0.1"]
    assert facts["rateLimitTiers"] == [{"name": "default", "ttl": 0, "limit": -1}]


async def test_a_token_gets_nothing_from_the_key_only_operation(api: Any, http: Any) -> None:
    answer = await api("GET /v1/api-key", token=await token_of(http), status=403)

    assert answer["code"] == "INSUFFICIENT_PERMISSIONS"
    assert answer["details"] == {"reason": "endpoint_requires_api_key_auth"}


async def test_the_mcp_server_takes_tokens_only(api: Any, http: Any) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}

    await api("POST /v1/mcp", message, key=SSO_KEY, status=401)
    answer = await api("POST /v1/mcp", message, token=await token_of(http), status=201)

    assert answer == {"jsonrpc": "2.0", "id": 1, "result": {}}


async def test_a_missing_licence_is_named(api: Any, control: Any) -> None:
    await control("POST /licences", {"licences": []})

    answer = await api("GET /v1/subscriptions", status=403)

    assert answer["code"] == "LICENSE.REQUIRED"
    assert answer["details"] == {"licenseKey": "Subscription"}


async def test_credentials_are_not_kept_in_the_list_of_requests(api: Any, sandbox: Sandbox) -> None:
    await api("GET /v1/company")
    assert API_KEY not in str([seen.to_dict() for seen in sandbox.state.request_log])


@pytest.mark.parametrize("fraction", [0, 1, 500_000, 999_999])
async def test_who_waits_until_the_reset_finds_room(sandbox: Sandbox, http: Any, fraction: int) -> None:
    """The header says whole seconds, at most 60 of them; waiting that long is what the guide advises."""
    start = sandbox.clock.now().replace(microsecond=fraction)
    sandbox.clock.stop_at(start)
    answers = [await http.post("/api/v1/auth/token", data=GRANT) for _ in range(11)]
    reset = int(answers[-1].headers["x-rate-limit-reset"])
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert 59 < reset - start.timestamp() <= 60

    sandbox.clock.stop_at(datetime.datetime.fromtimestamp(reset, datetime.UTC))

    assert (await http.post("/api/v1/auth/token", data=GRANT)).status_code == 200


@pytest.mark.parametrize("fields", [{"expiresAt": "tomorrow"}, {"expiresAt": 5}, {"ipWhitelist": "127.0.0.1"}])
async def test_a_key_that_nobody_could_check_is_refused(control: Any, fields: dict[str, Any]) -> None:
    assert "error" in await control("POST /keys", {"key": "odd", **fields}, status=400)


async def test_an_address_is_not_what_a_header_says() -> None:
    """Else anybody would be on the allowlist, and every call of the token endpoint in a bucket of its own."""
    async with Sandbox(serve=True, strict=True, invoices=0) as sandbox, sandbox.http() as http:
        http.headers["x-forwarded-for"] = "192.0.2.7"
        await http.post("/_sandbox/keys", json={"key": "far", "ipWhitelist": ["192.0.2.7"]})

        answer = await http.get("/api/v1/company", headers={"x-api-key": "far"})

    assert (answer.status_code, answer.json()["details"]) == (401, {"reason": "ip_whitelist_mismatch"})
