"""A second independent client: TypeScript types made by openapi-typescript, requests made by openapi-fetch."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from servers.programs import MODULES, PROGRAMS, SCHEMA, run, tool

from ledgerbee_sandbox import API_KEY


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    """A folder with the program and the installed packages; nothing of it stays."""
    folder = tmp_path / "node"
    shutil.copytree(PROGRAMS, folder)
    (folder / "node_modules").symlink_to(MODULES)
    return folder


def test_a_typescript_client_books_an_entry_and_walks_all_invoices(workshop: Path, sandbox_url: str) -> None:
    """The types of the schema compile in strict mode, and the sandbox answers what they say."""
    run(workshop, tool("openapi-typescript"), str(SCHEMA), "--output", "schema.d.ts")
    run(workshop, tool("tsc"))
    answer: dict[str, Any] = json.loads(run(workshop, "node", "out/book_and_walk.js", sandbox_url, API_KEY))

    assert ("TS-1", 1234.56, "POSTED") == tuple(answer["booked"][name] for name in ("reference", "amount", "status"))
    assert 60 == len({row["id"] for row in answer["rows"]}) == len(answer["rows"])
    assert (400, "/v2/journal-entries") == (answer["refused"]["statusCode"], answer["refused"]["path"])
