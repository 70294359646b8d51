"""The faults that wait for a request, and which request gets which."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ledgerbee_sandbox.faults.fault import Fault, FaultError
from ledgerbee_sandbox.schema.document import Operation


class PendingFaults:
    """The faults that wait for a request, in the order they were asked for."""

    def __init__(self, operations: Sequence[Operation], seed: int = 0) -> None:
        self._operations = operations
        self._waiting: list[Fault] = []
        self._random = random.Random(seed)  # noqa: S311  A seeded generator makes a bad day repeatable.

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._waiting)

    def add(self, fields: Mapping[str, Any]) -> Fault:
        """
        Add a fault from its fields.

        Raises:
            FaultError: as `Fault.read()`, or for an unknown operation, which would never get it.
        """
        fault = Fault.read(fields)
        self._check(str(fault.operation))
        self._waiting.append(fault)
        return fault

    def _check(self, name: str) -> None:
        if name != "*" and not any(operation.is_called(name) for operation in self._operations):
            known = [name for one in self._operations for name in (one.title, one.label)]
            close = get_close_matches(name, known, 1)
            meant = f" Did you mean {close[0]!r}?" if close else ""
            raise FaultError(f"operation {name!r} is no title, and no METHOD /path, of the schema.{meant}")

    def clear(self, seed: int | None = None) -> None:
        self._waiting.clear()
        if seed is not None:
            self._random.seed(seed)

    def take(self, operation: Operation) -> list[Fault]:
        """The faults of this request: any number of slow ones, then at most one other."""
        applied: list[Fault] = []
        for fault in [
            fault for fault in self._waiting if fault.operation == "*" or operation.is_called(fault.operation)
        ]:
            if fault.skip > 0:
                fault.skip -= 1
            elif fault.probability >= 1.0 or self._random.random() < fault.probability:
                fault.applied += 1
                applied.append(fault)
                if fault.kind != "slow":
                    break
        self._waiting = [fault for fault in self._waiting if not fault.is_spent]
        return applied
