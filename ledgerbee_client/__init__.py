"""
The LedgerBee API for Python: `LedgerBee`, its credentials, its errors. Models are in `ledgerbee_client.models`.

Names are imported when they are first used, so that `import ledgerbee_client` costs next to nothing.
"""

from ._version import __version__ as __version__

# Importing `typing` for this would cost more than the rest of this file; type checkers take any name so spelled for
# true.
TYPE_CHECKING = False
# ruff: noqa: F405
# fmt: off
if TYPE_CHECKING:
    from .attachments import Attachment as Attachment
    from .batches import BatchProgress as BatchProgress
    from .batches import BatchReport as BatchReport
    from .batches import Booked as Booked
    from .batches import Unbooked as Unbooked
    from .client import LedgerBee as LedgerBee
    from .clock import Clock as Clock
    from .credentials import ApiKey as ApiKey
    from .credentials import ClientCredentials as ClientCredentials
    from .downloads import Download as Download
    from .errors import *  # noqa: F403
    from .pagination import Page as Page
    from .pagination import Pages as Pages
    from .tokens import Token as Token
    from .tokens import TokenStore as TokenStore
    from .types import UNSET as UNSET
    from .types import Unset as Unset

_HOMES = {
    "attachments": "Attachment", "batches": "BatchProgress BatchReport Booked Unbooked", "client": "LedgerBee",
    "clock": "Clock", "credentials": "ApiKey ClientCredentials", "downloads": "Download", "pagination": "Page Pages",
    "tokens": "Token TokenStore", "types": "UNSET Unset",
}
__all__ = [  # noqa: RUF022 (as in errors.py, then the rest)
    "APIError", "AttachmentError", "AuthenticationError", "BadRequestError", "BatchIncompleteError", "BatchSizeError",
    "BodyTooLargeError", "ClientClosedError", "ConfigurationError", "ConflictError", "ConnectionFailedError",
    "DeadlineError", "DownloadError", "InvalidValueError", "LedgerBeeError", "LicenseRequiredError",
    "MissingScopesError", "NoAnswerError", "NotFoundError", "OutcomeUnknownError", "PaginationError",
    "PermissionDeniedError", "RateLimitError", "RequestRefusedError", "ServerError", "TokenStoreError",
    "UnreadableAnswerError", "ValidationError", "WebhookVerificationError", "ApiKey", "Attachment", "BatchProgress",
    "BatchReport", "Booked", "ClientCredentials", "Clock", "Download", "LedgerBee", "Page", "Pages", "Token",
    "TokenStore", "UNSET", "Unbooked", "Unset", "__version__",
]
# fmt: on


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = next((home for home, names in _HOMES.items() if name in names.split()), "errors")
    value: object = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
