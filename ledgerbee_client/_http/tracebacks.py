"""Tracebacks that lead into no frame below ours: tools show the local variables of each, and headers are among them."""

from __future__ import annotations

from types import TracebackType

from anyio import get_cancelled_exc_class

from ..errors import LedgerBeeError


class FramesDropped:
    """
    A block whose errors and cancellations leave it without the frames that they came through.

    Errors that are not ours keep them: they are faults of this library, and must be found.
    """

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Drop the frames."""
        del traceback
        if error is not None and isinstance(error, (LedgerBeeError, get_cancelled_exc_class())):
            raise error.with_traceback(None)
