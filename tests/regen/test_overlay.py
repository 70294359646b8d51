"""Corrections are data: they match, or the report says that they do not."""

from __future__ import annotations

import pytest
from regen.model.api import Deprecation
from regen.model.describe import Described
from regen.model.overlay import read_overlay
from regen.notes import Notes, RefusedError
from small import (
    ANY_SECURITY,
    Node,
    answer,
    answering,
    document,
    endpoint,
    normalised,
    one_answer,
    one_body,
    operation,
    query,
    ref,
    schemas_of,
    written,
)

HEAD = "overlay: 1.0.0\ninfo: {title: T, version: 1}\nactions:\n"
SCHEMAS = {"Thing": {"type": "object", "properties": {"price": {"type": "string"}, "status": {"type": "string"}}}}


def test_a_string_becomes_a_decimal() -> None:
    """The report says how often the target matched, and why it is there."""
    notes = Notes()
    overlay = (
        HEAD + "  - {target: $.models.Thing.properties.price, description: api/things, update: {format: decimal}}\n"
    )

    got = schemas_of(normalised(one_answer(ref("Thing"), SCHEMAS), overlay=overlay, notes=notes))

    assert {"type": "string", "format": "decimal"} == got["Thing"]["properties"]["price"]
    assert ["$.models.Thing.properties.price: 1 match (api/things)"] == notes.overlay


def test_a_target_that_matches_nothing_is_reported() -> None:
    """It is never silently ignored."""
    notes = Notes()

    result = normalised(
        one_answer(ref("Thing"), SCHEMAS), overlay=HEAD + "  - {target: $.models.Gone, update: {}}\n", notes=notes
    )

    assert ["$.models.Gone: matches NOTHING"] == notes.ineffective
    assert {"$.models.Gone": 0} == result.api.conversions


def test_an_enum_written_by_the_overlay_becomes_a_class() -> None:
    """What it adds is normalised like everything else."""
    overlay = HEAD + "  - {target: $.models.Thing.properties.status, update: {enum: [on, off]}}\n"
    overlay = overlay.replace("[on, off]", "['on', 'off']")

    got = schemas_of(normalised(one_answer(ref("Thing"), SCHEMAS), overlay=overlay))

    assert ["on", "off"] == got["ThingStatus"]["enum"]


def test_a_model_is_found_under_every_name_it_had() -> None:
    """An entry survives the day its published name becomes known."""
    working = {"Thing": {**SCHEMAS["Thing"], "x-working-name": True}}
    overlay = HEAD + "  - {target: $.models.Thing.properties.price, update: {format: decimal}}\n"
    first = normalised(one_answer(ref("Thing"), working), overlay=overlay)

    for raw in (one_answer(ref("PublicThing"), {"PublicThing": SCHEMAS["Thing"]}), one_answer(SCHEMAS["Thing"])):
        again = normalised(raw, overlay=overlay, lock=first.lock)
        assert {"$.models.Thing.properties.price": 1} == again.api.conversions
        assert any("decimal" in str(schema) for schema in schemas_of(again).values())


def test_operations_take_facts_and_lose_credentials() -> None:
    """Scopes, what may be repeated, and which credentials are refused."""
    overlay = (
        HEAD
        + """
  - target: $.operations['things.send']
    update: {x-repeatable: a key makes it harmless, x-required-scopes: [things-write]}
  - target: $.operations['things.send']
    update: {deprecated: true, x-sunset: "2027-01-01"}
  - target: $.operations['things.send'].security[?(@.oauth)]
    remove: true
"""
    )
    paths = {f"/v1/things/{{id}}/{word}": {"post": operation(word)} for word in ("send", "stop")}
    for item in paths.values():
        del item["post"]["security"]
    result = normalised(document(paths, security=ANY_SECURITY), overlay=overlay)
    record = endpoint(result, "things.send")

    assert (True, "a key makes it harmless") == (record.repeatable, record.reason)
    assert (("things-write",), "key") == (record.scopes, record.security)
    assert Deprecation(sunset="2027-01-01") == record.deprecation
    assert "any" == endpoint(result, "things.stop").security


def test_a_parameter_is_found_by_its_name() -> None:
    """JSONPath filters work."""
    overlay = (
        HEAD
        + "  - {target: \"$.operations['things.list'].parameters[?(@.name=='from')].schema\", update: {format: date}}\n"
    )
    parameter = {"name": "from", "in": "query", "schema": {"type": "string"}}
    result = normalised(document({"/v1/things": {"get": operation(parameters=[parameter])}}), overlay=overlay)

    assert "date" == endpoint(result, "things.list").arguments[0].schema["format"]


def test_a_removed_field_is_required_no_longer() -> None:
    """The list of its object forgets it too."""
    schemas = {"Thing": {**SCHEMAS["Thing"], "required": ["price", "status"]}}
    overlay = HEAD + "  - {target: $.models.Thing.properties.status, remove: true}\n"

    got = schemas_of(normalised(one_answer(ref("Thing"), schemas), overlay=overlay))["Thing"]

    assert (["price"], ["price"]) == (list(got["properties"]), got["required"])


def test_a_date_on_a_number_is_reported() -> None:
    """A conversion that cannot be meant does nothing, and says so."""
    notes = Notes()
    overlay = HEAD + "  - {target: $.models.Thing.properties.a, update: {format: date}}\n"
    schemas = {"Thing": {"type": "object", "properties": {"a": {"type": "number"}}}}

    got = schemas_of(normalised(one_answer(ref("Thing"), schemas), overlay=overlay, notes=notes))

    assert {"type": "number"} == got["Thing"]["properties"]["a"]
    assert any("format 'date' on a number is ignored" in line for line in notes.repairs)


def test_the_items_of_a_list_are_in_the_view() -> None:
    """However the wire wraps them."""
    page = {"type": "object", "properties": {"data": {"type": "array", "items": ref("Thing")}}}
    answer = "$.operations['things.list'].responses['200'].content['application/json'].schema"
    overlay = HEAD + f'  - {{target: "{answer}", update: {{description: Things.}}}}\n'
    result = normalised(
        document({"/v1/things": {"get": operation(responses=answering(page))}}, SCHEMAS), overlay=overlay
    )

    assert [1] == list(result.api.conversions.values())


@pytest.mark.parametrize(
    "text",
    [
        "actions: []",
        HEAD + "  - {update: {}}\n",
        HEAD + "  - {target: $.a}\n",
        HEAD + "  - {target: $.a, updates: {}}\n",
        HEAD + "  - {target: '$.a[', update: {}}\n",
        "overlay: 1.0.0\nactions: [\n",
    ],
    ids=["no version", "no target", "no deed", "a misspelt key", "no JSONPath", "no YAML"],
)
def test_an_overlay_that_would_be_ignored_is_refused(text: str) -> None:
    """Every fault, before anything is done."""
    with pytest.raises(RefusedError, match=r"openapi/overlay\.yaml"):
        read_overlay(text)


def test_a_list_is_added_to_and_a_plain_value_is_not_changed() -> None:
    """As the specification says; the second is reported."""
    notes = Notes()
    overlay = (
        HEAD
        + """
  - target: "$.operations['things.get'].parameters"
    update: {name: q, in: query, required: false, schema: {type: string}}
  - {target: "$.operations['things.get'].summary", update: Other}
"""
    )
    result = normalised(one_answer(ref("Thing"), SCHEMAS), overlay=overlay, notes=notes)

    assert "q" == endpoint(result, "things.get").at("query")[0].name
    assert "Get a thing" == endpoint(result, "things.get").title
    assert any("a plain value" in line for line in notes.ineffective)


def test_a_body_can_be_taken_away() -> None:
    """Where the schema claims one and the server refuses it."""
    overlay = HEAD + "  - {target: \"$.operations['things.create'].requestBody\", remove: true}\n"

    assert endpoint(normalised(one_body(ref("Thing"), SCHEMAS), overlay=overlay), "things.create").body is None


THING = "$.models.Thing.properties.status"
GET = "$.operations['things.get']"
OTHER = {**SCHEMAS, "Other": {"type": "object", "properties": {"a": {"type": "string"}}}}


def corrected(target: str, deed: str) -> Described:
    """A thing with one action of the overlay."""
    overlay = HEAD + f'  - {{target: "{target}", {deed}}}\n'
    get = operation("Get a thing", responses=answering(ref("Thing")), parameters=[query("q")])
    raw = document({"/v1/thing": {"get": get}}, OTHER)
    return normalised(raw, overlay=overlay)


def test_an_operation_can_be_taken_away() -> None:
    """With everything that it alone needs."""
    assert {} == corrected(GET, "remove: true").api.endpoints


@pytest.mark.parametrize("target", [f"{GET}.responses", f"{GET}.responses['200']"])
def test_an_answer_can_be_taken_away(target: str) -> None:
    """What is left is an answer that nobody described."""
    assert ref("GetThingResponse") == answer(corrected(target, "remove: true"), "things.get")


def test_parameters_can_be_taken_away_and_written() -> None:
    """As a whole; one that does not say whether it is required is not."""
    one = "parameters: [{name: a, in: query, schema: {type: [integer, 'null']}}]"

    assert [] == written(corrected(f"{GET}.parameters", "remove: true"), "things.get")["parameters"]
    got = written(corrected(GET, f"update: {{{one}}}"), "things.get")["parameters"]
    assert ["q", "a"] == [parameter["name"] for parameter in got]
    assert ({"type": "integer", "nullable": True}, False) == (got[1]["schema"], got[1]["required"])


def test_a_model_cannot_be_taken_away() -> None:
    """Nobody could say what stands in its place, so it is refused instead of being counted as a match."""
    with pytest.raises(RefusedError, match="cannot be removed as a whole"):
        corrected("$.models.Thing", "remove: true")


@pytest.mark.parametrize(
    ("update", "got"),
    [
        ("{$ref: '#/components/schemas/Other'}", ref("Other")),
        ("{type: [string, 'null']}", {"type": "string", "nullable": True}),
        ("{oneOf: [{type: string}, {type: 'null'}]}", {"type": "string", "nullable": True}),
        ("{type: array, items: {$ref: '#/components/schemas/Other'}}", {"type": "array", "items": ref("Other")}),
    ],
    ids=["a reference", "types of 3.1", "a choice", "a list of references"],
)
def test_an_update_is_read_as_the_document_is(update: str, got: Node) -> None:
    """In any dialect."""
    assert got == schemas_of(corrected(THING, f"update: {update}"))["Thing"]["properties"]["status"]


def test_a_reference_to_nothing_is_refused() -> None:
    """By its name."""
    with pytest.raises(RefusedError, match="'Gone' points at nothing"):
        corrected(THING, "update: {$ref: '#/components/schemas/Gone'}")


def test_a_correction_reaches_every_copy_of_a_class() -> None:
    """Where the document writes it out in several places."""
    overlay = HEAD + "  - {target: $.models.Thing.properties.price, update: {format: decimal}}\n"
    first = normalised(two_answers(ref("Thing")), overlay=overlay)
    again = normalised(two_answers(SCHEMAS["Thing"]), overlay=overlay, lock=first.lock)

    assert {"Thing"} == set(schemas_of(first)) == set(schemas_of(again))
    assert "decimal" == schemas_of(again)["Thing"]["properties"]["price"]["format"]


def two_answers(schema: Node) -> Node:
    """Two operations that answer the same."""
    paths = {f"/v1/{word}": {"get": operation(f"Get {word}", responses=answering(schema))} for word in ("a", "b")}
    return document(paths, SCHEMAS)
