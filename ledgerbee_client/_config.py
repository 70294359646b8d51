"""Settings, checked when they are given, and those that the environment has."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from ._auth.credentials import ApiKey, ClientCredentials
from ._network import is_loopback
from .errors import ConfigurationError

T = TypeVar("T")
BASE_URL = "https://api.ledgerbee.com/api"


def checked_base_url(url: str, *, allow_http: bool) -> str:
    """
    Return the base URL without a slash at its end.

    Raises:
        ConfigurationError: no URL, one with a query or a password in it, one that ends in a version, or plain http to
            another machine.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except (ValueError, AttributeError, TypeError):
        raise ConfigurationError(f"base_url cannot be read as a URL; it looks like {BASE_URL}.") from None
    if parts.scheme not in {"http", "https"} or not host or not url.isascii() or any(c <= " " for c in url):
        raise ConfigurationError(f"base_url must be an absolute http(s) URL like {BASE_URL}.")
    if {*url} & {*"?#@\\"}:
        raise ConfigurationError("base_url must have no query, fragment, user or password.")
    if re.search(r"/v[0-9]+/?$", parts.path):
        raise ConfigurationError(f"base_url ends before the version, as {BASE_URL} does.")
    if parts.scheme == "http" and not (allow_http or is_loopback(host)):
        words = f"base_url {url!r} would send credentials over plain http to another machine. Use https, or"
        words += " allow_http=True where the network is yours alone (a sandbox in a container)."
        raise ConfigurationError(words)
    return url.rstrip("/")


def checked_seconds(seconds: float) -> float:
    """Return a positive, finite number of seconds, or raise ConfigurationError."""
    # Callers without a type checker pass None to mean "for ever", which is what this refuses.
    if not isinstance(seconds, (int, float)) or not 0 < seconds < 1e9:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError("timeout must be a positive number of seconds, below 1e9: every call has an end.")
    return float(seconds)


def checked_count(number: int) -> int:
    """Return a whole number from 0, or raise ConfigurationError."""
    if not isinstance(number, int) or number < 0:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError("max_retries must be a whole number from 0.")
    return number


def checked_observer(observer: T) -> T:
    """Return a function that is called and not awaited, or raise ConfigurationError."""
    if observer is not None:
        from ._base.callbacks import is_async

        if not callable(observer) or is_async(observer):
            got = "an async one, which would never run" if callable(observer) else type(observer).__name__
            raise ConfigurationError(f"on_event must be a function that is not async, not {got}.")
    return observer


def checked_clock(clock: T) -> T:
    """Return a clock, or raise ConfigurationError."""
    if clock is not None:
        from ._base.clock import Clock

        if not isinstance(clock, Clock):
            raise ConfigurationError(f"clock must be a ledgerbee_client.Clock, not {type(clock).__name__}.")
    return clock


class Environment(NamedTuple):
    """What the environment says, secrets not among it: who raises `fault` has no frame that holds them."""

    credentials: ApiKey | ClientCredentials | None
    base_url: str
    fault: str


def from_environment(env: Mapping[str, str] | None) -> Environment:
    """
    Read credentials and base URL from a mapping, or from the environment.

    No credentials, half of a pair, or two kinds at once are a fault.
    """
    found = os.environ if env is None else env
    names = ("LEDGERBEE_API_KEY", "LEDGERBEE_CLIENT_ID", "LEDGERBEE_CLIENT_SECRET")
    key, client_id, secret = (found.get(name, "").strip() for name in names)
    base_url, fault = found.get("LEDGERBEE_BASE_URL", "").strip(), ""
    credentials: ApiKey | ClientCredentials | None = None
    try:
        if key and not (client_id or secret):
            credentials = ApiKey(key)
        elif client_id and secret and not key:
            credentials = ClientCredentials(client_id, secret)
        else:
            given = " and ".join(name for name in names if found.get(name, "").strip()) or "none of them"
            fault = f"set {names[0]}, or {names[1]} and {names[2]}, and not both; found {given}."
    except ConfigurationError as error:
        fault = str(error)
    return Environment(credentials, base_url, fault)
