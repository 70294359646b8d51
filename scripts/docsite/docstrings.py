"""Docstrings as Sphinx reads them: ours are Markdown with Google's sections, Sphinx wants reStructuredText."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Iterator
from itertools import groupby

CODE = re.compile(r"(``?)(.+?)\1", re.DOTALL)
TWO_NAMES = re.compile(r"^( +)(\w+), (\w+): ([^;\n]+)(; .*(?:\n\1 .*)*)$", re.MULTILINE)
ATTRIBUTE = re.compile(r"^(\w+): (.*)$")
Role = Callable[[str], str | None]


def converted(lines: list[str], role: Role) -> list[str]:
    """
    Return a docstring in reStructuredText.

    Args:
        lines: The docstring.
        role: Returns a reference for what stands in backticks, None where it is only code.
    """
    text = "\n\n".join(_code(block) or _prose(block, role) for block in _blocks(lines))
    # napoleon would say of both arguments what is said of the first alone.
    text = TWO_NAMES.sub(r"\1\2: \4\5\n\1\3: \4.", text)
    # Ours say what is returned and never its type, which the signature has; napoleon would read one before a colon.
    return text.replace("\n\nReturns:\n    ", "\n\n:returns: ").split("\n")


def attributes(lines: list[str]) -> tuple[list[str], dict[str, str]]:
    """Take the section "Attributes:" out of a docstring; return the rest, and what it says of each attribute."""
    if "Attributes:" not in lines:
        return lines, {}
    start = lines.index("Attributes:")
    end = next((n for n in range(start + 1, len(lines)) if lines[n][:1].strip()), len(lines))
    found: dict[str, str] = {}
    name = ""
    for line in textwrap.dedent("\n".join(lines[start + 1 : end])).split("\n"):
        if match := ATTRIBUTE.match(line):
            name, found[match[1]] = match[1], match[2]
        elif name and line.strip():
            found[name] += f" {line.strip()}"
    return [*lines[:start], *lines[end:]], found


def _blocks(lines: list[str]) -> Iterator[str]:
    """Yield what stands between empty lines; indented blocks that follow each other are one."""
    paragraphs = [list(group) for empty, group in groupby(lines, lambda line: not line.strip()) if not empty]
    for indented, group in groupby(paragraphs, lambda block: all(line.startswith("    ") for line in block)):
        texts = ["\n".join(block) for block in group]
        yield from ["\n\n".join(texts)] if indented else texts


def _code(block: str) -> str | None:
    if not block.startswith("    "):
        return None
    code = textwrap.dedent(block)
    try:
        compile(code, "docstring", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
        language = "python"
    except SyntaxError:
        language = "text"
    return f".. code-block:: {language}\n\n{textwrap.indent(code, '   ')}"


def _prose(block: str, role: Role) -> str:
    parts: list[str] = []
    last = 0
    for match in CODE.finditer(block):
        parts += [_escaped(block[last : match.start()]), role(match[2]) or f"``{match[2]}``"]
        # Markup ends before punctuation and spaces only; a letter that follows is set off by an escape.
        parts += ["\\ "] if block[match.end() : match.end() + 1].isalnum() else []
        last = match.end()
    return "".join([*parts, _escaped(block[last:])])


def _escaped(text: str) -> str:
    return re.sub(r"([\\*|]|(?<=\w)_(?!\w))", r"\\\1", text)
