"""What a method's docstring says: everything a caller needs that its signature cannot tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from regen.codegen.render_text import Code, blocks, docstring, one_line, section, sentence, wrap

CURE = "`python scripts/regen.py --download` in the SDK's source fetches the published schema, which knows the rest."
LOST = "no answer came; it may have been done. Read back before sending it again."
INDENT = 8

BY_CODE = {"SHARED_VALIDATION_FAILED": "ValidationError", "LICENSE.REQUIRED": "LicenseRequiredError"}
BY_STATUS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "BadRequestError",
    429: "RateLimitError",
}
RETURNS = {
    "list": "A lazy list: `async for` walks every page; `.pages()`, `.first()` and `.collect()` do what they say.",
    "file": "A file, fetched when it is used: `await ....save(path)`, `await ....read()`, or `async for` its pieces.",
    "many": (
        "A report with everybody's fate: what was booked, what was refused, and what nobody knows. Look at it, or call "
        "its `raise_if_incomplete()`: what goes wrong on the way is not raised."
    ),
}


def method_docstring(
    facts: dict[str, Any], arguments: Iterable[tuple[str, str]], answer: str, *, many: bool = False
) -> Code:
    """
    Return the docstring of a method.

    Args:
        facts: What the normaliser knows of the operation.
        arguments: Names and what is to be said of them.
        answer: What the document says of the answer.
        many: Whether it is the method that packs any number of entries into batches.
    """
    first = sentence(facts.get("summary") or facts.get("title")) or f"`{facts['name']}`."
    described = blocks(facts.get("description"))
    if described and f"{one_line(described[0])}.".lower().startswith(f"{first.rstrip('.')}.".lower()):
        rest = one_line(described[0])[len(first.rstrip(".")) :].lstrip(". ")
        described = [rest, *described[1:]] if rest else described[1:]
    if many:
        first = f"Send any number of entries through `{facts['method']}()`, as many to a request as it takes."
        described = ["Each request is a transaction of its own; all of them together are not one."]
    request = f"{one_line(facts['http_method'])} {one_line(facts['path'])}"
    paragraphs = [
        wrap(first, INDENT),
        *(wrap(sentence(text), INDENT, 2 if text[:2] in ("- ", "* ") else 0) for text in described),
        _deprecation(facts),
        _access(facts),
        _repetition(facts),
        _documentation(facts),
        section("Args", [(name, text or "Not described by the API.") for name, text in arguments], INDENT),
        section("Returns", _returns(facts, many, answer), INDENT),
        section("Raises", _errors(facts, many), INDENT),
        wrap(", ".join(filter(None, [f"API: {request}", one_line(facts.get("docs_url"))])), INDENT),
    ]
    return docstring(paragraphs, INDENT)


def resource_docstring(facts: dict[str, Any], indent: int) -> Code:
    """Return the docstring of a resource class and of the property that leads to it."""
    first, *rest = blocks(facts.get("description")) or [one_line(facts["class"].removesuffix("Resource"))]
    url = one_line(facts.get("docs_url"))
    return docstring(
        [wrap(sentence(first), indent), *(wrap(text, indent) for text in rest), [f"API: {url}"] if url else []], indent
    )


def _deprecation(facts: dict[str, Any]) -> list[str]:
    deprecated = facts.get("deprecated")
    if not deprecated:
        return []
    successor, sunset = one_line(deprecated.get("successor")), one_line(deprecated.get("sunset"))
    text = f"Deprecated: use `{successor}()`" if successor else "Deprecated: the API wants callers to move away"
    text += f"; the API takes it away on {sunset}." if sunset else "."
    return wrap(f"{text} The first call in a process says so in the log.", INDENT)


def _access(facts: dict[str, Any]) -> list[str]:
    scopes, security = facts.get("scopes"), facts.get("security", "any")
    parts: list[str] = []
    if security == "none":
        return wrap("Sent without credentials.", INDENT)
    if scopes is None:
        parts.append("Scopes: not documented.")
    elif scopes:
        parts.append(f"Scopes: {', '.join(f'`{one_line(scope)}`' for scope in scopes)}.")
    else:
        parts.append("Scopes: none needed.")
    if security == "key":
        parts.append("Takes an API key only, no token.")
    elif security == "oauth":
        parts.append("Takes an OAuth token only, no API key.")
    return wrap(" ".join(parts), INDENT)


def _repetition(facts: dict[str, Any]) -> list[str]:
    if facts["http_method"] in ("GET", "HEAD"):
        return []
    if not facts.get("repeatable"):
        return wrap("Never resent once it may have arrived: the API does not deduplicate this call.", INDENT)
    reason = one_line(facts.get("repeatable_reason"))
    return wrap(f"Safe to repeat, and repeated after a failure{f': {sentence(reason)}' if reason else '.'}", INDENT)


def _documentation(facts: dict[str, Any]) -> list[str]:
    parts: list[str] = []
    if facts.get("documentation") == "partial":
        parts.append("Documented in part: there may be arguments and fields that are not listed here.")
    elif facts.get("documentation") == "title-only":
        parts.append("Only its title is documented: what it takes and answers is not known here.")
    if facts.get("path_source") == "inferred":
        parts.append("Its path is inferred.")
    return wrap(" ".join([*parts, CURE]), INDENT) if parts else []


def _returns(facts: dict[str, Any], many: bool, answer: str) -> list[tuple[str, str]]:
    # "Success" is what a document says that has nothing to say.
    text = RETURNS.get("many" if many else facts["kind"]) or sentence("" if answer == "Success" else answer)
    return [("", text)] if text else []


def _errors(facts: dict[str, Any], many: bool) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if many:
        return [
            ("RequestRefusedError", "an entry of a list, or an argument, cannot be sent at all; nothing was sent."),
            ("BatchIncompleteError", "the entries themselves broke off; its report tells the fate of all that came."),
        ]
    if facts["kind"] == "list":
        found.append(("InvalidValueError", "at this call: an argument that cannot be sent."))
        if facts.get("paged"):
            found.append(("PaginationError", "in a walk: the list does not move on; if `.strict()`, it changed."))
        found.append(("LedgerBeeError", "in a walk: a page that could not be fetched or read; `.page` is its number."))
    if facts["kind"] == "batch":
        least, most = facts["batch"].get("minimum") or 1, facts["batch"]["maximum"]
        found.append(("BatchSizeError", f"not {least} to {most} entries; nothing was sent."))
    for error in facts.get("errors") or []:
        status, code = error.get("status"), one_line(error.get("code"))
        name = BY_CODE.get(code) or BY_STATUS.get(status) or "APIError"
        which = f"{status} `{code}`" if code else f"{status}"
        found.append((name, ": ".join(filter(None, [which, sentence(error.get("when"))]))))
    if not facts.get("repeatable") and facts["http_method"] not in ("GET", "HEAD"):
        found.append(("OutcomeUnknownError", LOST))
    return found
