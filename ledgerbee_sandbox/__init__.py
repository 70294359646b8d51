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
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from ledgerbee_sandbox import demo
        from ledgerbee_sandbox.sandbox import Sandbox
    except ModuleNotFoundError as missing:
        words = f"the sandbox needs {missing.name}, which is not installed: pip install 'ledgerbee-client[sandbox]'"
        raise ModuleNotFoundError(words, name=missing.name) from None
    return Sandbox if name == "Sandbox" else getattr(demo, name)
