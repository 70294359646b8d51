"""What a browser may be made to send by any page it shows: a sandbox on loopback is within reach of all of them."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.types import Scope

_CONTROL = "/_sandbox"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by address or by name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def wrong_page(scope: Scope, *, is_local: bool) -> str | None:
    """
    Why a request is turned away: it was sent for a page that is not the sandbox's own; None where it was not.

    Args:
        scope: The request.
        is_local: Whether the sandbox listens on loopback only, where it has no other name.
    """
    headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))
    host, origin = headers.get(b"host", b"").decode("latin-1"), headers.get(b"origin", b"").decode("latin-1")
    if is_local and not _is_own(host):
        # A page may have its own name resolved to 127.0.0.1, and then counts as the sandbox's (DNS rebinding).
        return f"a sandbox on loopback is called by address or as localhost, not as {host!r}"
    if origin and scope["path"].startswith(_CONTROL) and urlsplit(origin).netloc != host:
        # A form of any page may be posted here without asking (CSRF).
        return f"the control API takes no requests from the pages of {origin!r}"
    return None


@lru_cache
def _is_own(host: str) -> bool:
    """Whether a Host header is an address, which no name was resolved to, or a name of this machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return name in {"", "localhost"} or name.endswith(".localhost")
