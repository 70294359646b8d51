"""
Celery tasks that call LedgerBee: one client and one event loop for each worker process.

    pip install ledgerbee-client celery
    LEDGERBEE_API_KEY=... CELERY_BROKER_URL=... celery --workdir examples --app celery_worker worker --pool prefork
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import partial
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown

from ledgerbee_client import ConnectionFailedError, DeadlineError, LedgerBee, RateLimitError
from ledgerbee_client.models import PublicSendInvoice

app = Celery("ledgerbee", broker=os.environ.get("CELERY_BROKER_URL", "memory://"))
app.conf.update(
    result_backend=os.environ.get("CELERY_RESULT_BACKEND", "cache+memory://"),
    # Taken from the queue before it runs: a task whose worker dies is not run again, and so not booked again.
    task_acks_late=False,
)


class Process:
    """What a worker process has: an event loop in a thread of its own, and a client that lives in it."""

    def __init__(self) -> None:
        self.stack = ExitStack()

    def open(self, **_: Any) -> None:
        """Begin when the process does: what was made before the fork belongs to another process."""
        self.portal: BlockingPortal = self.stack.enter_context(start_blocking_portal())
        self.bee = self.stack.enter_context(self.portal.wrap_async_context_manager(LedgerBee.from_env()))

    def close(self, **_: Any) -> None:
        """Close the client in its loop, then the loop."""
        self.stack.close()


process = Process()
worker_process_init.connect(process.open)
worker_process_shutdown.connect(process.close)


# What was not done is tried again. An OutcomeUnknownError is not among these: a person or a read back decides.
@app.task(  # type: ignore[untyped-decorator]
    autoretry_for=(ConnectionFailedError, DeadlineError, RateLimitError),
    retry_backoff=True,
    retry_jitter=True,
    max_retries=5,
)
def send_invoice(invoice_id: str) -> str:
    """Send an invoice by e-mail; return how it goes out."""
    body = PublicSendInvoice(delivery_type="Email")
    sent = process.portal.call(partial(process.bee.invoices.send, invoice_id, body))
    return str(sent.delivery_type)
