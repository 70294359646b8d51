"""Between the generator and the tree stands a check that trusts nothing."""

# One construct per line.
# ruff: noqa: E501

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from regen.codegen.build import STAMP, build, format_sources, import_all, verify
from regen.model.api import Api, Argument, Body, Endpoint, Field, Model, Resource
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


GONE = {"$ref": "#/components/schemas/Gone"}


@pytest.mark.parametrize(
    ("part", "what", "target"),
    [
        ({"arguments": (Argument("x-since", "since", {"type": "array"}, True, place="header"),)}, "the argument since ('x-since' in the header): type array must have items", "parameters[?@.name == 'x-since']"),
        ({"arguments": (Argument("x-since", "since", {"type": "moment"}, True),)}, "the argument since ('x-since' in the query): Input should be", "parameters[?@.name == 'x-since']"),
        ({"body": Body(GONE)}, "the body: Could not find reference", "requestBody"),
        ({"answer": GONE}, "the answer: Cannot parse response", "responses['200']"),
    ],
    ids=["a list of nothing", "an unknown type", "a body", "an answer"],
)  # fmt: skip
def test_what_cannot_be_generated_is_named_by_the_sdk(part: dict[str, Any], what: str, target: str) -> None:
    """With the action that leaves it out for now, ready to be written into the overlay."""
    with pytest.raises(RefusedError) as refused:
        build(replace(API, endpoints={"things.get": replace(GET, **part)}))

    assert refused.value.lines[1].startswith(f"things.get (Get a thing), {what}")
    assert f"""  - {{target: "$.operations['things.get'].{target}", remove: true}}""" == refused.value.lines[2]
    assert "operation0" not in str(refused.value)


def test_a_field_that_cannot_be_generated_is_named_by_its_class() -> None:
    """And where it stands."""
    thing = Model(
        name="Thing", fields=(Field("name", "name", {"type": "string"}, True), Field("other", "other", GONE, True))
    )
    with pytest.raises(RefusedError) as refused:
        build(replace(API, classes={"Thing": thing}))

    assert refused.value.lines[1].startswith("the field 'other' of Thing: Could not find reference")
    assert """  - {target: "$.models.Thing.properties['other']", remove: true}""" == refused.value.lines[2]


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
