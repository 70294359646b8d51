"""What one sandbox consists of: its books, its schema, its faults, and the requests it has seen."""

from __future__ import annotations

import gc
import logging
from pathlib import Path
from typing import Any

from attrs import define, field

from ledgerbee_sandbox.books import Books, Clock
from ledgerbee_sandbox.books.disk import Disk
from ledgerbee_sandbox.demo.company import create_company
from ledgerbee_sandbox.faults.pending import PendingFaults
from ledgerbee_sandbox.schema.document import OAUTH, Json, Operation, load, operations
from ledgerbee_sandbox.schema.validation import SchemaValidator
from ledgerbee_sandbox.state.rate_limit import RateLimit
from ledgerbee_sandbox.state.request_log import RequestLog
from ledgerbee_sandbox.webhooks.deliveries import Deliveries

LOGGER = logging.getLogger("ledgerbee_sandbox")


class AnswerSchemaError(AssertionError):
    """The sandbox gave an answer that the schema does not allow: a mistake in the sandbox, not in the caller."""


@define
class State:
    """Made by `State.open()`, and shared by the API, the control API and the status page."""

    document: Json = field(repr=False)
    operations: list[Operation] = field(repr=False)
    validator: SchemaValidator = field(repr=False)
    books: Books = field(repr=False)
    strict: bool = False
    request_log: RequestLog = field(factory=RequestLog)
    rate_limit: RateLimit = field(factory=RateLimit)
    receiver: str | None = None
    deliveries: Deliveries = field(init=False, repr=False)
    faults: PendingFaults = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.deliveries = Deliveries(self.books)
        self.faults = PendingFaults([*self.operations, *OAUTH])

    @classmethod
    def open(
        cls,
        *,
        schema: str | Path | None = None,
        db: str | Path | None = None,
        clock: Clock | None = None,
        strict: bool = False,
        **demo: Any,
    ) -> State:
        """Read the schema, open the books, and create the demo company where they are empty."""
        document = load(schema)
        books = Books(clock=clock, disk=Disk(db) if db else None)
        state = cls(document, operations(document), SchemaValidator(document), books, strict)
        if not len(books["company"]):
            state.create_company(**demo)
        return state

    @property
    def scopes(self) -> list[str]:
        """Every scope that the schema names."""
        return sorted({scope for operation in self.operations for scope in operation.scopes})

    def create_company(self, **demo: Any) -> None:
        """Create the demo company in empty books."""
        with self.books.transaction():
            create_company(self.books, self.scopes, **demo)

    def reset(self, **demo: Any) -> None:
        """Forget everything but the schema; the clock runs again."""
        self.books.clock.run()
        self.books.clear()
        self.faults.clear(seed=0)
        self.request_log.clear()
        self.rate_limit.clear()
        self.receiver = None
        gc.collect()  # Else what is left of requests keeps the memory of the books from going back to the system.
        self.create_company(**demo)

    def report(self, what: str, problems: list[str]) -> None:
        """Raise an error where the sandbox is strict, else log one."""
        message = f"{what} does not fit the schema: {'; '.join(problems[:5])}"
        if self.strict:
            raise AnswerSchemaError(message)
        LOGGER.error(message)
