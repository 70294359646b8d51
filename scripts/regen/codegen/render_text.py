"""Text from the document on its way into Python source, which it enters by these functions only."""

from __future__ import annotations

import keyword
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from regen.notes import RefusedError

WIDTH = 120
LONGEST = 4000
"""Characters of a description that are shown. The rest would be no docstring any more."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BULLET = re.compile(r"([-*+]|\d+[.)])\s")


class Code(str):
    """Source text that is safe to print. The templates print nothing else, see `only_code`."""

    __slots__ = ()


def only_code(value: object) -> Code:
    """Refuse to print what came past the filters; the templates' last guard (jinja calls it for every expression)."""
    if isinstance(value, Code):
        return value
    raise RefusedError(f"A template prints a {type(value).__name__} that passed no filter.")


def literal(value: Any) -> Code:
    """Return a constant as Python source: texts with everything escaped that could end them or hide in them."""
    if not (value is None or isinstance(value, str | bool | int)):
        raise RefusedError(f"No literal can be written for a {type(value).__name__}.")
    return Code(repr(str(value) if isinstance(value, str) else value))


def identifier(name: str) -> Code:
    """Return a name that is one; everything else was to be named by the normaliser."""
    if not (isinstance(name, str) and name.isascii() and name.isidentifier()) or keyword.iskeyword(name):
        raise RefusedError(f"{name!r} is no name for Python.")
    return Code(name)


def clean(text: object) -> str:
    """Return text without what no editor shows: control characters, marks that turn the writing direction, and such."""
    lines = (text if isinstance(text, str) else "").replace("\r\n", "\n").replace("\r", "\n")
    shown = "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in _INVISIBLE)
    return shown[:LONGEST].rsplit(" ", 1)[0] + " ..." if len(shown) > LONGEST else shown


def one_line(text: object) -> str:
    """Return text as one line."""
    return " ".join(clean(text).split())


def sentence(text: object) -> str:
    """Return text as one line that ends like a sentence."""
    line = one_line(text)
    return line if not line or line[-1] in ".!?:`" else f"{line}."


def blocks(text: object) -> list[str]:
    """Split a description into paragraphs and list items, each one line."""
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", clean(text)):
        lines: list[str] = []
        for line in paragraph.split("\n"):
            if not lines or _BULLET.match(line.strip()):
                lines.append(line)
            else:
                lines[-1] += f" {line}"
        found += [joined for line in lines if (joined := " ".join(line.split()))]
    return found


def wrap(text: str, indent: int, hanging: int = 0) -> list[str]:
    """Break one line into lines that fit after an indentation; the second and later ones stand `hanging` further in."""
    # What stands between backticks is to be copied, so it stays on one line.
    whole = re.sub(r"`[^`]{1,60}`", lambda code: code.group().replace(" ", "\x00"), text)
    width = max(WIDTH - indent, 40)
    lines = textwrap.wrap(whole, width, subsequent_indent=" " * hanging, break_long_words=False, break_on_hyphens=False)
    return [line.replace("\x00", " ") for line in lines]


def section(title: str, entries: Iterable[tuple[str, str]], indent: int) -> list[str]:
    """Return a section of a docstring: names and their texts. Empty without entries."""
    lines: list[str] = []
    for name, text in entries:
        entry = f"{name}: {text}" if name else text
        lines += [f"    {line}" for line in wrap(entry, indent + 4, 4 if name else 0)]
    return [f"{title}:", *lines] if lines else []


def docstring(paragraphs: Sequence[Sequence[str]], indent: int) -> Code:
    """
    Return a docstring, quotes included, that stands `indent` deep.

    Args:
        paragraphs: Each a list of lines that fit; an empty line is put between them.
        indent: Columns before the opening quotes.
    """
    kept = [list(lines) for lines in paragraphs if lines]
    lines = [line for number, group in enumerate(kept) for line in ([""] if number else []) + group]
    safe = [line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') for line in lines]
    if len(safe) == 1 and indent + len(safe[0]) + 6 <= WIDTH and not safe[0].endswith('"'):
        return Code(f'"""{safe[0]}"""')
    pad = " " * indent
    body = "\n".join(f"{pad}{line}" if line else "" for line in safe)
    return Code(f'"""\n{body}\n{pad}"""')
