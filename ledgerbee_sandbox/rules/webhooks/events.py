"""Webhook events: what happened becomes one delivery per endpoint, which waits to be posted."""

from __future__ import annotations

import json
from typing import Any

from ledgerbee_sandbox.books import Books, Record


def emit(books: Books, topic: str, data: Record) -> None:
    """Queue a delivery of this event for every endpoint that wants the topic."""
    for endpoint in list(books["webhook_endpoints"]):
        if wants(endpoint, topic):
            queue(books, endpoint, topic, data)


def wants(endpoint: Record, topic: str) -> bool:
    """
    Whether an endpoint gets a topic. The field that lists topics is not documented: any list of texts counts as one.

    An endpoint without such a list gets everything.
    """
    lists: list[Any] = [value for value in endpoint.values() if isinstance(value, list)]
    return not lists or any(topic in topics or "*" in topics for topics in lists)


def queue(books: Books, endpoint: Record, topic: str, data: Record) -> Record:
    """Add one delivery. The body is written once: a retry signs the same bytes anew."""
    delivery_id = f"msg_{books.new_id()}"
    stamp = books.stamp()
    envelope = {"id": delivery_id, "type": topic, "timestamp": stamp, "data": data}
    return books["deliveries"].put(
        {
            "id": delivery_id,
            "endpointId": endpoint["id"],
            "url": endpoint.get("url"),
            "type": topic,
            "body": json.dumps(envelope, separators=(",", ":"), ensure_ascii=False, default=str),
            "status": "pending",
            "attempts": [],
            "nextAttemptAt": stamp,
        }
    )
