"""Which event loop something belongs to."""

from __future__ import annotations

import asyncio

from anyio.lowlevel import current_token


def running_loop() -> object:
    """Return what stands for the running event loop, of asyncio or trio: equal where it is the same one."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return current_token()
