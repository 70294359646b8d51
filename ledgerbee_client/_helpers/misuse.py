"""What to write instead, where Python would say no more than that an object has no such use."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from ..errors import RequestRefusedError


def refusal(words: str) -> Callable[..., NoReturn]:
    """
    Return a special method that raises RequestRefusedError with these words, for a use that an object does not have.

    Classes hide it behind `if not TYPE_CHECKING`, so that type checkers go on refusing that use too. For a plain `for`
    they give it as `__getitem__`: with an `__iter__`, httpx would take a file that is sent on for a synchronous body.

    Args:
        words: What the object is and what to write; `{0}` is the object.
    """

    def refuse(self: object, *_: object) -> NoReturn:
        raise RequestRefusedError(words.format(self))

    return refuse
