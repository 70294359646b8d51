"""Who the credential in the environment is."""

from __future__ import annotations

from ..client import LedgerBee
from ..errors import APIError, ConfigurationError, PermissionDeniedError
from ..types import UNSET


async def whoami() -> int:
    """Print the company, and of an API key its scopes, its end and the addresses that it may be used from."""
    async with LedgerBee.from_env() as bee:
        try:
            company = await bee.company.get()
            print(f"company   {company.name} ({company.id})")
        except PermissionDeniedError:
            print("company   not shown: the credential lacks the scope company-read")
        try:
            key = await bee.api_key.get()
        except ConfigurationError:
            print("OAuth     the API does not tell the scopes of a client")
            return 0
        except APIError as error:
            print(f"key       not shown: {error}")
            return 1
        print(f"scopes    {' '.join(key.scopes or []) if key.scopes is not UNSET else 'not told'}")
        print(f"expires   {key.expires_at or 'never, as far as the API tells'}")
        print(f"addresses {' '.join(key.ip_whitelist or []) or 'any'}")
    return 0
