"""
The pytest plugin: `ledgerbee_sandbox` is a sandbox, `ledgerbee` a client for it, both new for each test.

It is always registered, hence it imports nothing but pytest until a fixture is used. The fixtures themselves are not
async, so they work under pytest-asyncio in both its modes and under anyio alike: the first call opens the client.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ledgerbee_client import LedgerBee
    from ledgerbee_sandbox import Sandbox


def _sandbox_class() -> type[Sandbox]:
    try:
        from ledgerbee_sandbox.sandbox import Sandbox
    except ImportError as error:
        raise pytest.UsageError(
            f"The LedgerBee sandbox needs {error.name}, which is not installed: pip install 'ledgerbee-client[sandbox]'"
        ) from error
    return Sandbox


@pytest.fixture(name="ledgerbee_sandbox")
def _ledgerbee_sandbox() -> Iterator[Sandbox]:
    """An offline LedgerBee with its demo company, in the process, gone after the test."""
    sandbox = _sandbox_class()(strict=True)
    yield sandbox
    sandbox.close()


@pytest.fixture(name="ledgerbee")
def _ledgerbee(request: pytest.FixtureRequest) -> LedgerBee:
    """A `LedgerBee` whose every call goes to the `ledgerbee_sandbox` of the same test."""
    sandbox: Any = request.getfixturevalue("ledgerbee_sandbox")
    client: LedgerBee = sandbox.client()
    return client
