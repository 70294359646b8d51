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
from regen.pipeline import SCHEMA, Outcome, Project, accept, finish, make
from regen.swap import alone

DOWNLOADED = "openapi/download.json"
SHOWN = 10
TOLD = 12
DONE, DRIFT, REFUSED, INTERRUPTED = 0, 1, 2, 130


def parser() -> argparse.ArgumentParser:
    """The options."""
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
        for line in refused.lines:
            print(line, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("Interrupted; every file is as it was or as it should be. Run it again to finish.", file=sys.stderr)
        return INTERRUPTED
    except Exception:  # noqa: BLE001  A crash must not look like drift, and the tree is whole: only the swap writes.
        print(
            "scripts/regen failed; this is a fault of its own, please report it. Nothing was changed.", file=sys.stderr
        )
        print(*traceback.format_exc().splitlines()[-TOLD:], sep="\n", file=sys.stderr)
        return REFUSED


def _run(project: Project, options: argparse.Namespace) -> int:
    extra: dict[str, bytes] = {}
    if options.download:
        fetched = _fetch(project, options.download)
        if fetched is None:
            print(f"{SCHEMA} is the published document already.")
        else:
            extra = fetched
    source = str(options.schema) if options.schema else SCHEMA
    content = extra.get(SCHEMA) or _read(options.schema or project.root / SCHEMA)
    with nullcontext() if options.check else alone(project.root):
        outcome = make(project, content, options.download if extra else source)
        if extra:
            outcome.files.update(extra)
            finish(project, outcome)
        try:
            if options.report:
                options.report.write_text(outcome.report, encoding="utf-8")
            if not options.check:
                accept(project, outcome)
        except OSError as error:
            raise RefusedError(f"{error.filename}: {error.strerror}.", "Nothing was changed.") from None
    if options.check:
        return _say_drift(outcome)
    _say_done(outcome)
    return DONE


def _fetch(project: Project, url: str) -> dict[str, bytes] | None:
    """The new document and what is remembered of its download; None where it is unchanged."""
    present = project.root / SCHEMA
    memory = _memory(project)
    known = memory.get("url") == url and present.is_file() and memory.get("sha256") == _digest(present.read_bytes())
    got = download(url, memory.get("etag", "") if known else "")
    if got.content is None:
        return None
    read_document(got.content, url, Notes())
    remembered = {"etag": got.etag, "sha256": _digest(got.content), "url": url}
    return {SCHEMA: got.content, DOWNLOADED: (json.dumps(remembered, indent=1) + "\n").encode()}


def _memory(project: Project) -> dict[str, str]:
    text = project.text(DOWNLOADED)
    try:
        data = json.loads(text) if text is not None else {}
    except ValueError:
        return {}
    return {key: value for key, value in data.items() if isinstance(value, str)} if isinstance(data, dict) else {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RefusedError(f"{path}: {error.strerror}.", "Nothing was changed.") from None


def _say_drift(outcome: Outcome) -> int:
    if not outcome.changed:
        print(f"No drift: {len(outcome.api.endpoints)} operations, {len(outcome.api.classes)} models.")
        return DONE
    print(f"{len(outcome.changed)} files differ from what the document gives:")
    for name in outcome.changed[:SHOWN]:
        print(f"  {name}")
    if len(outcome.changed) > SHOWN:
        print(f"  ... and {len(outcome.changed) - SHOWN} more")
    print("Run: python scripts/regen.py")
    return DRIFT


def _say_done(outcome: Outcome) -> None:
    breaking = sum(change.breaking for change in outcome.changes)
    print(
        f"{len(outcome.api.endpoints)} operations, {len(outcome.api.classes)} models; "
        f"{len(outcome.changed)} files changed, {breaking} breaking changes."
    )
    for section, name in (
        (outcome.notes.derived, "derived names"),
        (outcome.notes.unmatched, "unmatched lines of names.toml"),
        (outcome.notes.left_out, "left out"),
    ):
        for line in section[:SHOWN]:
            print(f"  {name}: {line}")
    if outcome.changes or outcome.notes.derived:
        print(
            "What changed in full is in the report: git diff openapi/surface.json, or --report FILE with the next run."
        )
