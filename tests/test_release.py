"""What is built is looked at before it is published."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from release_check import description, wrong_about

README = "# x\n\nSee [the docs](https://x.example/), [below](#x) and {link}.\n"


def built(folder: Path, link: str = "nothing else", held: str = "x-9.9/x.py") -> tuple[Path, Path]:
    """Return a wheel with this README and an sdist that holds this file."""
    wheel, sdist = folder / "x-9.9-py3-none-any.whl", folder / "x-9.9.tar.gz"
    with zipfile.ZipFile(wheel, "w") as archive:
        text = README.format(link=link)
        archive.writestr("x-9.9.dist-info/METADATA", f"Metadata-Version: 2.4\nName: x\nVersion: 9.9\n\n{text}")
    with tarfile.open(sdist, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo(held), io.BytesIO(b""))
    return wheel, sdist


def test_what_is_right_is_fit(tmp_path: Path) -> None:
    """Links that lead somewhere, and files that users want."""
    wheel, sdist = built(tmp_path)

    assert [] == wrong_about(wheel, sdist, None)
    assert ("9.9", README.format(link="nothing else")) == description(wheel)


@pytest.mark.parametrize(
    ("made", "tag", "sentence"),
    [
        (
            {"link": "[it](docs/README.md)"},
            None,
            "the README links to docs/README.md, which leads nowhere on the index",
        ),
        ({"held": "x-9.9/.github/workflows/ci.yml"}, None, "the sdist holds x-9.9/.github/workflows/ci.yml"),
        ({}, "v9.8", "the tag is v9.8, and the version is 9.9"),
        ({}, "v9.9", "CHANGELOG.md has no heading ## [9.9]"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, made: dict[str, str], tag: str | None, sentence: str) -> None:
    """Before the upload, which cannot be taken back."""
    assert sentence in wrong_about(*built(tmp_path, **made), tag)
