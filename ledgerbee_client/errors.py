"""
Every failure of the client, as one tree: what happened, what was expected, what to do.

    LedgerBeeError
        RequestRefusedError            refused before sending; nothing happened
        NoAnswerError                  no whole answer came
            ConnectionFailedError      ... and nothing was done, or it may be repeated
            DeadlineError              ... within `timeout=`, and nothing was done, or it may be repeated
            OutcomeUnknownError        ... to a write that may have been carried out
        APIError                       the API said no: `status`, `code`, `details`
        UnreadableAnswerError          an answer that is not the API's
        PaginationError, DownloadError, BatchIncompleteError, MissingScopesError, TokenStoreError
        WebhookVerificationError       a delivery that cannot be trusted

All of them survive pickle, copy and deepcopy.
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from ._base.shapes import as_object, list_at, text_at

BODY_LIMIT = 500
"""Characters of a body that an error keeps, in `.body` and never in its message."""

R = TypeVar("R")


class LedgerBeeError(Exception):
    """
    Anything that this library raises. Facts are keywords, and each class lists its own.

    Attributes:
        operation: `resource.method`, or empty where no operation was called.
        method: HTTP method, or empty.
        path: Path below the base URL, or empty.
        page: Number of the page that could not be fetched or trusted, in a walk over pages.
    """

    operation: str = ""
    method: str = ""
    path: str = ""
    page: int | None = None

    def __init__(self, message: str = "", **facts: Any) -> None:
        super().__init__(message)
        if "body" in facts:
            facts["body"] = facts["body"][:BODY_LIMIT]
        self.__dict__.update(facts)

    def __str__(self) -> str:
        """Return the message; half a character of UTF-16, which JSON can hold and no terminal print, is escaped."""
        return super().__str__().encode("utf-8", "backslashreplace").decode("utf-8")

    def __reduce__(self) -> tuple[Any, ...]:
        # Made again without `__init__`, which takes other arguments. The function that sleeps cannot be pickled.
        facts = {name: fact for name, fact in self.__dict__.items() if name != "_sleep"}
        return type(self).__new__, (type(self),), {**facts, "args": self.args}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LedgerBeeError) and self.__reduce__() == other.__reduce__()

    def __hash__(self) -> int:
        return hash((type(self), self.args))


class RequestRefusedError(LedgerBeeError):
    """Refused by this library before anything was sent."""


class ConfigurationError(RequestRefusedError):
    """The client, its credentials or its environment cannot work as they are."""


class ClientClosedError(RequestRefusedError):
    """The client was closed, or belongs to another event loop; make a new one. Call it within its `async with`."""


class InvalidValueError(RequestRefusedError, ValueError):
    """
    A value that the API cannot be given; nothing was sent.

    Attributes:
        where: The argument by its Python name, `invoice_id`; inside a body the place in wire names, `lines.0.amount`.
        expected: What stands there, in words.
        got: What came, in words, without the value where that could be secret.
    """

    where: str = ""
    expected: str = ""
    got: str = ""

    def __init__(self, path: str, expected: str, got: str, /, **facts: str) -> None:
        words = f"{path or 'the body'}: expected {expected}, got {got}; nothing was sent."
        super().__init__(words, where=path, expected=expected, got=got, **facts)


class BatchSizeError(RequestRefusedError, ValueError):
    """Fewer or more entries than one batch takes; nothing was sent."""


class BodyTooLargeError(RequestRefusedError, ValueError):
    """A request body of 15 MB or more, measured exactly; nothing was sent."""


class AttachmentError(RequestRefusedError, ValueError):
    """A file that cannot be attached: too large, unreadable, of an unknown type, or one too many."""


class NoAnswerError(LedgerBeeError):
    """
    No whole answer came.

    Attributes:
        idempotency_key: Key sent with the call, where the API takes one. Give it again when you repeat the call.
    """

    idempotency_key: str | None = None


class ConnectionFailedError(NoAnswerError):
    """The connection could not be made or broke, and either nothing was sent or the call may be repeated."""


class DeadlineError(NoAnswerError, TimeoutError):
    """`timeout=` ran out, and either nothing was sent or the call may be repeated."""


class OutcomeUnknownError(NoAnswerError):
    """
    A write may have been carried out, and no answer says so. Read back before sending it again.

    Attributes:
        sent_at: When the last try that may have been carried out was begun, aware UTC.
        tries: Number of that try, 1 for the first.
        payload_keys: The payload's own keys (reference, customer number, ...) by wire name, one mapping per entry that
            has some: what to look for.
        idempotency_key: Key sent with the call, where the API takes one.
        status: Status of the answer, where there was one (every 5xx leaves a write unknown).
        code: Code in that answer, if any.
        body: At most 500 characters of that answer.
    """

    sent_at: datetime.datetime | None = None
    tries: int = 1
    payload_keys: tuple[Mapping[str, object], ...] = ()
    status: int | None = None
    code: str | None = None
    body: str = ""
    _sleep: Callable[[float], Awaitable[None]] | None = None

    async def settled_by(
        self,
        finder: Callable[[], Awaitable[R | None]],
        *,
        within: float = 60.0,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ) -> R | None:
        """
        Ask `finder` again and again, later and later, until it finds what the lost call made.

        One read at once settles nothing: the server may still be working, and the API caches unfiltered lists for 5 s.

        Args:
            finder: Reads back, and returns what it found or None. Filter by `payload_keys`.
            within: Seconds of waiting in all; the last read comes at their end. 0 reads once, now.
            sleep: How to wait. Needed only after unpickling under trio.

        Returns:
            What the finder found, or None: nothing appeared within that time.

        Raises:
            Exception: the last read failed, with the finder's own error. What earlier reads raised, 404 and 429
                included, counts as nothing seen.
        """
        import asyncio

        pause: Callable[[float], Awaitable[object]] = sleep or self._sleep or asyncio.sleep
        wait, left = 1.0, within
        while True:
            if left > 0:
                await pause(min(wait, left))
            wait, left = wait * 2, left - wait
            try:
                found = await finder()
            except Exception:  # A finder is foreign code, and its next read may succeed.
                if not left > 0:
                    raise
            else:
                if found is not None or not left > 0:
                    return found


class APIError(LedgerBeeError):
    """
    The API answered, and said no.

    Attributes:
        status: HTTP status.
        code: Stable identifier to branch on; None where the API gave none.
        details: Context that depends on `code`.
        api_message: The API's own words; their wording may change.
        body: At most 500 characters of the answer.
        idempotency_key: Key sent with the call, where the API takes one.
    """

    status: int = 0
    code: str | None = None
    details: Mapping[str, Any] = MappingProxyType({})
    api_message: str = ""
    body: str = ""
    idempotency_key: str | None = None

    @property
    def message(self) -> str:
        """The same as `api_message`."""
        return self.api_message


class BadRequestError(APIError):
    """400 or 422: a business rule was broken; `code` says which."""


class ValidationError(BadRequestError):
    """400: fields of the body were refused; nothing was done."""

    @property
    def fields(self) -> dict[str, dict[str, str]]:
        """What was refused, by dotted path: `{"lines.0.quantity": {"isPositive": "must be positive"}}`."""
        found: dict[str, dict[str, str]] = {}
        for item in map(as_object, list_at(self.details, "validationErrors")):
            if "property" in item:
                found.setdefault(str(item["property"]), {}).update(as_object(item.get("constraints")))
        return found

    def about(self, place: str) -> ValidationError:
        """Return this refusal with those fields alone that are at `place` of the body or below it: `"entries.3"`."""
        items = map(as_object, list_at(self.details, "validationErrors"))
        part = copy.copy(self)
        part.details = {
            **self.details,
            "validationErrors": [item for item in items if f"{item.get('property')}.".startswith(f"{place}.")],
        }
        return part

    def __str__(self) -> str:
        """Name the fields too."""
        # The API's words for a rule list the values that a field may have.
        named: list[str] = []
        for where, rules in self.fields.items():
            said = ", ".join(f"{rule}: {words}" for rule, words in rules.items())
            named.append(f"{where} ({said})" if said else where)
        return super().__str__() + (f" Refused: {', '.join(named)[:500]}." if named else "")


class AuthenticationError(APIError):
    """401: a credential is missing, wrong, expired, revoked or used from an address that it does not allow."""

    @property
    def reason(self) -> str | None:
        """`ip_whitelist_mismatch`, where the API says so."""
        return text_at(self.details, "reason")


class PermissionDeniedError(APIError):
    """403: the key or token lacks a scope."""

    @property
    def required_scopes(self) -> tuple[str, ...]:
        """Scopes that the API asks for; empty where it does not say."""
        return tuple(map(str, list_at(self.details, "requiredScopes")))


class LicenseRequiredError(PermissionDeniedError):
    """403 `LICENSE.REQUIRED`: the company lacks a licence, whatever the scopes are."""

    @property
    def license_key(self) -> str | None:
        """The licence's key, `Subscription` for instance."""
        return text_at(self.details, "licenseKey")


class NotFoundError(APIError):
    """404: no such route, or the thing does not exist in your company."""


class ConflictError(APIError):
    """409: at odds with what the API already has."""


class RateLimitError(APIError):
    """
    429: too many requests; nothing was done.

    Attributes:
        retry_at: When to try again, aware UTC; None where the API did not say.
    """

    retry_at: datetime.datetime | None = None


class ServerError(APIError):
    """5xx to a read, or to a write that may be repeated. For any other write it is an `OutcomeUnknownError`."""


class UnreadableAnswerError(LedgerBeeError):
    """
    An answer that is not what the API sends: HTML, cut JSON, another content type, an object without its fields.

    Attributes:
        status: HTTP status.
        body: At most 500 characters of the answer.
    """

    status: int = 0
    body: str = ""


class PaginationError(LedgerBeeError):
    """A walk over pages cannot be trusted to be whole; resume with `.pages(start=error.page)`."""


class DownloadError(LedgerBeeError):
    """A file that was not what it should be, or could not be written; no half file is left behind."""


class BatchIncompleteError(LedgerBeeError):
    """
    Not every entry of a batch run was booked.

    Attributes:
        report: The `BatchReport`, with what became of each entry.
    """

    report: Any = None


class MissingScopesError(LedgerBeeError):
    """
    The API key lacks scopes that the program needs.

    Attributes:
        missing: Every missing scope, in the order asked for.
    """

    missing: tuple[str, ...] = ()


class TokenStoreError(LedgerBeeError):
    """A shared store of tokens or deliveries cannot be reached or used."""


class WebhookVerificationError(LedgerBeeError):
    """A delivery that cannot be trusted; answer it with 400 and do nothing else."""
