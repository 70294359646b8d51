"""The way to the network, checked when it is given: certificates, transports, proxies and their exceptions."""

from __future__ import annotations

import ipaddress
import os
import sys
from pathlib import Path
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from .errors import ConfigurationError

_PROXY_SCHEMES = {"http", "https", "socks5", "socks5h"}
_PORTS = {"http": 80, "https": 443}


def checked_verify(verify: object) -> object:
    """Return what `verify` may be: an SSL context, True or False, or the path of a file that is there, as text."""
    if isinstance(verify, bool):
        return verify
    if isinstance(verify, (str, os.PathLike)):
        path = cast("str | bytes", os.fspath(cast("Any", verify)))
        if isinstance(path, str) and Path(path).is_file():
            return path
        raise ConfigurationError(f"verify must be the path of a file with certificates; {str(path)[:200]!r} is none.")
    import ssl

    if not isinstance(verify, ssl.SSLContext):
        kind = type(verify).__name__
        raise ConfigurationError(f"verify must be an ssl.SSLContext, the path of a file, or True, not {kind}.")
    return verify


def checked_proxy(proxy: object, *, with_aiohttp: bool) -> str | None:
    """Return the URL of a proxy. No error shows it, since it may hold a password."""
    if proxy is None:
        return None
    if not isinstance(proxy, str):
        raise ConfigurationError(f"proxy must be a URL as text, 'http://proxy:3128', not {type(proxy).__name__}.")
    try:
        parts = urlsplit(proxy)
        good = parts.scheme in _PROXY_SCHEMES and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise ConfigurationError("proxy must be an http(s) URL, 'http://proxy:3128'; for socks5 install httpx[socks].")
    if with_aiohttp and proxy.startswith("socks"):
        raise ConfigurationError('transport="aiohttp" speaks to http(s) proxies only; leave it out for socks5.')
    return proxy


def check_transport(transport: object) -> None:
    """Raise ConfigurationError for what is no transport, or one that is not installed."""
    if transport is None:
        return
    if transport == "aiohttp":
        from importlib.util import find_spec

        if find_spec("aiohttp") is None:
            raise ConfigurationError("aiohttp is not installed; run: pip install 'ledgerbee-client[aiohttp]'")
        return
    # Whoever has a transport has imported httpx, and nobody else should pay for it. The synchronous one is another
    # class, and so is httpx's client.
    base = getattr(sys.modules.get("httpx"), "AsyncBaseTransport", None)
    if base is None or not isinstance(transport, base):
        got = repr(transport[:40]) if isinstance(transport, str) else type(transport).__name__
        raise ConfigurationError(f"transport must be 'aiohttp' or an httpx.AsyncBaseTransport, not {got}.")


def is_loopback(host: str) -> bool:
    """True if a host is this machine, by its name or address alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def proxy_for(base_url: str) -> str | None:
    """
    Return the proxy that the environment names for a URL (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY), unless NO_PROXY
    excepts it.

    This machine is never reached through a proxy: the proxy's loopback is another one.
    """
    # Most environments name none, and the import takes a tenth of a start.
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies_environment

    parts = urlsplit(base_url)
    proxies = getproxies_environment()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or is_loopback(parts.hostname or "") or _is_excepted(parts, proxies.get("no", "")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_excepted(url: SplitResult, no_proxy: str) -> bool:
    """True if NO_PROXY names a URL's host: as host, domain, address or network, each with a port or without."""
    host, port = url.hostname or "", url.port or _PORTS.get(url.scheme)
    for entry in no_proxy.lower().replace(" ", ",").split(","):
        name, wanted = entry, ""
        if entry.startswith("["):
            name, _, wanted = entry[1:].partition("]")
            wanted = wanted.removeprefix(":")
        elif entry.count(":") == 1:
            name, _, wanted = entry.partition(":")
        if wanted not in {"", str(port)}:
            continue
        domain = name.removeprefix("*").removeprefix(".")
        if name == "*" or _is_within(host, name) or (domain and (host == domain or host.endswith(f".{domain}"))):
            return True
    return False


def _is_within(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
