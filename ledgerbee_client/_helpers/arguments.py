"""Arguments of helpers that are checked when they are given."""

from __future__ import annotations

from .._base.callbacks import is_async
from ..errors import InvalidValueError


def from_one(number: int, name: str, most: int | None = None) -> int:
    """Return a whole number from 1 up to `most`, or refuse it."""
    # Callers without a type checker pass texts and fractions.
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= (most or number):  # pyright: ignore[reportUnnecessaryIsInstance]
        # Python writes no int of more than 4,300 digits.
        is_huge = isinstance(number, int) and abs(number) > 10**9  # pyright: ignore[reportUnnecessaryIsInstance]
        got = "one of more digits" if is_huge else repr(number)
        raise InvalidValueError(name, f"a number from 1{f' to {most}' if most else ''}", got)
    return number


def refuse_async(callback: object, name: str) -> None:
    """Raise InvalidValueError for an async function where one is called and not awaited."""
    if callback is not None and (is_async(callback) or not callable(callback)):
        got = "an async one, which would never run" if is_async(callback) else type(callback).__name__
        raise InvalidValueError(name, "a function that is not async", got)
