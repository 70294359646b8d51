"""What bites a code generator, one construct per test: a small schema through the normaliser."""

# One small document per line.
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

import pytest
from regen.notes import Notes
from trials import (
    ANY_SECURITY,
    Node,
    answer,
    answering,
    document,
    facts,
    normalised,
    one_answer,
    one_body,
    operation,
    ref,
    schemas_of,
    taking,
    written,
)

COLOURS = ["red", "green"]
NULLABLE_COLOUR = {"nullable": True, "allOf": [ref("ThingColour")]}


def thing(**properties: Any) -> Node:
    """A class with these fields, all optional."""
    return {"Thing": {"type": "object", "properties": properties}}


def fields(raw: Node, **more: Any) -> Node:
    """The fields of the class Thing once normalised."""
    properties: Node = schemas_of(normalised(raw, **more))["Thing"]["properties"]
    return properties


def field(schema: Node, version: str = "3.0.0") -> Node:
    """One field `colour` of Thing once normalised."""
    result: Node = fields({**one_answer(ref("Thing"), thing(colour=schema)), "openapi": version})["colour"]
    return result


def parameters(*listed: Node, title: str = "List things", notes: Notes | None = None) -> list[Node]:
    """Parameters of an operation once normalised."""
    raw = document({"/v1/things": {"get": operation(title, parameters=list(listed))}})
    result: list[Node] = written(normalised(raw, notes=notes), "things.list")["parameters"]
    return result


def query(name: str, schema: Node | None = None, **more: Any) -> Node:
    """A query parameter."""
    return {"name": name, "in": "query", "schema": schema or {"type": "string"}, **more}


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

    got = fields(raw, config="pipeline: {integers: [ttl, '*Count']}")

    assert ["integer", "integer", "number"] == [got[name]["type"] for name in ("ttl", "lineCount", "price")]


@pytest.mark.parametrize("entry", ["Thing.vat", "things.get:answer.vat"])
def test_one_place_can_be_made_an_integer(entry: str) -> None:
    """Row 6: where the name alone does not say it."""
    got = fields(one_answer(ref("Thing"), thing(vat={"type": "number"})), config=f"pipeline: {{integers: ['{entry}']}}")

    assert "integer" == got["vat"]["type"]


def test_paging_is_a_fact_and_no_argument() -> None:
    """Row 6: page and limit belong to the walk through the pages."""
    limit = {"type": "number", "default": 25, "maximum": 50}
    raw = document(
        {"/v1/things": {"get": operation(parameters=[query("page"), query("limit", limit), query("search")])}}
    )
    result = normalised(raw)

    assert ["search"] == [parameter["name"] for parameter in written(result, "things.list")["parameters"]]
    assert (True, 50, 25) == tuple(facts(result, "things.list")[key] for key in ("paged", "limit_max", "limit_default"))


@pytest.mark.parametrize("ids", [("Get_one", "Get_one"), ("GetOne", "getone"), (None, None)])
def test_operations_with_the_same_id_both_survive(ids: tuple[str | None, str | None]) -> None:
    """Row 8: names never come from operation ids."""
    raw = document({f"/v1/things/{i}": {"get": operation(f"Get {i}", operationId=one)} for i, one in enumerate(ids)})

    assert 2 == len(normalised(raw).facts["operations"])


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
    assert {"status": 520, "code": None, "when": "strange"} in facts(result, "things.get")["errors"]


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

    assert "file" == facts(result, "things.pdf")["kind"]
    assert ["application/octet-stream"] == list(written(result, "things.pdf")["responses"]["200"]["content"])


def test_a_deep_object_is_a_free_form_argument_and_says_so() -> None:
    """Row 14: `metadata[key]=value`."""
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    raw = document({"/v1/things": {"get": operation(parameters=[query("metadata", schema, style="deepObject")])}})
    result = normalised(raw)

    assert facts(result, "things.list")["arguments"]["query"][0]["deep_object"] is True
    assert written(result, "things.list")["parameters"][0]["schema"]["x-free-form"] is True


def test_a_parameter_with_content_does_not_vanish() -> None:
    """Row 14: it becomes a text, and the report says so."""
    notes = Notes()

    (got,) = parameters({"name": "filter", "in": "query", "content": {"application/json": {}}}, notes=notes)

    assert "string" == got["schema"]["type"]
    assert any("sent as JSON text" in line for line in notes.repairs)


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


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("body", "body_"), ("headers", "headers_"), ("timeout", "timeout_"), ("extra_headers", "extra_headers_"),
        ("self", "self_"), ("calls", "calls_"), ("from", "from_"), ("type", "type_"), ("list", "list_"), ("model", "model_"),
        ("id", "id"), ("2fa", "value_2fa"), ("customerId", "customer_id"), ("x-y.z", "x_y_z"), ("limit", "limit"),
        ("idempotencyKey", "idempotency_key_"), ("\u00f8", "value"), ("VATCode", "vat_code"),
    ],
)  # fmt: skip
def test_an_argument_never_hides_what_the_function_needs(wire: str, python: str) -> None:
    """Row 16: locals, builtins, keywords and the SDK's own arguments."""
    raw = document({"/v1/things": {"get": operation(parameters=[query(wire)])}})

    assert python == facts(normalised(raw), "things.list")["arguments"]["query"][0]["python"]


def test_limit_is_renamed_where_paging_has_it() -> None:
    """Row 16: a header called limit beside the page size."""
    listed = [query("page"), query("limit"), {"name": "limit", "in": "header", "schema": {"type": "string"}}]
    result = normalised(document({"/v1/things": {"get": operation(parameters=listed)}}))

    assert "limit_" == facts(result, "things.list")["arguments"]["header"][0]["python"]


def test_arguments_that_would_be_called_the_same_are_numbered() -> None:
    """Row 16: in different places or spellings."""
    listed = [
        query("customerId"),
        query("customer_id"),
        {"name": "customer-id", "in": "header", "schema": {"type": "string"}},
    ]
    arguments = facts(normalised(document({"/v1/things": {"get": operation(parameters=listed)}})), "things.list")[
        "arguments"
    ]

    names = [argument["python"] for place in arguments.values() for argument in place]
    assert 3 == len(set(names))


def test_what_stands_on_the_parameter_is_told() -> None:
    """Row 17: description and example beside the schema, not in it."""
    (got,) = parameters(query("search", description="Free text.", example="desk"))

    assert {"type": "string", "description": "Free text.", "example": "desk"} == got["schema"]


def test_limits_are_told() -> None:
    """Row 17: the signature cannot say them."""
    (got,) = parameters(query("days", {"type": "integer", "minimum": 0, "maximum": 365}, description="Days of trial"))

    assert "Days of trial. 0 to 365." == got["schema"]["description"]


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
    assert 4 == len([line for line in notes.repairs if line.startswith("/components/schemas/Thing")])


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


def test_an_object_nobody_described_is_passed_through() -> None:
    """Row 20: what a schema writer makes of `string | null`."""
    assert {"type": "object", "additionalProperties": True, "x-free-form": True, "nullable": True} == field(
        {"type": "object", "nullable": True}
    )


def test_a_class_nobody_described_is_a_class_without_fields() -> None:
    """Row 20: bodies, answers and named components may get fields one day, under the same name."""
    result = normalised(one_body({"type": "object"}))

    assert {"type": "object", "properties": {}, "x-undocumented": True} == schemas_of(result)["CreateThingBody"]
    assert facts(result, "things.create")["body"]["documented"] is False


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


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("/v1/things/{customer.id}", "/v1/things/{customer_id}"),
        ("/v1/things/:id", "/v1/things/{id}"),
        ("/v1/things/{id}/parts/{id}", "/v1/things/{id}/parts/{id2}"),
        ("/v1/things/{2fa}", "/v1/things/{p2fa}"),
        ("v1/things/{id}?expand=1", "/v1/things/{id}"),
    ],
)
def test_a_path_is_made_a_safe_template(path: str, safe: str) -> None:
    """Leftover: dots, colons, repeated and undeclared places."""
    notes = Notes()
    result = normalised(document({path: {"get": operation("Get")}}), notes=notes)
    (record,) = result.facts["operations"].values()

    assert safe == record["path"]
    assert notes.repairs


@pytest.mark.parametrize(
    ("path", "python"),
    [
        ("/v1/invoices/{id}", ["invoice_id"]),
        ("/v1/customers/{id}/contacts", ["customer_id"]),
        ("/v1/dimensions/{id}/values/{valueId}", ["dimension_id", "value_id"]),
        ("/v1/journal-entries/{id}/reverse", ["journal_entry_id"]),
        ("/.well-known/portal-sso/{slug}/jwks.json", ["slug"]),
        ("/v1/{id}", ["id"]),
    ],
)
def test_places_of_a_path_are_called_after_what_they_name(path: str, python: list[str]) -> None:
    """`id` alone says nothing."""
    (record,) = normalised(document({path: {"get": operation("Get")}})).facts["operations"].values()

    assert python == [argument["python"] for argument in record["arguments"]["path"]]


def test_a_place_of_a_path_keeps_its_python_name_when_its_wire_name_changes() -> None:
    """Arguments are locked by place."""
    first = normalised(document({"/v1/things/{id}": {"get": operation("Get")}}))
    again = normalised(document({"/v1/things/{theIdentifier}": {"get": operation("Get")}}), lock=first.lock)

    assert "thing_id" == facts(again, "things.get")["arguments"]["path"][0]["python"]


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


@pytest.mark.parametrize(("explode", "joined"), [(False, ["ids"]), (True, []), (None, [])])
def test_lists_without_explode_are_joined_by_commas(explode: bool | None, joined: list[str]) -> None:
    """Leftover: `ids=a,b` instead of `ids=a&ids=b`."""
    more = {} if explode is None else {"explode": explode}
    parameter = query("ids", {"type": "array", "items": {"type": "string"}}, **more)

    assert (
        joined
        == facts(normalised(document({"/v1/things": {"get": operation(parameters=[parameter])}})), "things.list")[
            "comma_joined"
        ]
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
    (record,) = normalised(document({"/v1/x": {"get": operation("Get", tag)}})).facts["operations"].values()

    assert f"https://docs.ledgerbee.com/api/{page}" == record["docs_url"]


@pytest.mark.parametrize("name", ["POST /v1/things/test-event", "POST /v1/things/load_test"])
def test_no_generated_module_looks_like_a_test(name: str) -> None:
    """Leftover: pytest would collect it."""
    (record,) = normalised(document({name[5:]: {"post": operation("Run")}})).facts["operations"].values()

    assert not record["method"].startswith("test_")
    assert not record["method"].endswith("_test")


def test_security_of_the_document_holds_for_every_operation_that_says_nothing() -> None:
    """And an empty list says that nothing is needed."""
    paths = {"/v1/a": {"get": operation("Get a")}, "/v1/b": {"get": operation("Get b", security=[])}}
    del paths["/v1/a"]["get"]["security"]
    result = normalised(document(paths, security=[{"ApiKeyAuth": []}]))

    assert ["key", "none"] == [record["security"] for record in result.facts["operations"].values()]


@pytest.mark.parametrize(
    ("security", "word"),
    [(ANY_SECURITY, "any"), ([{"OAuth2": ["things-read"]}], "oauth"), ([{"ApiKeyAuth": []}], "key"), ([], "none")],
)
def test_credentials_are_told_in_one_word(security: list[Node], word: str) -> None:
    """Whatever the schemes are called."""
    (record,) = (
        normalised(document({"/v1/a": {"get": operation("Get", security=security)}})).facts["operations"].values()
    )

    assert word == record["security"]
    assert (["things-read"] if word == "oauth" else None) == record["scopes"]


def test_a_document_that_declares_schemes_and_requires_none_is_read_as_accepting_all() -> None:
    """Unauthenticated calls would all fail."""
    raw = document({"/v1/a": {"get": {"summary": "Get", "responses": {}}}})
    notes = Notes()

    (record,) = normalised(raw, notes=notes).facts["operations"].values()

    assert "any" == record["security"]
    assert notes.repairs


def test_parameters_of_the_path_and_references_are_gathered() -> None:
    """The operation's own win."""
    raw = document(
        {
            "/v1/things": {
                "parameters": [{"$ref": "#/components/parameters/Tenant"}, query("search", description="old")],
                "get": operation(parameters=[query("search", description="new")]),
            }
        }
    )
    raw["components"]["parameters"] = {
        "Tenant": {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string"}}
    }

    got = written(normalised(raw), "things.list")["parameters"]

    assert [("X-Tenant", True), ("search", False)] == [(one["name"], one["required"]) for one in got]
    assert "new" == got[1]["schema"]["description"].rstrip(".")


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


@pytest.mark.parametrize("name", ["x-api-key", "Authorization", "Accept", "Content-Type"])
def test_headers_of_the_client_are_no_arguments(name: str) -> None:
    """Credentials and media types are its business."""
    assert [] == parameters({"name": name, "in": "header", "schema": {"type": "string"}})


def test_the_idempotency_header_is_a_fact() -> None:
    """The runtime makes the key."""
    header = {"name": "x-api-idempotency-key", "in": "header", "required": True, "schema": {"type": "string"}}
    record = facts(
        normalised(document({"/v1/things": {"post": operation("Create", parameters=[header])}})), "things.create"
    )

    assert {"header": "x-api-idempotency-key"} == record["idempotency"]
    assert [] == record["arguments"]["header"]


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
    """204 says that nothing comes; 201 without content says nothing."""
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
    assert {"x-undocumented": True} == answer(result, "things.delete")


def test_a_base_path_written_before_every_path_is_taken_off() -> None:
    """It is part of the base URL here."""
    raw = document({"/api/v1/things": {"get": operation()}}, servers=[{"url": "https://api.example.com"}])

    assert "/v1/things" == facts(normalised(raw), "things.list")["path"]


def test_nothing_of_the_document_is_changed_by_normalising_it() -> None:
    """It is written back byte by byte."""
    import copy
    import json

    from regen.config import Config
    from regen.lock import Lock
    from regen.normalise import Inputs, normalise
    from regen.tables import Table
    from rows import everything

    raw = json.loads(json.dumps(everything()))
    before = copy.deepcopy(raw)

    normalise(raw, Inputs(Table(), Config(), [], Lock()), Notes())

    assert before == raw
