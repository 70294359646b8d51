"""How large an answer may be, by what was asked for, and when reading one is work for a thread."""

from __future__ import annotations

OBJECT_BYTES = 20_000_000
"""For one object: a request body, files included, stays under 15 MB."""
LIST_BYTES = 100_000_000
"""For a list that is not paginated."""
MOST_ITEMS = 10_000
"""Of a page, of which at most 100 were asked for; some lists pay no heed to it."""
MOST_VALUES = 500_000
"""In one answer. Read in one go, so many stall whatever else the program does by a quarter of a second."""
_THREAD_BYTES, _THREAD_VALUES = 1_000_000, 50_000


def page_bytes(limit: int) -> int:
    """Return how many bytes a page of so many items may have: 32 MB for 100."""
    return 10_000_000 + 220_000 * limit


def has_more_values(body: bytes, most: int) -> bool:
    """True if JSON may have so many values: by its commas and opening brackets, those in texts included."""
    # A short body is not counted, which takes a third of the time that reading it does.
    return len(body) > most and body.count(b",") + body.count(b"{") + body.count(b"[") > most


def is_slow_to_read(body: bytes) -> bool:
    """True if reading a body would stall the event loop."""
    return len(body) > _THREAD_BYTES or has_more_values(body, _THREAD_VALUES)
