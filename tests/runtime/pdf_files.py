"""Helpers: PDF files as a server sends them, and where they are saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx

from ledgerbee_client import Download, LedgerBee

from .operations import PDF

CONTENT = b"%PDF-1.7 " + b"x" * 200_000
PATH = "/v1/things/1/pdf"


def files_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


class Pieces(httpx.AsyncByteStream):
    """A body in pieces, broken off where an error stands among them."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self.pieces = pieces
        self.closed = False

    async def __aiter__(self) -> Any:
        for piece in self.pieces:
            await anyio.lowlevel.checkpoint()
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def aclose(self) -> None:
        self.closed = True


def found(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def pdf(bee: LedgerBee) -> Download:
    return bee._calls.download(PDF, path=("1",))
