"""What is known of one operation of the API before it is called; generated code makes one of these per endpoint."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Operation(NamedTuple):
    """
    The facts of one operation.

    Attributes:
        name: `resource.method`, as it stands in the SDK; errors, logs and events carry it.
        method: HTTP method in capitals.
        path: Path below the base URL; `{placeholders}` are filled by position.
        path_arguments: What the placeholders are called in Python, for errors.
        security: Which credentials it takes: an API key (`key`), a token (`oauth`), either (`any`) or `none`.
        repeatable: True if sending it twice is harmless. Everything else is never resent once a byte of the request may
            have reached the server.
        scopes: Documented scopes.
        deprecated: True if the API wants callers to move away, to the operation named `successor` if there is one.
        docs_url: Page of the published documentation.
        idempotency_header: Header of the key by which the API recognises a repeated call.
        paged: True if `page` and `limit` are sent.
        first_page: The number of the first page on the wire; users count from 1.
        comma_joined: Query names whose lists are sent as `a,b` instead of being repeated.
    """

    name: str
    method: str
    path: str
    security: Literal["any", "key", "oauth", "none"] = "any"
    repeatable: bool = False
    scopes: tuple[str, ...] = ()
    deprecated: bool = False
    successor: str | None = None
    docs_url: str = ""
    idempotency_header: str | None = None
    paged: bool = False
    first_page: int = 1
    comma_joined: frozenset[str] = frozenset()
    path_arguments: tuple[str, ...] = ()
