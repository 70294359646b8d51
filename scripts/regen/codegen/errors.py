"""The one failure of generation."""

from __future__ import annotations


class GenerationError(Exception):
    """The generator cannot write this document; `lines` say what and where."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
