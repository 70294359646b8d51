"""Published titles, the one name of an operation that survives a new schema, made comparable."""

from __future__ import annotations

import re


def fold(title: str) -> str:
    """Make titles comparable: case, curly quotes, dashes and runs of spaces do not count."""
    straight = title.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-"})
    return re.sub(r"\s+", " ", straight).strip().casefold()
