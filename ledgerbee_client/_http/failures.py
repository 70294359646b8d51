"""What the errors of HTTP libraries mean: words that are safe to show, and whether the request may have been sent."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator

from .messages import Failure

UNTRUSTED = "the server's certificate is not trusted (verify= and SSL_CERT_FILE say which are)"


def lost(error: Exception, *, late: bool, named: bool = True) -> Failure:
    """Return the failure of a request that may have been sent; of a foreign error only the name is safe to show."""
    words = "the answer stayed out" if late else "the connection broke before the answer was whole"
    return Failure(f"{words} ({type(error).__name__})" if named else words, late=late)


def system_words(words: str, error: BaseException) -> str:
    """Add what the operating system says of an error, or say that the certificate is not trusted."""
    system = [one for one in _chain(error) if isinstance(one, OSError) and one.strerror]
    if not system:
        return words
    if isinstance(system[-1], ssl.SSLCertVerificationError):
        return UNTRUSTED
    # asyncio writes a text of its own where the system has a better one. The resolver's numbers are negative, and those
    # of TLS mean something else.
    number = 0 if isinstance(system[-1], ssl.SSLError) else system[-1].errno or 0
    return f"{words} ({os.strerror(number) if number > 0 else system[-1].strerror})"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        # anyio tries each address of a host, and raises a group of what failed.
        several: tuple[BaseException, ...] = getattr(error, "exceptions", ())
        error = several[0] if several else error.__cause__ or error.__context__
