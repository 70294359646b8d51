"""What leaves on the wire: JSON, the error envelope, files, and the ways to break an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from ledgerbee_sandbox.json_codec import dump
from ledgerbee_sandbox.rules.call import File, Refusal

HTML_520 = b"<html><head><title>520</title></head><body><h1>Web server is returning an unknown error</h1></body></html>"


class ConnectionCutError(Exception):
    """The connection ends here. `sent` is what got through before: nothing, or the head and part of the body."""

    def __init__(self, sent: Response | None = None, body: bytes = b"") -> None:
        super().__init__("the sandbox was asked to hang up")
        self.sent = sent
        self.body = body


def json_response(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(dump(value), status, headers, media_type="application/json")


def envelope(refusal: Refusal, path: str, timestamp: str) -> dict[str, Any]:
    """The error envelope, as the errors guide describes it."""
    value: dict[str, Any] = {
        "statusCode": refusal.status,
        "timestamp": timestamp,
        "path": path,
        "message": refusal.message,
    }
    if refusal.code is not None:
        value["code"] = refusal.code
    if refusal.details is not None:
        value["details"] = dict(refusal.details)
    return value


def file_response(file: File) -> Response:
    headers = {"content-disposition": f'attachment; filename="{file.filename}"'}
    return Response(file.content, 200, headers, media_type=file.mime_type)


def html_520() -> Response:
    return Response(HTML_520, 520, media_type="text/html")
