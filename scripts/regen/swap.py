"""Put finished files into the project, all or none."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from regen.notes import RefusedError

if sys.platform != "win32":
    import fcntl

STAGING = ".regen-"
STALE = 600.0


def swap(root: Path, trees: dict[str, dict[str, bytes]], files: dict[str, bytes]) -> None:
    """
    Replace whole directories and single files below root.

    Everything is written beside its target first. Then each directory is moved away and the new one moved in, and each
    file is replaced in one step, so that the lock is never missing. When a move fails, what was moved is moved back. A
    process killed in between leaves files that are old or new, never half; killed between the two moves of a directory
    it leaves none of that directory. The next run mends the rest.
    """
    _sweep(root)
    staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=root))
    moved: list[tuple[Path, Path | None]] = []
    try:
        (staging / ".gitignore").write_text("*\n", encoding="utf-8")
        for number, (name, source) in enumerate(_staged(staging, trees, files).items()):
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            kept = staging / f"old-{number}" if target.exists() else None
            if kept is not None and target.is_file():
                shutil.copy2(target, kept)
            moved.append((target, kept))
            if kept is not None and target.is_dir():
                target.replace(kept)
            source.replace(target)
    except BaseException:
        for target, kept in reversed(moved):
            _put_back(target, kept)
        shutil.rmtree(staging, ignore_errors=True)
        raise
    shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """One regeneration of a project at a time. The system forgets a process that ends, however it ends."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusedError(
                "Another regeneration of this project is at work.", "Run it again after that one; nothing was changed."
            ) from None
        yield
    finally:
        os.close(handle)


def _put_back(target: Path, kept: Path | None) -> None:
    if kept is None:
        _remove(target)
    elif kept.is_file():
        kept.replace(target)
    elif kept.is_dir():
        _remove(target)
        kept.replace(target)


def _staged(staging: Path, trees: dict[str, dict[str, bytes]], files: dict[str, bytes]) -> dict[str, Path]:
    staged: dict[str, Path] = {}
    for number, (name, tree) in enumerate(trees.items()):
        folder = staging / f"tree-{number}"
        folder.mkdir()
        for path, content in tree.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        staged[name] = folder
    for number, (name, content) in enumerate(files.items()):
        staged[name] = staging / f"file-{number}"
        staged[name].write_bytes(content)
    return staged


def _sweep(root: Path) -> None:
    """Take away what a killed process left; one that is still at work has not begun long ago."""
    for left in root.glob(f"{STAGING}*"):
        if time.time() - left.stat().st_mtime > STALE:
            shutil.rmtree(left, ignore_errors=True)


def _remove(target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
