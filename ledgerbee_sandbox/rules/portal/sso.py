"""Portal SSO: provisioning, single-use references that live a minute, revocation, and the published keys."""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from typing import Any

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.books.clock import instant, parse_instant
from ledgerbee_sandbox.rules.call import Call, Refusal, broken, found, invalid, need_licence, need_scopes
from ledgerbee_sandbox.rules.partners.customers import need_email, new_customer, the_customer
from ledgerbee_sandbox.rules.portal.signing import public_jwk
from ledgerbee_sandbox.rules.registry import answers

ROLES = ("OWNER", "ADMIN", "BILLING_ADMIN", "USER")
REFERENCE_SECONDS = 60
MINT_SCOPE = "portal-sso-mint"
_CLIENT_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_NEEDED = ("customerType", "customerNumber", "name", "countryCode", "vatZone", "customerGroupId")


@answers("Published RP signing keys (JWKS) for a tenant's private_key_jwt SSO")
def jwks(call: Call) -> Record:
    """The key of the company's portal; an empty set for any other slug, never a 404."""
    company = next(iter(call.books["company"]))
    return {"keys": [public_jwk()] if call.path[0] == company["portalSlug"] else []}


@answers("Mint a customer-portal SSO handoff reference")
def mint(call: Call) -> Record:
    need_licence(call, "CustomerPortal")
    fields = call.fields
    need_email(fields)
    memberships: Any = fields["memberships"]
    if not memberships:
        raise invalid("memberships", "arrayNotEmpty", "memberships should not be empty")
    for number, membership in enumerate(memberships):
        if membership.get("customerId") not in call.books["customers"]:
            raise invalid(f"memberships.{number}.customerId", "exists", "customerId must be a customer of the company")
        if membership.get("role") not in ROLES:
            raise invalid(f"memberships.{number}.role", "isEnum", f"role must be one of: {', '.join(ROLES)}")
    reference = new_reference(call.books, "handoff", dict(fields))
    return {"ref": reference["id"], "expiresAt": reference["expiresAt"]}


def new_reference(books: Books, kind: str, payload: Record) -> Record:
    """An opaque reference: 43 characters that carry no identity."""
    digest = hashlib.sha256(books.new_id().encode()).digest()
    expires = books.clock.now() + datetime.timedelta(seconds=REFERENCE_SECONDS)
    record = {"id": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), "kind": kind, "payload": payload}
    return books["references"].put({**record, "expiresAt": instant(expires), "used": False})


def redeem(books: Books, reference_id: Any, kind: str) -> Record:
    """
    Use a reference up, as the portal would; the payload it stands for.

    Raises:
        Refusal: unknown, used, expired, or of the other kind: a checkout reference never makes a login session.
    """
    reference = books["references"].get(reference_id)
    if reference is None or reference["kind"] != kind or reference["used"]:
        raise Refusal(404, "The reference is unknown or used")
    if parse_instant(reference["expiresAt"]) <= books.clock.now():
        raise Refusal(410, "The reference has expired")
    books["references"].change(reference, used=True)
    return dict(reference["payload"])


def sign_in(books: Books, payload: Record) -> list[Record]:
    """What redeeming a handoff does: it creates the user, the memberships and their sessions."""
    user = _user(books, payload["email"], payload.get("name"), payload.get("sub"))
    made = [_membership(books, user, entry["customerId"], entry["role"]) for entry in payload["memberships"]]
    return [books["memberships"].change(membership, hasSession=True) for membership in made]


def _user(books: Books, email: str, name: Any, sub: Any) -> Record:
    users = books["portal_users"]
    user = (users.first(sub=sub) if sub else None) or users.first(email=email)
    if user is None:
        return users.put({"id": books.new_id(), "email": email, "name": name, "sub": sub})
    return users.change(user, sub=user["sub"] or sub, name=user["name"] or name)


def _membership(books: Books, user: Record, customer_id: str, role: str) -> Record:
    """The membership of a user; the first member of an organisation becomes its owner."""
    memberships = books["memberships"]
    known = memberships.first(userId=user["id"], customerId=customer_id)
    if known:
        return known
    first = memberships.first(customerId=customer_id) is None
    record = {"id": books.new_id(), "userId": user["id"], "customerId": customer_id, "hasSession": False}
    return memberships.put({**record, "role": "OWNER" if first else role})


@answers("Provision a customer + grant portal access (partner JIT provisioning)")
def provision(call: Call) -> Record:
    """Make sure that the customer exists and the user is a member; doing it again changes nothing."""
    need_licence(call, "CustomerPortal")
    fields, books = call.fields, call.books
    _check(call, fields)
    customer, created = _customer(call, fields)
    user = _user(books, fields["email"], fields.get("userName"), fields.get("sub"))
    membership = _membership(books, user, customer["id"], str(fields.get("role", "USER")))
    answer: Record = {
        "customerId": customer["id"],
        "customerCreated": created,
        "portalUserId": user["id"],
        "membershipId": membership["id"],
        "role": membership["role"],
        **dict.fromkeys(("handoffRef", "handoffExpiresAt", "checkoutBindToken", "checkoutBindExpiresAt")),
    }
    if fields.get("mintHandoff"):
        asserted = [{"customerId": customer["id"], "role": membership["role"]}]
        payload = {"email": fields["email"], "sub": fields["sub"], "memberships": asserted}
        reference = new_reference(books, "handoff", payload)
        answer |= {"handoffRef": reference["id"], "handoffExpiresAt": reference["expiresAt"]}
    if fields.get("mintCheckoutBindToken"):
        payload = {"customerId": customer["id"], "clientReferenceId": fields.get("clientReferenceId")}
        reference = new_reference(books, "checkout", payload)
        answer |= {"checkoutBindToken": reference["id"], "checkoutBindExpiresAt": reference["expiresAt"]}
    return answer


def _check(call: Call, fields: Record) -> None:
    need_email(fields)
    if (fields.get("customerId") is None) == (fields.get("customer") is None):
        raise broken("Supply exactly one of customerId and customer")
    if fields.get("mintHandoff") or fields.get("mintCheckoutBindToken"):
        need_scopes(call.caller, [MINT_SCOPE])
    if fields.get("mintHandoff") and not fields.get("sub"):
        raise invalid("sub", "isNotEmpty", "sub is required when mintHandoff is true")
    reference = fields.get("clientReferenceId")
    if reference is not None and not _CLIENT_REFERENCE.fullmatch(str(reference)):
        raise invalid("clientReferenceId", "matches", "clientReferenceId must be 1 to 200 characters of [A-Za-z0-9_-]")


def _customer(call: Call, fields: Record) -> tuple[Record, bool]:
    """The customer by id, or by its number; an existing one is reused as it is."""
    if fields.get("customerId") is not None:
        return the_customer(call, fields["customerId"]), False
    payload: Record = fields["customer"]
    for name in _NEEDED:
        if payload.get(name) is None:
            raise invalid(f"customer.{name}", "isNotEmpty", f"{name} should not be empty")
    known = call.books["customers"].first(customerNumber=payload["customerNumber"])
    if known:
        return known, False
    return new_customer(call, {"email": fields["email"], **payload}, "customer."), True


@answers("Revoke (force-refresh) a user's customer-portal sessions")
def revoke(call: Call) -> Record:
    need_licence(call, "CustomerPortal")
    books = call.books
    user = books["portal_users"].first(sub=call.fields["sub"])
    sessions = books["memberships"].where(userId=user["id"], hasSession=True) if user else []
    for membership in sessions:
        books["memberships"].change(membership, hasSession=False)
    return {"revoked": len(sessions)}


def checkout(call: Call, token: Any) -> Record:
    """The customer and the partner reference behind a checkout token, used up by this."""
    payload = redeem(call.books, token, "checkout")
    found(call.books["customers"].get(payload["customerId"]), "Customer")
    return payload
