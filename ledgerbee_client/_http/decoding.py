"""Answers decompressed as they come: only what was asked for, and never to a multiple that no answer of the API has."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

ACCEPTED = "gzip, deflate"
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_PIECE, _FREE, MAX_RATIO = 262_144, 1_000_000, 100
_ZLIB_HEADER = 2


class UndecodableError(Exception):
    """What was sent is not what was asked for, or broken. Stays in this package."""


class Decoder:
    """
    Decompresses the body of one answer.

    Args:
        coding: The answer's `content-encoding`.

    Raises:
        UndecodableError: a coding that was not asked for, or several one upon the other.
    """

    def __init__(self, coding: str) -> None:
        if coding not in _WINDOWS:
            raise UndecodableError(f"it is encoded as {coding[:40]!r}, and {ACCEPTED} were asked for")
        self._coding = coding
        self._inflate = zlib.decompressobj(_WINDOWS[coding])
        self._head = b""
        self._read = self._written = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what becomes of some bytes, in pieces of at most 256 KB."""
        if self._coding == "deflate" and self._read < _ZLIB_HEADER:
            data = self._head = self._head + data
            if len(data) < _ZLIB_HEADER:
                return
            if not _begins_zlib(data):
                # Some servers send deflate without the header of zlib.
                self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._read += len(data)
        piece = b""
        # What zlib took and did not give yet comes with the next call, and what follows the end is nobody's.
        while (data or len(piece) == _PIECE) and not self._inflate.eof:
            try:
                piece = self._inflate.decompress(data, _PIECE)
            except zlib.error:
                raise UndecodableError("its compression is broken") from None
            self._written += len(piece)
            if self._written > max(_FREE, MAX_RATIO * self._read):
                raise UndecodableError(f"it grows to more than {MAX_RATIO} times its size when it is decompressed")
            data = self._inflate.unconsumed_tail
            if piece:
                yield piece

    def end(self) -> None:
        """Check that the whole came."""
        if (self._read or self._head) and not self._inflate.eof:
            raise UndecodableError("its compression is cut off")


def _begins_zlib(data: bytes) -> bool:
    """True if two bytes are a header of zlib (RFC 1950, section 2.2)."""
    return data[0] & 0x0F == zlib.DEFLATED and (data[0] << 8 | data[1]) % 31 == 0
