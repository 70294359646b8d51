"""Entries to book, and an API that books or refuses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from ledgerbee_client import BatchReport, LedgerBee
from ledgerbee_client._models.model import ANY

from .operations import BATCH

PATH = "/v2/things/batch"


def entries(count: int) -> list[dict[str, Any]]:
    return [{"reference": f"R{number}"} for number in range(count)]


def book(request: httpx.Request) -> httpx.Response:
    """Book everything, answer in order."""
    given = json.loads(request.content)["entries"]
    return httpx.Response(201, json={"totalCreated": len(given), "entries": [{"id": e["reference"]} for e in given]})


def refuse(*positions: int) -> Callable[[httpx.Request], httpx.Response]:
    errors = [{"property": f"entries.{p}.lines.0.amount", "constraints": {"isPositive": "no"}} for p in positions]
    body = {
        "statusCode": 400,
        "code": "SHARED_VALIDATION_FAILED",
        "message": "no",
        "details": {"validationErrors": errors},
    }
    return lambda request: httpx.Response(400, json=body)


async def batch(bee: LedgerBee, given: Any) -> Any:
    return await bee._calls.batch(BATCH, ANY, given, field="entries", entry_codec=ANY, minimum=1, maximum=100)


async def many(bee: LedgerBee, given: Any, **options: Any) -> BatchReport[Any, Any]:
    return await bee._calls.batch_many(
        BATCH, given, field="entries", answers="entries", entry_codec=ANY, booked=ANY, maximum=100, **options
    )


def fates(report: BatchReport[Any, Any]) -> tuple[int, int, int, int]:
    return len(report.booked), len(report.refused), len(report.unknown), len(report.not_sent)
