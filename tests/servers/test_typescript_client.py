"""A second independent client: TypeScript types made by openapi-typescript, requests made by openapi-fetch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ledgerbee_sandbox import API_KEY

HERE = Path(__file__).parent
SCHEMA = HERE.parents[1] / "openapi" / "ledgerbee.json"


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    """A folder with the program and the packages of its lock file; nothing of it stays."""
    folder = tmp_path / "node"
    shutil.copytree(HERE / "node", folder, ignore=shutil.ignore_patterns("node_modules", "out", "schema.d.ts"))
    run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    return folder


def run(folder: Path, *command: str) -> str:
    environment = {**os.environ, "npm_config_update_notifier": "false", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_typescript_client_books_an_entry_and_walks_all_invoices(workshop: Path, sandbox_url: str) -> None:
    """The types of the schema compile in strict mode, and the sandbox answers what they say."""
    tools = workshop / "node_modules" / ".bin"
    run(workshop, str(tools / "openapi-typescript"), str(SCHEMA), "--output", "schema.d.ts")
    run(workshop, str(tools / "tsc"))
    answer: dict[str, Any] = json.loads(run(workshop, "node", "out/book_and_walk.js", sandbox_url, API_KEY))

    assert ("TS-1", 1234.56, "POSTED") == tuple(answer["booked"][name] for name in ("reference", "amount", "status"))
    assert 60 == len({row["id"] for row in answer["rows"]}) == len(answer["rows"])
    assert (400, "/v2/journal-entries") == (answer["refused"]["statusCode"], answer["refused"]["path"])
