"""The control room under `/_sandbox/`: what tests ask the sandbox itself. No credentials, no envelope."""

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

from ledgerbee_sandbox import demo
from ledgerbee_sandbox.books.clock import instant, parse_instant
from ledgerbee_sandbox.company import Company
from ledgerbee_sandbox.faults import KINDS
from ledgerbee_sandbox.outside import Outside
from ledgerbee_sandbox.rules.call import Refusal
from ledgerbee_sandbox.rules.lifecycle import settle
from ledgerbee_sandbox.shapes import is_array, is_object
from ledgerbee_sandbox.wire import json_response, load

Handler = Callable[[dict[str, Any], dict[str, str]], Any]
_SEEDED = {"invoices", "entries", "customers"}


class Control:
    """One method per route; a route takes the JSON body and the path, and gives JSON back."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._outside = Outside(company)

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
            ("POST", "/invoices/{id}/payment", self._outside.pay),
            ("POST", "/subscriptions/{id}", self._outside.operate),
            ("POST", "/portal-sso/redeem", self._outside.redeem),
            ("POST", "/portal-sso/assertion", self._outside.assertion),
            ("POST", "/portal-sso/checkout", self._outside.checkout),
            ("GET", "/webhooks", self._outside.deliveries),
            ("POST", "/webhooks/receiver", self._outside.set_receiver),
            ("POST", "/webhooks/deliver", self._outside.deliver),
            ("GET", "/books/{shelf}", self.books),
        ]
        return [Route(path, _endpoint(handler), methods=[method]) for method, path, handler in table]

    def help(self, _body: dict[str, Any], _path: dict[str, str]) -> Any:
        """What can be asked for here."""
        routes = [
            f"{', '.join(sorted(route.methods - {'HEAD'}))} /_sandbox{route.path}"
            for route in self.routes()
            if route.methods
        ]
        return {"routes": routes, "faults": KINDS}

    def reset(self, body: dict[str, Any], _path: dict[str, str]) -> Any:
        """Forget everything; found the demo company anew, with that many documents."""
        self._company.reset(**_counts(body))
        return self._size()

    def seed(self, body: dict[str, Any], _path: dict[str, str]) -> Any:
        """Add documents to the company."""
        with self._company.books.transaction():
            demo.add(self._company.books, **_counts(body))
        return self._size()

    def _size(self) -> dict[str, int]:
        return {shelf.name: len(shelf) for shelf in self._company.books.shelves if shelf.name != "counters"}

    def clock(self, _body: dict[str, Any], _path: dict[str, str]) -> Any:
        clock = self._company.books.clock
        return {"now": instant(clock.now()), "stopped": clock.stopped}

    def set_clock(self, body: dict[str, Any], path: dict[str, str]) -> Any:
        """`at` stops the clock at an instant, `advance_seconds` moves it, `run` goes back to real time."""
        clock = self._company.books.clock
        if body.get("run"):
            clock.run()
        if "at" in body:
            clock.stop_at(parse_instant(str(body["at"])))
        if "advance_seconds" in body:
            clock.advance(datetime.timedelta(seconds=float(body["advance_seconds"])))
        with self._company.books.transaction():
            settle(self._company.books)
        return self.clock(body, path)

    def requests(self, _body: dict[str, Any], _path: dict[str, str]) -> Any:
        return {"count": self._company.journal.count, "requests": [seen.to_dict() for seen in self._company.journal]}

    def forget_requests(self, _body: dict[str, Any], _path: dict[str, str]) -> Any:
        self._company.journal.clear()
        return {"count": 0}

    def faults(self, _body: dict[str, Any], _path: dict[str, str]) -> Any:
        return {"faults": [asdict(fault) for fault in self._company.faults]}

    def add_fault(self, body: dict[str, Any], path: dict[str, str]) -> Any:
        self._company.faults.add(body)
        return self.faults(body, path)

    def clear_faults(self, body: dict[str, Any], path: dict[str, str]) -> Any:
        """`seed` starts the dice of the probabilities anew."""
        self._company.faults.clear(int(body.get("seed", 0)))
        return self.faults(body, path)

    def put_key(self, body: dict[str, Any], _path: dict[str, str]) -> Any:
        """
        Add or replace an API key: `key`, `scopes`, `ipWhitelist`, `expiresAt`, `revoked`.

        The portal scopes cannot be given to an ordinary key: only one made with `partnerSso` may hold them.
        """
        scopes = [str(scope) for scope in body.get("scopes", self._company.scopes)]
        if not body.get("partnerSso"):
            if "scopes" in body and set(scopes) & set(demo.SSO_SCOPES):
                raise Refusal(400, "These scopes are for partner SSO keys only", "API_KEY_SCOPE_NOT_ASSIGNABLE")
            scopes = [scope for scope in scopes if scope not in demo.SSO_SCOPES]
        key = str(body["key"])
        allowed: object = body.get("ipWhitelist") or []
        expires = body.get("expiresAt")
        if not is_array(allowed):
            raise TypeError("ipWhitelist must be a list of addresses")
        if expires is not None:
            parse_instant(expires)
        record = {"name": body.get("name", key), "ipWhitelist": allowed, "scopes": scopes}
        record |= {"expiresAt": expires, "revoked": bool(body.get("revoked"))}
        with self._company.books.transaction():
            return self._company.books["keys"].put({"id": key, **record})

    def put_client(self, body: dict[str, Any], _path: dict[str, str]) -> Any:
        """Add or replace an OAuth client: `client_id`, `client_secret`, `scopes`, `revoked`."""
        scopes = [s for s in body.get("scopes", self._company.scopes) if s not in demo.SSO_SCOPES]
        record = {"id": str(body["client_id"]), "secret": str(body["client_secret"]), "scopes": scopes}
        with self._company.books.transaction():
            return self._company.books["clients"].put({**record, "revoked": bool(body.get("revoked"))})

    def set_licences(self, body: dict[str, Any], _path: dict[str, str]) -> Any:
        books = self._company.books
        with books.transaction():
            company = books["company"].change(next(iter(books["company"])), licences=list(body["licences"]))
        return {"licences": company["licences"]}

    def books(self, _body: dict[str, Any], path: dict[str, str]) -> Any:
        """Everything on one shelf, as the sandbox keeps it."""
        return list(self._company.books[path["shelf"]])


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


def control_room(company: Company) -> Starlette:
    return Starlette(routes=Control(company).routes())
