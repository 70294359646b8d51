"""The MCP endpoint: it speaks JSON-RPC 2.0 and has no tools, since none are documented."""

from __future__ import annotations

from typing import Any

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.json_types import is_object
from ledgerbee_sandbox.rules.call import Answer, Call
from ledgerbee_sandbox.rules.registry import answers

TITLE = "LedgerBee Developer MCP Server"
_VERSION = "2025-06-18"
_INVALID_REQUEST, _METHOD_NOT_FOUND, _INVALID_PARAMS = -32600, -32601, -32602


@answers(TITLE)
def message(call: Call) -> Any:
    """Answer one message; a notification is accepted without an answer."""
    sent = call.fields
    message_id, method = sent.get("id"), sent.get("method")
    is_notification = "id" not in sent
    if sent.get("jsonrpc") != "2.0" or not isinstance(method, str) or not (is_notification or _is_id(message_id)):
        return _error(None, _INVALID_REQUEST, "Invalid Request")
    if is_notification:
        return Answer(202, None)
    results: Record = {
        "initialize": {
            "protocolVersion": _VERSION,
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "ledgerbee-sandbox", "version": "0"},
        },
        "ping": {},
        "tools/list": {"tools": []},
    }
    if method in results:
        return {"jsonrpc": "2.0", "id": message_id, "result": results[method]}
    if method == "tools/call":
        params = sent.get("params")
        name = params.get("name") if is_object(params) else None
        return _error(message_id, _INVALID_PARAMS, f"Unknown tool: {name}")
    return _error(message_id, _METHOD_NOT_FOUND, "Method not found")


def _is_id(value: Any) -> bool:
    """True for a text or a number; a request of MCP has no null."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _error(message_id: Any, code: int, text: str) -> Record:
    return {"jsonrpc": "2.0", "id": message_id, "error": {"code": code, "message": text}}
