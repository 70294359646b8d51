"""
The handwritten runtime stays thin: a ceiling on its lines of code, which goes down for the same promises.

A quarter of them reads and writes models, by tables and fast; a quarter is connections and sending, where the promises
about money are kept when servers and networks misbehave; a quarter is pages, batches and files.
"""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

CLIENT = Path(__file__).parent.parent / "ledgerbee_client"
NOT_COUNTED = {"api", "models", "posting", "cli", "redis"}
CEILING = 5_325
SILENT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def lines_of_code(path: Path) -> int:
    """Count the lines that hold code: no docstrings, no comments, no blanks."""
    source = path.read_text(encoding="utf-8")
    docstrings: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                docstrings.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            case _:
                pass
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in SILENT:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - docstrings)


def test_the_handwritten_runtime_stays_under_its_ceiling() -> None:
    """A thin layer over httpx and anyio is the promise; this is its number."""
    counted = {
        path: lines_of_code(path)
        for path in sorted(CLIENT.rglob("*.py"))
        if path.relative_to(CLIENT).with_suffix("").parts[0] not in NOT_COUNTED
    }

    assert sum(counted.values()) < CEILING, {path.name: lines for path, lines in counted.items()}
