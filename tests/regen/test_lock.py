"""Names are remembered by place, and the memory only grows."""

from __future__ import annotations

import pytest
from regen.model.api import Batch, Model
from regen.naming.lock import Lock, lost_names, read_lock
from regen.notes import RefusedError
from regen.report.surface import surface_of
from rows import everything
from small import Node, answer, answering, document, normalised, one_answer, operation, ref, schemas_of
from trials import published, real

FIELD: Node = {"type": "object", "properties": {"a": {"type": "string"}}}


def test_the_lock_only_grows() -> None:
    """A document without half of its operations forgets nothing."""
    whole = real(published())
    raw = published()
    raw["paths"] = dict(list(raw["paths"].items())[::2])

    after = real(raw, whole.lock)

    assert [] == lost_names(whole.lock, after.lock)
    assert set(whole.lock.operations) == set(after.lock.operations)


def test_writing_and_reading_it_again_changes_nothing() -> None:
    """Sorted, so that its history reads well."""
    lock = real(published()).lock

    assert lock.text() == read_lock(lock.text()).text()
    assert list(lock.models) != sorted(lock.models) or lock.text() == lock.copy().text()


@pytest.mark.parametrize("raw", [published(), everything()], ids=["the real document", "every odd construct"])
def test_a_second_run_changes_nothing(raw: Node) -> None:
    """What the lock remembers is what the first run decided."""
    run = real if raw["info"]["title"].startswith("LedgerBee") else normalised
    first = run(raw)
    second = run(raw, lock=first.lock)

    assert (first.api, first.lock.text()) == (second.api, second.lock.text())


def test_what_a_lock_would_lose_is_named() -> None:
    """The guard that no run passes."""
    old = Lock(
        models={"a.b:answer": {"name": "Thing", "working": True}},
        arguments={"a.b:path.0": "thing_id"},
        operations={"a.b": {}},
    )

    assert ["operation a.b", "model Thing", "site a.b:answer", "argument a.b:path.0"] == lost_names(old, Lock())


@pytest.mark.parametrize("text", ["{", "[]", '{"models": {"a": 1}}'])
def test_a_broken_lock_is_refused(text: str) -> None:
    """It is never started afresh silently."""
    with pytest.raises(RefusedError, match="Restore it from version control"):
        read_lock(text)


def test_an_inlined_class_keeps_its_name() -> None:
    """The place remembers it."""
    first = normalised(one_answer(ref("Thing"), {"Thing": FIELD}))
    again = normalised(one_answer(FIELD), lock=first.lock)

    assert ref("Thing") == answer(again, "things.get")


def test_an_inlined_class_that_gets_a_published_name_takes_it() -> None:
    """The name we made up stays as an alias."""
    first = normalised(one_answer(FIELD))
    again = normalised(one_answer(ref("PublicThing"), {"PublicThing": FIELD}), lock=first.lock)

    assert {"GetThingResponse": "PublicThing"} == again.api.aliases


def test_an_inline_enum_keeps_its_name_when_it_becomes_a_component() -> None:
    """It was public under that name."""
    first = normalised(one_answer(ref("Thing"), {"Thing": {"type": "object", "properties": {"kind": {"enum": ["a"]}}}}))
    schemas = {
        "Thing": {"type": "object", "properties": {"kind": ref("KindEnum")}},
        "KindEnum": {"type": "string", "enum": ["a", "b"]},
    }

    again = normalised(one_answer(ref("Thing"), schemas), lock=first.lock)

    assert ["a", "b"] == schemas_of(again)["ThingKind"]["enum"]


def test_a_new_published_class_does_not_take_over_an_old_name() -> None:
    """`Item` was our word for things; the vendor's Item is something else."""
    working = {"Item": {**FIELD, "x-working-name": True}}
    first = normalised(one_answer(ref("Item"), working))
    raw = one_answer(
        ref("PublicThing"), {"PublicThing": FIELD, "Item": {"type": "object", "properties": {"b": {"type": "string"}}}}
    )
    raw["paths"]["/v1/items"] = {"get": operation("Get item", "Items", responses=answering(ref("Item")))}

    again = normalised(raw, lock=first.lock)

    assert {"Item": "PublicThing"} == again.api.aliases
    assert {"PublicThing", "ItemModel"} == set(schemas_of(again))


def test_a_kind_never_follows_the_schema() -> None:
    """A list whose answer becomes one object is still iterated."""
    names = '[things]\ntag = "Things"\nlist = { kind = "list", title = "List things" }\n'
    raw = document(
        {"/v1/things": {"get": operation("List things", responses=answering(ref("Thing")))}}, {"Thing": FIELD}
    )

    assert "array" == answer(normalised(raw, names), "things.list")["type"]


def test_a_batch_remembers_its_array() -> None:
    """Its body may become undescribed one day."""
    names = '[things]\ntag = "Things"\ncreate_batch = { kind = "batch", title = "Create many", many = "create_many" }\n'
    entries = {"type": "array", "items": FIELD, "maxItems": 50}
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": {"rows": entries}}}}}
    raw = document({"/v1/things/batch": {"post": operation("Create many", requestBody=body)}})
    first = normalised(raw, names)
    raw["paths"]["/v1/things/batch"]["post"]["requestBody"] = {"content": {"application/json": {}}}

    again = normalised(raw, names, lock=first.lock)

    assert Batch("rows", 1, 50) == again.api.endpoints["things.create_batch"].batch


def test_a_name_changed_by_hand_keeps_the_old_one_as_an_alias() -> None:
    """names.toml may be edited after a release."""
    first = normalised(one_answer(FIELD))
    again = normalised(one_answer(FIELD), '[models]\n"things.get:answer" = "Thing"\n', lock=first.lock)

    assert {"GetThingResponse": "Thing"} == again.api.aliases


def test_an_argument_can_be_named_by_hand() -> None:
    """By its place."""
    raw = document({"/v1/things/{id}": {"get": operation("Get")}})

    result = normalised(raw, '[arguments]\n"things.get:path.0" = "number"\n')

    assert "number" == result.api.endpoints["things.get"].at("path")[0].name


def test_an_object_that_becomes_a_list_of_words_gets_a_name_of_its_own() -> None:
    """One name cannot be both."""
    schemas: Node = {"Thing": {"type": "object", "properties": {"kind": FIELD}}}
    first = normalised(one_answer(ref("Thing"), schemas))
    schemas["Thing"]["properties"]["kind"] = {"enum": ["a"]}

    again = normalised(one_answer(ref("Thing"), schemas), lock=first.lock)

    assert ["a"] == schemas_of(again)["ThingKind"]["enum"]


def test_attributes_follow_a_class_to_its_published_name() -> None:
    """The day a working name gives way, its fields keep what they are called."""
    string = {"type": "string"}
    working = {"Thing": {"type": "object", "x-working-name": True, "properties": {"aB": string, "a_b": string}}}
    before = normalised(one_answer(ref("Thing"), working))
    published = {"ThingDto": {"type": "object", "properties": {"a_b": string, "aB": string}}}
    after = normalised(one_answer(ref("ThingDto"), published), lock=before.lock, surface=surface_of(before.api))

    assert {"Thing": "ThingDto"} == after.api.aliases
    old, new = before.api.classes["Thing"], after.api.classes["ThingDto"]
    assert isinstance(old, Model)
    assert isinstance(new, Model)
    assert {one.wire: one.name for one in old.fields} == {one.wire: one.name for one in new.fields}
    assert [] == lost_names(before.lock, after.lock)
    after.lock.attributes.clear()
    assert ["attribute Thing.a_b", "attribute Thing.a_b_2"] == lost_names(before.lock, after.lock)


def at_path(path: str) -> Node:
    """A document with one operation at this path."""
    return document({path: {"put": operation("Set a value")}})


def places(path: str, lock: Lock) -> tuple[list[tuple[str, str]], Lock]:
    """What the places of the path are called, and the lock afterwards."""
    result = normalised(at_path(path), NAMES, lock=lock)
    record = result.api.endpoints["values.set"]
    return [(one.wire, one.name) for one in record.at("path")], result.lock


NAMES = """
[values]
tag = "Things"
set = "Set a value"

[arguments]
"values.set:path.0" = "size_id"
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/sizes/{sizeUuid}/values/{valueUuid}", [("sizeUuid", "size_id"), ("valueUuid", "value_id")]),
        ("/v1/sizes/values/{valueId}", [("valueId", "value_id")]),
        ("/v1/sizes/values/{uuid}", [("uuid", "value_id")]),
        ("/v1/values", []),
        ("/v1/values/{id}", [("id", "value_id")]),
        ("/v1/values/{valueId}/sizes/{id}", [("valueId", "value_id"), ("id", "size_id")]),
        (
            "/v1/shops/{shopId}/sizes/{id}/values/{valueId}",
            [("shopId", "shop_id"), ("id", "size_id"), ("valueId", "value_id")],
        ),
        ("/v1/things/{thingId}", [("thingId", "thing_id")]),
    ],
    ids=[
        "renamed",
        "one less",
        "one less, renamed",
        "none",
        "one less, elsewhere",
        "the other way round",
        "one more",
        "another one",
    ],
)
def test_a_place_that_moves_in_its_path_keeps_its_name(path: str, expected: list[tuple[str, str]]) -> None:
    """No value is ever sent where another one belongs; the second run says the same, and so does the way back."""
    first, lock = places("/v1/sizes/{id}/values/{valueId}", Lock())
    moved, grown = places(path, lock)
    again, settled = places(path, grown)
    back, _ = places("/v1/sizes/{id}/values/{valueId}", settled)

    assert expected == moved
    assert (moved, grown.text()) == (again, settled.text())
    assert first == back == [("id", "size_id"), ("valueId", "value_id")]
    assert [] == lost_names(lock, settled)
