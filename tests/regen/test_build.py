"""Between the generator and the tree stands a check that trusts nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from regen.codegen.build import STAMP, Workshop, check_stamps, format_sources, generate, stamp, verify
from regen.notes import RefusedError
from trials import ROOT

FACTS: dict[str, Any] = {
    "operations": {"things__get": {"name": "things.get", "resource": "things", "method": "get"}},
    "models": {"Thing": {}, "Parcel": {}},
    "external_types": {"Parcel": "a:B"},
}


def package(root: Path, **files: str) -> Path:
    """A generated package that is what was asked for, but for these files."""
    sources = {"api/things/get.py": "", "api/things/__init__.py": "", "models/__init__.py": "", "models/thing.py": ""}
    for name, source in {**sources, **{key.replace("__", "/") + ".py": text for key, text in files.items()}}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(source)
    return root


def test_what_was_asked_for_passes(tmp_path: Path) -> None:
    """One module per operation, one per model, none for what is written by hand."""
    verify(package(tmp_path), FACTS)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"models__extra": ""}, "2 model modules for 1 models"),
        ({"api__things__extra": ""}, "2 endpoint modules for 1 operations"),
        ({"models__thing": "x = '<UntrustedString object at 0x7f>'"}, r"models/thing\.py: a value of the document"),
        ({"models__thing": "def x(:"}, r"models/thing\.py, line 1: "),
    ],
    ids=["a model too many", "an operation too many", "a value without a filter", "no Python"],
)
def test_what_was_not_asked_for_is_refused(tmp_path: Path, files: dict[str, str], told: str) -> None:
    """By name."""
    with pytest.raises(RefusedError, match=told):
        verify(package(tmp_path, **files), FACTS)


def test_a_text_about_objects_in_memory_is_no_escaped_value(tmp_path: Path) -> None:
    """The document may say so; one description must not stop everything."""
    made = package(tmp_path, models__thing="x = 'see <Foo object at 0x7f>'")

    verify(made, FACTS, given="see <Foo object at 0x7f>")


def test_an_operation_without_module_is_refused(tmp_path: Path) -> None:
    """The generator drops what it cannot parse."""
    (package(tmp_path) / "api/things/get.py").unlink()

    with pytest.raises(RefusedError, match=r"things\.get: no module was generated"):
        verify(tmp_path, FACTS)


def test_a_stamp_that_does_not_stand_on_the_first_line_is_refused(tmp_path: Path) -> None:
    """Everything generated says so where people look."""
    stamp(package(tmp_path, models__thing="x = 1\n"))
    check_stamps(tmp_path)
    (tmp_path / "models/thing.py").write_text(f"\n{STAMP}\n")

    with pytest.raises(RefusedError, match="the formatter moved the first line"):
        check_stamps(tmp_path)


def test_a_generator_that_fails_is_told_in_its_last_words(tmp_path: Path) -> None:
    """And not in a traceback of ours."""
    (tmp_path / "ledgerbee_client").mkdir()

    with pytest.raises(RefusedError) as refused:
        generate(Workshop(tmp_path, ROOT / "scripts", tmp_path), {"openapi": "3.0.3"}, {"operations": {}})

    assert "The generator failed:" == refused.value.lines[0]
    assert len(refused.value.lines) <= 15


def test_code_that_ruff_cannot_read_is_refused(tmp_path: Path) -> None:
    """It would have been put in place unformatted."""
    package(tmp_path / "ledgerbee_client", models__thing="def x(:")

    with pytest.raises(RefusedError, match="ruff cannot format"):
        format_sources(Workshop(tmp_path, ROOT / "scripts", tmp_path))


def test_formatting_ignores_whatever_configuration_stands_around_it(tmp_path: Path) -> None:
    """A line length of 20 in a neighbouring file changes nothing, and no cache is left behind."""
    (tmp_path / "ruff.toml").write_text("line-length = 20\n")
    made = package(
        tmp_path / "ledgerbee_client", models__thing="import os\nimport abc\nx = [abc, 'aaaaaaaaaaaaaaaaaaaaaaaaaaa']\n"
    )

    format_sources(Workshop(tmp_path, ROOT / "scripts", tmp_path))

    assert 'import abc\n\nx = [abc, "aaaaaaaaaaaaaaaaaaaaaaaaaaa"]\n' == (made / "models/thing.py").read_text()
    assert not list(tmp_path.rglob(".ruff_cache"))
