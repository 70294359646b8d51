"""Webhook endpoints: public HTTPS only, a signing secret that is shown once."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
from typing import Any
from urllib.parse import urlsplit

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.rules.call import Call, found, invalid
from ledgerbee_sandbox.rules.registry import answers
from ledgerbee_sandbox.rules.webhooks.events import queue

_PRIVATE_NAMES = ("localhost", "local", "internal", "localdomain", "lan", "home.arpa")


def need_public_https(url: Any) -> None:
    """Refuse plain http, and hosts that are loopback or private by name or address. Nothing is resolved."""
    try:
        parts = urlsplit(str(url or ""))
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        raise invalid("url", "isUrl", "url must be a URL address") from None
    if parts.scheme != "https" or not host or not _is_public(host):
        raise invalid("url", "isPublicHttpsUrl", "url must be a public HTTPS address")


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        # A URL parser reads 127.1 and 0x7f.0.0.1 as addresses, too: a name does not end in a number.
        if "." not in host or host.rpartition(".")[2][:1].isdigit():
            return False
        return not any(host == name or host.endswith(f".{name}") for name in _PRIVATE_NAMES)


def _new_secret(books: Books) -> str:
    return "whsec_" + base64.b64encode(hashlib.sha256(books.new_id().encode()).digest()).decode()


def _shown(endpoint: Record) -> Record:
    return {name: value for name, value in endpoint.items() if name != "secret"}


def _the_endpoint(call: Call) -> Record:
    return found(call.books["webhook_endpoints"].get(call.path[0]), "Webhook endpoint")


@answers("List webhook endpoints")
def list_endpoints(call: Call) -> list[Record]:
    return [_shown(endpoint) for endpoint in call.books["webhook_endpoints"]]


@answers("Create a webhook endpoint")
def create_endpoint(call: Call) -> Record:
    need_public_https(call.fields.get("url"))
    stamp = call.books.stamp()
    made = {"id": call.books.new_id(), "secret": _new_secret(call.books), "createdAt": stamp, "updatedAt": stamp}
    return call.books["webhook_endpoints"].put({**call.fields, **made})


@answers("Retrieve a webhook endpoint")
def get_endpoint(call: Call) -> Record:
    return _shown(_the_endpoint(call))


@answers("Update a webhook endpoint")
def update_endpoint(call: Call) -> Record:
    endpoint = _the_endpoint(call)
    if "url" in call.fields:
        need_public_https(call.fields["url"])
    kept = {name: endpoint[name] for name in ("id", "secret", "createdAt")}
    changed = {**call.fields, **kept, "updatedAt": call.books.stamp()}
    return _shown(call.books["webhook_endpoints"].change(endpoint, **changed))


@answers("Delete a webhook endpoint")
def delete_endpoint(call: Call) -> None:
    call.books["webhook_endpoints"].remove(_the_endpoint(call)["id"])


@answers("Roll the signing secret")
def roll_secret(call: Call) -> Record:
    """The new secret, shown once. What becomes of the old one is not documented: here it ends at once."""
    secret = _new_secret(call.books)
    return call.books["webhook_endpoints"].change(_the_endpoint(call), secret=secret, updatedAt=call.books.stamp())


@answers("Send a test event")
def send_test(call: Call) -> Record:
    """Queue a delivery for this endpoint alone. Its topic is not documented."""
    endpoint = _the_endpoint(call)
    delivery = queue(call.books, endpoint, "test", {"endpointId": endpoint["id"]})
    return {"id": delivery["id"], "status": delivery["status"]}
