"""Encode: 100 journal entries of 3 lines, from typed objects to the bytes of one request."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import orjson

from benchmarks import data
from benchmarks.floors import struct_encoder
from benchmarks.lines import Line, Section
from benchmarks.measure import in_turn, ratios, thread_cpu
from benchmarks.ours import entries, entries_writer
from benchmarks.peers import stock
from benchmarks.server import Addresses
from ledgerbee_client._models.jsonio import loads

TITLE = "Encode"
HOW = (
    "CPU of the thread; `orjson.dumps` of dicts that are ready for it is 1. Ours checks every number for exactness "
    "and writes "
    "Decimals and dates; stock writes floats and texts; the floor is msgspec on a Struct."
)

CAUSE = (
    "the dicts are converted and checked beforehand, our models are not: 3,000 attributes are read (0.9) and checked "
    "by type (0.8), 400 Decimals for exactness (0.5), 400 Structs are built (0.6) and 300 of them put into the lists "
    "of their entries (0.4), each step in C, column by column, but from Python. Encoding is 1.5 of it"
)


def measure(addresses: Addresses, folder: Path) -> Section:
    """Run the columns in turn."""
    ready = {"entries": [data.entry(number) for number in range(100)]}
    body = orjson.dumps(ready)
    theirs = stock("models.create_journal_entry_v2_batch_request").CreateJournalEntryV2BatchRequest.from_dict(ready)
    floor, ours, mappings = struct_encoder(body), entries_writer(entries()), entries_writer(loads(body)["entries"])
    calls: dict[str, Callable[[], object]] = {
        "orjson.dumps": lambda: orjson.dumps(ready),
        "ledgerbee": lambda: list(ours().chunks()),
        "ledgerbee, mappings": lambda: list(mappings().chunks()),
        "msgspec Struct": floor,
        "json.dumps": lambda: json.dumps(ready),
        "stock": lambda: json.dumps(theirs.to_dict()),
    }
    assert json.loads(b"".join(ours().chunks())) == ready
    figures = ratios(in_turn({name: thread_cpu(call, 10) for name, call in calls.items()}, rounds=25), "orjson.dumps")
    what, said = "100 journal entries of 3 lines, 90 KB", f"msgspec on a Struct: {figures['msgspec Struct']:.2f}"
    mapped = {"orjson.dumps": 1.0, "ledgerbee": figures.pop("ledgerbee, mappings")}
    models = Line(what=what, base="orjson.dumps", goal=5.5, figures=figures, floor=said, cause=CAUSE)
    line = Line(what="The same given as mappings of wire names", base="orjson.dumps", goal=12.0, figures=mapped)
    return Section(title=TITLE, how=HOW, lines=[models, line])
