"""The control API under `/_sandbox/`: what tests ask the sandbox itself. No credentials, no envelope."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import asdict
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ledgerbee_sandbox.books.clock import instant, parse_instant
from ledgerbee_sandbox.control.external_events import ExternalEvents
from ledgerbee_sandbox.demo.credentials import SSO_SCOPES
from ledgerbee_sandbox.demo.documents import add
from ledgerbee_sandbox.faults.fault import KINDS, OPTIONS
from ledgerbee_sandbox.json_codec import load
from ledgerbee_sandbox.json_types import is_array, is_object
from ledgerbee_sandbox.responses import json_response
from ledgerbee_sandbox.rules.call import Refusal
from ledgerbee_sandbox.rules.subscriptions.lifecycle import settle
from ledgerbee_sandbox.state.state import State

Handler = Callable[[dict[str, Any], dict[str, str]], Any]
_SEEDED = {"invoices", "entries", "customers"}


class Control:
    """One method per route; a route takes the JSON body and the path, and gives JSON back."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._external = ExternalEvents(state)

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/", self.help),
            ("POST", "/reset", self.reset),
            ("POST", "/seed", self.seed),
            ("GET", "/clock", self.clock),
            ("POST", "/clock", self.set_clock),
            ("GET", "/requests", self.requests),
            ("DELETE", "/requests", self.forget_requests),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("POST", "/keys", self.put_key),
            ("POST", "/clients", self.put_client),
            ("POST", "/licences", self.set_licences),
            ("POST", "/invoices/{id}/payment", self._external.pay),
            ("POST", "/subscriptions/{id}", self._external.operate),
            ("POST", "/portal-sso/redeem", self._external.redeem),
            ("POST", "/portal-sso/assertion", self._external.assertion),
            ("POST", "/portal-sso/checkout", self._external.checkout),
            ("GET", "/webhooks", self._external.deliveries),
            ("POST", "/webhooks/receiver", self._external.set_receiver),
            ("POST", "/webhooks/deliver", self._external.deliver),
            ("GET", "/books/{table}", self.books),
        ]
        return [Route(path, _endpoint(handler), methods=[method]) for method, path, handler in table]

    def help(self, _body: dict[str, Any], _path: dict[str, str]) -> Any:
        """What can be asked for here."""
        routes = [
            f"{', '.join(sorted(route.methods - {'HEAD'}))} /_sandbox{route.path}"
            for route in self.routes()
            if route.methods
        ]
        return {"routes": routes, "faults": KINDS, "fault_options": OPTIONS}

    def reset(self, body: dict[str, Any], _path: dict[str, str]) -> Any:
        """Forget everything and create the demo company anew, with that many documents."""
        self._state.reset(**_counts(body))
        return self._size()

    def seed(self, body: dict[str, Any], _path: dict[str, str]) -> Any:
        """Add documents to the company."""
        with self._state.books.transaction():
            add(self._state.books, **_counts(body))
        return self._size()

    def _size(self) -> dict[str, int]:
        return {table.name: len(table) for table in self._state.books.tables if table.name != "counters"}

    def clock(self, _body: dict[str, Any], _path: dict[str, str]) -> Any:
        clock = self._state.books.clock
        return {"now": instant(clock.now()), "stopped": clock.stopped}

    def set_clock(self, body: dict[str, Any], path: dict[str, str]) -> Any:
        """`at` stops the clock at an instant, `advance_seconds` moves it, `run` goes back to real time."""
        clock = self._state.books.clock
        if body.get("run"):
            clock.run()
        if "at" in body:
            clock.stop_at(parse_instant(str(body["at"])))
        if "advance_seconds" in body:
            clock.advance(datetime.timedelta(seconds=float(body["advance_seconds"])))
        with self._state.books.transaction():
            settle(self._state.books)
        return self.clock(body, path)

    def requests(self, _body: dict[str, Any], _path: dict[str, str]) -> Any:
        return {
            "count": self._state.request_log.count,
            "requests": [seen.to_dict() for seen in self._state.request_log],
        }

    def forget_requests(self, _body: dict[str, Any], _path: dict[str, str]) -> Any:
        self._state.request_log.clear()
        return {"count": 0}

    def faults(self, _body: dict[str, Any], _path: dict[str, str]) -> Any:
        return {"faults": [asdict(fault) for fault in self._state.faults]}

    def add_fault(self, body: dict[str, Any], path: dict[str, str]) -> Any:
        self._state.faults.add(body)
        return self.faults(body, path)

    def clear_faults(self, body: dict[str, Any], path: dict[str, str]) -> Any:
        """`seed` starts the random generator of the probabilities anew."""
        self._state.faults.clear(int(body.get("seed", 0)))
        return self.faults(body, path)

    def put_key(self, body: dict[str, Any], _path: dict[str, str]) -> Any:
        """
        Add or replace an API key: `key`, `scopes`, `ipWhitelist`, `expiresAt`, `revoked`.

        The portal scopes cannot be given to an ordinary key: only one made with `partnerSso` may hold them.
        """
        scopes = [str(scope) for scope in body.get("scopes", self._state.scopes)]
        if not body.get("partnerSso"):
            if "scopes" in body and set(scopes) & set(SSO_SCOPES):
                raise Refusal(400, "These scopes are for partner SSO keys only", "API_KEY_SCOPE_NOT_ASSIGNABLE")
            scopes = [scope for scope in scopes if scope not in SSO_SCOPES]
        key = str(body["key"])
        allowed: object = body.get("ipWhitelist") or []
        expires = body.get("expiresAt")
        if not is_array(allowed):
            raise TypeError("ipWhitelist must be a list of addresses")
        if expires is not None:
            parse_instant(expires)
        record = {"name": body.get("name", key), "ipWhitelist": allowed, "scopes": scopes}
        record |= {"expiresAt": expires, "revoked": bool(body.get("revoked"))}
        with self._state.books.transaction():
            return self._state.books["keys"].put({"id": key, **record})

    def put_client(self, body: dict[str, Any], _path: dict[str, str]) -> Any:
        """Add or replace an OAuth client: `client_id`, `client_secret`, `scopes`, `revoked`."""
        scopes = [s for s in body.get("scopes", self._state.scopes) if s not in SSO_SCOPES]
        record = {"id": str(body["client_id"]), "secret": str(body["client_secret"]), "scopes": scopes}
        with self._state.books.transaction():
            return self._state.books["clients"].put({**record, "revoked": bool(body.get("revoked"))})

    def set_licences(self, body: dict[str, Any], _path: dict[str, str]) -> Any:
        books = self._state.books
        with books.transaction():
            company = books["company"].change(next(iter(books["company"])), licences=list(body["licences"]))
        return {"licences": company["licences"]}

    def books(self, _body: dict[str, Any], path: dict[str, str]) -> Any:
        """Everything on one table, as the sandbox keeps it."""
        return list(self._state.books[path["table"]])


def _counts(body: dict[str, Any]) -> dict[str, int]:
    if unknown := body.keys() - _SEEDED:
        raise ValueError(f"unknown fields {', '.join(sorted(unknown))}; known are {', '.join(sorted(_SEEDED))}")
    return {name: int(value) for name, value in body.items()}


def _object(raw: bytes) -> dict[str, Any]:
    body: Any = load(raw) if raw.strip() else {}
    if not is_object(body):
        raise TypeError("the body must be an object")
    return body


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        try:
            answer = handler(_object(raw), dict(request.path_params))
            if inspect.isawaitable(answer):
                answer = await answer
        except Refusal as refusal:
            return json_response(refusal.status, {"error": refusal.message, "code": refusal.code})
        except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
            return json_response(400, {"error": f"{type(error).__name__}: {error}"})
        return json_response(200, answer)

    return endpoint


def control_api(state: State) -> Starlette:
    return Starlette(routes=Control(state).routes())
