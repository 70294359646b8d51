"""Requests are held to the schema, and refused in the API's words."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from ledgerbee_sandbox import API_KEY, Sandbox
from ledgerbee_sandbox.schema.document import operations
from ledgerbee_sandbox.schema.validation import SchemaValidator
from ledgerbee_sandbox.state.state import AnswerSchemaError

pytestmark = pytest.mark.asyncio


async def test_an_unknown_field_is_refused(api: Any, demo: Any, broken: Any) -> None:
    body = {"number": "PG9", "name": "N", "domesticAccountId": "a", "euAccountId": "a", "abroadAccountId": "a"}
    body |= {"domesticWithoutVatAccountId": "a", "colour": "red"}

    answer = await api("POST /v1/product-groups", body, status=400)

    assert broken(answer) == {"colour": ["whitelistValidation"]}


async def test_a_nested_field_is_named_by_its_dotted_path(api: Any, demo: Any, broken: Any) -> None:
    line = {"accountId": demo.account(2010), "type": "debit", "amount": "ten"}
    entry = {"entryType": "journal", "date": "2026-01-01", "originalAmount": 10, "lines": [line]}

    answer = await api("POST /v2/journal-entries/batch", {"entries": [entry]}, status=400)

    assert broken(answer) == {"entries.0.lines.0.amount": ["isNumber"]}


async def test_missing_and_misspelt_values_are_named_together(api: Any, broken: Any) -> None:
    answer = await api("POST /v2/journal-entries", {"entryType": "jurnal", "date": "2026-01-01"}, status=400)

    assert broken(answer) == {"entryType": ["isEnum"], "originalAmount": ["isDefined"], "lines": ["isDefined"]}


async def test_a_batch_over_100_is_refused(api: Any, broken: Any) -> None:
    answer = await api("POST /v2/journal-entries/batch", {"entries": [{}] * 101}, status=400)
    assert "arrayMaxSize" in broken(answer)["entries"]


async def test_a_query_value_of_the_wrong_type_is_refused(api: Any, broken: Any) -> None:
    assert broken(await api("GET /v1/invoices", page="two", status=400)) == {"page": ["isNumber"]}
    assert broken(await api("GET /v1/invoices", limit=101, status=400)) == {"limit": ["max"]}
    assert broken(await api("GET /v1/projects", includeArchived="maybe", status=400)) == {
        "includeArchived": ["isBoolean"]
    }


async def test_a_body_that_is_no_json_is_refused(http: httpx.AsyncClient) -> None:
    headers = {"x-api-key": API_KEY, "content-type": "application/json"}

    for content in (b"{", b"\xff", b'{"value": NaN}'):
        response = await http.post(
            "/api/v1/meters/report", content=content, headers={**headers, "x-api-idempotency-key": "k"}
        )
        assert response.status_code == 400


async def test_a_body_over_15_mb_is_refused(http: httpx.AsyncClient) -> None:
    content = b'{"entries": ["' + b"a" * (15 * 1024 * 1024) + b'"]}'

    response = await http.post("/api/v2/journal-entries/batch", content=content, headers={"x-api-key": API_KEY})

    assert response.status_code == 413
    assert response.json()["statusCode"] == 413


async def test_an_unknown_route_and_an_unknown_method_are_not_found(api: Any) -> None:
    assert (await api("GET /v1/nothing", status=404))["path"] == "/v1/nothing"
    await api("DELETE /v1/company", status=404)


async def test_a_literal_path_wins_over_a_placeholder(api: Any, demo: Any) -> None:
    """/v1/customers/groups is the list of groups, not the customer `groups`."""
    assert [group["name"] for group in await api("GET /v1/customers/groups")] == ["Customers"]


async def test_deprecated_operations_say_where_to_go(http: httpx.AsyncClient) -> None:
    response = await http.get("/api/v1/draft-journal-entries", headers={"x-api-key": API_KEY})

    assert response.headers["Deprecation"] == "true"
    assert response.headers["Sunset"] == "2026-11-08"
    assert response.headers["Link"] == '</api/v2/draft-journal-entries>; rel="successor-version"'


async def test_a_deprecated_operation_says_so_when_it_refuses(http: httpx.AsyncClient) -> None:
    response = await http.post("/api/v1/journal-batches", json={}, headers={"x-api-key": API_KEY})

    assert response.status_code == 400
    assert response.headers["Link"] == '</api/v2/journal-entries/batch>; rel="successor-version"'
    assert "Sunset" not in response.headers


async def test_an_answer_that_breaks_the_schema_raises(api: Any, sandbox: Sandbox) -> None:
    """The sandbox is held to the schema, too: here its company loses the type of a field."""
    with sandbox.books.transaction():
        sandbox.books["company"].change(next(iter(sandbox.books["company"])), vat="not a number")

    with pytest.raises(AnswerSchemaError, match="vat"):
        await api("GET /v1/company")


@pytest.mark.parametrize(
    ("shape", "value", "problem"),
    [
        ({"type": "object", "x-undocumented": True}, [], "is not of type"),
        ({"oneOf": [{"type": "array", "items": {"type": "object"}}, {"type": "object"}]}, [7], "is not valid"),
        ({"type": "object", "x-undocumented": True}, None, "no body"),
    ],
)
async def test_an_answer_that_nobody_described_is_checked_for_its_shape(shape: Any, value: Any, problem: str) -> None:
    """An object, or an array of objects; and none is none of them."""
    content = {"content": {"application/json": {"schema": shape}}}
    (operation,) = operations({"paths": {"/x": {"get": {"summary": "X", "responses": {"200": content}}}}})

    (said,) = SchemaValidator({}).answer_violations(operation, 200, value)

    assert problem in said
    assert not SchemaValidator({}).answer_violations(operation, 200, {"some": "object"})


async def test_another_schema_makes_another_sandbox(tmp_path: Any) -> None:
    """Routes come from the file: an operation that nobody has heard of gets generic state."""
    thing = {
        "type": "object",
        "required": ["id", "kind"],
        "properties": {"kind": {"type": "string", "enum": ["a", "b"]}},
    }
    content = {"application/json": {"schema": thing}}
    create = {"summary": "Create a thing", "requestBody": {"content": {"application/json": {"schema": {}}}}}
    schema = {
        "openapi": "3.0.0",
        "components": {"securitySchemes": {}},
        "paths": {
            "/v3/things": {
                "post": {**create, "responses": {"201": {"description": "", "content": content}}},
                "get": {"summary": "List things", "responses": {"200": {"description": ""}}},
            },
            "/v3/things/{id}": {"delete": {"summary": "Drop a thing", "responses": {"204": {"description": ""}}}},
        },
    }
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(schema))
    async with Sandbox(schema=file, strict=True, invoices=0) as sandbox, sandbox.http() as http:
        made = await http.post("/api/v3/things", json={"size": 3})
        assert made.status_code == 201
        assert {"size": 3, "kind": "a"}.items() <= made.json().items()
        assert [thing["size"] for thing in (await http.get("/api/v3/things")).json()] == [3]
        assert (await http.delete(f"/api/v3/things/{made.json()['id']}")).status_code == 204
        assert (await http.get("/api/v3/things")).json() == []
        assert (await http.get("/api/v1/company")).status_code == 404


@pytest.mark.parametrize(
    ("what", "body", "prop"),
    [
        ("POST /v1/customers", {"name": 7}, "name"),
        ("POST /v1/journal-entries", {"lines": [{"amount": "ten"}]}, "lines.0.amount"),
        ("POST /v2/draft-journal-entries", {"date": 7}, "date"),
        ("POST /v1/projects", {"isArchived": "no"}, "isArchived"),
    ],
)
async def test_an_undocumented_body_is_held_to_what_is_documented_elsewhere(
    api: Any, broken: Any, what: str, body: Any, prop: str
) -> None:
    """A customer that is read has a name that is a text; so a customer that is sent has one, too."""
    assert list(broken(await api(what, body, status=400))) == [prop]
