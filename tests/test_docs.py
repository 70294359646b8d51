"""Every Python block of the README and the docs runs, against a sandbox, in a folder of its own."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import anyio
import pytest
import pytest_asyncio

from ledgerbee_client import LedgerBee
from ledgerbee_sandbox import Sandbox

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "ledgerbee_sandbox" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^(?P<indent> *)```python\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks() -> Iterator[Any]:
    """Yield (page, line, code) for each fenced block that says python."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start("code")) + 1
            name = f"{page.relative_to(ROOT)}:{line}"
            yield pytest.param(page, line, textwrap.dedent(match["code"]), id=name)


@pytest_asyncio.fixture(loop_scope="function")
async def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """A served sandbox, with the environment that LedgerBee.from_env() reads."""
    async with Sandbox(serve=True) as sandbox:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("LEDGERBEE_API_KEY", sandbox.api_key)
        monkeypatch.setenv("LEDGERBEE_BASE_URL", sandbox.base_url)
        yield sandbox


def compiled(code: str, page: Path, line: int) -> CodeType:
    """Compile a block under the line numbers of its page, `await` allowed at the top."""
    return compile("\n" * (line - 1) + code, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.asyncio
@pytest.mark.parametrize(("page", "line", "code"), list(blocks()))
async def test_a_block_of_the_documentation_runs(page: Path, line: int, code: str, sandbox: Sandbox) -> None:
    """What a reader copies works; a block may use `bee`, a client of the sandbox."""
    if "asyncio.run(" in code or "anyio.run(" in code:
        await anyio.run_process([sys.executable, "-W", "error", "-c", code])
        return
    async with LedgerBee.from_env() as bee:
        namespace: dict[str, Any] = {"bee": bee, "sandbox": sandbox, "__name__": "__docs__"}
        result = FunctionType(compiled(code, page, line), namespace)()
        if inspect.isawaitable(result):
            await result
