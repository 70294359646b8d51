"""All operations of the schema answer, and a validator that is not the sandbox's finds each answer in order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from raw_schema import DOCUMENT, OPERATIONS, misfits
from stories import STORIES, Walk, fill, walk

from ledgerbee_sandbox import Sandbox


@pytest.mark.asyncio
@pytest.mark.parametrize("story", STORIES, ids=lambda story: str(story.__name__))
async def test_a_story_is_answered_as_the_schema_promises(story: Callable[[Walk], Awaitable[None]]) -> None:
    """Each answer has a documented status and content type, and fits the schema of both."""
    assert await walk(story)


@pytest.mark.asyncio
async def test_all_135_operations_are_answered() -> None:
    """No operation of the schema is left out of the stories."""
    answered = {title for story in STORIES for title in await walk(story)}

    assert set(OPERATIONS) == answered
    assert 135 == len(answered)


@pytest.mark.asyncio
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
async def test_without_a_credential_only_open_operations_answer(operation: dict[str, Any]) -> None:
    """A missing credential is a 401 in the error envelope, whatever is called."""
    path = fill(operation["path"], tuple("demo" for part in operation["path"].split("/") if part.startswith("{")))
    async with Sandbox(invoices=0, strict=True) as sandbox, sandbox.http() as http:
        response = await http.request(operation["method"], f"/api{path}")

    envelope = DOCUMENT["components"]["schemas"]["ErrorEnvelope"]
    if operation["security"] == []:
        assert 200 == response.status_code
    else:
        assert (401, "UNAUTHORIZED") == (response.status_code, response.json()["code"])
        assert [] == misfits(envelope, response.json())
