"""Schemas of OpenAPI 3.0 and 3.1, written well and badly, in one form."""

from __future__ import annotations

from typing import Any

import pytest
from regen.document.dialect import canonical
from regen.notes import Notes
from small import Node, field, fields, one_answer, ref, thing

OTHER = {"Other": {"type": "object", "properties": {"a": {"type": "string"}}}}


def read(schema: Any) -> Node:
    """One schema, canonical."""
    return canonical(schema, "/here", Notes())


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        (True, {}),
        ({"nullable": True}, {"nullable": True}),
        ({"type": ["integer", "number"]}, {"type": "number"}),
        ({"type": ["null"]}, {"nullable": True}),
        ({"type": "array", "items": True}, {"type": "array", "items": {}}),
        ({"type": "array", "items": False}, {"type": "array", "items": {}}),
        ({"items": {"type": "string"}}, {"type": "array", "items": {"type": "string"}}),
        ({"enum": ["a"]}, {"type": "string", "enum": ["a"]}),
        ({"const": "a"}, {"type": "string", "enum": ["a"]}),
        ({"const": None}, {"nullable": True}),
        ({"type": "string", "title": "T", "xml": {}, "readOnly": True}, {"type": "string"}),
        ({"type": "string", "examples": ["a", "b"]}, {"type": "string", "example": "a"}),
        ({"type": "string", "description": {"en": "x"}, "format": 3}, {"type": "string"}),
        ({"type": "object", "additionalProperties": False}, {"type": "object"}),
        ({"additionalProperties": {}}, {"type": "object", "additionalProperties": True}),
        (
            {"type": "object", "patternProperties": {"^x": {"type": "integer"}}},
            {"type": "object", "additionalProperties": {"type": "integer"}},
        ),
        ({"type": "number", "exclusiveMinimum": 0}, {"type": "number", "minimum": 0, "exclusiveMinimum": True}),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": False}, {"type": "number", "minimum": 0}),
        (
            {"type": ["string", "array", "null"], "items": {"type": "string"}},
            {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}], "nullable": True},
        ),
        ({"anyOf": [{"type": "string"}, {"type": "string"}]}, {"allOf": [{"type": "string"}]}),
        (
            {"oneOf": [{"type": "string", "nullable": True}, {"type": "integer"}]},
            {"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": True},
        ),
        ({"type": "integer", "enum": [1, 2]}, {"type": "integer", "description": "One of 1, 2."}),
    ],
)
def test_one_form(raw: Any, form: Node) -> None:
    """Nothing unknown survives."""
    assert form == read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        7,
        {"type": "array"},
        {"type": "array", "items": [{"type": "string"}]},
        {"type": "array", "prefixItems": [{"type": "string"}]},
        {"type": "array", "items": {"type": "string"}, "enum": ["a"]},
        {"type": 5},
        {"enum": []},
        {"enum": ["a", "a"]},
        {"type": "object", "properties": {}, "required": ["gone"]},
        {"properties": {"a": {}}, "oneOf": [{"type": "string"}]},
        {**ref("Thing"), "properties": {"a": {}}},
    ],
)
def test_what_is_mended_is_said(raw: Any) -> None:
    """With the place in the document."""
    notes = Notes()

    canonical(raw, "/here", notes)

    assert notes.repairs
    assert all(line.startswith("/here") for line in notes.repairs)


def test_an_enum_on_an_array_is_that_of_its_items() -> None:
    """What one schema writer makes of `isArray: true`."""
    assert ["a"] == read({"type": "array", "items": {}, "enum": ["a"]})["items"]["enum"]


def test_a_summary_beside_a_reference_is_its_description() -> None:
    """As 3.1 allows."""
    assert "Told." == read({**ref("Thing"), "summary": "Told."})["description"]


def test_keywords_beside_a_reference_are_combined_with_it() -> None:
    """As 3.1 means it."""
    raw = one_answer(ref("Thing"), {"Thing": {**ref("Other"), "properties": {"b": {"type": "string"}}}, **OTHER})

    assert ["a", "b"] == list(fields(raw))


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [ref("Other"), {"description": "Told."}]},
        {"allOf": [{"description": "Told."}, ref("Other")]},
        {"allOf": [ref("Other"), {"type": "object"}], "description": "Told."},
        {"allOf": [{"allOf": [ref("Other")]}], "description": "Told."},
        {**ref("Alias"), "description": "Told."},
    ],
)
def test_a_reference_with_a_description_stays_the_class(schema: Node) -> None:
    """However the description is attached."""
    raw = one_answer(ref("Thing"), {**thing(other=schema), **OTHER, "Alias": {"allOf": [ref("Other")]}})

    assert {"allOf": [ref("Other")], "description": "Told."} == fields(raw)["other"]


@pytest.mark.parametrize(
    ("schema", "form"),
    [
        ({"allOf": [{"description": "Told."}]}, {"description": "Told."}),
        ({"allOf": [{"type": "string"}, {"maxLength": 3}]}, {"type": "string", "description": "At most 3 characters."}),
        ({"allOf": [ref("Word"), {"enum": ["a"]}]}, ref("ThingColour")),
        (
            {"oneOf": [ref("Words"), {"type": "string"}]},
            {"oneOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]},
        ),
        (
            {"oneOf": [{"oneOf": [{"type": "string"}, {"type": "integer"}]}, {"type": "boolean"}]},
            {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]},
        ),
        ({"oneOf": [{}, {"type": "string"}]}, {}),
        (
            {"oneOf": [ref("Words"), {"type": "array", "items": {"type": "string"}}]},
            {"type": "array", "items": {"type": "string"}},
        ),
        (
            {"type": "object", "additionalProperties": ref("Other")},
            {"type": "object", "additionalProperties": ref("Other")},
        ),
        ({"$ref": "#/components/schemas/Other/properties/a"}, {"type": "string"}),
    ],
)
def test_combinations_dissolve_into_what_they_amount_to(schema: Node, form: Node) -> None:
    """Descriptions aside."""
    words = {"type": "array", "items": {"type": "string"}}
    schemas = {**thing(colour=schema), **OTHER, "Word": {"type": "string", "enum": ["a", "b"]}, "Words": words}
    got = dict(fields(one_answer(ref("Thing"), schemas))["colour"])
    if "description" not in form:
        got.pop("description", None)

    assert form == got


def test_further_fields_with_a_type_of_their_own_are_reported() -> None:
    """They are kept as they come."""
    notes = Notes()
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "integer"}}

    got = fields(one_answer(ref("Thing"), {"Thing": schema}), notes=notes)

    assert ["a"] == list(got)
    assert any("further fields" in line for line in notes.repairs)


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ({"type": "string", "format": "uuid"}, {"type": "string"}),
        ({"type": "string", "format": "binary"}, {"type": "string", "format": "binary"}),
        ({"type": "number", "format": "double"}, {"type": "number"}),
        ({"type": "number", "format": "int64"}, {"type": "integer"}),
        ({"type": "String"}, {"type": "string"}),
        ({"type": "decimal"}, {"type": "number"}),
        ({"type": "string", "deprecated": True}, {"type": "string", "deprecated": True}),
    ],
)
def test_of_formats_only_those_survive_that_have_a_python_type(kind: Node, form: Node) -> None:
    """The others were never checked by anybody."""
    assert form == field(kind)


def test_a_part_of_an_allof_may_be_an_alias() -> None:
    """With a description of its own."""
    schema = {"allOf": [{"allOf": [ref("Other")], "description": "Base."}, {"properties": {"b": {"type": "string"}}}]}

    assert ["a", "b"] == list(fields(one_answer(ref("Thing"), {"Thing": schema, **OTHER})))


def test_a_reference_into_another_schema_names_nothing() -> None:
    """Its class is named after its place."""
    inner = {"type": "object", "properties": {"x": {"type": "string"}}}
    schemas = {
        **thing(part={"$ref": "#/components/schemas/Other/properties/deep"}),
        "Other": {"properties": {"deep": inner}},
    }

    assert ref("ThingPart") == fields(one_answer(ref("Thing"), schemas))["part"]


def test_components_that_refer_to_each_other_in_a_circle_end_somewhere() -> None:
    """Without an object in between."""
    schemas = {
        **thing(a=ref("One")),
        "One": {"allOf": [ref("Two"), ref("One")]},
        "Two": {"oneOf": [ref("One"), ref("Two")]},
    }

    assert "a" in fields(one_answer(ref("Thing"), schemas))
