"""
Every Python block of the README and the docs runs, against a sandbox, in a folder of its own.

A block may use `bee`, a client of the sandbox, `sandbox`, and `await` at its top; one with an event loop or tests of
its own runs in a process of its own. What stands in a block of text right after it is what it prints, or the
LedgerBeeError that it ends with; `...` stands for what differs from run to run, and line ends are the page's. Where a
page says BEFORE, its first block goes before each of the others.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import logging
import re
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, cast

import anyio
import pytest
import pytest_asyncio
from attrs import frozen
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from ledgerbee_client import LedgerBee, LedgerBeeError
from ledgerbee_sandbox import Sandbox

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    page
    for folder, pattern in ((".", "*.md"), ("docs", "**/*.md"), ("ledgerbee_sandbox", "*.md"), ("openapi", "*.md"))
    for page in (ROOT / folder).glob(pattern)
)
BEFORE = "<!-- The first block goes before each of the others. -->"
BLOCK = re.compile(
    r"^(?P<indent> *)```python\n(?P<code>.*?)^ *```$(?:\s*?\n\n? *```text\n(?P<text>.*?)^ *```$)?",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<path>[^)#\s]*)(?:#(?P<heading>[^)\s]*))?\)")


@frozen
class Block:
    """A block of a page: where its code begins, what is to run before it, what it should print."""

    page: Path
    line: int
    code: str
    before: str
    text: str | None


def blocks() -> Iterator[Any]:
    """Yield each fenced block that says python."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        before = ""
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start("code")) + 1
            code = textwrap.dedent(match["code"])
            yield pytest.param(
                Block(page, line, code, before, match["text"]), id=f"{page.relative_to(ROOT).as_posix()}:{line}"
            )
            before = before or (code if BEFORE in text else "")


@pytest.fixture(autouse=True)
def _quiet_afterwards() -> Iterator[None]:
    """A block that sets up logging does so for itself alone."""
    root = logging.getLogger()
    loggers = [root, *(logging.getLogger(name) for name in ("httpx", "httpcore", "asyncio", "ledgerbee_client"))]
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


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
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return cast(CodeType, compile("\n" * (line - 1) + code, str(page), "exec", flags=flags))


async def process(*arguments: str) -> str:
    """Run Python in a process of its own, to its good end."""
    done = await anyio.run_process([sys.executable, *arguments], check=False)
    assert done.returncode == 0, f"{done.stdout.decode()}\n{done.stderr.decode()}"
    return done.stdout.decode()


async def printed(block: Block, sandbox: Sandbox) -> str:
    """Run a block; return what it prints, and the error that it was to end with."""
    code = block.before + block.code
    if "def test_" in code:
        await anyio.Path("test_block.py").write_text(code, encoding="utf-8")
        return await process("-m", "pytest", "-q", "test_block.py")
    if re.search(r"\b(asyncio\.run|anyio\.run|trio\.run|start_blocking_portal)\(", code):
        return await process("-W", "error", "-c", code)
    out = io.StringIO()
    async with LedgerBee.from_env() as bee:
        namespace: dict[str, Any] = {"bee": bee, "sandbox": sandbox, "__name__": "__docs__"}
        with contextlib.redirect_stdout(out):
            try:
                for part, line in ((block.before, 1), (block.code, block.line)):
                    result = FunctionType(compiled(part, block.page, line), namespace)()
                    if inspect.isawaitable(result):
                        await result
            except LedgerBeeError as error:
                if block.text is None:
                    raise
                print(f"{type(error).__name__}: {error}")
    return out.getvalue()


def as_pattern(text: str) -> str:
    """Return an expression for a text that may be laid out otherwise and hold anything where it says `...`."""
    return r"\s+".join(re.escape(word).replace(r"\.\.\.", ".*?") for word in text.split())


@pytest.mark.asyncio
@pytest.mark.parametrize("block", list(blocks()))
async def test_a_block_of_the_documentation_runs(block: Block, sandbox: Sandbox) -> None:
    """What a reader copies works, and prints what the page says."""
    out = await printed(block, sandbox)

    if block.text is not None:
        assert re.fullmatch(as_pattern(block.text), out.strip(), re.DOTALL), f"it says:\n{out}"


@pytest.mark.asyncio
async def test_the_opentelemetry_recipe_makes_spans(sandbox: Sandbox) -> None:
    """A span for each answer, under the one around the call; what was tried again is noted there."""
    recipe = next(param.values[0] for param in blocks() if "opentelemetry" in param.values[0].code)
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    trace.set_tracer_provider(provider)
    sandbox.fault("status", "Get company details", status=503, headers={"retry-after": "0"})

    await printed(recipe, sandbox)

    refused, answered, around = kept.get_finished_spans()
    assert ["GET /v1/company"] * 2 == [refused.name, answered.name]
    assert {around.context.span_id} == {span.parent and span.parent.span_id for span in (refused, answered)}
    assert [503, 200] == [(span.attributes or {})["http.response.status_code"] for span in (refused, answered)]
    assert [0, 1] == [(span.attributes or {})["http.request.resend_count"] for span in (refused, answered)]
    assert [StatusCode.ERROR, StatusCode.UNSET] == [span.status.status_code for span in (refused, answered)]
    assert ["ledgerbee.Sent", "ledgerbee.Retrying", "ledgerbee.Sent"] == [event.name for event in around.events]


def headings(page: Path) -> set[str]:
    """Return the headings of a page as links name them."""
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_link_of_the_documentation_leads_somewhere(page: Path) -> None:
    """Every file and heading that a page links to is there."""
    lost = []
    for link in LINK.finditer(page.read_text(encoding="utf-8")):
        target = page.parent / link["path"] if link["path"] else page
        if not target.exists() or (link["heading"] and link["heading"] not in headings(target)):
            lost.append(link[0])

    assert [] == lost


def test_each_promise_names_a_test_that_is_there() -> None:
    """docs/promises.md points at functions of the test suite, and at no other."""
    promised = re.findall(r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs" / "promises.md").read_text(encoding="utf-8"))
    there = {
        (file, node.name)
        for file in {file for file, _ in promised}
        for node in ast.walk(ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert promised
    assert [] == [f"{file}::{name}" for file, name in promised if (file, name) not in there]


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_a_page_about_the_code_names_files_that_are_there(page: str) -> None:
    """Below the root of the repository, or below ledgerbee_client."""
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w./]+(?:\.(?:py|md|toml|yaml|json)|/))`", text)) - {"dist/"}  # A build makes it.
    roots = [ROOT, ROOT / "ledgerbee_client"]

    assert named
    assert [] == [name for name in named if not any((root / name).exists() for root in roots)]


def test_the_readme_stays_short() -> None:
    """Under 120 lines, or nobody reads it."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 120


def test_every_page_is_found_from_the_index() -> None:
    """docs/README.md leads to each page and recipe, and docs/resources/README.md to each resource."""
    for folder, pattern in (("docs", "*.md"), ("docs", "recipes/*.md"), ("docs/resources", "*.md")):
        index = (ROOT / folder / "README.md").read_text(encoding="utf-8")
        pages = {page.relative_to(ROOT / folder).as_posix() for page in (ROOT / folder).glob(pattern)} - {"README.md"}

        assert set() == {page for page in pages if f"]({page})" not in index}


def test_every_program_is_shown_on_a_page() -> None:
    """A program in examples/ that no page leads to is found by nobody."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)

    assert [] == [path.name for path in (ROOT / "examples").glob("*.py") if f"examples/{path.name})" not in text]
