"""Every operation of the schema answers, and answers what the schema promises."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from ledgerbee_sandbox import API_KEY, Sandbox
from ledgerbee_sandbox.document import Operation, load, operations
from ledgerbee_sandbox.rules.registry import rule_for

OPERATIONS = operations(load())
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def test_the_schema_has_all_operations_of_the_reference() -> None:
    assert len(OPERATIONS) == 135


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_published_title_has_a_rule(operation: Operation) -> None:
    """A title that changed would fall back to generic behaviour; this says so by name."""
    assert rule_for(operation.title) is not None


@pytest.mark.asyncio
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
async def test_every_operation_answers_within_the_contract(
    operation: Operation, http: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    """With an unknown id and an empty body an operation may refuse, but never fails, and never breaks the schema."""
    path = operation.path
    while "{" in path:
        path = path[: path.index("{")] + UNKNOWN + path[path.index("}") + 1 :]
    body: dict[str, Any] | None = {} if operation.body is not None else None

    response = await http.request(operation.method, f"/api{path}", json=body, headers={"x-api-key": API_KEY})

    assert response.status_code < 500
    if response.status_code >= 400:
        assert response.json()["path"] == path
        assert response.json()["statusCode"] == response.status_code
