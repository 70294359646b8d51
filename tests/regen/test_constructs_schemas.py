"""What bites a code generator, one construct per test: classes and fields."""

# One small document per line.
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

import pytest
from regen.model.api import Model
from regen.model.describe import Described
from regen.notes import Notes
from regen.report.surface import surface_of
from small import (
    PREFIX,
    Node,
    answer,
    answering,
    document,
    field,
    fields,
    normalised,
    one_answer,
    operation,
    ref,
    schemas_of,
    thing,
)

COLOURS = ["red", "green"]
NULLABLE_COLOUR = {"nullable": True, "allOf": [ref("ThingColour")]}


@pytest.mark.parametrize(
    ("schema", "version"),
    [
        ({"type": "string", "enum": COLOURS, "nullable": True}, "3.0.0"),
        ({"type": "string", "enum": [*COLOURS, None], "nullable": True}, "3.0.0"),
        ({"type": ["string", "null"], "enum": [*COLOURS, None]}, "3.1.0"),
        ({"type": ["string", "null"], "enum": COLOURS}, "3.1.0"),
        ({"anyOf": [{"type": "string", "enum": COLOURS}, {"type": "null"}]}, "3.1.0"),
        ({"oneOf": [{"enum": COLOURS}, {"enum": [None]}]}, "3.1.0"),
    ],
)
def test_a_nullable_enum_is_one_class_and_null(schema: Node, version: str) -> None:
    """Row 1: in every dialect there is one class, and null is allowed."""
    assert NULLABLE_COLOUR == field(schema, version)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "nullable": True, "allOf": [ref("Other")]},
        {**ref("Other"), "nullable": True},
        {"oneOf": [ref("Other"), {"type": "null"}]},
        {"nullable": True, "anyOf": [ref("Other")]},
    ],
)
def test_a_nullable_reference_stays_nullable(schema: Node) -> None:
    """Row 2: newer schema writers put a type beside the reference."""
    raw = one_answer(
        ref("Thing"), {**thing(other=schema), "Other": {"type": "object", "properties": {"a": {"type": "string"}}}}
    )

    assert {"nullable": True, "allOf": [ref("Other")]} == fields(raw)["other"]


def test_a_class_that_is_nullable_itself_is_nullable_where_it_is_used() -> None:
    """Row 2: the null belongs to the use."""
    other = {"type": "object", "nullable": True, "properties": {"a": {"type": "string"}}}
    raw = one_answer(ref("Thing"), {**thing(other=ref("Other")), "Other": other})

    assert {"nullable": True, "allOf": [ref("Other")]} == fields(raw)["other"]
    assert "nullable" not in schemas_of(normalised(raw))["Other"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "boolean", "default": True},
        {"type": "string", "enum": COLOURS, "default": "purple"},
        {"type": "string", "format": "date-time", "default": "now"},
        {"type": "boolean", "default": 0},
        {"type": "integer", "default": "many"},
    ],
)
def test_a_default_is_told_and_never_sent(schema: Node) -> None:
    """Rows 5 and 7: good or bad, it stands in the description only."""
    got = field(schema)

    assert "default" not in got
    assert "Default of the server: " in got["description"]


def test_counts_are_integers_and_money_is_not() -> None:
    """Row 6: the configuration lists the names."""
    raw = one_answer(
        ref("Thing"), thing(ttl={"type": "number"}, lineCount={"type": "number"}, price={"type": "number"})
    )

    got = fields(raw, config="integers: [ttl, '*Count']")

    assert ["integer", "integer", "number"] == [got[name]["type"] for name in ("ttl", "lineCount", "price")]


def test_names_that_differ_only_in_case_are_kept_apart() -> None:
    """Row 9: they would share a module."""
    one = {"type": "object", "properties": {"a": {"type": "string"}}}
    names = ["InvoiceDTO", "InvoiceDto", "invoiceDto", "invoice_dto"]
    raw = document({f"/v1/things/{i}": {"get": operation("Get", responses=answering(ref(n)))} for i, n in enumerate(names)}, dict.fromkeys(names, one))  # fmt: skip

    got = list(schemas_of(normalised(raw)))

    assert 4 == len({name.replace("_", "").lower() for name in got})


def test_enum_members_are_named_by_value_and_never_clash() -> None:
    """Row 10: not by their place in the list."""
    values = ["asc", "ASC", "a_b", "a-b", "asc", "", "1st", "partiallyPaid"]
    result = normalised(one_answer(ref("Thing"), thing(colour={"type": "string", "enum": values})))
    enum = schemas_of(result)["ThingColour"]

    assert ["asc", "ASC", "a_b", "a-b", "", "1st", "partiallyPaid"] == enum["enum"]
    assert ["ASC", "ASC_2", "A_B", "A_B_2", "EMPTY", "VALUE_1ST", "PARTIALLY_PAID"] == enum["x-enum-varnames"]


def test_a_new_enum_value_renames_no_member() -> None:
    """Row 10: not even where members would clash."""
    first = normalised(one_answer(ref("Thing"), thing(colour={"enum": ["asc", "ASC"]})))
    again = normalised(one_answer(ref("Thing"), thing(colour={"enum": ["Asc", "ASC", "new", "asc"]})), lock=first.lock)
    enum = schemas_of(again)["ThingColour"]

    assert {"asc": "ASC", "ASC": "ASC_2"}.items() <= dict(
        zip(enum["enum"], enum["x-enum-varnames"], strict=True)
    ).items()


def test_an_inline_enum_gives_way_to_a_published_class() -> None:
    """Row 11: `Thing.status` and a component ThingStatus."""
    other = {"type": "object", "properties": {"level": {"type": "string"}}}
    schemas = {**thing(status={"enum": COLOURS}, other=ref("ThingStatus")), "ThingStatus": other}

    got = schemas_of(normalised(one_answer(ref("Thing"), schemas)))

    assert {"Thing", "ThingStatus", "ThingStatusEnum"} == set(got)
    assert "level" in got["ThingStatus"]["properties"]


@pytest.mark.parametrize("told", [{"enum": ["cat"]}, {"type": "string"}])
def test_a_union_is_told_apart_strictly_and_has_a_last_resort(told: Node) -> None:
    """Row 15: by single-value enums or by the discriminator's mapping; unknown kinds are passed through."""
    arms: dict[str, Any] = {
        name: {"type": "object", "required": ["kind"], "properties": {"kind": dict(told)}} for name in ("Cat", "Dog")
    }
    arms["Dog"]["properties"]["kind"] = {"enum": ["dog"]}
    mapping = {"cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"}
    union = {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": {"propertyName": "kind", "mapping": mapping}}

    result = normalised(one_answer(union, arms))

    free = {"type": "object", "additionalProperties": True, "x-free-form": True}
    assert [ref("Cat"), ref("Dog"), free] == answer(result, "things.get")["oneOf"]
    assert ["cat", "dog"] == [schemas_of(result)[name]["properties"]["kind"]["const"] for name in ("Cat", "Dog")]


def test_a_public_class_of_words_survives_a_union() -> None:
    """What tells the kinds apart is read strictly, and the class that users import stays."""
    quote = {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["quote"]}}}
    bill = {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["bill"]}}}
    paths = {"/v1/quotes": {"get": operation("Get a quote", "Quotes", responses=answering(ref("Quote")))}}
    first = normalised(document(paths, {"Quote": quote, "Bill": bill}))
    union = answering({"oneOf": [ref("Quote"), ref("Bill")]})
    paths |= {"/v1/company": {"get": operation("Get a company", "Company", responses=union)}}

    after = normalised(document(paths, {"Quote": quote, "Bill": bill}), lock=first.lock)

    assert {"Quote", "QuoteType", "Bill"} == set(schemas_of(after))
    assert {"x-only": "quote", "allOf": [ref("QuoteType")]} == schemas_of(after)["Quote"]["properties"]["type"]
    assert {"type": "string", "const": "bill"} == schemas_of(after)["Bill"]["properties"]["type"]


def test_what_would_reject_the_whole_document_is_repaired_and_reported() -> None:
    """Row 18: a response without description, `required: true`, an empty enum, an unknown type."""
    broken = thing(
        a={"type": "string", "required": True},
        b={"type": "string", "enum": []},
        c={"type": "datetime"},
        d={"type": "foo"},
    )
    raw = document({"/v1/thing": {"get": operation("Get", responses={"200": {"content": {"application/json": {"schema": ref("Thing")}}}})}}, broken)  # fmt: skip
    notes = Notes()
    got = schemas_of(normalised(raw, notes=notes))["Thing"]

    assert ["a"] == got["required"]
    assert [{"type": "string"}, {"type": "string"}, {"type": "string", "format": "date-time"}, {}] == list(
        got["properties"].values()
    )
    assert 4 == len([line for line in notes.repairs if line.startswith(("Thing.", "Thing:"))])


def test_one_concept_is_one_enum_where_the_table_says_so() -> None:
    """Row 19: places that share a name share all values."""
    schemas = {
        **thing(colour={"enum": COLOURS}),
        "Item": {"type": "object", "properties": {"colour": {"enum": [*COLOURS, "blue"]}}},
    }
    paths = {"/v1/thing": {"get": operation("Get", responses=answering(ref("Thing")))}, "/v1/things/item": {"get": operation("Get item", responses=answering(ref("Item")))}}  # fmt: skip
    names = '[models]\n"things.get:answer.colour" = "Colour"\n"things.item:answer.colour" = "Colour"\n'

    got = schemas_of(normalised(document(paths, schemas), names))

    assert {"Thing", "Item", "Colour"} == set(got)
    assert ["red", "green", "blue"] == got["Colour"]["enum"]


def test_nested_objects_that_would_be_called_the_same_are_kept_apart() -> None:
    """Leftover: `Thing.inner.inner` beside `Thing.innerInner`."""
    deep = {"type": "object", "properties": {"inner": {"type": "object", "properties": {"a": {"type": "string"}}}}}
    other = {"type": "object", "properties": {"b": {"type": "string"}}}

    got = schemas_of(normalised(one_answer(ref("Thing"), thing(inner=deep, innerInner=other))))

    assert 4 == len(got)
    assert {"a", "b"} == {name for schema in got.values() for name in schema["properties"] if len(name) == 1}


def test_an_array_that_contains_itself_ends_somewhere() -> None:
    """Leftover: `Tree` is a list of trees."""
    notes = Notes()
    raw = one_answer(ref("Thing"), {**thing(tree=ref("Tree")), "Tree": {"type": "array", "items": ref("Tree")}})

    got = schemas_of(normalised(raw, notes=notes))["Thing"]["properties"]["tree"]

    assert {"type": "array", "items": {}} == got
    assert any("contains itself" in line for line in notes.repairs)


def test_classes_may_contain_themselves_and_each_other() -> None:
    """Circles through objects are harmless."""
    schemas = {**thing(children={"type": "array", "items": ref("Thing")}, other=ref("Other")), "Other": {"type": "object", "properties": {"back": ref("Thing")}}}  # fmt: skip

    got = schemas_of(normalised(one_answer(ref("Thing"), schemas)))

    assert ref("Thing") == got["Thing"]["properties"]["children"]["items"]
    assert ref("Thing") == got["Other"]["properties"]["back"]


def test_an_allof_that_is_made_of_itself_ends_somewhere() -> None:
    """The part that leads back is left out."""
    schemas = {"Thing": {"allOf": [ref("Thing"), {"type": "object", "properties": {"a": {"type": "string"}}}]}}

    assert ["a"] == list(fields(one_answer(ref("Thing"), schemas)))


def attributes(result: Described) -> dict[str, str]:
    """The attributes of Thing by wire name."""
    model = result.api.classes["Thing"]
    assert isinstance(model, Model)
    return {one.wire: one.name for one in model.fields}


def test_fields_that_would_share_an_attribute_are_told_apart() -> None:
    """The first one has it; the others have a number."""
    notes = Notes()
    names = ["aB", "a_b", "a-b", "class", "class_", "x"]
    raw = one_answer(ref("Thing"), thing(**{name: {"type": "string"} for name in names}))

    result = normalised(raw, notes=notes)

    given = {"aB": "a_b", "a_b": "a_b_2", "a-b": "a_b_3", "class": "class_", "class_": "class_2", "x": "x"}
    assert given == attributes(result)
    assert 3 == len([line for line in notes.repairs if "is the attribute" in line])


def test_a_field_that_users_know_keeps_its_attribute() -> None:
    """Whichever comes first in the document, now and from then on."""
    string = {"type": "string"}
    alone = normalised(one_answer(ref("Thing"), thing(customerId=string)))
    both = one_answer(ref("Thing"), thing(customer_id=string, customerId=string))
    second = normalised(both, lock=alone.lock, surface=surface_of(alone.api))
    third = normalised(both, lock=second.lock)
    kept = {"customerId": "customer_id", "customer_id": "customer_id_2"}

    assert [kept, kept] == [attributes(one) for one in (second, third)]
    assert kept == second.lock.attributes["Thing"]


def test_a_word_that_users_know_keeps_its_member() -> None:
    """`ASC` in front of `asc` takes nothing from it."""

    def members(result: Described) -> dict[str, str]:
        order = schemas_of(result)["Thing"]["properties"]["order"]["allOf"][0]["$ref"].removeprefix(PREFIX)
        enum = schemas_of(result)[order]
        return dict(zip(enum["enum"], enum["x-enum-varnames"], strict=True))

    def ordered(*words: str) -> Node:
        return one_answer(ref("Thing"), thing(order={"type": "string", "nullable": True, "enum": list(words)}))

    alone = normalised(ordered("asc"))
    second = normalised(ordered("ASC", "asc"), lock=alone.lock, surface=surface_of(alone.api))

    assert {"asc": "ASC", "ASC": "ASC_2"} == members(second)


@pytest.mark.parametrize(
    ("less", "kept"),
    [
        ({"type": "string"}, "ThingColour"),
        ({"type": "string", "nullable": True}, "ThingColour"),
        ({"type": "object"}, "ThingColour"),
    ],
)
def test_a_class_stays_where_the_document_says_less_than_before(less: Node, kept: str) -> None:
    """An enum that is any string now, an object without fields: what users import is still there."""
    rich = (
        {"type": "string", "enum": ["red"]}
        if less["type"] == "string"
        else {"type": "object", "properties": {"hue": {"type": "string"}}}
    )
    before = normalised(one_answer(ref("Thing"), thing(colour=rich)))
    after = normalised(one_answer(ref("Thing"), thing(colour=less)), lock=before.lock, surface=surface_of(before.api))

    assert kept in schemas_of(before)
    assert kept in schemas_of(after)
    assert schemas_of(before)[kept].get("enum") == schemas_of(after)[kept].get("enum")


def test_a_class_called_like_a_resource_gives_way_to_it() -> None:
    """`ThingsResource` is what `bee.things` is, and both stand in one module."""
    result = normalised(one_answer(ref("ThingsResource"), {"ThingsResource": thing(a={"type": "string"})["Thing"]}))

    assert ["ThingsResourceModel"] == list(schemas_of(result))


def test_a_class_made_of_itself_in_a_wrapped_reference_ends_somewhere() -> None:
    """That part is left out."""
    again: Node = {"allOf": [ref("Thing")], "description": "Itself."}
    raw = one_answer(ref("Thing"), {"Thing": {"allOf": [again, thing(a={"type": "string"})["Thing"]]}})

    assert ["a"] == list(schemas_of(normalised(raw))["Thing"]["properties"])
