"""What observers are told of calls, without bodies or headers; and captured answers, which are whole."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from attrs import field, frozen

from ._base.log import captures


@frozen(kw_only=True)
class Event:
    """
    What all events carry.

    Attributes:
        operation: `resource.method`.
        method: HTTP method.
        path: Path of the operation, with its placeholders: no ids, no query.
        attempt: Which try this is, from 1.
    """

    operation: str
    method: str
    path: str
    attempt: int = 1


@frozen(kw_only=True)
class Sent(Event):
    """A try begins."""


@frozen(kw_only=True)
class Answered(Event):
    """
    An answer came.

    Attributes:
        status: HTTP status.
        seconds: How long it took.
    """

    status: int
    seconds: float


@frozen(kw_only=True)
class Retrying(Event):
    """
    The same call is about to be sent again.

    Attributes:
        status: Status of the answer that leads to it; None where there was none.
        wait: Seconds before it is sent.
    """

    status: int | None
    wait: float


@frozen(kw_only=True)
class TokenRefreshed(Event):
    """A new access token was fetched."""


@frozen(kw_only=True)
class OutcomeUnknown(Event):
    """
    A write may have been carried out.

    Attributes:
        cancelled: True if the task was cancelled; no error is raised then.
    """

    cancelled: bool = False


Observer = Callable[[Event], None]


@frozen(kw_only=True)
class Captured:
    """
    One answer as it came.

    Attributes:
        operation: `resource.method`.
        method: HTTP method.
        path: Path below the base URL.
        status: HTTP status.
        headers: Headers of the answer, names in lower case.
        body: Its body; empty for a download, which is streamed.
    """

    operation: str
    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@contextmanager
def capture() -> Generator[list[Captured]]:
    """Collect the answers of every call that is made in the block, also by tasks started in it."""
    calls: list[Captured] = []

    def collect(**facts: Any) -> None:
        calls.append(Captured(**facts))

    token = captures.set((*captures.get(), collect))
    try:
        yield calls
    finally:
        captures.reset(token)
