"""What a rule is given, what it may give back, and how it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.json_types import is_array, is_object, objects


class Refusal(Exception):  # noqa: N818  The API refuses; nothing went wrong.
    """The API says no. Becomes the error envelope; `code` and `details` only where the documentation names them."""

    def __init__(
        self, status: int, message: str, code: str | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.details = details


@frozen(kw_only=True)
class Caller:
    """Who calls: the credential that was accepted."""

    name: str
    is_key: bool = True
    scopes: frozenset[str] = frozenset()
    expires_at: str | None = None
    record: Record = field(factory=dict[str, Any], repr=False)


@frozen(kw_only=True)
class Call:
    """One request, checked against the schema and stripped of HTTP."""

    books: Books
    caller: Caller
    path: tuple[str, ...] = ()
    query: Mapping[str, Any] = field(factory=dict[str, Any])
    headers: Mapping[str, str] = field(factory=dict[str, str])
    body: Any = None

    @property
    def fields(self) -> Record:
        """The body, where it is an object; else nothing. A field that a rule cannot do without is refused by name."""
        return _Fields(self.body if is_object(self.body) else {})


class _Fields(Record):
    """A body of which a schema may one day require less than the rules do."""

    def __missing__(self, name: str) -> Any:
        raise invalid(name, "isDefined", f"{name} should not be null or undefined")


@frozen
class Answer:
    """An answer whose status says something: 202 queued, 201 created rather than 200 updated."""

    status: int
    value: Any


@frozen
class File:
    """A file to download."""

    content: bytes = field(repr=False)
    filename: str
    mime_type: str = "application/pdf"


def invalid(prop: str, rule: str, text: str) -> Refusal:
    """Refuse one field, the way body validation does."""
    return invalid_all([{"property": prop, "constraints": {rule: text}}])


def invalid_all(items: list[dict[str, Any]]) -> Refusal:
    return Refusal(400, "Validation failed", "SHARED_VALIDATION_FAILED", {"validationErrors": items})


def need_objects(value: Any, prop: str) -> list[Record]:
    """
    An array of objects, or nothing where it is left out, from a body that the schema does not describe.

    Raises:
        Refusal: it is something else.
    """
    if value is None:
        return []
    found = objects(value)
    if not is_array(value) or len(found) != len(value):
        raise invalid(prop, "isArray", f"{prop} must be an array of objects")
    return found


def need(fields: Record, *names: str) -> None:
    """
    Refuse a body that lacks one of these fields.

    Raises:
        Refusal: 400 with every one that is missing.
    """
    if missing := [name for name in names if fields.get(name) is None]:
        rule = "isDefined"
        raise invalid_all(
            [{"property": n, "constraints": {rule: f"{n} should not be null or undefined"}} for n in missing]
        )


def not_found(what: str, code: str | None = None) -> Refusal:
    return Refusal(404, f"{what} not found", code)


def broken(message: str, code: str | None = None) -> Refusal:
    """A business rule was broken."""
    return Refusal(400, message, code)


def found(record: Record | None, what: str, code: str | None = None) -> Record:
    """The record, or a 404 that says what is missing."""
    if record is None:
        raise not_found(what, code)
    return record


def key_required() -> Refusal:
    """What an OAuth token gets from the operations that are for API keys only."""
    reason = {"reason": "endpoint_requires_api_key_auth"}
    return Refusal(403, "This endpoint requires API key authentication", "INSUFFICIENT_PERMISSIONS", reason)


def need_scopes(caller: Caller, scopes: Iterable[str]) -> None:
    """
    Refuse when the credential lacks one of these scopes.

    Raises:
        Refusal: 403 `INSUFFICIENT_PERMISSIONS` with `details.requiredScopes`.
    """
    required = list(scopes)
    if not caller.scopes.issuperset(required):
        raise Refusal(403, "Insufficient permissions", "INSUFFICIENT_PERMISSIONS", {"requiredScopes": required})


def need_licence(call: Call, *keys: str) -> None:
    """
    Refuse when the company lacks one of these licences.

    Raises:
        Refusal: 403 `LICENSE.REQUIRED` with `details.licenseKey`.
    """
    held = (call.books["company"].first() or {}).get("licences", [])
    for key in keys:
        if key not in held:
            raise Refusal(403, f"The license {key} is required", "LICENSE.REQUIRED", {"licenseKey": key})
