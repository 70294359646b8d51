"""The application: the API, its control API, and the page for people."""

from __future__ import annotations

from functools import cached_property

from starlette.types import ASGIApp, Receive, Scope, Send

from ledgerbee_sandbox.api.handler import Api
from ledgerbee_sandbox.state.state import State


class App:
    """
    `/api` is LedgerBee, `/_sandbox/` controls it, everything else is the status page.

    Nothing stands between the server and the API: a fault that cuts the connection leaves as an exception.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._api = Api(state)

    # Most tests need neither of the two, and their imports take as long as the rest of a sandbox's start.
    @cached_property
    def _control(self) -> ASGIApp:
        from ledgerbee_sandbox.control.routes import control_api

        return control_api(self._state)

    @cached_property
    def _page(self) -> ASGIApp:
        from ledgerbee_sandbox.status_page.page import status_page

        return status_page(self._state)

    def load(self) -> None:
        """Import all of it now: what is imported beside the books of a long day keeps their memory from going back."""
        _ = self._control, self._page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        if path == "/api" or path.startswith("/api/"):
            await self._api(scope, receive, send)
        elif path == "/_sandbox" or path.startswith("/_sandbox/"):
            inner = path.removeprefix("/_sandbox") or "/"
            await self._control({**scope, "path": inner, "raw_path": inner.encode(), "root_path": ""}, receive, send)
        else:
            await self._page(scope, receive, send)
