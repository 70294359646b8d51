"""Answers read: the error envelope as the tree of errors, and a body as what a codec makes of it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeVar, dataclass_transform

from .. import errors
from .._base.shapes import as_object, list_at, text_at
from .._base.waits import server_wait
from .._models.jsonio import load_object

T = TypeVar("T")
Facts = Mapping[str, Any]
MAX_ANSWER_BYTES = 100_000_000
_KINDS: dict[int, type[errors.APIError]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    422: errors.BadRequestError,
    429: errors.RateLimitError,
}
_ADVICE: dict[type[errors.APIError], str] = {
    errors.AuthenticationError: " Check the credential, its expiry and its address list; a key is no token.",
    errors.PermissionDeniedError: " Give the key or client the missing scope in LedgerBee.",
    errors.LicenseRequiredError: " The company needs the licence; scopes do not help.",
    errors.ServerError: " Trying again later may help.",
}


@dataclass_transform(kw_only_default=True)
class BlankRepr:
    """
    Facts by name, which no repr shows, keyword-only as in a dataclass.

    Not a tuple: tools that report errors walk through a tuple among the local variables of a traceback, and show the
    key in it.
    """

    def __init__(self, **facts: Any) -> None:
        self.__dict__.update(facts)


class RequestBody(Protocol):
    """What a transport sends after the headers."""

    @property
    def content_type(self) -> str: ...
    @property
    def size(self) -> int: ...
    def chunks(self) -> Iterator[bytes]: ...


class BodyStream(Protocol):
    """An answer's body that is still on the wire."""

    async def next(self) -> bytes | Failure: ...
    async def close(self) -> None: ...


class Answer(BlankRepr):
    """
    An answer, whole or with its body still on the wire; header names in lower case. Errors blank out `secrets`.

    `sent_at` is when the try that it answers was begun, in Unix seconds, and `tries` its number.
    """

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""
    stream: BodyStream | None = None
    secrets: tuple[str, ...] = ()
    sent_at: float = 0.0
    tries: int = 1

    @property
    def is_json(self) -> bool:
        """Whether it says that its body is JSON, in the words the API uses."""
        return self.headers.get("content-type", "").startswith("application/json")

    @property
    def text(self) -> str:
        """The body as errors may show it."""
        text = self.body[: 1 << 20].decode("utf-8", "replace")
        for secret in filter(None, self.secrets):
            # The pattern of a long token takes long to compile, and hardly any answer holds even its beginning.
            if re.search(_pattern(secret[:16]), text):
                text = re.sub(_pattern(secret), "[secret]", text)
        return text


def _pattern(secret: str) -> str:
    # Each character as it is, or as JSON or a form may write it.
    return "".join(rf"(?:\\?{re.escape(char)}|(?i:\\u00{ord(char):02x}|%{ord(char):02x}))" for char in secret)


class Headers(dict[str, str]):
    """Request headers, which show their names only."""

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"


class Failure(NamedTuple):
    """No whole answer came: why, whether a byte of the request may have left, whether it was time that ran out."""

    words: str
    maybe_sent: bool = True
    late: bool = False


def error_of(answer: Answer, now: float, facts: Facts) -> errors.APIError | errors.UnreadableAnswerError:
    """Make the error that a non-2xx answer stands for; `facts` are operation, method and path."""
    status, text = answer.status, answer.text
    if status < 400:
        what = "it is no answer of the API's; redirects are not followed, they could carry the credential away"
        return unreadable(what, answer, facts)
    envelope = load_object(text)
    details = as_object(envelope.get("details"))
    # The token endpoint speaks RFC 6749: error and error_description.
    code = text_at(envelope, "code") or text_at(envelope, "error")
    said = " ".join((text_at(envelope, "message") or text_at(envelope, "error_description") or "").split())[:200]
    kind = _KINDS.get(status, errors.ServerError if status >= 500 else errors.APIError)
    if code == "LICENSE.REQUIRED":
        kind = errors.LicenseRequiredError
    elif status == 400 and list_at(details, "validationErrors"):
        kind = errors.ValidationError
    error = kind(status=status, code=code, details=details, api_message=said, body=text, **facts)
    verb = "answered" if status >= 500 or status in {408, 499} else "refused"
    named = f" {' '.join(code.split())[:80]}" if code else ""
    words = f"{facts['method']} {facts['path']} was {verb} with {status}{named}"
    words += (f": {said.rstrip('.')}." if said else ".") + _ADVICE.get(kind, "")
    if status == 404 and not envelope:
        words += " Is base_url right? The API's own ends in /api, without a version."
    if isinstance(error, errors.PermissionDeniedError) and error.required_scopes:
        words += f" Required: {', '.join(error.required_scopes)[:300]}."
    if (
        isinstance(error, errors.RateLimitError)
        and (wait := server_wait(answer.headers, now)) is not None
        and wait < 1e9
    ):
        error.retry_at = datetime.datetime.fromtimestamp(now + wait, datetime.UTC)
        words += f" Try again at {error.retry_at:%H:%M:%S} UTC."
    error.args = (words,)
    return error


def why_not_json(answer: Answer) -> str:
    """Say why the body of a 2xx answer is not the API's, as far as can be told before it is read; else nothing."""
    if len(answer.body) > MAX_ANSWER_BYTES:
        return f"it is longer than {MAX_ANSWER_BYTES:,} bytes"
    content_type = answer.headers.get("content-type", "application/json").lower()
    if answer.body.strip() and "json" not in content_type and not content_type.startswith("text/plain"):
        return f"JSON expected, {content_type[:60]!r} came"
    return ""


def unreadable(why: str, answer: Answer, facts: Facts, *, accepted: bool = False) -> errors.UnreadableAnswerError:
    """Say which answer cannot be read, and why; whether the call was `accepted` matters to a write."""
    more = " The API accepted the call: do not send it again." if accepted and facts["method"] != "GET" else ""
    words = f"{facts['method']} {facts['path']} was answered with {answer.status}, which cannot be read: {why}.{more}"
    return errors.UnreadableAnswerError(words, status=answer.status, body=answer.text, **facts)
