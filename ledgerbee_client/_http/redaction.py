"""Secrets taken out of what a careless server echoes: as they are, escaped, in base64 or in hexadecimal."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from attrs import define

_SHORTEST = 8
"""Characters of a secret below which its base64 could stand in any text by chance."""
_PREFIX = 16


@define(repr=False, eq=False)
class Secrets:
    """
    What no error may show.

    Not a tuple: tools that report errors walk through a tuple among the local variables of a traceback, and show the
    key in it.
    """

    values: tuple[str, ...] = ()

    def redact(self, text: str) -> str:
        """Return a text with "[secret]" in place of each secret."""
        for secret in filter(None, self.values):
            # The pattern of a long token takes long to compile, and hardly any answer holds even its beginning.
            if re.search(_as_it_is(secret[:_PREFIX]), text):
                text = re.sub(_as_it_is(secret), "[secret]", text)
            for beginning, whole in _encoded(secret):
                if re.search(beginning, text):
                    text = re.sub(whole(), "[secret]", text)
        return text


def _as_it_is(secret: str) -> str:
    # Each character as it is, or as JSON or a form may write it.
    return "".join(rf"(?:\\?{re.escape(char)}|{_escaped(char)})" for char in secret)


def _escaped(char: str) -> str:
    return rf"(?i:\\u00{ord(char):02x}|%{ord(char):02x})"


def _encoded(secret: str) -> Iterator[tuple[str, Any]]:
    """Yield patterns of a secret encoded by a server: of a beginning, and of the whole as a function."""
    data = secret.encode()
    if len(data) < _SHORTEST:
        return
    digits = data.hex()
    yield f"(?i:{digits[:_PREFIX]})", lambda: f"(?i:{digits})"
    for shift in range(3):
        # Where it stands behind other bytes, the first and the last characters hold bits of what is beside it.
        coded = base64.b64encode(bytes(shift) + data).decode("ascii")
        inner = coded[-(-8 * shift // 6) : 8 * (shift + len(data)) // 6]
        yield _base64(inner[:_PREFIX]), lambda inner=inner: rf"[\w+/=-]{{0,3}}{_base64(inner)}[\w+/=-]{{0,3}}"


def _base64(text: str) -> str:
    # Both alphabets.
    other = {"+": rf"(?:\+|-|{_escaped('+')})", "/": rf"(?:\\?/|_|{_escaped('/')})"}
    return "".join(other.get(char, char) for char in text)
