"""
A FastAPI service that receives LedgerBee's deliveries: verified, each handled once, retried where handling failed.

    pip install 'ledgerbee-client[redis]' fastapi uvicorn
    LEDGERBEE_WEBHOOK_SECRETS='whsec_current whsec_previous' uvicorn --factory fastapi_webhooks:from_env
"""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Sequence

from fastapi import FastAPI, HTTPException, Request, Response

from ledgerbee_client import ConfigurationError, WebhookVerificationError, webhooks

log = logging.getLogger(__name__)
Handler = Callable[[webhooks.Event], Awaitable[None]]


async def handle(event: webhooks.Event) -> None:
    """Put your own work here; what takes longer than a moment belongs into a queue."""
    match event:
        case webhooks.SubscriptionStarted():
            log.info("grant access: subscription %s", event.subscription_id)
        case webhooks.SubscriptionChurned():
            log.info("revoke access: subscription %s", event.subscription_id)
        case _:
            log.info("nothing to do for %s", event.type)


def create_app(
    secrets: Sequence[str], *, handler: Handler = handle, seen: webhooks.SeenDeliveries | None = None
) -> FastAPI:
    """
    Make the service.

    Args:
        secrets: The endpoint's signing secret; the previous one, too, while it is being rolled.
        handler: What to do with an event. One that raises is called again when LedgerBee retries.
        seen: Where deliveries are remembered. In memory by default, which is right for one process.

    Raises:
        ConfigurationError: no secret, or one that is not whsec_ followed by base64.
    """
    if not secrets:
        raise ConfigurationError("set LEDGERBEE_WEBHOOK_SECRETS to the endpoint's signing secret, whsec_...")
    for secret in secrets:
        webhooks.sign(b"", secret=secret, delivery_id="check")  # A wrong one is an error now, not at a delivery.
    app = FastAPI()
    deliveries = seen or webhooks.MemorySeenDeliveries()
    running: set[str] = set()

    @app.post("/ledgerbee", status_code=204)
    async def receive(request: Request) -> Response:
        # The signature is over the raw bytes: parsed and written again they would not verify.
        body = await request.body()
        try:
            event = webhooks.verify(body, request.headers, secret=secrets)
        except WebhookVerificationError as error:
            log.warning("refused a delivery: %s", error)
            raise HTTPException(400) from None
        if event.id in running:
            # A 2xx now would be the last word, even if the first try fails.
            raise HTTPException(503)
        # At most once, should the process die in the handler; docs/webhooks.md says what else there is.
        if await deliveries.add(event.id):
            running.add(event.id)
            try:
                await handler(event)
            except BaseException:
                # Anything but 2xx is tried again, with the same id: eight times, over about 21 hours.
                await deliveries.forget(event.id)
                raise
            finally:
                running.discard(event.id)
        return Response(status_code=204)

    return app


def from_env() -> FastAPI:
    """Make the service of LEDGERBEE_WEBHOOK_SECRETS (one, or two with a space between) and REDIS_URL, if set."""
    logging.basicConfig(level="INFO")
    seen = None
    if url := os.environ.get("REDIS_URL"):
        from redis.asyncio import Redis

        from ledgerbee_client.redis import RedisSeenDeliveries

        seen = RedisSeenDeliveries(Redis.from_url(url))
    return create_app(os.environ.get("LEDGERBEE_WEBHOOK_SECRETS", "").split(), seen=seen)
