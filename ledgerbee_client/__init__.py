"""
The LedgerBee API for Python: `LedgerBee`, its credentials, its errors. Models are in `ledgerbee_client.models`.

Names are imported when they are first used, so that `import ledgerbee_client` costs next to nothing.
"""

from ._version import __version__

# Importing `typing` for this would cost more than the rest of this file; type checkers take any name so spelled for
# true.
TYPE_CHECKING = False
# ruff: noqa: F405
# fmt: off
if TYPE_CHECKING:
    from ._auth.credentials import ApiKey, ClientCredentials
    from ._auth.tokens import Token, TokenStore
    from ._base.clock import Clock
    from ._helpers.attachments import Attachment
    from ._helpers.batch_report import BatchProgress, BatchReport, Booked, Unconfirmed
    from ._helpers.downloads import Download
    from ._helpers.page import Page
    from ._helpers.pages import Pages
    from ._models.table import to_columns
    from .client import LedgerBee
    from .errors import *  # noqa: F403
    from .types import UNSET, Unset

_HOMES = {
    "_auth.credentials": "ApiKey ClientCredentials", "_auth.tokens": "Token TokenStore", "_base.clock": "Clock",
    "_helpers.attachments": "Attachment", "_helpers.batch_report": "BatchProgress BatchReport Booked Unconfirmed",
    "_helpers.downloads": "Download", "_helpers.page": "Page", "_helpers.pages": "Pages", "client": "LedgerBee",
    "_models.table": "to_columns",
    "types": "UNSET Unset",
}
__all__ = [  # noqa: RUF022 (the errors, then the rest)
    "APIError", "AttachmentError", "AuthenticationError", "BadRequestError", "BatchIncompleteError", "BatchSizeError",
    "BodyTooLargeError", "ClientClosedError", "ConfigurationError", "ConflictError", "ConnectionFailedError",
    "DeadlineError", "DownloadError", "InvalidValueError", "LedgerBeeError", "LicenseRequiredError",
    "MissingScopesError", "NoAnswerError", "NotFoundError", "OutcomeUnknownError", "PaginationError",
    "PermissionDeniedError", "RateLimitError", "RequestRefusedError", "ServerError", "TokenStoreError",
    "UnreadableAnswerError", "ValidationError", "WebhookVerificationError", "ApiKey", "Attachment", "BatchProgress",
    "BatchReport", "Booked", "ClientCredentials", "Clock", "Download", "LedgerBee", "Page", "Pages", "Token",
    "TokenStore", "UNSET", "Unconfirmed", "Unset", "__version__", "to_columns",
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
    return [*__all__]
