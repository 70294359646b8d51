"""Webhook deliveries on their way: signed, posted to the receiver that was set, tried again on schedule."""

from __future__ import annotations

import datetime
from typing import Any

import anyio
import httpx
from standardwebhooks import Webhook

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.books.clock import instant, parse_instant
from ledgerbee_sandbox.rules.subscriptions.lifecycle import settle
from ledgerbee_sandbox.serving.origin_check import is_loopback

# 30 s, 2 min, 8 min, 32 min, about 2 h, about 8.5 h, 10 h: eight attempts over about 21 hours.
WAITS_SECONDS = (30, 120, 480, 1920, 7680, 30720, 36000)
TIMEOUT_SECONDS = 10.0
_LAST_PORT = 65535


class ReceiverError(ValueError):
    """The receiver is not on this machine."""


def need_loopback(url: str) -> str:
    """
    The URL, where its host is loopback by address or by name.

    Raises:
        ReceiverError: it is not: the sandbox posts to no other machine.
    """
    try:
        parts = httpx.URL(url)  # Read by who will post there.
    except (httpx.InvalidURL, ValueError):
        parts = httpx.URL()
    if parts.scheme not in {"http", "https"} or not is_loopback(parts.host) or (parts.port or 0) > _LAST_PORT:
        raise ReceiverError(f"the receiver must be a loopback URL such as http://127.0.0.1:8000/hook, not {url!r}")
    return url


def signed_headers(books: Books, delivery: Record) -> dict[str, str]:
    """
    The Standard Webhooks headers of an attempt made now, with the secret the endpoint has now.

    The same id on every attempt, a new time and signature on each. The time is that of the machine, wherever the
    sandbox's clock stands: receivers compare it with their own, and refuse what is minutes off.
    """
    now = books.clock.machine_time()
    endpoint = books["webhook_endpoints"].get(delivery["endpointId"])
    if endpoint is None:
        return {}
    return {
        "content-type": "application/json",
        "webhook-id": delivery["id"],
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(endpoint["secret"]).sign(delivery["id"], now, delivery["body"]),
    }


class Deliveries:
    """Sends webhooks. `attempt_due()` makes every attempt whose time has come, and returns what became of each."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._lock = anyio.Lock()

    async def attempt_due(self, receiver: str | None) -> list[Record]:
        """
        Post to the receiver, whatever the endpoint's URL says; without a receiver everything waits.

        What the clock has brought since the last look happens first: a trial that ended emits its event now.
        """
        with self._books.transaction():
            settle(self._books)
        if receiver is None or not self.due():
            return []
        async with self._lock, httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            return [await self._attempt(client, receiver, delivery) for delivery in self.due()]

    def due(self) -> list[Record]:
        now = self._books.clock.now()
        waiting = self._books["deliveries"].where(status="pending")
        return [delivery for delivery in waiting if parse_instant(delivery["nextAttemptAt"]) <= now]

    def _is_current(self, delivery: Record) -> bool:
        """Whether the books still hold the delivery: they may have been founded anew while one was on its way."""
        return self._books["deliveries"].get(delivery["id"]) is delivery

    async def _attempt(self, client: httpx.AsyncClient, receiver: str, delivery: Record) -> Record:
        if not self._is_current(delivery):
            return delivery
        headers = signed_headers(self._books, delivery)
        if not headers:
            return self._note(delivery, {"error": "the endpoint was deleted"}, final=True)
        try:
            response = await client.post(receiver, content=delivery["body"].encode(), headers=headers)
            result: Record = {"status": response.status_code}
        except httpx.HTTPError as error:
            result = {"error": type(error).__name__}
        return self._note(delivery, {**result, "headers": headers})

    def _note(self, delivery: Record, result: Record, *, final: bool = False) -> Record:
        if not self._is_current(delivery):
            return delivery
        books, made = self._books, len(delivery["attempts"])
        attempts = [*delivery["attempts"], {"at": books.stamp(), **result}]
        change: dict[str, Any] = {"attempts": attempts, "nextAttemptAt": None}
        if 200 <= result.get("status", 0) < 300:
            change["status"] = "delivered"
        elif final or made >= len(WAITS_SECONDS):
            change["status"] = "failed"
        else:
            wait = datetime.timedelta(seconds=WAITS_SECONDS[made])
            change["nextAttemptAt"] = instant(books.clock.now() + wait)
        with books.transaction():
            return books["deliveries"].change(delivery, **change)
