"""
One of several workers that share one token: it saves the PDFs of its share of the sent invoices.

    for worker in 0 1 2 3; do python examples/fleet.py $worker 4 invoices & done; wait

Needs LEDGERBEE_CLIENT_ID, LEDGERBEE_CLIENT_SECRET and REDIS_URL, and ledgerbee-client[redis].
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import anyio
from redis.asyncio import Redis

from ledgerbee_client import ClientCredentials, LedgerBee
from ledgerbee_client.redis import RedisTokenStore


async def save_share(bee: LedgerBee, folder: Path, worker: int, workers: int) -> int:
    """Save the PDF of each invoice that is this worker's by its place in the list; return how many."""
    await anyio.Path(folder).mkdir(parents=True, exist_ok=True)
    at_a_time = anyio.CapacityLimiter(8)
    saved = 0

    async def save(invoice_id: str, name: str) -> None:
        nonlocal saved
        async with at_a_time:
            # Saved whole or not at all: a worker that dies leaves no half file behind.
            await bee.invoices.pdf(invoice_id).save(folder / f"{name}.pdf")
            saved += 1

    async with anyio.create_task_group() as tasks:
        for place, invoice in enumerate(await bee.invoices.list(status="sent").collect(ahead=4)):
            if place % workers == worker and invoice.id:
                tasks.start_soon(save, invoice.id, invoice.number or invoice.id)
    return saved


async def main(worker: int, workers: int, folder: Path) -> None:
    # The token endpoint takes ten requests a minute: a fleet that starts at once would spend them all.
    async with Redis.from_url(os.environ["REDIS_URL"]) as redis:
        credentials = ClientCredentials(
            os.environ["LEDGERBEE_CLIENT_ID"],
            os.environ["LEDGERBEE_CLIENT_SECRET"],
            store=RedisTokenStore(redis),
        )
        async with LedgerBee(
            credentials, base_url=os.environ.get("LEDGERBEE_BASE_URL", "https://api.ledgerbee.com/api")
        ) as bee:
            print(f"worker {worker} saved {await save_share(bee, folder, worker, workers)} invoices")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
