"""
From your own service into LedgerBee's customer portal without a second login.

    pip install ledgerbee-client fastapi uvicorn
    LEDGERBEE_API_KEY=... PORTAL_HOST=https://acme.portal-api.ledgerbee.com \\
        uvicorn --app-dir examples --factory portal_sso:from_env

The key needs the scopes portal-provision and portal-sso-mint, which are for a key of their own.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from attrs import frozen
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import RedirectResponse

from ledgerbee_client import LedgerBee, NotFoundError
from ledgerbee_client.models import PublicProvisionCustomerRequest


@frozen
class User:
    """Who is logged in to your service."""

    id: str
    email: str
    name: str
    ledgerbee_customer_id: str


async def portal_url(bee: LedgerBee, user: User, host: str) -> str:
    """
    Return where to send the user's browser; good once, for 60 seconds.

    `provision` is idempotent: it makes the portal user and its membership at the first call, and finds them later.
    """
    granted = await bee.portal_sso.provision(
        PublicProvisionCustomerRequest(
            email=user.email,
            user_name=user.name,
            customer_id=user.ledgerbee_customer_id,
            mint_handoff=True,
            sub=user.id,  # Your own id of the user, and the same at every call: an address may change.
        )
    )
    # The host of the portal's API, not the portal itself, which takes no notice of a reference.
    return f"{host}/api/auth/sso/handoff/redeem?{urlencode({'ref': granted.handoff_ref or ''})}"


def create_app(user_of: Callable[[Request], Awaitable[User | None]], host: str) -> FastAPI:
    """
    Make the service.

    Args:
        user_of: Says who is logged in: your session, and nothing that the browser may choose.
        host: Of the portal's API, https://....portal-api.ledgerbee.com.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, LedgerBee]]:
        async with LedgerBee.from_env() as bee:
            await bee.api_key.require("portal-provision", "portal-sso-mint")
            yield {"bee": bee}

    app = FastAPI(lifespan=lifespan)

    @app.post("/portal")
    async def portal(request: Request) -> RedirectResponse:
        user = await user_of(request)
        if user is None:
            raise HTTPException(401)
        try:
            url = await portal_url(request.state.bee, user, host)
        except NotFoundError:
            raise HTTPException(409, "This user has no customer in LedgerBee.") from None
        # A reference is as good as a login while it lasts: it goes into no log, and into no cache.
        return RedirectResponse(url, status_code=303, headers={"cache-control": "no-store"})

    return app


async def nobody(request: Request) -> User | None:
    """Put your own session here."""
    return None


def from_env() -> FastAPI:
    """Make the service of PORTAL_HOST."""
    return create_app(nobody, os.environ["PORTAL_HOST"])
