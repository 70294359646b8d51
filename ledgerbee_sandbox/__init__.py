"""
An offline LedgerBee: it remembers, checks itself against the schema, and misbehaves on request.

    async with Sandbox() as sandbox, sandbox.client() as bee: ...

or, from a shell, `python -m ledgerbee_sandbox`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledgerbee_sandbox.demo import API_KEY, CLIENT_ID, CLIENT_SECRET, SSO_KEY
    from ledgerbee_sandbox.sandbox import Sandbox

__all__ = ["API_KEY", "CLIENT_ID", "CLIENT_SECRET", "SSO_KEY", "Sandbox"]


def __getattr__(name: str) -> Any:
    if name == "Sandbox":
        from ledgerbee_sandbox.sandbox import Sandbox

        return Sandbox
    if name in __all__:
        from ledgerbee_sandbox import demo

        return getattr(demo, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
