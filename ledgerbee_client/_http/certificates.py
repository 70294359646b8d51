"""Which servers are trusted."""

from __future__ import annotations

import ssl

import httpx

from ..errors import ConfigurationError


def tls_context(verify: ssl.SSLContext | str | bool) -> ssl.SSLContext:
    """
    Return the TLS context for `verify=`: the one given, or the certificates of a file, or certifi's or SSL_CERT_FILE's.

    Raises:
        ConfigurationError: the certificates cannot be read.
    """
    if isinstance(verify, ssl.SSLContext):
        return verify
    try:
        if isinstance(verify, str):
            return ssl.create_default_context(cafile=verify)
        return httpx.create_ssl_context(verify=verify)
    except OSError as error:
        raise ConfigurationError(f"certificates of verify= or SSL_CERT_FILE: {error.strerror}.") from None
