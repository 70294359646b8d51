"""Answers that say no, or cannot be read, as the tree of errors. Plain functions without I/O."""

from __future__ import annotations

import datetime
from typing import Any

from .. import errors
from .._base.shapes import as_object, is_list, is_object, list_at, text_at
from .._base.waits import server_wait
from .._http.messages import Answer, Facts
from .._models.jsonio import load_object

_KINDS: dict[int, type[errors.APIError]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    422: errors.BadRequestError,
    429: errors.RateLimitError,
}
_DEPTH, _TOO_DEEP = 50, "(nested deeper than 50 levels)"
_ADVICE: dict[type[errors.APIError], str] = {
    errors.AuthenticationError: " Check the credential, its expiry and its address list; a key is no token.",
    errors.PermissionDeniedError: " Give the key or client the missing scope in LedgerBee.",
    errors.LicenseRequiredError: " The company needs the licence; scopes do not help.",
    errors.ServerError: " Trying again later may help.",
}


def _shallow(value: Any, depth: int = _DEPTH) -> Any:
    """Cut what is nested deeper than anything the API says: Python pickles and copies some 300 levels."""
    if is_object(value):
        return {key: _shallow(inner, depth - 1) for key, inner in value.items()} if depth else _TOO_DEEP
    if is_list(value):
        return [_shallow(inner, depth - 1) for inner in value] if depth else _TOO_DEEP
    return value


def error_of(
    answer: Answer, now: float, facts: Facts, *, repeatable: bool
) -> errors.APIError | errors.UnreadableAnswerError:
    """
    Make the error that a non-2xx answer stands for.

    Args:
        answer: The answer.
        now: Unix time, for the time that it asks to wait.
        facts: Operation, method and path.
        repeatable: False where trying again may do it twice, so that nobody is told to.
    """
    status, text = answer.status, answer.text
    if status < 400:
        what = "it is no answer of the API's; redirects are not followed, they could carry the credential away"
        return unreadable(what, answer, facts)
    envelope = load_object(text)
    details = as_object(_shallow(envelope.get("details")))
    # The token endpoint speaks RFC 6749: error and error_description.
    code = text_at(envelope, "code") or text_at(envelope, "error")
    message = text_at(envelope, "message") or text_at(envelope, "error_description") or ""
    # Half a character of UTF-16, which JSON can hold, is written out: no terminal prints it.
    said = " ".join(message.encode("utf-8", "backslashreplace").decode("utf-8").split())[:200]
    kind = _KINDS.get(status, errors.ServerError if status >= 500 else errors.APIError)
    if code == "LICENSE.REQUIRED":
        kind = errors.LicenseRequiredError
    elif status == 400 and list_at(details, "validationErrors"):
        kind = errors.ValidationError
    error = kind(status=status, code=code, details=details, api_message=said, body=text, **facts)
    verb = "answered" if status >= 500 or status in {408, 499} else "refused"
    named = f" {' '.join(code.split())[:80]}" if code else ""
    words = f"{facts['method']} {facts['path']} was {verb} with {status}{named}"
    words += f": {said.rstrip('.')}." if said else "."
    if repeatable or kind is not errors.ServerError:
        words += _ADVICE.get(kind, "")
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
    if answer.cut_after is not None:
        return f"it is longer than {answer.cut_after:,} bytes"
    content_type = answer.headers.get("content-type", "application/json").lower()
    if "json" not in content_type and not content_type.startswith("text/plain") and answer.body.strip():
        return f"JSON expected, {content_type[:60]!r} came"
    return ""


def unreadable(why: str, answer: Answer, facts: Facts, *, accepted: bool = False) -> errors.UnreadableAnswerError:
    """Say which answer cannot be read, and why; whether the call was `accepted` matters to a write."""
    more = " The API accepted the call: do not send it again." if accepted and facts["method"] != "GET" else ""
    words = f"{facts['method']} {facts['path']} was answered with {answer.status}, which cannot be read: {why}.{more}"
    return errors.UnreadableAnswerError(words, status=answer.status, body=answer.text, **facts)
