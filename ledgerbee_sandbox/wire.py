"""What leaves on the wire: JSON, the error envelope, files, and the ways to break an answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from starlette.responses import Response

from ledgerbee_sandbox.books.money import plain
from ledgerbee_sandbox.contract import number
from ledgerbee_sandbox.rules.call import File, Refusal
from ledgerbee_sandbox.shapes import is_array, is_object

HTML_520 = b"<html><head><title>520</title></head><body><h1>Web server is returning an unknown error</h1></body></html>"

# What is read must fit into the validator, which knows 255 levels, and be written again among other things.
_DEEPEST = 200


class WireCutError(Exception):
    """The connection ends here. `sent` is what got through before: nothing, or the head and part of the body."""

    def __init__(self, sent: Response | None = None, body: bytes = b"") -> None:
        super().__init__("the sandbox was asked to hang up")
        self.sent = sent
        self.body = body


def _plain(value: object) -> int | float:
    if isinstance(value, Decimal):
        return plain(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def dump(value: Any) -> bytes:
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":")).encode()


def load(content: bytes) -> Any:
    """
    Read a JSON body; numbers are exact.

    Raises:
        ValueError: it is no JSON, or not UTF-8, or says NaN, or half a surrogate pair, or is nested too deeply.
    """
    # From bytes, json would read UTF-16 and UTF-32 as well, and let encoded surrogates through.
    text = content.decode("utf-8-sig")
    value = json.loads(text, parse_float=number, parse_int=number, parse_constant=number)
    if "\\u" in text:
        dump(value)  # A lone surrogate cannot be written as UTF-8 again.
    if content.count(b"[") + content.count(b"{") > _DEEPEST and _is_deeper(value, _DEEPEST):
        raise ValueError(f"more than {_DEEPEST} levels")
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether arrays and objects stand more than so many levels deep in each other."""
    level: list[Any] = [value]
    for _ in range(levels):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return any(is_array(value) or is_object(value) for value in level)


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if is_object(value) else value if is_array(value) else ()


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
