"""A task group whose errors come out as themselves."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup


@asynccontextmanager
async def plain_group() -> AsyncGenerator[TaskGroup]:
    """Open a task group; an error of the block or of a task leaves it as it is, in no ExceptionGroup."""
    try:
        async with anyio.create_task_group() as group:
            yield group
    except BaseExceptionGroup as several:
        # The first error is the cause; what the others say was a consequence of the cancellation that it brought.
        error = next((e for e in several.exceptions if isinstance(e, Exception)), several.exceptions[0])
    else:
        return
    raise error
