"""The functions of `ledgerbee_client` that the benchmarks call: readers and writers without a network around them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, cast

import httpx
from attrs import evolve

from benchmarks import data
from ledgerbee_client import ApiKey, Attachment, LedgerBee
from ledgerbee_client._helpers.bodies import Body, batch_body, json_body
from ledgerbee_client._helpers.page import page_of
from ledgerbee_client._models.answers import read_answer, read_list
from ledgerbee_client._models.jsonio import loads
from ledgerbee_client._models.model import array, model
from ledgerbee_client.models import CreateJournalEntryV2BatchResponse, CreateJournalEntryV2Dto, PublicInvoiceListItem


class Canned(httpx.AsyncBaseTransport):
    """A transport that answers every request with the same bytes, and swallows what is sent."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.sent = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        async for chunk in cast("httpx.AsyncByteStream", request.stream):
            self.sent += len(chunk)
        return httpx.Response(200, headers={"content-type": "application/json"}, content=self.body)


def client(base_url: str, **options: Any) -> LedgerBee:
    """Make a client."""
    return LedgerBee(ApiKey("benchmark"), base_url=base_url, **options)


def page_reader() -> Callable[[bytes], object]:
    """Return what turns a page's bytes into invoices."""
    codec = model(PublicInvoiceListItem)
    return lambda body: page_of(read_list(codec, body), 1, 100)


def batch_reader() -> Callable[[bytes], object]:
    """Return what turns a batch answer's bytes into its model."""
    codec = model(CreateJournalEntryV2BatchResponse)
    return lambda body: read_answer(codec, body)


def table_reader() -> Callable[[bytes], object]:
    """Return what turns a page's bytes into invoices by the table alone: the way of malformed answers."""
    codec = array(model(PublicInvoiceListItem))
    return lambda body: codec.read(loads(body)["data"], "data")


def entries() -> list[CreateJournalEntryV2Dto]:
    """Make 100 journal entries as a program would: from Decimals and dates."""
    return [CreateJournalEntryV2Dto.from_dict(loads(json.dumps(data.entry(number)))) for number in range(100)]


def entries_writer(ready: Sequence[object]) -> Callable[[], Body]:
    """Return what turns entries into the body of a batch."""
    codec = model(CreateJournalEntryV2Dto)
    return lambda: batch_body(codec, ready, "entries")


def filed(contents: Sequence[bytes]) -> CreateJournalEntryV2Dto:
    """Make an entry with files."""
    files = [Attachment.from_bytes(content, filename=f"{number}.pdf") for number, content in enumerate(contents)]
    return evolve(entries()[0], attachments=files)


def entry_writer(entry: object) -> Callable[[], Body]:
    """Return what turns one entry into a body."""
    codec = model(CreateJournalEntryV2Dto)
    return lambda: json_body(codec, entry, "")


EXTRA = "ledgerbee[aiohttp]"
OVER_HTTPX_AIOHTTP = "ledgerbee over httpx-aiohttp"


def httpx_aiohttp_transport(verify: Any) -> httpx.AsyncBaseTransport:
    """Make a transport of httpx over aiohttp, as callers may bring one."""
    from httpx_aiohttp import AiohttpTransport

    return AiohttpTransport(verify=verify)
