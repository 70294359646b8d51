"""What bites a code generator, one construct per test: arguments and paths."""

# One small document per line.
# ruff: noqa: E501

from __future__ import annotations

import pytest
from regen.codegen.generate import generate
from regen.notes import Notes
from small import (
    Node,
    document,
    endpoint,
    fields,
    normalised,
    one_answer,
    operation,
    parameters,
    query,
    ref,
    thing,
    written,
)

COLOURS = ["red", "green"]
NULLABLE_COLOUR = {"nullable": True, "allOf": [ref("ThingColour")]}


@pytest.mark.parametrize("entry", ["Thing.vat", "things.get:answer.vat"])
def test_one_place_can_be_made_an_integer(entry: str) -> None:
    """Row 6: where the name alone does not say it."""
    got = fields(one_answer(ref("Thing"), thing(vat={"type": "number"})), config=f"integers: ['{entry}']")

    assert "integer" == got["vat"]["type"]


def test_paging_is_a_fact_and_no_argument() -> None:
    """Row 6: page and limit belong to the walk through the pages."""
    limit = {"type": "number", "default": 25, "maximum": 50}
    raw = document(
        {"/v1/things": {"get": operation(parameters=[query("page"), query("limit", limit), query("search")])}}
    )
    result = normalised(raw)

    assert ["search"] == [parameter["name"] for parameter in written(result, "things.list")["parameters"]]
    assert (True, 50) == (endpoint(result, "things.list").paged, endpoint(result, "things.list").limit_max)


def test_a_deep_object_is_a_free_form_argument_and_says_so() -> None:
    """Row 14: `metadata[key]=value`."""
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    raw = document({"/v1/things": {"get": operation(parameters=[query("metadata", schema, style="deepObject")])}})
    result = normalised(raw)

    assert written(result, "things.list")["parameters"][0]["schema"]["x-free-form"] is True


def test_a_parameter_with_content_does_not_vanish() -> None:
    """Row 14: it becomes a text, and the report says so."""
    notes = Notes()

    (got,) = parameters({"name": "filter", "in": "query", "content": {"application/json": {}}}, notes=notes)

    assert "string" == got["schema"]["type"]
    assert any("sent as JSON text" in line for line in notes.repairs)


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

    assert python == endpoint(normalised(raw), "things.list").at("query")[0].name


def test_limit_is_renamed_where_paging_has_it() -> None:
    """Row 16: a header called limit beside the page size."""
    listed = [query("page"), query("limit"), {"name": "limit", "in": "header", "schema": {"type": "string"}}]
    result = normalised(document({"/v1/things": {"get": operation(parameters=listed)}}))

    assert "limit_" == endpoint(result, "things.list").at("header")[0].name


def test_arguments_that_would_be_called_the_same_are_numbered() -> None:
    """Row 16: in different places or spellings."""
    listed = [
        query("customerId"),
        query("customer_id"),
        {"name": "customer-id", "in": "header", "schema": {"type": "string"}},
    ]
    result = normalised(document({"/v1/things": {"get": operation(parameters=listed)}}))

    assert 3 == len({argument.name for argument in endpoint(result, "things.list").arguments})


@pytest.mark.parametrize("description", [7, True, ["x"], {"x": 1}, None])
def test_a_description_that_is_no_text_is_none(description: object) -> None:
    """Beside a parameter, as everywhere."""
    assert [{"type": "string"}] == [got["schema"] for got in parameters(query("search", description=description))]


def test_what_stands_on_the_parameter_is_told() -> None:
    """Row 17: description and example beside the schema, not in it."""
    (got,) = parameters(query("search", description="Free text.", example="desk"))

    assert {"type": "string", "description": "Free text.", "example": "desk"} == got["schema"]


def test_limits_are_told() -> None:
    """Row 17: the signature cannot say them."""
    (got,) = parameters(query("days", {"type": "integer", "minimum": 0, "maximum": 365}, description="Days of trial"))

    assert "Days of trial. 0 to 365." == got["schema"]["description"]


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
    (record,) = result.api.endpoints.values()

    assert safe == record.path
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
    (record,) = normalised(document({path: {"get": operation("Get")}})).api.endpoints.values()

    assert python == [argument.name for argument in record.at("path")]


def test_a_place_of_a_path_keeps_its_python_name_when_its_wire_name_changes() -> None:
    """Arguments are locked by place."""
    first = normalised(document({"/v1/things/{id}": {"get": operation("Get")}}))
    again = normalised(document({"/v1/things/{theIdentifier}": {"get": operation("Get")}}), lock=first.lock)

    assert "thing_id" == endpoint(again, "things.get").at("path")[0].name


@pytest.mark.parametrize(("explode", "joined"), [(False, ["ids"]), (True, []), (None, [])])
def test_lists_without_explode_are_joined_by_commas(explode: bool | None, joined: list[str]) -> None:
    """Leftover: `ids=a,b` instead of `ids=a&ids=b`."""
    more = {} if explode is None else {"explode": explode}
    parameter = query("ids", {"type": "array", "items": {"type": "string"}}, **more)

    result = normalised(document({"/v1/things": {"get": operation(parameters=[parameter])}}))

    assert joined == [one.wire for one in endpoint(result, "things.list").arguments if one.comma_joined]


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


@pytest.mark.parametrize("name", ["x-api-key", "Authorization", "Accept", "Content-Type"])
def test_headers_of_the_client_are_no_arguments(name: str) -> None:
    """Credentials and media types are its business."""
    assert [] == parameters({"name": name, "in": "header", "schema": {"type": "string"}})


def test_the_idempotency_header_is_a_fact() -> None:
    """The runtime makes the key."""
    header = {"name": "x-api-idempotency-key", "in": "header", "required": True, "schema": {"type": "string"}}
    record = endpoint(
        normalised(document({"/v1/things": {"post": operation("Create", parameters=[header])}})), "things.create"
    )

    assert "x-api-idempotency-key" == record.idempotency_header
    assert [] == record.at("header")


def test_a_base_path_written_before_every_path_is_taken_off() -> None:
    """It is part of the base URL here."""
    raw = document({"/api/v1/things": {"get": operation()}}, servers=[{"url": "https://api.example.com"}])

    assert "/v1/things" == endpoint(normalised(raw), "things.list").path


def test_objects_in_a_url_are_free_form_and_lists_of_them_are_strings() -> None:
    """Whether somebody wrote a style or not."""
    notes = Notes()
    listed = [query("where", ref("Where")), query("rows", {"type": "array", "items": {"type": "object"}})]
    raw = document(
        {"/v1/things": {"get": operation(parameters=listed)}}, {"Where": {"type": "object", "properties": {"a": {}}}}
    )

    where, rows = written(normalised(raw, notes=notes), "things.list")["parameters"]

    assert where["schema"]["x-free-form"] is True
    assert {"type": "array", "items": {"type": "string"}} == rows["schema"]
    assert notes.repairs


def test_the_base_path_is_taken_from_the_paths_that_have_it() -> None:
    """A global prefix has exceptions; the others must not be asked for under /api/api."""
    notes = Notes()
    raw = document(
        {
            "/api/v1/things": {"get": operation()},
            "/apiary": {"get": operation("Bees", "Bees")},
            "/.well-known/jwks.json": {"get": operation("Keys", "Keys")},
        },
        servers=[{"url": "https://api.example.com"}],
    )

    paths = {record.path for record in normalised(raw, notes=notes).api.endpoints.values()}

    assert {"/v1/things", "/apiary", "/.well-known/jwks.json"} == paths
    assert "/paths: the other paths begin with /api, which is part of the base URL here" in notes.repairs
    assert "/apiary: does not begin with /api; asked for below the base URL too" in notes.repairs


@pytest.mark.parametrize("place", ["path", "header", "query"])
@pytest.mark.parametrize("format", ["date", "date-time", "binary", "decimal", "uuid"])
def test_a_format_leaves_no_operation_out(place: str, format: str) -> None:
    """Nor do null, several types, or none: the generator alone takes them in some places only."""
    for schema in (
        {"type": "string", "format": format},
        {"type": "string", "nullable": True},
        {},
        {"enum": ["a", None]},
    ):
        assert one_argument(place, schema, Notes())


def one_argument(place: str, schema: Node, notes: Notes) -> str:
    """The annotation of an argument once generated."""
    listed = [{"name": "id", "in": place, "required": place == "path", "schema": schema}]
    raw = document(
        {"/v1/things/{id}" if place == "path" else "/v1/things": {"get": operation("Get", parameters=listed)}},
        {"Where": {"type": "object", "properties": {"a": {}}}},
    )
    view = generate(normalised(raw, notes=notes).api).resources["things"]
    (call,) = view.calls
    return str((*call.positional, *call.keywords)[0].annotation)
