"""Which servers are trusted."""

from __future__ import annotations

import os
import ssl

from ..errors import ConfigurationError


def tls_context(verify: ssl.SSLContext | str | bool) -> ssl.SSLContext:
    """
    Return the TLS context for `verify=`: the one given, or the certificates of a file, or certifi's or those that
    SSL_CERT_FILE or SSL_CERT_DIR names.

    Raises:
        ConfigurationError: the certificates cannot be read.
    """
    if isinstance(verify, ssl.SSLContext):
        return verify
    if verify is False:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
    try:
        file = verify if isinstance(verify, str) else os.environ.get("SSL_CERT_FILE")
        folder = None if file else os.environ.get("SSL_CERT_DIR")
        if not (file or folder):
            import certifi

            file = certifi.where()
        return ssl.create_default_context(cafile=file, capath=folder or None)
    except OSError as error:
        raise ConfigurationError(f"certificates of verify= or SSL_CERT_FILE: {error.strerror}.") from None
