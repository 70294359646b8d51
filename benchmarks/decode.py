"""Decode: a page of 100 invoices, and the answer to a batch of 100 journal entries, from bytes to typed objects."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from benchmarks import data
from benchmarks.floors import struct_decoders
from benchmarks.lines import Line, Section
from benchmarks.measure import in_turn, ratios, thread_cpu
from benchmarks.ours import batch_reader, page_reader, table_reader
from benchmarks.peers import stock
from benchmarks.server import Addresses
from ledgerbee_client.models import PublicInvoiceListItem

TITLE = "Decode"
HOW = (
    "CPU of the thread from the body's bytes to typed objects; `orjson.loads` to dicts is 1. Ours gives Decimals, "
    "dates, aware "
    "instants and open enums, and checks; stock gives texts and enums; the floor is msgspec decoding into a Struct, "
    "with the same conversions."
)

CAUSE = (
    "of a page, the private Structs that msgspec makes of the bytes are 0.7, 300 Decimals 0.45, 100 models with 16 "
    "attributes each 0.25, looking whether instants are UTC and texts can be shared 0.2, what pages are checked by 0.1"
)


def measure(addresses: Addresses, folder: Path) -> Section:
    """Run the columns in turn, body by body."""
    floor_page, floor_batch = struct_decoders()
    pages, entries = page_reader(), batch_reader()
    listed = stock("models.public_list_invoices_response").PublicListInvoicesResponse
    batched = stock("models.create_journal_entry_v2_batch_response").CreateJournalEntryV2BatchResponse
    lines = [
        _line("A page of 100 invoices, 43 KB", 2.0, data.page(), pages, floor_page, listed.from_dict),
        _line(
            "A batch answer of 100 journal entries", 1.5, data.batch_answer(), entries, floor_batch, batched.from_dict
        ),
        _line(
            "The page with an unknown field, a new enum value and a null in every item",
            3.0,
            data.page(change=data.ADDITIVE),
            pages,
        ),
        _additive(pages),
        _line("The page with an odd date in one item", 2.5, data.page(change={"date": "soon"}, changed=1), pages),
        _line("The page with an odd date in every item", 7.0, data.page(change={"date": "soon"}), pages),
        _line("The page by the table alone", None, data.page(), table_reader()),
    ]
    return Section(title=TITLE, how=HOW, lines=lines)


def _additive(pages: Callable[[bytes], object]) -> Line:
    body, numbers = data.page(), itertools.count()

    def timed(learn: bool) -> float:
        if learn:
            # Another class of models, to which a new field comes.
            other: Any = type(f"Other{next(numbers)}", (PublicInvoiceListItem,), {"__slots__": ()})
            other.from_dict({"aNewField": 1})
        began = time.thread_time()
        pages(body)
        return time.thread_time() - began

    medians = in_turn({"a page": lambda: timed(False), "ledgerbee": lambda: timed(True)}, rounds=50)
    figures = ratios(medians, "a page")
    return Line(
        what="The page after each of 50 other classes met a new field", base="a page", goal=1.1, figures=figures
    )


def _line(
    what: str,
    goal: float | None,
    body: bytes,
    ours: Callable[[bytes], object],
    floor: Callable[[bytes], object] | None = None,
    from_dict: Callable[[object], object] | None = None,
) -> Line:
    calls: dict[str, Callable[[], object]] = {
        "orjson.loads": lambda: orjson.loads(body),
        "ledgerbee": lambda: ours(body),
        "json.loads": lambda: json.loads(body),
    }
    if floor:
        calls["msgspec Struct"] = lambda: floor(body)
    if from_dict:
        calls["stock"] = lambda: from_dict(json.loads(body))
    medians = in_turn({name: thread_cpu(call, 20) for name, call in calls.items()}, rounds=25)
    figures = ratios(medians, "orjson.loads")
    said = f"msgspec to a Struct: {figures['msgspec Struct']:.2f}" if floor else ""
    return Line(what=what, base="orjson.loads", goal=goal, figures=figures, floor=said, cause=CAUSE)
