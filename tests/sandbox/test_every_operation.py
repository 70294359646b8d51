"""Every operation of the schema answers, and answers what the schema promises."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledgerbee_sandbox import API_KEY, SSO_KEY, Sandbox
from ledgerbee_sandbox.rules.registry import rule_for
from ledgerbee_sandbox.schema.document import Operation, load, operations

OPERATIONS = operations(load())
MOVED = [
    pytest.param(operation, path, id=f"{operation.label} at {path}")
    for operation in OPERATIONS
    for path in load()["paths"][operation.path][operation.method.lower()].get("x-path-alternatives", [])
]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def test_the_schema_has_all_operations_of_the_reference() -> None:
    assert len(OPERATIONS) == 135


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_published_title_has_a_rule(operation: Operation) -> None:
    """A title that changed would fall back to generic behaviour; this says so by name."""
    assert rule_for(operation.title) is not None


def filled(path: str) -> str:
    """The path with an unknown id in each of its placeholders."""
    while "{" in path:
        path = path[: path.index("{")] + UNKNOWN + path[path.index("}") + 1 :]
    return path


@pytest.mark.asyncio
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
async def test_every_operation_answers_within_the_contract(
    operation: Operation, http: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    """With an unknown id and an empty body an operation may refuse, but never fails, and never breaks the schema."""
    path = filled(operation.path)
    body: dict[str, Any] | None = {} if operation.body is not None else None

    response = await http.request(operation.method, f"/api{path}", json=body, headers={"x-api-key": API_KEY})

    assert response.status_code < 500
    if response.status_code >= 400:
        assert response.json()["path"] == path
        assert response.json()["statusCode"] == response.status_code


@pytest.mark.asyncio
@pytest.mark.parametrize(("operation", "path"), MOVED)
async def test_an_operation_answers_where_its_path_may_turn_out_to_be(
    operation: Operation, path: str, tmp_path: Path
) -> None:
    """63 paths are inferred. The real schema may have another, and the rule of the operation goes with it."""
    document = load()
    method = operation.method.lower()
    node = document["paths"][operation.path].pop(method)
    names = re.findall(r"{(\w+)}", path)
    kept = [parameter for parameter in node["parameters"] if parameter["in"] != "path"]
    places = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    document["paths"].setdefault(path, {})[method] = {**node, "parameters": [*kept, *places]}
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(document))
    body: dict[str, Any] | None = {} if operation.body is not None else None

    async with Sandbox(schema=file, strict=True, invoices=0) as sandbox, sandbox.http() as http:
        response = await http.request(method.upper(), f"/api{filled(path)}", json=body, headers={"x-api-key": API_KEY})

    assert response.status_code < 500
    assert "Cannot" not in response.text


@pytest.mark.asyncio
async def test_a_schema_that_requires_nothing_is_still_answered(tmp_path: Path) -> None:
    """What the rules cannot do without they refuse by name, whatever the schema says."""
    file = tmp_path / "schema.json"
    file.write_text(re.sub(r'"required": \[[^\]]*\]', '"required": []', json.dumps(load())))
    refused: set[str] = set()

    async with Sandbox(schema=file, strict=True, invoices=1) as sandbox, sandbox.http() as http:
        for operation in (operation for operation in OPERATIONS if operation.body is not None):
            key = SSO_KEY if "portal-sso" in operation.path else API_KEY
            headers = {"x-api-key": key, "x-api-idempotency-key": operation.label}
            response = await http.request(operation.method, f"/api{filled(operation.path)}", json={}, headers=headers)
            assert response.status_code < 500, operation.label
            if response.status_code == 400:
                refused.add(operation.title)

    assert {"Create a draft invoice", "Create a product", "Report usage", "Create a draft quote"} <= refused


def test_a_document_may_write_the_base_path_in_front_of_most_paths(tmp_path: Path) -> None:
    """The same operations are served, as the client asks for them."""
    document = load()
    document["servers"] = [{"url": "https://api.ledgerbee.com"}]
    document["paths"] = {
        path if path.startswith("/.well-known/") else f"/api{path}": item for path, item in document["paths"].items()
    }
    (tmp_path / "schema.json").write_text(json.dumps(document))

    assert [one.path for one in operations(load(tmp_path / "schema.json"))] == [one.path for one in OPERATIONS]
