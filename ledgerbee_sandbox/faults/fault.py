"""One fault: what can go wrong, the options it takes, and how a request for one is read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Self

from attrs import define, field

from ledgerbee_sandbox.json_types import is_object

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
_HEADER = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def _within(value: object, least: float, most: float = math.inf) -> bool:
    return isinstance(value, int | float | Decimal) and least <= value <= most


def _are_headers(value: object) -> bool:
    return is_object(value) and all(isinstance(text, str) and _HEADER.fullmatch(text) for text in value.values())


# Checked when a fault is asked for, or it would go wrong only when it is applied: does a value fit, and what would?
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


OPTIONS = {name: wanted for name, (_, wanted) in _VALUES.items()}
"""Each option, and the values it takes."""


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

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Self:
        """
        Read a fault from the fields of a request for one.

        Raises:
            FaultError: an unknown kind or field, or a value that its field cannot have.
        """
        known = {"kind", "operation", *_VALUES}
        if unknown := sorted(fields.keys() - known):
            raise FaultError(f"unknown fields {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        if fields.get("kind") not in KINDS:
            raise FaultError(f"kind {fields.get('kind')!r} is none of {', '.join(KINDS)}")
        for name, (is_one, wanted) in _VALUES.items():
            if name in fields and not is_one(fields[name]):
                raise FaultError(f"{name} must be {wanted}, not {fields[name]!r}")
        given: dict[str, Any] = {"operation": "*", **fields}
        return cls(**given)
