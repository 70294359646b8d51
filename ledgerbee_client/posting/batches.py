"""The client's own packing and sending of batches, asked of a resource; and what tells a content from another."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from .._calls.calls import Calls
from .._helpers.bodies import Body, File
from .._helpers.packing import Batching
from .._models.jsonio import array_items
from ..client import LedgerBee
from ..errors import InvalidValueError

_DIGEST_BYTES = 16


class _Asked(Calls):
    """Calls whose `batch_many()` says how it would pack and post, and does neither."""

    async def batch_many(self, operation: Any, entries: Any, **facts: Any) -> Any:
        """Return the batching."""
        for argument in ("concurrency", "refused", "on_progress"):
            facts.pop(argument, None)
        return self.batching(operation, **facts)


class Beside(LedgerBee):
    """The other resources of the client that a resource belongs to."""

    def __init__(self, calls: Calls) -> None:
        self._assemble = lambda: calls

    @property
    def calls(self) -> Calls:
        """The calls of the client, which its resources are made with."""
        return self._assemble()


def calls_of(resource: Any) -> Calls:
    """
    Return the calls that a resource is made with.

    Raises:
        InvalidValueError: this is none of the client's resources that take batches.
    """
    calls = getattr(resource, "_calls", None)
    if not isinstance(calls, Calls) or not hasattr(resource, "create_many"):
        wanted = "a resource with create_many(), such as bee.journal_entries"
        raise InvalidValueError("resource", wanted, type(resource).__name__)
    return calls


async def batching_of(resource: Any, timeout: float | None) -> Batching[Any, Any]:  # noqa: ASYNC109
    """Return how a resource packs and posts batches."""
    asked = type(resource)(_Asked(calls_of(resource).sender))
    batching: Batching[Any, Any] = await asked.create_many((), timeout=timeout)
    return batching


def digests_of(batching: Batching[Any, Any], entries: Sequence[Any], body: Body) -> list[str]:
    """Return for each entry of a batch a digest of what is sent of it, files included."""
    inner = body.parts[1:-1]
    texts = [part for part in inner if isinstance(part, bytes)]
    if len(texts) == len(inner):
        items = array_items(b"[%b]" % b"".join(texts))
        return [blake2b(item, digest_size=_DIGEST_BYTES).hexdigest() for item in items]
    alone = (batching.body([entry]).parts[1:-1] for entry in entries)
    return [_digest([part.content if isinstance(part, File) else part for part in parts]) for parts in alone]


def _digest(parts: Sequence[bytes | memoryview]) -> str:
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
