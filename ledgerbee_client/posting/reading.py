"""The entries of a pass, packed one batch ahead of the workers by a task of its own, so that a source may be slow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import anyio
from attrs import frozen

from .._helpers.bodies import Body
from .._helpers.packing import Packed, Packer


@frozen(kw_only=True)
class _Followed(Body):
    """A body that says when its last byte was given to the network."""

    body: Body
    then: Callable[[], None]

    def chunks(self) -> Iterator[bytes]:
        """Yield the body in pieces, and say that it is at its end."""
        yield from self.body.chunks()
        self.then()


class Reader:
    """Packs the next batch while the last one is on its way. Its `run()` is one task's."""

    def __init__(self, packer: Packer[Any], notify: Callable[[], None]) -> None:
        self._packer, self._notify = packer, notify
        self._wanted = anyio.Event()
        self._ready: Packed[Any] | None = None
        self._failure: Exception | None = None
        self._is_done = False

    @property
    def position(self) -> int:
        """Entries read so far."""
        return self._packer.position

    @property
    def is_done(self) -> bool:
        """Whether all was read and taken."""
        return self._is_done and self._ready is None

    def want(self) -> None:
        """Have the next batch packed, if none is ready."""
        if self._ready is None:
            self._wanted.set()

    def follow(self, body: Body) -> Body:
        """Return the body as one behind which the next batch is packed, while its answer is waited for."""
        parts, entries = body.parts, body.entries
        return _Followed(parts=parts, content_type=body.content_type, entries=entries, body=body, then=self.want)

    def take(self) -> Packed[Any] | None:
        """
        Return the batch that is ready, if one is.

        Raises:
            Exception: what the entries raised instead of ending, once all that came before was taken.
        """
        batch, self._ready = self._ready, None
        if batch is None and self._failure is not None:
            raise self._failure
        return batch

    async def run(self) -> None:
        """Pack batches, each when it is wanted, to the end of the entries."""
        try:
            while (batch := await anext(self._packer, None)) is not None:
                self._ready, self._wanted = batch, anyio.Event()
                self._notify()
                await self._wanted.wait()
        except Exception as error:  # noqa: BLE001  It is raised to the worker that finds nothing ready.
            self._failure = error
        finally:
            self._is_done = True
            self._notify()
