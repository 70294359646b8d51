"""The command: regenerate, check, or download and regenerate."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from regen.document.reading import MAX_BYTES, read_document
from regen.download import DEFAULT_URL, download
from regen.notes import Notes, RefusedError
from regen.pipeline import SCHEMA, Outcome, Project, alone, differing, make, write
from regen.report.markdown import report_text

DOWNLOADED = "openapi/download.json"
MAX_LISTED = 10
MAX_TRACE_LINES = 12
DONE, DRIFT, REFUSED, INTERRUPTED = 0, 1, 2, 130


def parser() -> argparse.ArgumentParser:
    """Return the options of the command."""
    made = argparse.ArgumentParser(
        prog="scripts/regen.py",
        description="Regenerate ledgerbee_client/api and ledgerbee_client/models from openapi/ledgerbee.json, offline.",
        epilog="Exit codes: 0 done or nothing to do, 1 drift (--check), 2 refused (nothing changed), 130 interrupted.",
    )
    source = made.add_mutually_exclusive_group()
    source.add_argument(
        "--download", nargs="?", const=DEFAULT_URL, metavar="URL", help="fetch the document first, replace the file"
    )
    source.add_argument(
        "--schema", type=Path, metavar="FILE", help="regenerate from FILE, leave openapi/ledgerbee.json alone"
    )
    made.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 where the files differ from a regeneration"
    )
    made.add_argument("--report", type=Path, metavar="FILE", help="write what changed, in Markdown")
    return made


def main(arguments: Sequence[str] | None = None, project: Project | None = None) -> int:
    """Run the command; returns the exit code."""
    options = parser().parse_args(arguments)
    here = project or Project(Path(__file__).resolve().parent.parent.parent)
    if options.check and options.download:
        print("--check writes nothing and --download replaces the document; use one of them.", file=sys.stderr)
        return REFUSED
    try:
        return _run(here, options)
    except RefusedError as refused:
        print(*refused.lines, sep="\n", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("Interrupted; every file is as it was or as it should be. Run it again to finish.", file=sys.stderr)
        return INTERRUPTED
    except Exception:  # noqa: BLE001  A crash must not look like drift, and the tree is whole: writing comes last.
        print(
            "scripts/regen failed; this is a fault of its own, please report it. Nothing was changed.", file=sys.stderr
        )
        print(*traceback.format_exc().splitlines()[-MAX_TRACE_LINES:], sep="\n", file=sys.stderr)
        return REFUSED


def _run(project: Project, options: argparse.Namespace) -> int:
    fetched = _fetch(project, options.download) if options.download else {}
    if options.download and not fetched:
        print(f"{SCHEMA} is the published document already.")
    source = options.download if fetched else str(options.schema or SCHEMA)
    content = fetched.get(SCHEMA) or _read(options.schema or project.root / SCHEMA)
    with nullcontext() if options.check else alone(project.root):
        outcome = make(project, content, source)
        outcome.files |= fetched
        changed = differing(project, outcome)
        if options.report:
            _report(options.report, outcome, changed, content)
        if options.check:
            return _print_drift(outcome, changed)
        try:
            write(project, outcome, changed)
        except OSError as error:
            raise RefusedError(
                f"{error.filename}: {error.strerror}.", "Mend it and run it again: some files may be written already."
            ) from None
    _print_done(outcome, changed)
    return DONE


def _report(file: Path, outcome: Outcome, changed: list[str], content: bytes) -> None:
    # The validator takes longer than everything else, and has its say in the report alone.
    from regen.document.validation import complaints

    outcome.notes.warnings += complaints(json.loads(content.decode("utf-8-sig")))
    text = report_text(outcome.changes, outcome.notes, outcome.api, first=outcome.first, files=changed)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RefusedError(f"{error.filename}: {error.strerror}.", "Nothing was changed.") from None


def _fetch(project: Project, url: str) -> dict[str, bytes]:
    """The new document and what is remembered of its download; nothing where it is unchanged."""
    try:
        memory = json.loads(project.text(DOWNLOADED) or "{}")
    except ValueError:
        memory = {}
    present = project.root / SCHEMA
    digest = _digest(present.read_bytes()) if present.is_file() else None
    known = isinstance(memory, dict) and (memory.get("url"), memory.get("sha256")) == (url, digest)
    got = download(url, str(memory.get("etag", "")) if known else "")
    if got.content is None:
        return {}
    read_document(got.content, url, Notes())
    remembered = {"etag": got.etag, "sha256": _digest(got.content), "url": url}
    return {SCHEMA: got.content, DOWNLOADED: (json.dumps(remembered, indent=1) + "\n").encode()}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RefusedError(f"{path}: {error.strerror}.", "Nothing was changed.") from None


def _print_drift(outcome: Outcome, changed: list[str]) -> int:
    if not changed:
        print(f"No drift: {len(outcome.api.endpoints)} operations, {len(outcome.api.classes)} models.")
        return DONE
    print(f"{len(changed)} files differ from what the document gives:")
    print(*(f"  {name}" for name in changed[:MAX_LISTED]), sep="\n")
    if len(changed) > MAX_LISTED:
        print(f"  ... and {len(changed) - MAX_LISTED} more")
    print("Run: python scripts/regen.py")
    return DRIFT


def _print_done(outcome: Outcome, changed: list[str]) -> None:
    breaking = sum(change.breaking for change in outcome.changes)
    print(
        f"{len(outcome.api.endpoints)} operations, {len(outcome.api.classes)} models; "
        f"{len(changed)} files changed, {breaking} breaking changes."
    )
    notes = outcome.notes
    for name, section in (
        ("derived names", notes.derived),
        ("unmatched lines of names.toml", notes.unmatched),
        ("left out", notes.left_out),
    ):
        for line in section[:MAX_LISTED]:
            print(f"  {name}: {line}")
    if outcome.changes or notes.derived:
        print(
            "What changed in full is in the report: git diff openapi/surface.json, or --report FILE with the next run."
        )
