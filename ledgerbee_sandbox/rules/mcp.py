"""The MCP endpoint: it speaks JSON-RPC 2.0 and has no tools, since none are documented."""

from __future__ import annotations

from typing import Any

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.rules.call import Answer, Call
from ledgerbee_sandbox.rules.registry import answers

_VERSION = "2025-06-18"


@answers("LedgerBee Developer MCP Server")
def message(call: Call) -> Any:
    """Answer one message; a notification is accepted without an answer."""
    sent = call.fields
    if "id" not in sent:
        return Answer(202, None)
    head: Record = {"jsonrpc": "2.0", "id": sent["id"]}
    server = {"name": "ledgerbee-sandbox", "version": "0"}
    results: Record = {
        "initialize": {"protocolVersion": _VERSION, "capabilities": {"tools": {}}, "serverInfo": server},
        "ping": {},
        "tools/list": {"tools": []},
    }
    if (method := str(sent.get("method"))) in results:
        return {**head, "result": results[method]}
    return {**head, "error": {"code": -32601, "message": "Method not found"}}
