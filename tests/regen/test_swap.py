"""New files go in all together or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from regen.notes import RefusedError
from regen.swap import STAGING, STALE, alone, swap


def tree(root: Path) -> dict[str, str]:
    """Every file below a directory."""
    return {path.relative_to(root).as_posix(): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


def project(root: Path) -> Path:
    """Two directories and a file that will be replaced, and one that will not."""
    for name in ("package/api/old.py", "package/models/old.py", "package/client.py", "lock.json"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("old")
    return root


def test_directories_are_replaced_whole_and_neighbours_stay(tmp_path: Path) -> None:
    """What is no longer generated is gone."""
    swap(
        project(tmp_path),
        {"package/api": {"new.py": b"new", "deep/er.py": b"new"}, "package/models": {}},
        {"lock.json": b"new", "docs/page.md": b"new"},
    )

    assert {
        "docs/page.md": "new",
        "lock.json": "new",
        "package/api/deep/er.py": "new",
        "package/api/new.py": "new",
        "package/client.py": "old",
    } == tree(tmp_path)


def test_a_swap_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """Here the last target is a file inside something that is no directory."""
    before = tree(project(tmp_path))

    with pytest.raises(OSError, match=r"Not a directory|File exists|exists"):
        swap(
            tmp_path, {"package/api": {"new.py": b"new"}}, {"lock.json": b"new", "package/client.py/impossible": b"new"}
        )

    assert before == tree(tmp_path)
    assert [] == [path.name for path in tmp_path.iterdir() if path.name.startswith(".regen")]


def test_content_that_cannot_be_staged_touches_nothing(tmp_path: Path) -> None:
    """A bad name is found before anything moves."""
    before = tree(project(tmp_path))

    with pytest.raises(OSError, match=r"name|directory"):
        swap(tmp_path, {"package/api": {"x" * 300: b"new"}}, {})

    assert before == tree(tmp_path)


def test_what_a_killed_process_left_is_taken_away(tmp_path: Path) -> None:
    """But not what another one is working on."""
    long_ago = project(tmp_path).stat().st_mtime - 2 * STALE
    for name in ("killed", "working"):
        (tmp_path / f"{STAGING}{name}").mkdir()
    os.utime(tmp_path / f"{STAGING}killed", (long_ago, long_ago))

    swap(tmp_path, {"package/api": {"new.py": b"new"}}, {})

    assert [f"{STAGING}working"] == [path.name for path in tmp_path.glob(f"{STAGING}*")]


def test_two_regenerations_do_not_meet(tmp_path: Path) -> None:
    """The second is refused while the first is at work, whose old and new files it would mix."""
    with alone(tmp_path), pytest.raises(RefusedError, match="at work"), alone(tmp_path):
        pass

    with alone(tmp_path):
        pass
