"""Where a document says less than the one before it, what users type and import stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from habits import SILENT, all_required, all_together, objects_for_scalars
from regen.document.reading import read_document
from regen.model.api import Enum, Model
from regen.model.describe import Described
from regen.naming.lock import Lock, read_lock
from regen.notes import Notes, RefusedError
from regen.report.changes import compare
from regen.report.surface import read_surface, surface_of, surface_text
from small import (
    Node,
    answering,
    document,
    endpoint,
    field,
    fields,
    normalised,
    one_answer,
    operation,
    query,
    ref,
    schemas_of,
    taking,
    thing,
)
from trials import ROOT, lost_names, published, real

STRING: Node = {"type": "string"}
STATUS: Node = {"type": "string", "enum": ["draft", "sent"]}
LINE: Node = {
    "type": "object",
    "properties": {"amount": {"type": "string", "format": "decimal"}},
    "required": ["amount"],
}
FULL: Node = {
    "Bill": {
        "type": "object",
        "properties": {
            "id": STRING,
            "status": STATUS,
            "lines": {"type": "array", "items": ref("BillLine")},
            "due": {"type": "string", "format": "date", "nullable": True},
            "paid": {"type": "boolean"},
            "total": {"type": "string", "format": "decimal"},
            "tags": {"type": "object", "additionalProperties": STRING},
        },
        "required": ["id", "lines"],
    },
    "BillLine": LINE,
}


def bills(schemas: Node, *, answer: Node | None = None, status: Node | None = None, body: Node | None = None) -> Node:
    """Bills that are listed, read and made; the answers, the filter and the body as they are described."""
    listed = answering({"type": "array", "items": ref("Bill")}) if answer is None else answer
    parameters = [query("status", STATUS if status is None else status)]
    paths = {
        "/v1/bills": {
            "get": operation("List bills", "Bills", parameters=parameters, responses=listed),
            "post": operation("Create a bill", "Bills", requestBody=taking(ref("Bill") if body is None else body)),
        },
        "/v1/bills/{id}": {"get": operation("Get a bill", "Bills", responses=answering(ref("Bill")))},
    }
    return document(paths, schemas)


def after(raw: Node, notes: Notes | None = None, overlay: str = "") -> tuple[Described, Node]:
    """A document read by a project that knows the full one; with the surface of that one."""
    first = normalised(bills(FULL))
    surface = read_surface(surface_text(surface_of(first.api)))
    result = normalised(raw, lock=first.lock, notes=notes, surface=surface, overlay=overlay)
    again = normalised(
        raw, lock=result.lock, surface=read_surface(surface_text(surface_of(result.api))), overlay=overlay
    )
    assert (again.api, again.lock) == (result.api, result.lock)
    return result, surface


def breaking(result: Described, surface: Node) -> list[str]:
    """What the report calls breaking."""
    return [change.text for change in compare(surface, surface_of(result.api)) if change.breaking]


NOTHING: Node = {"200": {"description": ""}}
WITHOUT_ITEMS: Node = {
    **FULL,
    "Bill": {**FULL["Bill"], "properties": {**FULL["Bill"]["properties"], "lines": {"type": "array"}}},
}


@pytest.mark.parametrize(
    "raw",
    [
        bills(FULL, answer=NOTHING),
        bills(FULL, status=STRING),
        bills(FULL, status={}),
        bills(FULL, status={"type": "object"}),
        bills(WITHOUT_ITEMS),
        bills({**FULL, "Bill": {"type": "object", "properties": {}}}),
        bills(FULL, body={"type": "object"}),
        bills(FULL, answer=answering({"type": "object", "properties": {"data": {"type": "array"}}})),
    ],
    ids=["empty 200", "text", "untyped", "object", "no items", "no fields", "no body", "no items in a page"],
)
def test_what_is_not_described_any_more_stays_what_it_was(raw: Node) -> None:
    """With its fields, words and types, and no change that users could notice."""
    result, surface = after(raw)

    assert [] == compare(surface, surface_of(result.api))


def test_a_filter_that_became_a_list_of_itself_keeps_its_class() -> None:
    """`query.status` and `query.status[]` are one place, with and without words in the document."""
    for items in (STATUS, STRING):
        result, _ = after(bills(FULL, status={"type": "array", "items": items}))
        (status,) = endpoint(result, "bills.list").arguments

        assert {"type": "array", "items": ref("ListBillsStatus")} == {
            key: status.schema[key] for key in ("type", "items")
        }
        assert {"Bill", "BillLine", "BillStatus", "CreateBillResponse", "ListBillsStatus"} == set(result.api.classes)


def test_a_class_that_stands_nowhere_any_more_stays_importable() -> None:
    """As it was, while one of its operations is there; the report says so."""
    notes = Notes()
    other = {"type": "string", "format": "date-time"}
    properties = {"id": STRING, "lines": other, "status": {"type": "integer"}}
    result, _ = after(bills({"Bill": {"type": "object", "properties": properties}}), notes)

    line, status = result.api.classes["BillLine"], result.api.classes["BillStatus"]
    assert isinstance(line, Model)
    assert isinstance(status, Enum)
    assert [("amount", {"type": "string", "format": "decimal"}, True)] == [
        (f.wire, f.schema, f.required) for f in line.fields
    ]
    assert {"draft": "DRAFT", "sent": "SENT"} == status.members
    assert "BillLine: stands nowhere in the document any more; it stays importable" in notes.names


def test_what_is_described_elsewhere_is_what_the_document_says() -> None:
    """A field that is gone does not come back from memory."""
    less = {"Bill": {"type": "object", "properties": {"id": STRING, "status": STATUS}}}
    result, surface = after(bills(less, answer=NOTHING))

    bill = result.api.classes["Bill"]
    assert isinstance(bill, Model)
    assert ["id", "status"] == [one.wire for one in bill.fields]
    assert any("removed" in text for text in breaking(result, surface))


@pytest.mark.parametrize("nullable", [True, False])
def test_an_object_that_holds_scalars_is_what_the_surface_knew(nullable: bool) -> None:
    """`type: object` is what reflection writes for `string | null`."""
    vague: Node = {"type": "object", **({"nullable": True} if nullable else {})}
    properties: Node = dict.fromkeys(FULL["Bill"]["properties"], vague)
    result, _ = after(
        bills({**FULL, "Bill": {"type": "object", "properties": properties, "required": ["id", "lines"]}})
    )
    before = {one.wire: one.schema for one in normalised(bills(FULL)).api.classes["Bill"].fields}  # type: ignore[union-attr]
    now = {one.wire: one.schema for one in result.api.classes["Bill"].fields}  # type: ignore[union-attr]

    def bare(schema: Node) -> Node:
        inner: Node = schema.get("allOf", [schema])[0]
        return {key: value for key, value in inner.items() if key != "nullable"}

    assert {wire: bare(schema) for wire, schema in before.items()} == {
        wire: bare(schema) for wire, schema in now.items()
    }
    assert nullable == all(schema.get("nullable") is True for schema in now.values())


@pytest.mark.parametrize(
    ("schema", "read"),
    [
        ({"type": "object", "example": "Acme"}, {"example": "Acme"}),
        ({"type": "object", "nullable": True, "default": False}, {}),
        (
            {"type": "object", "format": "date", "nullable": True},
            {"type": "string", "format": "date", "nullable": True},
        ),
        ({"format": "date-time"}, {"type": "string", "format": "date-time"}),
        (
            {"type": "object", "example": {"a": 1}},
            {"type": "object", "additionalProperties": True, "x-free-form": True},
        ),
    ],
)
def test_an_object_whose_example_or_format_is_a_scalar_is_no_dictionary(schema: Node, read: Node) -> None:
    """Nobody needs to have known it."""
    found = field(schema)

    assert read == {key: value for key, value in found.items() if key != "description"}


OVERLAY = """
overlay: 1.0.0
actions:
  - target: $.models.Thing.properties.colour
    update: {format: date}
"""


def test_a_format_of_the_overlay_applies_to_an_object_that_holds_text() -> None:
    """`dueDate` stays a date; and where a format applies to nothing, the report says so."""
    raw = one_answer(ref("Thing"), thing(colour={"type": "object", "nullable": True}))
    assert {"type": "string", "format": "date", "nullable": True} == fields(raw, overlay=OVERLAY)["colour"]

    for schema in (
        {"type": "boolean"},
        {"type": "object", "additionalProperties": STRING},
        {"type": "array", "items": STRING},
    ):
        notes = Notes()
        normalised(one_answer(ref("Thing"), thing(colour=schema)), overlay=OVERLAY, notes=notes)
        assert any("format 'date'" in line and "is ignored" in line for line in notes.repairs)


def referring(dangling: int, sound: int) -> Node:
    """A document in which some references point at nothing."""
    properties = {f"a{n}": ref("Thing") for n in range(sound)} | {f"b{n}": ref("GoneDto") for n in range(dangling)}
    return one_answer({"type": "object", "properties": properties}, thing(a=STRING))


def test_a_reference_to_nothing_is_an_object_nobody_described() -> None:
    """And the report calls it a repair that may be breaking."""
    notes = Notes()
    result = normalised(referring(1, 10), notes=notes)

    assert {"GetThingResponse", "GetThingResponseB0", "Thing"} == set(schemas_of(result))
    assert [
        "points at nothing; read as an object nobody described; may be breaking" in line for line in notes.repairs
    ] == [True]


def test_references_to_nothing_refuse_a_document_where_they_are_many() -> None:
    """More than one in ten: half of the document is missing."""
    with pytest.raises(RefusedError, match="points at nothing"):
        read_document(json.dumps(referring(2, 10)).encode(), "a document", Notes())


def test_a_class_that_a_reference_to_nothing_stood_for_stays() -> None:
    """@nestjs/swagger writes such references where a generic class was not registered."""
    sound: Any = {"type": "object", "properties": {f"a{n}": ref("BillLine") for n in range(30)}}
    gone = answering({"type": "array", "items": ref("PaginatedBillDto")})
    raw = bills({**FULL, "Sound": sound}, answer=gone)
    result, surface = after(raw)

    assert [] == breaking(result, surface)
    assert ref("Bill") == (endpoint(result, "bills.list").answer or {})["items"]


@cache
def remembered() -> tuple[Lock, Node]:
    """The lock and the surface of the project."""
    lock, surface = ((ROOT / "openapi" / name).read_text("utf-8") for name in ("names.lock.json", "surface.json"))
    return read_lock(lock), read_surface(surface)


@pytest.mark.parametrize(
    "habit", [*SILENT, objects_for_scalars, all_required, all_together], ids=lambda one: one.__name__
)
def test_no_habit_of_other_documents_costs_a_name(habit: Callable[[Node], Node]) -> None:
    """On all 135 operations; and where nothing changed for users, nothing is called breaking."""
    lock, surface = remembered()
    before = real(published(), lock, Notes(), surface)
    after = real(habit(published()), lock, Notes(), surface)
    again = real(habit(published()), after.lock, Notes(), read_surface(surface_text(surface_of(after.api))))

    assert [] == lost_names(before, after)
    assert (after.api, after.lock) == (again.api, again.lock)
    assert habit not in SILENT or [] == breaking(after, surface)
