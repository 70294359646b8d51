"""Each example of a call in docs/resources is one that the client sends."""

from __future__ import annotations

import ast
import builtins
import contextlib
import datetime
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
from docsite.pages import request_examples

from ledgerbee_client import APIError, Attachment, ClientCredentials, models
from ledgerbee_sandbox import CLIENT_ID, CLIENT_SECRET, Sandbox

PAGES = sorted((Path(__file__).parent.parent / "docs" / "resources").glob("[!R]*.md"))


class Names(dict[str, Any]):
    """What a program has: the client, models, and in variables the ids and undocumented bodies."""

    def __missing__(self, name: str) -> Any:
        if name.endswith(("_id", "slug")):
            return "550e8400-e29b-41d4-a716-446655440000"
        if name == "body":
            return {}
        return getattr(builtins if hasattr(builtins, name) else models, name)


@pytest.mark.asyncio
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
async def test_an_example_of_a_call_is_sent(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the sandbox says: the ids are not its own."""
    monkeypatch.chdir(tmp_path)
    credentials = ClientCredentials(CLIENT_ID, CLIENT_SECRET) if page.stem == "mcp" else None
    async with Sandbox() as sandbox, sandbox.client(credentials, max_retries=0) as bee:
        for name, code in request_examples(await anyio.Path(page).read_text(encoding="utf-8")).items():
            before = len(sandbox.requests)
            names = Names(bee=bee, datetime=datetime, Decimal=Decimal, Attachment=Attachment)
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            with contextlib.suppress(APIError):
                await eval(compile(code, f"{page.name}:{name}", "exec", flags=flags), {}, names)
            assert len(sandbox.requests) > before, f"{name} was not sent"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_method_has_an_example(page: Path) -> None:
    """But for `create_many`, which has a page of its own."""
    text = page.read_text(encoding="utf-8")
    methods = set(re.findall(r"^## `(\w+)`$", text, re.MULTILINE))

    assert methods - {"create_many"} == set(request_examples(text))
