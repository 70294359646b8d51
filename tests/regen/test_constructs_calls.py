"""What bites a code generator, one construct per test: operations, bodies and answers."""

# One small document per line.
# ruff: noqa: E501

from __future__ import annotations

import pytest
from regen.model.api import Body, Refusal
from regen.notes import Notes, RefusedError
from small import (
    ANY_SECURITY,
    Node,
    answer,
    answering,
    document,
    endpoint,
    field,
    normalised,
    one_body,
    operation,
    ref,
    schemas_of,
    taking,
    thing,
    written,
)

COLOURS = ["red", "green"]
NULLABLE_COLOUR = {"nullable": True, "allOf": [ref("ThingColour")]}


@pytest.mark.parametrize("ids", [("Get_one", "Get_one"), ("GetOne", "getone"), (None, None)])
def test_operations_with_the_same_id_both_survive(ids: tuple[str | None, str | None]) -> None:
    """Row 8: names never come from operation ids."""
    raw = document({f"/v1/things/{i}": {"get": operation(f"Get {i}", operationId=one)} for i, one in enumerate(ids)})

    assert 2 == len(normalised(raw).api.endpoints)


def test_only_success_is_described_to_the_generator() -> None:
    """Row 12: refusals are read by the runtime, from the raw body."""
    responses = {
        **answering(ref("Thing"), "201"),
        **answering({"type": "string"}, "400", "text/plain"),
        "default": {"description": ""},
        "520": {"description": "strange"},
    }
    result = normalised(document({"/v1/things": {"get": operation("Get", responses=responses)}}, thing()))

    assert ["200"] == list(written(result, "things.get")["responses"])
    assert Refusal(520, None, "strange") in endpoint(result, "things.get").refusals


def test_an_answer_relabelled_as_pdf_is_read_as_what_its_schema_says() -> None:
    """Row 12: one annotation relabels every response of an operation."""
    raw = document(
        {"/v1/thing": {"get": operation("Get", responses=answering(ref("Thing"), "200", "application/pdf"))}},
        thing(a={}),
    )

    assert ref("Thing") == answer(normalised(raw), "things.get")


@pytest.mark.parametrize(
    "responses",
    [{"400": {"description": ""}}, answering({"type": "string", "format": "binary"}, "200", "application/pdf")],
)
def test_a_pdf_is_a_file_with_or_without_a_described_success(responses: Node) -> None:
    """Row 13: some pages describe only the refusals."""
    result = normalised(document({"/v1/things/{id}/pdf": {"get": operation("Print", responses=responses)}}))

    assert "file" == endpoint(result, "things.pdf").kind


def test_an_object_nobody_described_is_passed_through() -> None:
    """Row 20: what a schema writer makes of `string | null`."""
    assert {"type": "object", "additionalProperties": True, "x-free-form": True, "nullable": True} == field(
        {"type": "object", "nullable": True}
    )


def test_a_class_nobody_described_is_a_class_without_fields() -> None:
    """Row 20: bodies, answers and named components may get fields one day, under the same name."""
    result = normalised(one_body({"type": "object"}))

    assert {"type": "object", "properties": {}} == schemas_of(result)["CreateThingBody"]
    assert endpoint(result, "things.create").body == Body(ref("CreateThingBody"), documented=False)


def test_a_body_of_another_media_type_is_reported() -> None:
    """Leftover: this client sends JSON."""
    notes = Notes()
    raw = document(
        {
            "/v1/things": {
                "post": operation("Create", requestBody={"content": {"text/plain": {"schema": {"type": "string"}}}})
            }
        }
    )

    assert ["application/json"] == list(
        written(normalised(raw, notes=notes), "things.create")["requestBody"]["content"]
    )
    assert any("text/plain" in line for line in notes.repairs)


def test_of_several_media_types_json_is_taken() -> None:
    """One body, one schema."""
    content = {"multipart/form-data": {"schema": {"type": "object"}}, "application/json": {"schema": ref("Thing")}}
    raw = document(
        {"/v1/things": {"post": operation("Create", requestBody={"content": content})}}, thing(a={"type": "string"})
    )

    assert (
        ref("Thing")
        == written(normalised(raw), "things.create")["requestBody"]["content"]["application/json"]["schema"]
    )


@pytest.mark.parametrize(
    ("tag", "page"),
    [
        ("Draft Journal Entries (v2)", "draft-journal-entries-v2"),
        ("VAT Codes", "vat-codes"),
        ("Invoices", "invoices"),
        ("MCP", "mcp"),
    ],
)
def test_a_tag_leads_to_its_page(tag: str, page: str) -> None:
    """Leftover: slugs as the published reference writes them."""
    (record,) = normalised(document({"/v1/x": {"get": operation("Get", tag)}})).api.endpoints.values()

    assert f"https://docs.ledgerbee.com/api/{page}" == record.docs_url


@pytest.mark.parametrize("name", ["POST /v1/things/test-event", "POST /v1/things/load_test"])
def test_no_generated_module_looks_like_a_test(name: str) -> None:
    """Leftover: pytest would collect it."""
    (record,) = normalised(document({name[5:]: {"post": operation("Run")}})).api.endpoints.values()

    assert not record.method.startswith("test_")
    assert not record.method.endswith("_test")


def test_security_of_the_document_holds_for_every_operation_that_says_nothing() -> None:
    """And an empty list says that nothing is needed."""
    paths = {"/v1/a": {"get": operation("Get a")}, "/v1/b": {"get": operation("Get b", security=[])}}
    del paths["/v1/a"]["get"]["security"]
    result = normalised(document(paths, security=[{"ApiKeyAuth": []}]))

    assert ["key", "none"] == [record.security for record in result.api.endpoints.values()]


@pytest.mark.parametrize(
    ("security", "word"),
    [(ANY_SECURITY, "any"), ([{"OAuth2": ["things-read"]}], "oauth"), ([{"ApiKeyAuth": []}], "key"), ([], "none")],
)
def test_credentials_are_told_in_one_word(security: list[Node], word: str) -> None:
    """Whatever the schemes are called."""
    (record,) = normalised(document({"/v1/a": {"get": operation("Get", security=security)}})).api.endpoints.values()

    assert word == record.security
    assert (("things-read",) if word == "oauth" else None) == record.scopes


def test_a_document_that_declares_schemes_and_requires_none_is_read_as_accepting_all() -> None:
    """Unauthenticated calls would all fail."""
    raw = document({"/v1/a": {"get": {"summary": "Get", "responses": {}}}})
    notes = Notes()

    (record,) = normalised(raw, notes=notes).api.endpoints.values()

    assert "any" == record.security
    assert notes.repairs


def test_bodies_and_responses_by_reference_are_followed() -> None:
    """Wherever the document keeps them."""
    raw = document({"/v1/things": {"post": operation("Create", requestBody={"$ref": "#/components/requestBodies/B"}, responses={"201": {"$ref": "#/components/responses/A"}})}}, thing(a={}))  # fmt: skip
    raw["components"] |= {
        "requestBodies": {"B": taking(ref("Thing"))},
        "responses": {"A": answering(ref("Thing"))["200"]},
    }
    result = normalised(raw)

    assert ref("Thing") == answer(result, "things.create")
    assert ref("Thing") == written(result, "things.create")["requestBody"]["content"]["application/json"]["schema"]


ITEMS = {"type": "array", "items": ref("Thing")}


@pytest.mark.parametrize(
    "schema",
    [
        ITEMS,
        {"type": "object", "properties": {"data": ITEMS, "total": {"type": "number"}}},
        {"type": "object", "properties": {"things": ITEMS, "name": {"type": "string"}}},
        {"allOf": [ref("Meta"), {"type": "object", "properties": {"data": ITEMS}}]},
        {"type": "object", "properties": {"data": ITEMS, "others": {"type": "array", "items": {}}}},
    ],
)
def test_a_list_lists_its_items_whatever_wraps_them(schema: Node) -> None:
    """A bare array, a page, an object around one array, a mixin: the signature is the same."""
    schemas = {**thing(a={"type": "string"}), "Meta": {"type": "object", "properties": {"total": {"type": "number"}}}}
    result = normalised(document({"/v1/things": {"get": operation(responses=answering(schema))}}, schemas))

    assert ITEMS == answer(result, "things.list")
    assert ["Thing"] == list(schemas_of(result))


def test_a_list_nobody_described_has_items_without_fields() -> None:
    """They may get fields one day, under the same name."""
    result = normalised(document({"/v1/things": {"get": operation("List things")}}))

    assert {"type": "array", "items": ref("ThingItem")} == answer(result, "things.list")


def test_an_answer_without_content_is_nothing_and_an_undescribed_one_is_an_object() -> None:
    """204 says that nothing comes; 201 without content says nothing. Of a deletion, nothing is wanted then."""
    paths: Node = {
        "/v1/things/{id}/end": {"post": operation("End", responses={"204": {"description": ""}})},
        "/v1/things/{id}/go": {"post": operation("Go", responses={"201": {"description": ""}})},
        "/v1/things/{id}": {"delete": operation("Delete", responses={"200": {"description": ""}})},
    }
    result = normalised(document(paths))

    assert "content" not in written(result, "things.end")["responses"]["200"]
    assert ref("GoThingResponse") == answer(result, "things.go") or ref("ThingGoResponse") == answer(
        result, "things.go"
    )
    assert "content" not in written(result, "things.delete")["responses"]["200"]


@pytest.mark.parametrize("kind", ["one", "list"])
def test_a_kind_that_is_locked_wins_over_a_file(kind: str) -> None:
    """And the report says so."""
    notes = Notes()
    responses = answering({"type": "string", "format": "binary"}, "200", "application/pdf")
    raw = document({"/v1/things": {"get": operation("Get", responses=responses)}})

    result = normalised(raw, f'[things]\ntag = "Things"\nget = {{ kind = "{kind}", title = "Get" }}\n', notes=notes)

    assert kind == endpoint(result, "things.get").kind
    assert any("answers a file, but things.get is locked" in line for line in notes.repairs)


def test_an_answer_of_another_text_type_is_read_as_json() -> None:
    """With a line in the report; several answers likewise."""
    notes = Notes()
    responses = {**answering(ref("Thing"), "200", "text/csv"), **answering({"type": "string"}, "202", "text/csv")}
    raw = document({"/v1/thing": {"get": operation("Get", responses=responses)}}, thing(a={"type": "string"}))

    assert ref("Thing") == answer(normalised(raw, notes=notes), "things.get")
    assert 2 == len([line for line in notes.repairs if line.startswith("GET /v1/thing, answer")])


def test_media_without_a_schema_says_nothing() -> None:
    """Neither for the answer nor for the body."""
    content: Node = {"application/json": {}}
    raw = document(
        {
            "/v1/things": {
                "post": operation("Create", requestBody={"content": content}, responses={"200": {"content": content}})
            }
        }
    )

    assert {"CreateThingBody", "CreateThingResponse"} == set(schemas_of(normalised(raw)))


def test_an_endpoint_described_twice_is_taken_once() -> None:
    """Two spellings of one path."""
    notes = Notes()
    raw = document({"/v1/things/{id}": {"get": operation("Get")}, "/v1/things/:id": {"get": operation("Get again")}})

    assert 1 == len(normalised(raw, notes=notes).api.endpoints)
    assert any("describes GET /v1/things/{id} again" in line for line in notes.repairs)


def test_what_nobody_calls_is_left_out_and_reported() -> None:
    """OPTIONS and TRACE, cookies, parameters without a place."""
    notes = Notes()
    odd = [{"name": "a", "in": "cookie"}, {"name": "b"}, {"name": "c", "in": "path"}]
    item = {"get": operation("Get", parameters=odd), "options": operation("Options")}

    result = normalised(document({"/v1/thing": item, "x-more": {"get": {}}}), notes=notes)

    assert 1 == len(result.api.endpoints)
    assert [] == written(result, "things.get")["parameters"]
    assert 4 == len(notes.repairs)


def test_a_listing_does_not_take_an_array_of_words_for_its_items() -> None:
    """Of several arrays in an answer, the one that holds objects is listed."""
    string: Node = {"type": "string"}
    wrapped = {
        "type": "object",
        "properties": {
            "tags": {"type": "array", "items": {"type": "string", "enum": ["a"]}},
            "things": {"type": "array", "items": ref("Thing")},
        },
    }
    result = normalised(document({"/v1/things": {"get": operation(responses=answering(wrapped))}}, thing(name=string)))

    assert ref("Thing") == answer(result, "things.list")["items"]


def test_an_operation_that_takes_a_bare_file_is_left_out_by_name() -> None:
    """A method that can only be refused is worse than none; a name in the table brings it back."""
    body: Node = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
    raw = document({"/v1/things/upload": {"post": operation("Upload a thing", requestBody=body)}})
    notes = Notes()

    assert {} == normalised(raw, notes=notes).api.endpoints
    assert ["POST /v1/things/upload" in line for line in notes.left_out] == [True]
    named = normalised(raw, '[things]\ntag = "Things"\nupload = "Upload a thing"')
    assert ["things.upload"] == list(named.api.endpoints)


@pytest.mark.parametrize("kind", ["text/csv", "application/xml", "application/vnd.ms-excel", "text/calendar"])
def test_an_export_is_a_file(kind: str) -> None:
    """Whatever is not JSON and not text to be read is saved."""
    raw = document(
        {"/v1/things/export": {"get": operation("Export", responses=answering({"type": "string"}, kind=kind))}}
    )

    assert "file" == endpoint(normalised(raw), "things.export").kind


def test_a_header_that_a_batch_would_take_is_left_to_extra_headers() -> None:
    """Batches are cut and packed by the runtime, which sends entries alone."""
    names = '[things]\ntag = "Things"\ncreate_batch = { kind = "batch", title = "Create things" }'
    schema = {"type": "object", "properties": {"entries": {"type": "array", "items": ref("Thing")}}}
    header = {"name": "x-request-id", "in": "header", "schema": {"type": "string"}}
    post = operation("Create things", parameters=[header], requestBody=taking(schema), responses=answering(schema))
    notes = Notes()
    result = normalised(document({"/v1/things": {"post": post}}, thing(name={"type": "string"})), names, notes=notes)

    assert [] == written(result, "things.create_batch")["parameters"]
    assert any("extra_headers=" in line for line in notes.repairs)


@pytest.mark.parametrize("place", ["requestBody", "responses"])
def test_content_that_is_no_object_is_refused(place: str) -> None:
    """With its place."""
    holder: Node = {"content": [{"schema": {}}]}
    more = {"requestBody": holder} if place == "requestBody" else {"responses": {"200": holder}}

    with pytest.raises(RefusedError, match=r"content: not an object of media types"):
        normalised(document({"/v1/things": {"post": operation("Create", **more)}}))


def test_a_server_that_is_no_url_is_refused() -> None:
    """It says where the base path is."""
    with pytest.raises(RefusedError, match=r"/servers/0/url: 'http://\[::1' is no URL"):
        normalised(document({"/v1/things": {"get": operation()}}, servers=[{"url": "http://[::1"}]))
