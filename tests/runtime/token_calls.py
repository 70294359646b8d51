"""What the tests of tokens share: the token endpoint, what it grants, and a call that needs a token."""

from __future__ import annotations

from typing import Any

from ledgerbee_client import LedgerBee
from ledgerbee_client._models.model import ANY

from .operations import GET

TOKEN = "/v1/auth/token"
GRANT = {"access_token": "t1", "expires_in": 3600}


async def get(bee: LedgerBee, **options: Any) -> Any:
    return await bee._calls.one(GET, ANY, path=("1",), **options)
