"""Memory: what a decoded invoice weighs, and whether a long walk grows."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from benchmarks import data, ours
from benchmarks.lines import Line, Section
from benchmarks.peers import stock
from benchmarks.server import Addresses

TITLE = "Memory"
HOW = (
    "Bytes held by 2,000 decoded invoices (tracemalloc), dicts of orjson being 1. Then 1,000,000 invoices walked, "
    "each page dropped "
    "after use: the highest memory of the whole walk over the highest of its first hundredth."
)
CAUSE = "three Decimals of 104 bytes each are a third of an invoice; texts that a page repeats are shared already"
WALKED = 10_000


def measure(addresses: Addresses, folder: Path) -> Section:
    """Weigh, then walk."""
    read: Callable[[bytes], Any] = ours.page_reader()
    listed = stock("models.public_list_invoices_response").PublicListInvoicesResponse
    decoders: dict[str, Callable[[bytes], Any]] = {
        "orjson.loads": orjson.loads,
        "ledgerbee": lambda body: read(body).items,
        "stock": lambda body: listed.from_dict(json.loads(body)),
    }
    weights = {name: _held(decode) for name, decode in decoders.items()}
    figures = {name: weight / weights["orjson.loads"] for name, weight in weights.items()}
    said = f"the dict: {weights['orjson.loads'] / 2_000:,.0f} bytes"
    growth = {"ledgerbee": asyncio.run(_growth())}
    return Section(
        title=TITLE,
        how=HOW,
        lines=[
            Line(what="A decoded invoice", base="orjson.loads", goal=0.65, figures=figures, floor=said, cause=CAUSE),
            Line(what="1,000,000 invoices walked", base="the first 10,000", goal=1.05, figures=growth, floor="1.00"),
        ],
    )


def _held(decode: Callable[[bytes], Any]) -> int:
    bodies = [data.page(number=number) for number in range(20)]
    decode(bodies[0])
    tracemalloc.start()
    kept = [decode(body) for body in bodies]
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(kept) == 20
    return held


class Endless(ours.Canned):
    """A list of a million invoices, whose pages are made by exchanging their numbers in the bytes of one."""

    def __init__(self) -> None:
        first = data.page(number=1, pages=WALKED)
        super().__init__(first)
        self.parts = first.rsplit(b'"page":1', 1)
        self.number = 0

    async def handle_async_request(self, request: Any) -> Any:
        """Answer the page asked for; the ids differ from page to page."""
        self.number = int(request.url.params["page"])
        start = self.parts[0].replace(b'"id":"', b'"id":"%d-' % self.number)
        self.body = start + b'"page":%d' % self.number + self.parts[1]
        return await super().handle_async_request(request)


async def _growth() -> float:
    import resource

    early = late = seen = 0
    async with ours.client("https://127.0.0.1/api", transport=Endless()) as bee:
        async for page in bee.invoices.list().pages():
            seen += len(page.items)
            if page.number == WALKED // 100:
                early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        late = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert seen == WALKED * 100
    return late / early
