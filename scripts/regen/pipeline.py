"""All stages in order: a document in, finished files and a report out. Only `write` writes into the project."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regen.codegen.build import GENERATED, build, import_all
from regen.config import read_config
from regen.document.operations import read_operations
from regen.document.reading import read_document
from regen.model.api import Api
from regen.model.describe import Inputs, describe_api
from regen.model.overlay import read_overlay
from regen.naming.lock import lost_names, read_lock
from regen.naming.matching import match_operations
from regen.naming.tables import read_table
from regen.notes import Notes, RefusedError
from regen.report.change import Change
from regen.report.changes import compare
from regen.report.listing import listing_text
from regen.report.markdown import find_candidates
from regen.report.pages import resource_pages
from regen.report.surface import read_surface, surface_of, surface_text

if sys.platform != "win32":
    import fcntl

SCHEMA = "openapi/ledgerbee.json"
LOCK = "openapi/names.lock.json"
SURFACE = "openapi/surface.json"
LISTING = "docs/operations.md"
PAGES = "docs/resources"
PACKAGE = "ledgerbee_client"
OURS = (*(f"{PACKAGE}/{folder}" for folder in GENERATED), PAGES)
"""Folders in which everything is generated; what is left over there is taken away."""


@dataclass(frozen=True)
class Project:
    """Where everything stands."""

    root: Path
    runtime: Path | None = None

    def text(self, name: str) -> str | None:
        """A file of the project, or None."""
        path = self.root / name
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def inputs(self) -> Inputs:
        """The tables that stand beside the document."""
        return Inputs(
            table=read_table(self.text("openapi/names.toml") or ""),
            config=read_config(self.text("generator-config.yaml") or "{}"),
            overlay=read_overlay(self.text("openapi/overlay.yaml")),
            lock=read_lock(self.text(LOCK)),
            surface=read_surface(self.text(SURFACE)),
        )


@dataclass
class Outcome:
    """
    What a run made, before anything is written.

    Attributes:
        api: The API.
        notes: What was mended, derived and left out on the way.
        changes: What users could notice.
        first: True where there was no surface to compare with.
        files: Contents by path below the project.
    """

    api: Api
    notes: Notes
    changes: list[Change]
    first: bool
    files: dict[str, bytes]


def make(project: Project, content: bytes, source: str) -> Outcome:
    """Everything but writing; raises RefusedError where a name would be lost."""
    check_tools(project)
    notes = Notes()
    document = read_document(content, source, notes)
    inputs = project.inputs()
    operations = read_operations(document, inputs.config.base_path, notes)
    named = match_operations(document, operations, inputs.table, inputs.lock, notes)
    described = describe_api(document, named, inputs, notes)
    if lost := lost_names(inputs.lock, described.lock):
        raise RefusedError("openapi/names.lock.json would lose names; this is a fault of scripts/regen.", *lost)
    api = described.api
    find_candidates(api, notes)
    surface = {**surface_of(api), "made_from": made_from(content)}
    built = build(api)
    files = {f"{PACKAGE}/{path}": source for path, source in built.files.items()}
    files |= {f"{PAGES}/{name}": page.encode() for name, page in resource_pages(api, built.generated).items()}
    files |= {LISTING: listing_text(api).encode(), LOCK: described.lock.text().encode()}
    files[SURFACE] = surface_text(surface).encode()
    return Outcome(api, notes, compare(inputs.surface, surface), not inputs.surface, files)


def differing(project: Project, outcome: Outcome) -> list[str]:
    """The paths that would be added, changed or removed."""
    present = [path for folder in OURS for path in (project.root / folder).rglob("*") if path.is_file()]
    left = {path.relative_to(project.root).as_posix() for path in present if "__pycache__" not in path.parts}
    changed = [name for name, content in outcome.files.items() if not _holds(project.root / name, content)]
    return sorted({*changed, *(left - outcome.files.keys())})


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def write(project: Project, outcome: Outcome, changed: list[str]) -> None:
    """
    Write what differs, file by file; generated code that cannot be imported is not put in place.

    A process that is killed leaves files that are old or new, never half. The next run mends the rest, and version
    control has what was there.
    """
    if any(name.startswith(PACKAGE) for name in changed):
        ours = {name: content for name, content in outcome.files.items() if name.startswith(PACKAGE)}
        sources = {name.removeprefix(f"{PACKAGE}/"): content for name, content in ours.items()}
        with tempfile.TemporaryDirectory(prefix="regen-") as directory:
            import_all(sources, project.runtime or project.root / PACKAGE, Path(directory).resolve())
    for name in in_order(changed):
        target = project.root / name
        if name in outcome.files:
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f".{target.name}.new")
            fresh.write_bytes(outcome.files[name])
            fresh.replace(target)
        else:
            target.unlink()
            with suppress(OSError):
                target.parent.rmdir()


def in_order(names: Iterable[str]) -> list[str]:
    """The surface last: what the next report compares with must not be ahead of the document, should we be killed."""
    return sorted(names, key=lambda name: name == SURFACE)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """One regeneration of a project at a time. The system forgets a process that ends, however it ends."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise RefusedError(
            "Another regeneration of this project is at work.", "Run it again after that one; nothing was changed."
        ) from None
    finally:
        os.close(handle)


def made_from(content: bytes) -> dict[str, Any]:
    """Which document it was, and with which tools."""
    info = json.loads(content.decode("utf-8-sig")).get("info")
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
