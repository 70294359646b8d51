"""JSON read and written with exact numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ledgerbee_sandbox.books.money import plain
from ledgerbee_sandbox.json_types import is_array, is_object

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LARGEST_EXPONENT = 308
# What is read must fit into the validator, which knows 255 levels, and be written again among other things.
_DEEPEST = 200


def _plain(value: object) -> int | float:
    if isinstance(value, Decimal):
        return plain(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


# What is written is made here and never circular; looking for circles costs a tenth.
_ENCODER = json.JSONEncoder(default=_plain, ensure_ascii=False, separators=(",", ":"), check_circular=False)


def dump(value: Any) -> bytes:
    return _ENCODER.encode(value).encode()


def load(content: bytes) -> Any:
    """
    Read a JSON body; numbers are exact.

    Raises:
        ValueError: it is no JSON, or not UTF-8, or says NaN, or half a surrogate pair, or is nested too deeply.
    """
    # From bytes, json would read UTF-16 and UTF-32 as well, and let encoded surrogates through.
    text = content.decode("utf-8-sig")
    value = _DECODER.decode(text)
    if "\\u" in text:
        dump(value)  # A lone surrogate cannot be written as UTF-8 again.
    if content.count(b"[") + content.count(b"{") > _DEEPEST and _is_deeper(value, _DEEPEST):
        raise ValueError(f"more than {_DEEPEST} levels")
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether arrays and objects stand more than so many levels deep in each other."""
    level: list[Any] = [value]
    for _ in range(levels):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return any(is_array(value) or is_object(value) for value in level)


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if is_object(value) else value if is_array(value) else ()


def number(text: str) -> int | Decimal:
    """
    Read the digits of a JSON number or a query value, exactly.

    Raises:
        ValueError: they are no number, or one that no JavaScript could hold.
    """
    if not _NUMBER.fullmatch(text) or abs((value := Decimal(text)).adjusted()) > _LARGEST_EXPONENT:
        raise ValueError(text)
    return int(value) if value == value.to_integral_value() and abs(value) < 10**18 else value


# One for all: json.loads() would make one for each text, whose remains keep freed memory from going back.
_DECODER = json.JSONDecoder(parse_float=number, parse_int=number, parse_constant=number)
