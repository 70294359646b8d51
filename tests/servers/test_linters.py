"""Linters that users run on a schema before they generate a client from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from servers.programs import PROGRAMS, SCHEMA, run, tool


def test_spectral_finds_no_error(tmp_path: Path) -> None:
    """With all rules it has for OpenAPI documents."""
    rules = str(PROGRAMS / "spectral.yaml")
    found = run(tmp_path, tool("spectral"), "lint", str(SCHEMA), "--ruleset", rules, "--format", "json", "--quiet")

    problems: list[dict[str, Any]] = json.loads(found)
    assert [] == [problem for problem in problems if 0 == problem["severity"]]


def test_redocly_finds_no_error(tmp_path: Path) -> None:
    """With the rules it recommends; that no licence of the API is known, and few refusals, it only warns of."""
    found = run(tmp_path, tool("redocly"), "lint", str(SCHEMA), "--format", "json", "--max-problems", "1000")

    problems: list[dict[str, Any]] = json.loads(found)["problems"]
    assert [] == [problem for problem in problems if "error" == problem["severity"]]
