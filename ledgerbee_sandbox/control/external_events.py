"""What happens outside the API, on request: money arrives, a browser redeems, a webhook is posted."""

from __future__ import annotations

import base64
from typing import Any

from attrs import evolve

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.books.clock import instant
from ledgerbee_sandbox.books.money import decimal
from ledgerbee_sandbox.json_codec import dump
from ledgerbee_sandbox.rules.call import Call, Caller, Refusal, found
from ledgerbee_sandbox.rules.portal.signing import public_jwk, sign
from ledgerbee_sandbox.rules.portal.sso import checkout, redeem, sign_in
from ledgerbee_sandbox.rules.sales.invoices import pay
from ledgerbee_sandbox.rules.subscriptions.lifecycle import settle, status_of
from ledgerbee_sandbox.rules.subscriptions.subscriptions import new_subscription
from ledgerbee_sandbox.state.state import State
from ledgerbee_sandbox.webhooks.deliveries import need_loopback, signed_headers

Body = dict[str, Any]
Path = dict[str, str]
_ACTIONS: dict[str, Record] = {
    "pause": {"paused": True},
    "resume": {"paused": False},
    "await_payment": {"awaitsPayment": True},
    "capture": {"awaitsPayment": False},
}


class ExternalEvents:
    """What the operator, the buyer's browser, the bank and the sender of webhooks do."""

    def __init__(self, state: State) -> None:
        self._state = state

    def pay(self, body: Body, path: Path) -> Any:
        """Let money arrive for a sent invoice: `amount`, or all of it."""
        books = self._state.books
        with books.transaction():
            invoice = found(books["invoices"].get(path["id"]), "Invoice")
            amount = decimal(body.get("amount", invoice["amount"]))
            if amount is None or amount <= 0:
                raise ValueError("amount must be a number or a decimal string above 0")
            return {"status": pay(books, invoice, amount)["status"]}

    def operate(self, body: Body, path: Path) -> Any:
        """`action`: pause, resume, await_payment or capture. The API has no calls for these."""
        if body.get("action") not in _ACTIONS:
            raise ValueError(f"action must be one of {', '.join(_ACTIONS)}")
        books = self._state.books
        with books.transaction():
            subscription = found(books["subscriptions"].get(path["id"]), "Subscription")
            subscription = books["subscriptions"].change(subscription, **_ACTIONS[body["action"]])
            settle(books)
        return {"status": status_of(subscription, books.clock.now())}

    def redeem(self, body: Body, _path: Path) -> Any:
        """Redeem a handoff reference, as the browser does at the portal API host: once, within its minute."""
        books = self._state.books
        with books.transaction():
            payload = redeem(books, body["ref"], "handoff")
            memberships = sign_in(books, payload)
        return {"email": payload["email"], "sub": payload.get("sub"), "memberships": memberships}

    def checkout(self, body: Body, _path: Path) -> Any:
        """Redeem a checkout-bind `token` and subscribe its customer to `planId`, as the embedded checkout does."""
        books = self._state.books
        call = Call(books=books, caller=Caller(name="checkout"))
        with books.transaction():
            payload = checkout(call, body["token"])
            fields = {"customerId": payload["customerId"], "planId": body["planId"], "startDate": books.stamp()}
            reference = payload.get("clientReferenceId")
            made = new_subscription(evolve(call, body=fields), fields, partnerReferenceId=reference)
        return {"subscriptionId": made["id"], "partnerReferenceId": reference}

    def assertion(self, body: Body, _path: Path) -> Any:
        """Sign `claims` with the portal's key: a JWT that the published JWKS verifies."""
        head = {"alg": "RS256", "typ": "JWT", "kid": public_jwk()["kid"]}
        signed = b".".join(_segment(dump(part)) for part in (head, body.get("claims", {})))
        return {"jwt": b".".join((signed, _segment(sign(signed)))).decode()}

    def deliveries(self, _body: Body, _path: Path) -> Any:
        """Every delivery with its attempts; those that wait also with headers signed for this moment."""
        books = self._state.books
        rows: list[Record] = []
        for delivery in books["deliveries"]:
            row = dict(delivery)
            if delivery["status"] == "pending":
                row["headers"] = signed_headers(books, delivery)
            rows.append(row)
        return {"receiver": self._state.receiver, "now": instant(books.clock.now()), "deliveries": rows}

    def set_receiver(self, body: Body, _path: Path) -> Any:
        """Where deliveries are posted: a loopback `url`, or null for nowhere."""
        url = body.get("url")
        self._state.receiver = None if url is None else need_loopback(str(url))
        return {"receiver": self._state.receiver}

    async def deliver(self, _body: Body, _path: Path) -> Any:
        """Make every attempt that is due, now, and say what became of it."""
        if self._state.receiver is None:
            raise Refusal(409, "no receiver is set; POST /_sandbox/webhooks/receiver first")
        return {"attempted": await self._state.deliveries.attempt_due(self._state.receiver)}


def _segment(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
