"""Put finished files into the project, all or none."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path


def swap(root: Path, trees: dict[str, dict[str, bytes]], files: dict[str, bytes]) -> None:
    """
    Replace whole directories and single files below root.

    Everything is written beside its target first; then each target is moved away and the new one moved in. When a move
    fails, what was moved is moved back.
    """
    staging = Path(tempfile.mkdtemp(prefix=".regen-", dir=root))
    moved: list[tuple[Path, Path | None]] = []
    try:
        staged = _staged(staging, trees, files)
        for number, (name, source) in enumerate(staged.items()):
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            kept = staging / f"old-{number}" if target.exists() else None
            if kept is not None:
                target.replace(kept)
            moved.append((target, kept))
            source.replace(target)
    except BaseException:
        for target, kept in reversed(moved):
            _remove(target)
            if kept is not None:
                kept.replace(target)
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


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


def _remove(target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
