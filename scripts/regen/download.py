"""Fetch the published document: bounded in time and size, over https, and only when it changed."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import IO
from urllib.parse import urlsplit

from regen.document.reading import MAX_BYTES
from regen.notes import RefusedError

DEFAULT_URL = "https://docs.ledgerbee.com/api/1.0/schema.json"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
CHUNK = 64 * 1024


@dataclass(frozen=True)
class Download:
    """What came back; no content where the document is the one we have."""

    url: str
    content: bytes | None
    etag: str


class _SecureRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917  The signature is urllib's.
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage | Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != "https":
            raise RefusedError(f"{req.full_url}: redirected to {newurl}, which is not https.", "Nothing was changed.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def download(
    url: str,
    etag: str = "",
    *,
    timeout: float = 30.0,
    max_bytes: int = MAX_BYTES,
    now: Callable[[], float] = time.monotonic,
) -> Download:
    """Fetch the document within `timeout` seconds in all; raises RefusedError and never returns half of one."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise RefusedError(f"{url}: {error}.", "Check the URL; nothing was changed.") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise RefusedError(f"{url}: only https is accepted.", "Nothing was changed.")
    headers = {"Accept": "application/json", "User-Agent": "ledgerbee-client regen"}
    if etag:
        headers["If-None-Match"] = etag
    deadline = now() + timeout
    opener = urllib.request.build_opener(_SecureRedirects)
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=timeout) as response:  # noqa: S310
            kind = response.headers.get_content_type()
            if kind in ("text/html", "application/xhtml+xml"):
                raise RefusedError(f"{url}: answered a web page ({kind}), not a JSON document.", "Nothing was changed.")
            content = _read(response, url, max_bytes, deadline, now)
            return Download(url, content, response.headers.get("ETag", ""))
    except urllib.error.HTTPError as error:
        if error.code == http.client.NOT_MODIFIED:
            return Download(url, None, etag)
        raise RefusedError(
            f"{url}: answered {error.code} {error.reason}.", "Check the URL; nothing was changed."
        ) from None
    except UnicodeError:
        raise RefusedError(f"{url}: a URL is written in ASCII.", "Check the URL; nothing was changed.") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise RefusedError(
            f"{url}: no answer: {reason or type(error).__name__}.", "Try again; nothing was changed."
        ) from None


def _read(response: IO[bytes], url: str, max_bytes: int, deadline: float, now: Callable[[], float]) -> bytes:
    expected = getattr(response, "length", None)
    if expected is not None and expected > max_bytes:
        raise RefusedError(f"{url}: {expected} bytes announced, at most {max_bytes} are read.", "Nothing was changed.")
    read = getattr(response, "read1", response.read)
    content = bytearray()
    while chunk := read(CHUNK):
        content += chunk
        if len(content) > max_bytes:
            raise RefusedError(f"{url}: more than {max_bytes} bytes.", "Nothing was changed.")
        if now() > deadline:
            raise RefusedError(
                f"{url}: not complete in time; {len(content)} bytes came.", "Try again; nothing was changed."
            )
    if expected is not None and len(content) < expected:
        raise RefusedError(
            f"{url}: cut off after {len(content)} of {expected} bytes.", "Try again; nothing was changed."
        )
    return bytes(content)
