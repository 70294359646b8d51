"""The doors of `ledgerbee_client` that the benchmarks use: readers and writers without a network around them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx
from attrs import evolve

from benchmarks import data
from ledgerbee_client import ApiKey, Attachment, LedgerBee
from ledgerbee_client import LedgerBeeError as LedgerBeeError
from ledgerbee_client.answers import Answer, json_of, read
from ledgerbee_client.bodies import Body, joined, json_body
from ledgerbee_client.codecs import Codec
from ledgerbee_client.jsonio import loads
from ledgerbee_client.models import CreateJournalEntryV2BatchResponse, CreateJournalEntryV2Dto, PublicInvoiceListItem
from ledgerbee_client.pagination import page_of, rows_of
from ledgerbee_client.wire import model


class Canned(httpx.AsyncBaseTransport):
    """A transport that answers every request with the same bytes, and swallows what is sent."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.sent = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        async for chunk in request.stream:  # type: ignore[union-attr]
            self.sent += len(chunk)
        return httpx.Response(200, headers={"content-type": "application/json"}, content=self.body)


def client(base_url: str, **options: Any) -> LedgerBee:
    """Make a client."""
    return LedgerBee(ApiKey("benchmark"), base_url=base_url, **options)


_FACTS = {"operation": "benchmark", "method": "GET", "path": "/"}


def page_reader() -> Callable[[bytes], object]:
    """Return what turns a page's bytes into invoices."""
    return _reader(model(PublicInvoiceListItem), paged=True)


def batch_reader() -> Callable[[bytes], object]:
    """Return what turns a batch answer's bytes into its model."""
    return _reader(model(CreateJournalEntryV2BatchResponse), paged=False)


def _reader(codec: Codec[Any], *, paged: bool) -> Callable[[bytes], object]:
    headers = {"content-type": "application/json"}

    def read_one(body: bytes) -> object:
        answer = Answer(200, headers, body)
        return read(codec, json_of(codec, answer, _FACTS), "", answer, _FACTS)

    def read_page(body: bytes) -> object:
        answer = Answer(200, headers, body)
        value = json_of(codec, answer, _FACTS)
        found = rows_of(value)
        assert found is not None
        items = [read(codec, row, f"data.{index}", answer, _FACTS) for index, row in enumerate(found[1])]
        return page_of(value, found[0], found[1], items, 1, 100)

    return read_page if paged else read_one


def entries() -> list[CreateJournalEntryV2Dto]:
    """Make 100 journal entries as a program would: from Decimals and dates."""
    return [CreateJournalEntryV2Dto.from_dict(loads(json.dumps(data.entry(number)))) for number in range(100)]


def entries_writer(ready: Sequence[object]) -> Callable[[], Body]:
    """Return what turns entries into the body of a batch."""
    codec = model(CreateJournalEntryV2Dto)
    return lambda: joined("entries", [json_body(codec, entry, f"entries.{number}") for number, entry in enumerate(ready)])


def filed(contents: Sequence[bytes]) -> CreateJournalEntryV2Dto:
    """Make an entry with files."""
    files = [Attachment.from_bytes(content, filename=f"{number}.pdf") for number, content in enumerate(contents)]
    return evolve(entries()[0], attachments=files)


def entry_writer(entry: object) -> Callable[[], Body]:
    """Return what turns one entry into a body."""
    codec = model(CreateJournalEntryV2Dto)
    return lambda: json_body(codec, entry, "")


EXTRA = "ledgerbee[aiohttp]"


def aiohttp_transport(verify: Any) -> httpx.AsyncBaseTransport:
    """Make the transport of the extra."""
    from httpx_aiohttp import AiohttpTransport

    return AiohttpTransport(verify=verify)
