"""Between the generator and the tree stands a check that trusts nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from regen.codegen.build import STAMP, build, format_sources, import_all, verify
from regen.model.api import Api, Endpoint, Resource
from regen.notes import RefusedError

GET = Endpoint(resource="things", method="get", http_method="GET", path="/v1/things/x", title="Get a thing")
API = Api({"things.get": GET}, {"things": Resource("things", "ThingsResource")}, {})


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("x = '<UntrustedString object at 0x7f>'", r"models/thing\.py: a value of the document"),
        ("def x(:", r"models/thing\.py, line 1: "),
    ],
    ids=["a value without a filter", "no Python"],
)
def test_what_was_not_asked_for_is_refused(source: str, reason: str) -> None:
    """By name."""
    with pytest.raises(RefusedError, match=reason):
        verify({"models/thing.py": source}, API)


def test_a_text_about_objects_in_memory_is_no_escaped_value() -> None:
    """The document may say so; one description must not stop everything."""
    resource = Resource("things", "ThingsResource", description="see <Foo object at 0x7f>")

    verify({"models/thing.py": "x = 'see <Foo object at 0x7f>'"}, Api({}, {"things": resource}, {}))


def test_every_file_is_stamped_on_its_first_line() -> None:
    """Everything generated says so where people look."""
    built = build(API)

    assert {STAMP} == {content.decode().splitlines()[0] for content in built.files.values()}


def test_code_that_ruff_cannot_read_is_refused(tmp_path: Path) -> None:
    """It would have been put in place unformatted."""
    (tmp_path / "thing.py").write_text("def x(:")

    with pytest.raises(RefusedError, match="ruff cannot format"):
        format_sources(tmp_path)


def test_formatting_ignores_whatever_configuration_stands_around_it(tmp_path: Path) -> None:
    """A line length of 20 in a neighbouring file changes nothing, and no cache is left behind."""
    made = tmp_path / "package"
    made.mkdir()
    (tmp_path / "ruff.toml").write_text("line-length = 20\n")
    (made / "thing.py").write_text("import os\nimport abc\nx = [abc, 'aaaaaaaaaaaaaaaaaaaaaaaaaaa']\n")

    format_sources(made)

    assert 'import abc\n\nx = [abc, "aaaaaaaaaaaaaaaaaaaaaaaaaaa"]\n' == (made / "thing.py").read_text()
    assert not list(tmp_path.rglob(".ruff_cache"))


def test_code_that_cannot_be_imported_is_refused(tmp_path: Path) -> None:
    """Here the runtime that it leans on is missing."""
    (tmp_path / "runtime").mkdir()

    with pytest.raises(RefusedError, match="cannot be imported"):
        import_all(build(API).files, tmp_path / "runtime", tmp_path / "made")
