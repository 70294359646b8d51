"""The recipes that need Redis, with a real one."""

from __future__ import annotations

import httpx
import pytest
from test_examples import CURRENT, delivery, example


@pytest.mark.asyncio
async def test_two_receivers_handle_a_delivery_once(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is a service of its own; what they share is Redis."""
    caplog.set_level("INFO")
    monkeypatch.setenv("LEDGERBEE_WEBHOOK_SECRETS", CURRENT)
    monkeypatch.setenv("REDIS_URL", redis_url)
    for age in (40, 10):
        transport = httpx.ASGITransport(app=example("fastapi_webhooks").from_env())
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as service:
            assert 204 == (await service.post("/ledgerbee", **delivery(7, age=age))).status_code

    assert 1 == caplog.text.count("grant access: subscription s-7")
