"""One request on its way: routed, admitted, checked, answered by a rule, the answer checked, faults applied."""

from __future__ import annotations

from typing import Any

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ledgerbee_sandbox.api import inputs
from ledgerbee_sandbox.api.credentials import admitted, revoke_token
from ledgerbee_sandbox.api.oauth import OAuth
from ledgerbee_sandbox.api.request import ApiRequest
from ledgerbee_sandbox.api.routing import Router
from ledgerbee_sandbox.faults.effects import after_acting
from ledgerbee_sandbox.faults.fault import Fault
from ledgerbee_sandbox.json_codec import dump
from ledgerbee_sandbox.json_types import is_object
from ledgerbee_sandbox.responses import ConnectionCutError, envelope, file_response, html_520, json_response
from ledgerbee_sandbox.rules.call import Answer, Call, File, Refusal, invalid_all
from ledgerbee_sandbox.rules.generic import Generic
from ledgerbee_sandbox.rules.mcp import TITLE as MCP_TITLE
from ledgerbee_sandbox.rules.registry import FieldsOf, Rule, fields_for, rule_for
from ledgerbee_sandbox.schema.document import OAUTH, Json, Operation
from ledgerbee_sandbox.schema.titles import fold
from ledgerbee_sandbox.state.request_log import LoggedRequest
from ledgerbee_sandbox.state.state import LOGGER, AnswerSchemaError, State

_LOGGED_HEADERS = ("user-agent", "content-type", "x-api-idempotency-key", "accept", "x-request-id")


class Api:
    """The ASGI application under `/api`, made from the schema."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._oauth = OAuth(state)
        self._router = Router([*state.operations, *OAUTH])
        self._generic = Generic(state.document)
        self._described: dict[FieldsOf, Json] = {}
        self._by_title = {fold(operation.title): operation for operation in state.operations}
        self._rules: dict[str, Rule] = {o.label: rule_for(o.title) or self._generic.rule(o) for o in state.operations}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = ApiRequest(scope, receive)
        found = self._router.find("GET" if request.method == "HEAD" else request.method, request.path)
        logged = self._log(request, found[0] if found else None)
        try:
            response = await self._answer(request, found, logged)
        except Refusal as refusal:
            response = self._refused(refusal, request.path, found[0] if found else None)
        except (ConnectionCutError, AnswerSchemaError):
            raise
        except Exception as error:
            if self._state.strict:
                raise
            LOGGER.exception("the sandbox failed at %s %s", request.method, request.path)
            failed = Refusal(500, f"Internal server error ({type(error).__name__})")
            response = self._refused(failed, request.path, None)
        logged.status = response.status_code
        if request.method == "HEAD":
            response.body = b""  # Its headers stay, the length of what GET answers among them.
        await response(scope, receive, send)

    def _log(self, request: ApiRequest, operation: Operation | None) -> LoggedRequest:
        headers = request.headers
        return self._state.request_log.add(
            at=self._state.books.stamp(),
            method=request.method,
            path=request.path,
            query=request.query_without_key,
            operation=operation.title if operation else None,
            credential="key" if request.key else "token" if request.token else None,
            headers={name: headers[name] for name in _LOGGED_HEADERS if name in headers},
        )

    async def _answer(
        self, request: ApiRequest, found: tuple[Operation, tuple[str, ...]] | None, logged: LoggedRequest
    ) -> Response:
        if found is None:
            return self._no_route(request.method, request.path)
        operation, path = found
        faults = self._state.faults.take(operation)
        logged.faults = [fault.kind for fault in faults]
        for fault in faults:
            if early := await self._before(fault, request, logged):
                return early
        if operation.label in self._oauth.labels:
            response = await self._oauth.answer(operation, request)
        else:
            try:
                response = await self._act(request, operation, path, logged)
            except Refusal as refusal:
                response = self._refused(refusal, request.path, operation)
            if response.status_code != 401 and not operation.open_to_all:
                response.headers.update(self._expiry(request))
        for fault in faults:
            instead = fault.kind == "status" and fault.after
            response = self._status_of(fault, request) if instead else after_acting(fault, response)
        return response

    def _no_route(self, method: str, path: str) -> Response:
        """404; but 405 at the MCP endpoint, as MCP asks of a server that opens no stream."""
        posted = self._router.find("POST", path)
        if posted is None or posted[0].title != MCP_TITLE:
            return self._refused(Refusal(404, f"Cannot {method} {path}"), path, None)
        response = self._refused(Refusal(405, "Method Not Allowed"), path, None)
        response.headers["Allow"] = "POST"
        return response

    async def _before(self, fault: Fault, request: ApiRequest, logged: LoggedRequest) -> Response | None:
        """What a fault does before the operation acts; a response where that is all there is."""
        if fault.kind == "slow":
            # Once all of the body has come, a caller who disconnects meanwhile undoes nothing.
            logged.keep(await request.body())
            await anyio.sleep(fault.seconds)
        elif fault.kind == "hang_up_before":
            raise ConnectionCutError
        elif fault.kind == "expired_token":
            with self._state.books.transaction():
                revoke_token(self._state.books, request.token)
            raise Refusal(401, "Invalid API key", "UNAUTHORIZED", {"reason": "invalid_token"})
        elif fault.kind == "html" and not fault.after:
            return html_520()
        elif fault.kind == "status" and not fault.after:
            return self._status_of(fault, request)
        return None

    def _status_of(self, fault: Fault, request: ApiRequest) -> Response:
        refusal = Refusal(fault.status, f"The sandbox was asked for {fault.status}", fault.code, fault.details)
        value = envelope(refusal, request.path, self._state.books.stamp())
        return json_response(fault.status, value, fault.headers)

    async def _act(
        self, request: ApiRequest, operation: Operation, path: tuple[str, ...], logged: LoggedRequest
    ) -> Response:
        state, validator = self._state, self._state.validator
        caller = admitted(state.books, operation, request.key, request.token, request.address)
        raw = await request.body()
        logged.keep(raw)
        query = inputs.query(validator, operation, request)
        headers = inputs.headers(operation, request)
        body = inputs.body(validator, operation, request, raw)
        if body is not None:
            self._check_undocumented(operation, body)
            logged.keep(raw, is_json=True)
        call = Call(books=state.books, caller=caller, path=path, query=query, headers=headers, body=body)
        with state.books.transaction():
            value = self._rules[operation.label](call)
        return self._response(operation, value)

    def _check_undocumented(self, operation: Operation, body: Any) -> None:
        """Hold the fields of a body that is not documented to the schema that describes them elsewhere."""
        where = fields_for(operation.title)
        other = self._by_title.get(fold(where.title)) if where else None
        if where is None or other is None:
            return
        value = body.get(where.at) if where.at and is_object(body) else body
        if not is_object(value):
            return
        schema = self._described.setdefault(where, self._generic.described(other, where.of))
        if wrong := self._state.validator.partial_items(schema, value, where.at):
            raise invalid_all(wrong)

    def _expiry(self, request: ApiRequest) -> dict[str, str]:
        """The header of every answer, refusals too, that was asked for with a key that will end."""
        record = self._state.books["keys"].get(request.key)
        return {"X-API-Key-Expires-At": record["expiresAt"]} if record and record.get("expiresAt") else {}

    def _response(self, operation: Operation, value: Any) -> Response:
        headers = _deprecation(operation)
        if isinstance(value, File):
            response = file_response(value)
            response.headers.update(headers)
            return response
        status = operation.success
        if isinstance(value, Answer):
            status, value = value.status, value.value
        violations = self._state.validator.answer_violations(operation, status, value)
        if violations:
            value = self._generic.completed(operation.answers.get(status), value)
            violations = self._state.validator.answer_violations(operation, status, value)
        if violations:
            self._state.report(operation.label, violations)
        return Response(b"", status, headers) if value is None else json_response(status, value, headers)

    def _refused(self, refusal: Refusal, path: str, operation: Operation | None) -> Response:
        value = envelope(refusal, path, self._state.books.stamp())
        if violations := self._state.validator.envelope_violations(value):
            self._state.report(f"the refusal of {path}", violations)
        return Response(dump(value), refusal.status, _deprecation(operation), media_type="application/json")


def _deprecation(operation: Operation | None) -> dict[str, str]:
    """The headers of deprecated operations, as far as the schema knows their end and their successor."""
    if operation is None or not operation.deprecated:
        return {}
    headers = {"Deprecation": "true"}
    if operation.sunset:
        headers["Sunset"] = operation.sunset
    if operation.successor:
        headers["Link"] = f'</api{operation.successor}>; rel="successor-version"'
    return headers
