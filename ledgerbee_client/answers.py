"""Answers read: the error envelope as the tree of errors, and a body as what a codec makes of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import field, frozen

from .errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    LicenseRequiredError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnreadableAnswerError,
    ValidationError,
)
from .retry import asked_wait
from .wire import ANY, NOTHING, Codec, WireError, loads

T = TypeVar("T")


@frozen
class Answer:
    """A whole answer; header names in lower case. What it echoes of `secrets` is blanked out in errors."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def text(self) -> str:
        """The body as errors may show it."""
        text = self.body.decode("utf-8", "replace")
        for secret in self.secrets:
            text = text.replace(secret, "[secret]")
        return text


_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequestError, 401: AuthenticationError, 403: PermissionDeniedError, 404: NotFoundError,
    409: ConflictError, 422: BadRequestError, 429: RateLimitError,
}  # fmt: skip
_ADVICE: dict[type[APIError], str] = {
    AuthenticationError: "Check the credential, its expiry and its address list; a key is no token and a token no key.",
    PermissionDeniedError: "Give the key or client the missing scope in LedgerBee.",
    LicenseRequiredError: "The company needs the licence; scopes do not help.",
    ServerError: "Reading again later may help.",
}


class Headers(dict[str, str]):
    """Request headers, which show their names only."""

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"


@frozen
class Failure:
    """No whole answer came: why, whether a byte of the request may have left, whether it was time that ran out."""

    words: str
    may_have_left: bool = True
    late: bool = False


def error_of(answer: Answer, now: float, facts: Mapping[str, Any]) -> APIError | UnreadableAnswerError:
    """Make the error that a non-2xx answer stands for; `facts` are operation, method, path and more."""
    status, text = answer.status, answer.text
    if status < 400:
        return unreadable(
            "redirects are not followed, they could carry the credential away; check base_url", answer, facts
        )
    try:
        envelope = loads(text)
    except ValueError:
        envelope = None
    envelope = envelope if isinstance(envelope, dict) else {}
    details: dict[str, Any] = envelope["details"] if isinstance(envelope.get("details"), dict) else {}
    # The token endpoint speaks RFC 6749: error and error_description.
    code, said = (
        next((v for k in keys if isinstance(v := envelope.get(k), str)), None)
        for keys in (("code", "error"), ("message", "error_description"))
    )
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else APIError)
    if status == 400 and "validationErrors" in details:
        kind = ValidationError
    elif code == "LICENSE.REQUIRED":
        kind = LicenseRequiredError
    said = " ".join((said or "").split())[:200]
    error = kind(status=status, code=code, details=details, api_message=said, body=text, **facts)
    words = [
        f"{facts['method']} {facts['path']} was {'answered' if status >= 500 else 'refused'} with {status}{' ' + code if code else ''}"
    ]
    words += [f": {said}" if said else "", "." if not said.endswith(".") else "", f" {_ADVICE.get(kind, '')}"]
    if isinstance(error, ValidationError):
        words.append(
            "Refused: "
            + ", ".join(f"{where} ({', '.join(rules)})" for where, rules in list(error.fields.items())[:10])
            + "."
        )
    if isinstance(error, PermissionDeniedError) and error.required_scopes:
        words.append(f" Required: {', '.join(error.required_scopes)}.")
    if isinstance(error, RateLimitError) and (wait := asked_wait(answer.headers, now)) is not None and wait < 1e9:
        error.retry_at = datetime.datetime.fromtimestamp(now + wait, datetime.UTC)
        words.append(f" Try again at {error.retry_at:%H:%M:%S} UTC.")
    error.args = ("".join(words).strip(),)
    return error


def json_of(codec: Codec[Any], answer: Answer, facts: Mapping[str, Any]) -> Any:
    """
    Return the JSON value of a 2xx answer; an empty one is None for `NOTHING` and `ANY`, and an empty object else.

    Raises:
        UnreadableAnswerError: HTML, cut JSON, another content type.
    """
    if codec is NOTHING or not answer.body.strip():
        return None if codec in (NOTHING, ANY) else {}
    content_type = answer.headers.get("content-type", "application/json").lower()
    if "json" not in content_type and not content_type.startswith("text/plain"):
        raise unreadable(f"JSON expected, {content_type[:60]!r} came", answer, facts)
    try:
        return loads(answer.body)
    except ValueError:
        raise unreadable("the JSON is cut or broken", answer, facts) from None


def read(codec: Codec[T], value: Any, where: str, answer: Answer, facts: Mapping[str, Any]) -> T:
    """
    Let a codec read what `json_of` gave.

    Raises:
        UnreadableAnswerError: a field is missing that the schema promises, or the whole has another shape.
    """
    # Reading lets null pass, which is right for fields and wrong for whole answers: a method returns the thing or raises.
    try:
        if value is None and codec not in (NOTHING, ANY):
            raise WireError(where, "an answer", "null")
        return codec.read(value, where)
    except WireError as error:
        why = str(error if error.where or not where else error.inside(where))
    raise unreadable(why, answer, facts, accepted=True)


def unreadable(why: str, answer: Answer, facts: Mapping[str, Any], *, accepted: bool = False) -> UnreadableAnswerError:
    """Say which answer cannot be read, and why; whether the call was `accepted` matters to a write."""
    more = (
        " The API accepted the call: do not send it again."
        if accepted and facts["method"] not in {"GET", "HEAD"}
        else ""
    )
    words = f"{facts['method']} {facts['path']} was answered with {answer.status}, which cannot be read: {why}.{more}"
    return UnreadableAnswerError(words, status=answer.status, body=answer.text, **facts)
