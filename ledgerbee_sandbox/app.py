"""The three doors of one sandbox: the API, its control room, and the page for people."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from ledgerbee_sandbox.api.handler import Api
from ledgerbee_sandbox.control.routes import control_room
from ledgerbee_sandbox.state.state import State
from ledgerbee_sandbox.status_page.page import status_page


class App:
    """
    `/api` is LedgerBee, `/_sandbox/` controls it, everything else is the status page.

    Nothing stands between the server and the API: a fault that cuts the wire leaves as an exception.
    """

    def __init__(self, state: State) -> None:
        self._api = Api(state)
        self._control = control_room(state)
        self._page = status_page(state)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        door: ASGIApp = self._page
        if path == "/api" or path.startswith("/api/"):
            door = self._api
        elif path == "/_sandbox" or path.startswith("/_sandbox/"):
            door = self._control
            inner = path.removeprefix("/_sandbox") or "/"
            scope = {**scope, "path": inner, "raw_path": inner.encode(), "root_path": ""}
        await door(scope, receive, send)
