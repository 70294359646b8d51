"""Portal SSO and the plan catalogue."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from ledgerbee_sandbox import SSO_KEY

pytestmark = pytest.mark.asyncio
PROVISION = "POST /v1/portal-sso/provision"
MINT = "POST /v1/portal-sso/handoff/mint"


@pytest.fixture
def payload() -> Any:
    return {
        "customerType": "BUSINESS",
        "customerNumber": "NEW-1",
        "name": "New Ltd",
        "vatZone": "abroad",
        "countryCode": "GB",
        "customerGroupId": "",
    }


@pytest.fixture
def customer(payload: Any, sandbox: Any) -> Any:
    return {**payload, "customerGroupId": next(iter(sandbox.books["customer_groups"]))["id"]}


async def test_provisioning_twice_changes_nothing(api: Any, customer: Any) -> None:
    body = {"email": "jane@new.example", "customer": customer}

    first = await api(PROVISION, body, key=SSO_KEY, status=201)
    again = await api(PROVISION, body, key=SSO_KEY, status=201)

    assert (first["customerCreated"], again["customerCreated"]) == (True, False)
    assert first["role"] == "OWNER"  # The first member becomes the owner, whatever was asked for.
    assert {**first, "customerCreated": False} == again
    assert first["handoffRef"] is None
    assert first["checkoutBindToken"] is None
    second = await api(PROVISION, {**body, "email": "joe@new.example"}, key=SSO_KEY, status=201)
    assert second["role"] == "USER"


async def test_provisioning_takes_one_way_to_name_the_customer(api: Any, customer: Any, demo: Any, broken: Any) -> None:
    body = {"email": "jane@new.example"}
    await api(PROVISION, body, key=SSO_KEY, status=400)
    await api(PROVISION, {**body, "customerId": demo.customer(), "customer": customer}, key=SSO_KEY, status=400)
    unknown = await api(PROVISION, {**body, "customerId": "none"}, key=SSO_KEY, status=404)
    assert unknown["code"] == "CUSTOMER_NOT_FOUND"
    customer.pop("vatZone")
    assert broken(await api(PROVISION, {**body, "customer": customer}, key=SSO_KEY, status=400))


async def test_an_ordinary_key_may_not_provision(api: Any, demo: Any) -> None:
    answer = await api(PROVISION, {"email": "a@b.example", "customerId": demo.customer()}, status=403)
    assert answer["details"] == {"requiredScopes": ["portal-provision"]}


async def test_minting_inside_provision_needs_the_other_scope_too(api: Any, control: Any, demo: Any) -> None:
    await control("POST /keys", {"key": "half", "partnerSso": True, "scopes": ["portal-provision"]})
    body = {"email": "a@b.example", "customerId": demo.customer(), "mintHandoff": True, "sub": "u1"}

    answer = await api(PROVISION, body, key="half", status=403)

    assert answer["details"] == {"requiredScopes": ["portal-sso-mint"]}
    await api(PROVISION, body, key=SSO_KEY, status=201)


async def test_a_handoff_reference_works_once(api: Any, control: Any, demo: Any) -> None:
    body = {
        "email": "jane@acme.example",
        "sub": "u1",
        "memberships": [{"customerId": demo.customer(), "role": "OWNER"}],
    }

    minted = await api(MINT, body, key=SSO_KEY, status=201)
    assert minted["expiresAt"] == "2026-06-01T12:01:00.000Z"

    assert (await control("POST /portal-sso/redeem", {"ref": minted["ref"]}))["email"] == "jane@acme.example"
    await control("POST /portal-sso/redeem", {"ref": minted["ref"]}, status=404)


async def test_a_handoff_reference_lives_a_minute(api: Any, control: Any, demo: Any) -> None:
    body = {"email": "jane@acme.example", "sub": "u1", "memberships": [{"customerId": demo.customer(), "role": "USER"}]}
    minted = await api(MINT, body, key=SSO_KEY, status=201)

    await control("POST /clock", {"advance_seconds": 60})

    await control("POST /portal-sso/redeem", {"ref": minted["ref"]}, status=410)


@pytest.mark.parametrize(
    ("memberships", "prop"),
    [
        ([], "memberships"),
        ([{"customerId": "none", "role": "USER"}], "memberships.0.customerId"),
    ],
)
async def test_a_handoff_needs_a_membership_that_holds(api: Any, broken: Any, memberships: Any, prop: Any) -> None:
    body = {"email": "jane@acme.example", "sub": "u1", "memberships": memberships}
    assert list(broken(await api(MINT, body, key=SSO_KEY, status=400))) == [prop]


async def test_revoking_ends_the_sessions(api: Any, control: Any, demo: Any) -> None:
    members = [{"customerId": demo.customer(number), "role": "USER"} for number in ("C0001", "C0002")]
    body = {"email": "jane@acme.example", "sub": "u1", "memberships": members}
    minted = await api(MINT, body, key=SSO_KEY, status=201)
    await control("POST /portal-sso/redeem", {"ref": minted["ref"]})

    revoke = "POST /v1/portal-sso/sessions/revoke"
    assert await api(revoke, {"sub": "u1"}, key=SSO_KEY, status=201) == {"revoked": 2}
    assert await api(revoke, {"sub": "u1"}, key=SSO_KEY, status=201) == {"revoked": 0}
    assert await api(revoke, {"sub": "nobody"}, key=SSO_KEY, status=201) == {"revoked": 0}


async def test_a_checkout_token_subscribes_with_the_partner_reference(api: Any, control: Any, demo: Any) -> None:
    body = {"email": "a@acme.example", "customerId": demo.customer(), "mintCheckoutBindToken": True}
    made = await api(PROVISION, {**body, "clientReferenceId": "order_7"}, key=SSO_KEY, status=201)
    token = made["checkoutBindToken"]

    await control("POST /portal-sso/redeem", {"ref": token}, status=404)  # It never makes a login.
    checkout = await control("POST /portal-sso/checkout", {"token": token, "planId": demo.plan()})

    page = await api("GET /v1/subscriptions", partnerReferenceId="order_7")
    assert [row["id"] for row in page["data"]] == [checkout["subscriptionId"]]
    assert page["data"][0]["partnerReferenceId"] == "order_7"


async def test_a_client_reference_has_its_alphabet(api: Any, demo: Any, broken: Any) -> None:
    body = {"email": "a@acme.example", "customerId": demo.customer(), "clientReferenceId": "no spaces"}
    assert broken(await api(PROVISION, body, key=SSO_KEY, status=400)) == {"clientReferenceId": ["matches"]}


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")


async def test_the_published_key_verifies_what_the_portal_signs(api: Any, control: Any) -> None:
    """RS256 by hand: the signature to the power of e ends with the digest of what was signed."""
    (key,) = (await api("GET /.well-known/portal-sso/demo/jwks.json", key=None))["keys"]
    assert (key["kty"], key["alg"], _number(key["n"]).bit_length(), key["e"]) == ("RSA", "RS256", 2048, "AQAB")

    jwt = (await control("POST /portal-sso/assertion", {"claims": {"iss": "demo"}}))["jwt"]

    signed, _, signature = jwt.rpartition(".")
    recovered = pow(_number(signature), _number(key["e"]), _number(key["n"])).to_bytes(256, "big")
    assert recovered.startswith(b"\x00\x01\xff")
    assert recovered.endswith(hashlib.sha256(signed.encode()).digest())
    assert json.loads(base64.urlsafe_b64decode(jwt.partition(".")[0] + "=="))["kid"] == key["kid"]


async def test_an_unknown_slug_has_no_keys(api: Any) -> None:
    assert await api("GET /.well-known/portal-sso/nobody/jwks.json", key=None) == {"keys": []}


async def test_the_catalogue_lists_published_plans(api: Any, sandbox: Any, demo: Any) -> None:
    with sandbox.books.transaction():
        plan = sandbox.books["plans"].get(demo.plan("Pro"))
        sandbox.books["plans"].change(plan, published=False)

    plans = (await api("GET /v1/portal/plans", language="da"))["plans"]

    assert [(entry["plan"]["vanity"], entry["displayOrder"]) for entry in plans] == [("basic", 0), (None, 2)]
    assert (await api(f"GET /v1/portal/plans/{demo.plan()}"))["plan"]["plan"]["vanity"] == "basic"
    answer = await api(f"GET /v1/portal/plans/{demo.plan('Pro')}", status=404)
    assert answer["code"] == "PORTAL_PLAN_NOT_FOUND"
    resolved = await api("POST /v1/portal/plans/resolve", {"countryCode": "DK"}, status=201)
    assert resolved["token"]
    await api("GET /v1/portal/plans", language="fr", status=400)
