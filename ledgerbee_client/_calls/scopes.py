"""`bee.api_key.require()`: missing scopes are named at start-up, before the first booking."""

from __future__ import annotations

from typing import Any, Protocol

from .._base.shapes import list_at
from ..errors import MissingScopesError


class _HasGet(Protocol):
    async def get(self) -> Any: ...


class RequireScopes:
    """What `bee.api_key` can do besides reading the key."""

    async def require(self: _HasGet, *scopes: str) -> None:
        """
        Do nothing if the API key has all these scopes.

        Args:
            scopes: For instance `"journal-entries-write"`.

        Raises:
            MissingScopesError: every scope that is missing.
            ConfigurationError: the client has OAuth credentials, whose scopes the API does not tell.
        """
        key = await self.get()
        has = list_at(key, "scopes")
        if missing := tuple(scope for scope in scopes if scope not in has):
            words = f"the API key lacks {', '.join(missing)}; it has {', '.join(map(str, has)) or 'no scopes'}."
            words += " Add them in LedgerBee under Marketplace, API Keys."
            raise MissingScopesError(words, missing=missing, operation="api_key.get")
