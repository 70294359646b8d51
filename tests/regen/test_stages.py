"""The folders of scripts/regen are stages: each knows the ones before it, and none after it."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from trials import ROOT

REGEN = ROOT / "scripts/regen"
STAGES = ("document", "naming", "model", "codegen", "report")
SHARED = {"notes", "config"}


def imports(path: Path) -> set[str]:
    """The modules of the pipeline that a file imports, anywhere in it."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    found = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {module.removeprefix("regen.") for module in found if module.startswith("regen.")}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_knows_only_those_before_it(stage: str) -> None:
    """What it takes is what they give; what the command does is none of its business."""
    allowed = {*STAGES[: STAGES.index(stage) + 1], *SHARED}
    used = {module.split(".")[0] for path in (REGEN / stage).glob("*.py") for module in imports(path)}

    assert set() == used - allowed


def test_every_stage_says_what_it_takes_and_what_it_gives() -> None:
    """In the docstring of its folder."""
    for stage in STAGES:
        text = ast.get_docstring(ast.parse((REGEN / stage / "__init__.py").read_text(encoding="utf-8"))) or ""
        assert "\nIn: " in text
        assert " Out: " in text


def test_no_module_imports_itself_in_a_circle() -> None:
    """Not over any number of others."""
    graph = {
        path.relative_to(REGEN).with_suffix("").as_posix().replace("/", "."): imports(path)
        for path in REGEN.rglob("*.py")
    }

    assert set(graph) >= set(TopologicalSorter(graph).static_order()) - {"__init__"}
