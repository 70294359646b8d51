"""What a method's docstring says: everything a caller needs that its signature cannot tell."""

from __future__ import annotations

from collections.abc import Iterable

from regen.codegen.render_text import Code, blocks, docstring, one_line, section, sentence, wrap
from regen.model.api import Endpoint, Resource

EACH_METHOD = (
    "Every method takes `timeout`, seconds for the whole call, every try included, or None for what the client was "
    "made with; and `extra_headers`, headers for its requests alone, where credentials cannot be given."
)
ON_CLASS = "explained on the class."
TIMEOUTS = {
    "list": "explained on the class; for each page, while `.collect(timeout=...)` limits the whole walk.",
    "many": "explained on the class; for each request.",
}
LOST = "no answer came; it may have been done. Read back before sending it again."
INDENT = 8
COMMON = ("timeout", "extra_headers")
UNDESCRIBED = "Not described by the API."

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
ONLY = {"key": "Takes an API key only, no token.", "oauth": "Takes an OAuth token only, no API key."}
KNOWN = {
    "partial": "Documented in part: there may be arguments and fields that are not listed here.",
    "title-only": "Only its title is documented: what it takes and answers is not known here.",
}
RETURNS = {
    "list": (
        "A lazy list: `async for` walks the items of all pages, `.pages()` the pages; `await ....first()` gives the "
        "first item or None, `await ....collect()` a list of all."
    ),
    "file": "A file, fetched when it is used: `await ....save(path)`, `await ....read()`, or `async for` its pieces.",
    "many": (
        "A report of what became of each entry: booked, refused, unknown, or not sent. Look at it, or call its "
        "`raise_if_incomplete()`: what goes wrong on the way is not raised."
    ),
}


def method_docstring(endpoint: Endpoint, parameters: Iterable[tuple[str, str]], *, many: bool = False) -> Code:
    """
    Return the docstring of a method.

    Args:
        endpoint: What is known of it.
        parameters: Names and texts of the parameters.
        many: Whether it is the method that packs any number of entries into batches.
    """
    first = sentence(endpoint.summary)
    described = blocks(endpoint.description)
    if described and f"{one_line(described[0])}.".lower().startswith(f"{first.rstrip('.')}.".lower()):
        rest = one_line(described[0])[len(first.rstrip(".")) :].lstrip(". ")
        described = [rest, *described[1:]] if rest else described[1:]
    if many:
        first = f"Send any number of entries through `{endpoint.method}()`, as many to a request as it takes."
        described = ["Each request is a transaction of its own; all of them together are not one."]
    listed = [(name, text or UNDESCRIBED) for name, text in parameters if name not in COMMON]
    kind = "many" if many else endpoint.kind
    paragraphs = [
        wrap(first, INDENT),
        *(wrap(sentence(text), INDENT, 2 if text[:2] in ("- ", "* ") else 0) for text in described),
        _deprecation(endpoint),
        _access(endpoint),
        _repetition(endpoint),
        _documentation(endpoint),
        section("Args", [*listed, (", ".join(COMMON), TIMEOUTS.get(kind, ON_CLASS))], INDENT),
        section("Returns", [("", RETURNS[kind])] if kind in RETURNS else [], INDENT),
        section("Raises", _errors(endpoint, many), INDENT),
        wrap(", ".join(filter(None, [f"API: {one_line(endpoint.request)}", one_line(endpoint.docs_url)])), INDENT),
    ]
    return docstring(paragraphs, INDENT)


def resource_docstring(resource: Resource, indent: int, each: str = "") -> Code:
    """Return the docstring of a resource class, with what holds for each of its methods, or of its property."""
    first, *rest = blocks(resource.description) or [one_line(resource.class_name.removesuffix("Resource"))]
    url = one_line(resource.docs_url)
    paragraphs = [wrap(sentence(first), indent), *(wrap(text, indent) for text in rest), wrap(each, indent)]
    return docstring([*paragraphs, [f"API: {url}"] if url else []], indent)


def _deprecation(endpoint: Endpoint) -> list[str]:
    if endpoint.deprecation is None:
        return []
    successor, sunset = one_line(endpoint.deprecation.successor), one_line(endpoint.deprecation.sunset)
    text = f"Deprecated: use `{successor}()`" if successor else "Deprecated: the API wants callers to move away"
    text += f"; the API takes it away on {sunset}." if sunset else "."
    return wrap(f"{text} The first call in a process says so in the log.", INDENT)


def _access(endpoint: Endpoint) -> list[str]:
    if endpoint.security == "none":
        return wrap("Sent without credentials.", INDENT)
    if endpoint.scopes is None:
        scopes = "Scopes: not documented."
    elif endpoint.scopes:
        scopes = f"Scopes: {', '.join(f'`{one_line(scope)}`' for scope in endpoint.scopes)}."
    else:
        scopes = "Scopes: none needed."
    return wrap(" ".join(filter(None, [scopes, ONLY.get(endpoint.security)])), INDENT)


def _repetition(endpoint: Endpoint) -> list[str]:
    if endpoint.http_method in ("GET", "HEAD"):
        return []
    if not endpoint.repeatable:
        return wrap("Never resent once it may have arrived: the API does not deduplicate this call.", INDENT)
    reason = one_line(endpoint.reason)
    return wrap(f"Safe to repeat, and repeated after a failure{f': {sentence(reason)}' if reason else '.'}", INDENT)


def _documentation(endpoint: Endpoint) -> list[str]:
    parts = [KNOWN.get(endpoint.documentation), "Its path is inferred." if endpoint.inferred else None]
    return wrap(" ".join(filter(None, parts)), INDENT)


def _errors(endpoint: Endpoint, many: bool) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if many:
        return [
            ("RequestRefusedError", "an entry of a list, or an argument, cannot be sent at all; nothing was sent."),
            (
                "BatchIncompleteError",
                "the entries themselves broke off; its report says what became of each.",
            ),
        ]
    if endpoint.kind == "list":
        found.append(("InvalidValueError", "at this call: an argument that cannot be sent."))
        if endpoint.paged:
            found.append(("PaginationError", "in a walk: the list does not move on; if `.strict()`, it changed."))
        found.append(("LedgerBeeError", "in a walk: a page that could not be fetched or read; `.page` is its number."))
    if endpoint.batch is not None:
        limits = f"{endpoint.batch.minimum} to {endpoint.batch.maximum}"
        found.append(("BatchSizeError", f"not {limits} entries; nothing was sent."))
    for refusal in endpoint.refusals:
        code = one_line(refusal.code)
        name = BY_CODE.get(code) or BY_STATUS.get(refusal.status) or "APIError"
        which = f"{refusal.status} `{code}`" if code else f"{refusal.status}"
        found.append((name, ": ".join(filter(None, [which, sentence(refusal.when)]))))
    if not endpoint.repeatable and endpoint.http_method not in ("GET", "HEAD"):
        found.append(("OutcomeUnknownError", LOST))
    return found
