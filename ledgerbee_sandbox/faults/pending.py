"""Misbehaviour on request: which request gets which fault. What a fault does on the wire stands in `wire.py`."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from attrs import define, field

from ledgerbee_sandbox.json_types import is_object
from ledgerbee_sandbox.schema.document import Operation

KINDS = {
    "status": "answers with `status` (503), `code`, `details` and `headers`; with `after` it acts first",
    "html": "answers 520 with an HTML page, as a proxy does; with `after` it acts first",
    "slow": "waits `seconds` (1) before anything else",
    "hang_up_before": "closes the connection before acting",
    "hang_up_after": "acts, then closes the connection without an answer: the booking is there",
    "cut_body": "acts, then closes the connection in the middle of the body",
    "expired_token": "ends the bearer token of the request and answers 401",
    "wrong_total": "says a `total` in the page that is larger than the list",
    "duplicate_item": "repeats the last item of a page",
    "no_details": "leaves `details` out of a refusal, so that a refused batch names no entry",
}
_FIELDS = {
    "operation",
    "kind",
    "times",
    "skip",
    "probability",
    "status",
    "code",
    "details",
    "headers",
    "seconds",
    "after",
}
_HEADER = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def _within(value: object, least: float, most: float = math.inf) -> bool:
    return isinstance(value, int | float | Decimal) and least <= value <= most


def _are_headers(value: object) -> bool:
    return is_object(value) and all(isinstance(text, str) and _HEADER.fullmatch(text) for text in value.values())


# Checked when it is asked for, or it would go wrong only when the fault strikes: does a value fit, and what would?
_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "times": (lambda value: value is None or (isinstance(value, int) and value >= 1), "a whole number from 1, or null"),
    "skip": (lambda value: isinstance(value, int) and value >= 0, "a whole number from 0"),
    "probability": (lambda value: _within(value, 0, 1), "a number from 0 to 1"),
    "status": (lambda value: isinstance(value, int) and _within(value, 200, 599), "a whole number from 200 to 599"),
    "code": (lambda value: value is None or isinstance(value, str), "a text or null"),
    "details": (lambda value: value is None or is_object(value), "an object or null"),
    "headers": (_are_headers, "an object of header values"),
    "seconds": (lambda value: _within(value, 0), "a number from 0"),
    "after": (lambda value: isinstance(value, bool), "true or false"),
}


class FaultError(ValueError):
    """A fault that cannot be: no such kind, field, operation or value."""


@define
class Fault:
    """
    One kind of trouble for one operation.

    Attributes:
        operation: The title, `METHOD /path` of the schema, or `*`.
        times: How many requests get it; None for always.
        skip: How many matching requests pass before.
        probability: The chance of each matching request, drawn from the seeded generator.
    """

    operation: str
    kind: str
    times: int | None = 1
    skip: int = 0
    probability: float = field(default=1.0, converter=float)
    status: int = 503
    code: str | None = None
    details: dict[str, Any] | None = None
    headers: dict[str, str] = field(factory=dict[str, str])
    seconds: float = field(default=1.0, converter=float)
    after: bool = False
    applied: int = field(default=0, init=False)

    @property
    def is_spent(self) -> bool:
        return self.times is not None and self.applied >= self.times


class PendingFaults:
    """The faults that wait for a request, in the order they were asked for."""

    def __init__(self, operations: Sequence[Operation], seed: int = 0) -> None:
        self._operations = operations
        self._waiting: list[Fault] = []
        self._random = random.Random(seed)  # noqa: S311  A seeded generator makes a bad day repeatable.

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._waiting)

    def add(self, wish: Mapping[str, Any]) -> Fault:
        """
        Add a fault from its fields.

        Raises:
            FaultError: an unknown kind, field or operation, which would never strike, or a value that its field cannot
                have.
        """
        if unknown := sorted(wish.keys() - _FIELDS):
            raise FaultError(f"unknown fields {', '.join(unknown)}; known are {', '.join(sorted(_FIELDS))}")
        if wish.get("kind") not in KINDS:
            raise FaultError(f"kind {wish.get('kind')!r} is none of {', '.join(KINDS)}")
        fields: dict[str, Any] = {"operation": "*", **wish}
        self._check(str(fields["operation"]))
        for name, (is_one, wanted) in _VALUES.items():
            if name in fields and not is_one(fields[name]):
                raise FaultError(f"{name} must be {wanted}, not {fields[name]!r}")
        fault = Fault(**fields)
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
