"""The whole way: a document in, finished files and a report out. Only `accept` writes into the project."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from regen.codegen.build import GENERATED, build, import_all
from regen.config import read_config
from regen.document.operations import read_operations
from regen.document.reading import read_document
from regen.document.validation import complaints
from regen.model.api import Api
from regen.model.describe import Described, Inputs, describe_api
from regen.model.overlay import read_overlay
from regen.naming.lock import lost_names, read_lock
from regen.naming.matching import match_operations
from regen.naming.tables import read_table
from regen.notes import Notes, RefusedError
from regen.report.changes import Change, compare
from regen.report.listing import listing_text
from regen.report.markdown import find_candidates, report_text
from regen.report.pages import resource_pages
from regen.report.surface import read_surface, surface_of, surface_text
from regen.swap import swap

SCHEMA = "openapi/ledgerbee.json"
LOCK = "openapi/names.lock.json"
SURFACE = "openapi/surface.json"
LISTING = "docs/operations.md"
PAGES = "docs/resources"
PACKAGE = "ledgerbee_client"


@dataclass(frozen=True)
class Project:
    """Where everything stands."""

    root: Path
    runtime: Path | None = None

    def text(self, name: str) -> str | None:
        """A file of the project, or None."""
        path = self.root / name
        return path.read_text(encoding="utf-8") if path.is_file() else None

    @property
    def package(self) -> Path:
        """The package whose api/ and models/ are generated."""
        return self.root / PACKAGE


@dataclass
class Outcome:
    """What a run made, before anything is written."""

    api: Api
    notes: Notes
    changes: list[Change]
    trees: dict[str, dict[str, bytes]]
    files: dict[str, bytes]
    sources: dict[str, bytes]
    changed: list[str] = field(default_factory=list)
    first: bool = False
    report: str = ""


def read_inputs(project: Project) -> Inputs:
    """The tables that stand beside the document."""
    return Inputs(
        table=read_table(project.text("openapi/names.toml") or ""),
        config=read_config(project.text("generator-config.yaml") or "{}"),
        overlay=read_overlay(project.text("openapi/overlay.yaml")),
        lock=read_lock(project.text(LOCK)),
        surface=read_surface(project.text(SURFACE)),
    )


def understand(project: Project, content: bytes, source: str, notes: Notes) -> Described:
    """From the document to the API; nothing that had a name lost it."""
    document = read_document(content, source, notes)
    inputs = read_inputs(project)
    notes.warnings += complaints(document)
    operations = read_operations(document, inputs.config.base_path, notes)
    named = match_operations(document, operations, inputs.table, inputs.lock, notes)
    described = describe_api(document, named, inputs, notes)
    lost = lost_names(inputs.lock, described.lock)
    if lost:
        raise RefusedError("openapi/names.lock.json would lose names; this is a fault of scripts/regen.", *lost)
    find_candidates(described.api, notes)
    return described


def make(project: Project, content: bytes, source: str) -> Outcome:
    """Everything but writing."""
    check_tools(project)
    notes = Notes()
    described = understand(project, content, source, notes)
    api = described.api
    built = build(api)
    old = read_surface(project.text(SURFACE))
    surface = surface_of(api)
    surface["made_from"] = made_from(content)
    trees = {f"{PACKAGE}/{folder}": _below(built.files, folder) for folder in GENERATED}
    trees[PAGES] = resource_pages(api, built.generated)
    files = {
        LOCK: described.lock.text().encode(),
        SURFACE: surface_text(surface).encode(),
        LISTING: listing_text(api).encode(),
    }
    outcome = Outcome(api, notes, compare(old, surface), trees, files, built.files, first=not old)
    finish(project, outcome)
    return outcome


def finish(project: Project, outcome: Outcome) -> None:
    """Say which files differ from the project's and write the report's text."""
    outcome.changed = differing(project, outcome)
    outcome.report = report_text(
        outcome.changes, outcome.notes, outcome.api, first=outcome.first, files=outcome.changed
    )


def differing(project: Project, outcome: Outcome) -> list[str]:
    """The paths that would be added, changed or removed."""
    paths = []
    for name, tree in outcome.trees.items():
        folder = project.root / name
        present = {
            path.relative_to(folder).as_posix(): path
            for path in (folder.rglob("*") if folder.is_dir() else ())
            if path.is_file() and "__pycache__" not in path.parts
        }
        for path in sorted({*present, *tree}):
            if path not in tree or path not in present or present[path].read_bytes() != tree[path]:
                paths.append(f"{name}/{path}")
    for name, content in outcome.files.items():
        target = project.root / name
        if not target.is_file() or target.read_bytes() != content:
            paths.append(name)
    return paths


def accept(project: Project, outcome: Outcome) -> None:
    """Write what differs, all or none; generated code that cannot be imported is not put in place."""
    trees = {
        name: tree
        for name, tree in outcome.trees.items()
        if any(path.startswith(f"{name}/") for path in outcome.changed)
    }
    files = {name: outcome.files[name] for name in in_order(outcome.files) if name in outcome.changed}
    if any(name.startswith(PACKAGE) for name in trees):
        with tempfile.TemporaryDirectory(prefix="regen-") as directory:
            import_all(outcome.sources, project.runtime or project.package, Path(directory).resolve())
    if trees or files:
        swap(project.root, trees, files)


def in_order(names: Iterable[str]) -> list[str]:
    """The surface last: what the next report compares with must not be ahead of the document, should we be killed."""
    return sorted(names, key=lambda name: name == SURFACE)


def made_from(content: bytes) -> dict[str, Any]:
    """Which document it was, and with which tools."""
    document = json.loads(content.decode("utf-8-sig"))
    info = document.get("info")
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "version": str(info.get("version", "")) if isinstance(info, dict) else "",
        "tools": {name: importlib.metadata.version(name) for name in ("openapi-python-client", "ruff")},
    }


def check_tools(project: Project) -> None:
    """The output depends on two exact versions; others are refused by name."""
    text = project.text("pyproject.toml")
    groups = tomllib.loads(text)["dependency-groups"] if text is not None else {}
    wrong = []
    for line in groups.get("regen", []):
        pin = re.fullmatch(r"([\w.-]+)==([\w.]+)", line) if isinstance(line, str) else None
        if pin is not None and (found := importlib.metadata.version(pin[1])) != pin[2]:
            wrong.append(f"{pin[1]} {found} is installed; the output depends on {pin[2]}.")
    if wrong:
        raise RefusedError(*wrong, "Run pip install -e . --group regen; nothing was changed.")


def _below(built: dict[str, bytes], folder: str) -> dict[str, bytes]:
    return {
        path.removeprefix(f"{folder}/"): content for path, content in built.items() if path.startswith(f"{folder}/")
    }
