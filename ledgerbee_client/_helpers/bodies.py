"""
Request bodies: JSON in pieces, files as the bytes they are.

A file's base64 is a third larger than the file and is made while it is sent, 76 KB at a time, and again for a resend.
The JSON around it is written once, with a short mark where each file goes.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlencode

from attrs import Factory, field, frozen

from .._base.shapes import as_object, list_at
from .._models.jsonio import dumps, load_object
from ..errors import AttachmentError, BodyTooLargeError, InvalidValueError, LedgerBeeError

MAX_BODY_BYTES = 15_000_000
MAX_FILES = 10
_PIECE = 57 * 1024
"""Bytes of a file per piece; a multiple of 3, so that base64 pieces join without padding."""
_MARK = f"file-{secrets.token_hex(16)}-"
_MARKED = re.compile(_MARK.encode() + rb"([0-9]+)")
_KEYS = (
    "reference",
    "externalSystemId",
    "externalReference",
    "customerNumber",
    "vendorNumber",
    "productNumber",
    "invoiceNumber",
)
"""Wire names by which the API's documentation lets one find things again."""

# No argument: the codecs of all values would hand it on, and to_dict() asks the same ones, for which a file is base64.
_files: ContextVar[list[tuple[str, bytes]] | None] = ContextVar("ledgerbee_files", default=None)


@frozen
class File:
    """A file's bytes, sent as base64 or as they are."""

    content: bytes = field(repr=False)
    base64: bool = True


def _size(part: bytes | File) -> int:
    if isinstance(part, File):
        return (len(part.content) + 2) // 3 * 4 if part.base64 else len(part.content)
    return len(part)


@frozen(kw_only=True)
class Body:
    """
    What is sent, measured exactly.

    Attributes:
        parts: Bytes sent as they are, and files.
        entries: Name of the field that holds the entries of a batch; empty for any other body.
        size: Bytes on the wire.
    """

    parts: tuple[bytes | File, ...] = field(repr=False)
    content_type: str = "application/json"
    entries: str = ""
    size: int = field(init=False, default=Factory(lambda self: sum(map(_size, self.parts)), takes_self=True))

    @property
    def keys(self) -> tuple[Mapping[str, object], ...]:
        """The payload's own keys, for reading back: one mapping per entry that has some. Read when they are wanted."""
        payload = load_object(b"".join(part for part in self.parts if isinstance(part, bytes)))
        entries = map(as_object, list_at(payload, self.entries) if self.entries else [payload])
        found = ({k: v for k, v in entry.items() if k in _KEYS and v is not None} for entry in entries)
        return tuple(filter(None, found))

    def chunks(self) -> Iterator[bytes]:
        """Yield the body in pieces of at most 76 KB of base64; as often as it is asked for."""
        for part in self.parts:
            if isinstance(part, File):
                view = memoryview(part.content)
                for start in range(0, len(view), _PIECE):
                    piece = view[start : start + _PIECE]
                    yield base64.b64encode(piece) if part.base64 else bytes(piece)
            else:
                yield part


def marker_for_file(path: str, content: bytes) -> str:
    """Return what stands in the JSON for a file: a marker while a body is being written, its base64 otherwise."""
    collected = _files.get()
    if collected is None:
        return base64.b64encode(content).decode("ascii")
    collected.append((path, content))
    return f"{_MARK}{len(collected) - 1}"


def register_file(path: str) -> None:
    """Count a file that is given by wire names among those of its entry."""
    if (collected := _files.get()) is not None:
        collected.append((path, b""))


def json_body(codec: Any, value: object, path: str) -> Body:
    """
    Write a value as a JSON body.

    Raises:
        InvalidValueError: a value cannot be sent; the error says where.
        AttachmentError: more than 10 files on one entry.
    """
    if fast := values_body(codec, [value]):
        return fast
    collected: list[tuple[str, bytes]] = []
    token = _files.set(collected)
    try:
        encoded = dumps(codec.write(value, path))
    except RecursionError:
        raise InvalidValueError(path, "values that are nested less deeply", "one that may hold itself") from None
    except LedgerBeeError:
        raise
    except Exception as error:  # A mapping that reads a database may raise anything, and fails alone.
        raise InvalidValueError(path, "values that can be read", type(error).__name__) from error
    finally:
        _files.reset(token)
    return Body(parts=tuple(_split(encoded, collected)))


def values_body(codec: Any, values: Sequence[object]) -> Body | None:
    """Write values with commas between them, all at once; None where one is no plain model, or cannot be read."""
    from .._models.writing import write_array

    try:
        fast = write_array(codec, [*values])
    except Exception:  # noqa: BLE001  Which of them raised is found out where each is written by itself.
        return None
    return Body(parts=(fast[1:-1],)) if fast else None


def batch_body(codec: Any, values: Sequence[object], field_name: str) -> Body:
    """Write values as `{"field": [...]}`: at once where all are plain models, and else one by one."""
    if fast := values_body(codec, values):
        return joined(field_name, [fast])
    return joined(field_name, [json_body(codec, value, f"{field_name}.{n}") for n, value in enumerate(values)])


def joined(field_name: str, entries: Iterable[Body]) -> Body:
    """Put written entries into `{"field": [...]}` without writing any of them again."""
    parts: list[bytes | File] = [b'{"%b":[' % field_name.encode()]  # A name that needs no escapes.
    for number, entry in enumerate(entries):
        parts += (b",", *entry.parts) if number else entry.parts
    return Body(parts=(*parts, b"]}"), entries=field_name)


def form_body(**fields: str) -> Body:
    """Write a form."""
    return Body(parts=(urlencode(fields).encode("ascii"),), content_type="application/x-www-form-urlencoded")


def check_size(body: Body, advice: str) -> Body:
    """Refuse a body that the API would not read to its end."""
    if body.size >= MAX_BODY_BYTES:
        words = f"the request body has {body.size:,} bytes, files as base64 included, and must stay under"
        raise BodyTooLargeError(f"{words} {MAX_BODY_BYTES:,}; nothing was sent. {advice}")
    return body


def _split(encoded: bytes, collected: list[tuple[str, bytes]]) -> Iterator[bytes | File]:
    if not collected:
        yield encoded
        return
    for place, count in Counter(re.sub(r"[0-9]+\]?[^0-9]*$", "", path) for path, _ in collected).items():
        if count > MAX_FILES:
            raise AttachmentError(
                f"{place.rstrip('.[')}: {count} files given, at most {MAX_FILES} allowed per entry; nothing was sent. "
                "Spread them over several entries, or merge them into one PDF."
            )
    for number, piece in enumerate(_MARKED.split(encoded)):
        yield File(collected[int(piece)][1]) if number % 2 else piece
