"""How Python values become paths, queries and headers."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from urllib.parse import quote

from .._base.operations import Operation
from .._base.shapes import is_list, is_object
from .._models.codecs import refused
from .._models.freeform import encode
from ..errors import InvalidValueError
from ..types import UNSET

_OWN_HEADERS = re.compile(
    r"(?i)authorization|connection|content-(encoding|length|type)|cookie|expect|host|proxy-authorization|te|trailer|transfer-encoding"
    r"|upgrade|x-api-key"
)
_HTTP_DATES = frozenset({"date", "expires", "if-modified-since", "if-range", "if-unmodified-since", "last-modified"})
_LONGEST = 60_000
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PLAIN = re.compile(r"[\w-]+", re.ASCII)
"""Texts that are sent in a path as they are, as most ids are."""


@cache
def _template(path: str) -> tuple[str, list[str]]:
    """Return a path with `%s` in place of its placeholders, and their names."""
    return re.sub(r"\{[^}]*\}", "%s", path.replace("%", "%%")), re.findall(r"\{([^}]*)\}", path)


def path_of(operation: Operation, segments: Sequence[str | int]) -> str:
    """
    Fill the placeholders of a path, by position.

    Raises:
        InvalidValueError: a segment is no text or int, or is empty, "." or "..", which would name another resource.
    """
    template, names = _template(operation.path)
    filled = template % tuple(map(_segment, segments, operation.path_arguments or names))
    return _bounded(filled, "path")


def _segment(value: str | int, name: str) -> str:
    if type(value) is str and _PLAIN.fullmatch(value):
        return value
    # Callers without a type checker pass None, and str(None) would be a path.
    plain = isinstance(value, (str, int)) and not isinstance(value, bool)  # pyright: ignore[reportUnnecessaryIsInstance]
    if not plain or value in {"", ".", ".."}:
        got = repr(value) if plain or value is None else type(value).__name__  # pyright: ignore[reportUnnecessaryComparison]
        raise InvalidValueError(name, "a text that is not empty, '.' or '..'", got)
    return quote(text(value, name), safe="")


def query_of(operation: Operation, query: Mapping[str, object] | None) -> str:
    """Write a query: lists repeated or comma-joined, mappings as `name[key]=value`, UNSET and None left out."""
    pairs: list[tuple[str, str]] = []
    for name, value in (query or {}).items():
        if value is None or value is UNSET:
            continue
        where = _argument(name)
        if is_object(value):
            pairs += [(f"{name}[{text(key, where)}]", text(item, f"{where}.{key}")) for key, item in value.items()]
        elif is_list(value):
            items = [text(item, where) for item in value]
            joined = [",".join(items)] if items and name in operation.comma_joined else items
            pairs += [(name, item) for item in joined]
        else:
            pairs.append((name, text(value, where)))
    return _bounded("&".join([f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs]), "query")


def headers_of(
    headers: Mapping[str, object] | None, extra: Mapping[str, str] | None, idempotency_header: str | None = None
) -> Iterator[tuple[str, str]]:
    """
    Write headers: lists joined by commas, instants as HTTP has them where the header is HTTP's own.

    Those given by hand come last and win.

    Raises:
        InvalidValueError: a header that belongs to the client, or a value that no header can carry.
    """
    if not is_object(extra or {}):
        raise refused("extra_headers", "a mapping of names and texts", extra)
    for name, value in {**(headers or {}), **(extra or {})}.items():
        if value is None or value is UNSET:
            continue
        argument = "extra_headers" if name in (extra or {}) else "headers"
        where = "idempotency_key" if name == idempotency_header else f"{argument}.{name}"
        # Ours, which says what is decompressed; a download's own stands in `headers`.
        if name in (extra or {}) and str(name).lower() == "accept-encoding":
            raise InvalidValueError(where, "a header that is not the client's own", f"the name {name!r}")
        if not isinstance(name, str) or _OWN_HEADERS.fullmatch(name) or not _NAME.fullmatch(name):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidValueError(where, "a header that is not the client's own", f"the name {name!r}")
        written = ", ".join(text(item, where) for item in value) if is_list(value) else text(value, where)
        if isinstance(value, datetime.datetime) and name.lower() in _HTTP_DATES:
            from email.utils import format_datetime

            written = format_datetime(value.astimezone(datetime.UTC), usegmt=True)
        if not re.fullmatch(r"[\t\x20-\x7e]*", written) or written != written.strip():
            raise InvalidValueError(where, "printable ASCII without spaces around it", "other characters")
        yield name.lower(), written


def _argument(wire: str) -> str:
    """Return the Python name of a query's argument: `customer_id` for `customerId`."""
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda upper: f"_{upper[0]}", wire).lower()


def text(value: object, where: str) -> str:
    """Write one value as the API reads it in a path, query or header."""
    written = encode(value, where)
    if isinstance(written, str):
        return written
    if isinstance(written, bool):
        return "true" if written else "false"
    if not isinstance(written, (int, Decimal)):
        expected = "a text, int, bool, Decimal (no float), date, aware datetime or enum"
        raise refused(where, expected, value)
    return format(written, "f") if isinstance(written, Decimal) else str(written)


def _bounded(written: str, where: str) -> str:
    if len(written) > _LONGEST:
        raise InvalidValueError(where, f"at most {_LONGEST:,} characters", f"{len(written):,}")
    return written
