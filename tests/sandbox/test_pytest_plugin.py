"""The pytest plugin, run by a pytest of its own in each of the ways that async tests are run."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REGISTERED = any(point.name == "ledgerbee_sandbox" for point in importlib.metadata.entry_points(group="pytest11"))
TEST = """
import pytest
{mark}
async def test_the_fixtures_belong_together(ledgerbee, ledgerbee_sandbox):
    ledgerbee_sandbox.fault("status", "List invoices", times=1)
    invoices = await ledgerbee.invoices.list(status="sent").collect()
    assert len(invoices) == ledgerbee_sandbox_sent(ledgerbee_sandbox)
    assert [seen.status for seen in ledgerbee_sandbox.requests] == [503, 200]

def ledgerbee_sandbox_sent(sandbox):
    return len(sandbox.books["invoices"].where(status="sent"))
"""
SCOPE = ["-o", "asyncio_default_fixture_loop_scope=function"]
MODES = {
    "asyncio strict": ("@pytest.mark.asyncio", ["-o", "asyncio_mode=strict", *SCOPE]),
    "asyncio auto": ("", ["-o", "asyncio_mode=auto", *SCOPE]),
    "anyio": ("@pytest.mark.anyio", ["-p", "no:asyncio"]),
}


def run(folder: Path, *options: str, **files: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder of its own, with the plugin as an installation registers it."""
    for name, content in files.items():
        (folder / f"{name}.py").write_text(content)
    plugin = [] if REGISTERED else ["-p", "ledgerbee_sandbox.pytest_plugin"]
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *plugin, *options, "."]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("mode", MODES)
def test_the_fixtures_work_in_every_mode(tmp_path: Path, mode: str) -> None:
    mark, options = MODES[mode]

    done = run(tmp_path, *options, test_it=TEST.replace("{mark}", mark))

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{2 if mode == 'anyio' else 1} passed" in done.stdout  # anyio runs it on asyncio and on trio.


def test_a_pytest_that_does_not_use_it_imports_nothing(tmp_path: Path) -> None:
    """The plugin is always registered, so it must cost nothing: no client, no server, no schema."""
    code = """
    import sys
    extra = {"starlette", "uvicorn", "jsonschema_rs", "httpx"}
    loaded = [name for name in sys.modules if name.partition(".")[0] in extra]
    inner = [name for name in sys.modules if name.startswith(("ledgerbee_sandbox.", "ledgerbee_client"))]
    assert loaded == []
    assert inner == ["ledgerbee_sandbox.pytest_plugin"]
    """
    test = "def test_it():" + code
    done = run(tmp_path, "-p", "no:asyncio", "-p", "no:anyio", "-p", "no:schemathesis", test_it=test)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    hidden = "import sys\nsys.modules['jsonschema_rs'] = None\n"
    test = "def test_it(ledgerbee_sandbox): pass\n"

    done = run(tmp_path, "-p", "no:asyncio", "-p", "no:schemathesis", conftest=hidden, test_it=test)

    assert done.returncode != 0
    assert "pip install 'ledgerbee-client[sandbox]'" in done.stdout
