"""The two OAuth endpoints, which the guides describe and the schema leaves out."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.responses import Response

from ledgerbee_sandbox.api.credentials import client_for, new_token, revoke_token
from ledgerbee_sandbox.api.request import ApiRequest
from ledgerbee_sandbox.responses import json_response
from ledgerbee_sandbox.schema.document import OAUTH, REVOKE, Operation
from ledgerbee_sandbox.state.state import State

_FORM = "application/x-www-form-urlencoded"


class OAuth:
    """
    Client credentials for access tokens. Errors have the shape of RFC 6749, not the error envelope.

    The answer holds `access_token` and nothing else, since nothing else of it is documented.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self.labels = {operation.label for operation in OAUTH}

    async def answer(self, operation: Operation, request: ApiRequest) -> Response:
        now = self._state.books.clock.now().timestamp()
        address = request.address
        bucket = f"{operation.path} {address}"
        free = self._state.rate_limit.take(bucket, now)
        response = await self._answered(operation, request, now) if free else _limited()
        response.headers["X-Rate-Limit-Remaining"] = str(self._state.rate_limit.left(bucket, now))
        response.headers["X-Rate-Limit-Reset"] = str(self._state.rate_limit.resets_at(bucket, now))
        return response

    async def _answered(self, operation: Operation, request: ApiRequest, now: float) -> Response:
        raw = await request.body()
        if request.media_type != _FORM:
            return _error(400, "invalid_request", f"send the fields as {_FORM}")
        form = {name: values[-1] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}
        books = self._state.books
        if operation is REVOKE:
            with books.transaction():
                revoke_token(books, form.get("token"))
            return Response(b"", 200)
        if not self._state.rate_limit.take(f"client {form.get('client_id', '')}", now):
            return _limited()
        if form.get("grant_type") != "client_credentials":
            return _error(400, "unsupported_grant_type", "the sandbox knows client_credentials only")
        client = client_for(books, form.get("client_id", ""), form.get("client_secret", ""))
        if client is None:
            return _error(401, "invalid_client", "Client authentication failed")
        with books.transaction():
            return json_response(200, {"access_token": new_token(books, client)})


def _error(status: int, error: str, description: str) -> Response:
    return json_response(status, {"error": error, "error_description": description})


def _limited() -> Response:
    return _error(429, "invalid_client", "Rate limit exceeded. Try again later.")
