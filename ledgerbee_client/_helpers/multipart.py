"""
Forms with files, `multipart/form-data` (RFC 7578): fields as text, files as the bytes they are, of a known length.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, NamedTuple

from .._base.shapes import is_list, is_object
from .._models.jsonio import dumps
from ..errors import AttachmentError, InvalidValueError
from .bodies import MAX_FILES, Body, File

_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
"""What a name in a header must not hold, as browsers write it."""


class FilePart(NamedTuple):
    """A file of a form, and the marker that stands for it while the fields are written."""

    marker: str
    filename: str
    mime_type: str
    content: bytes


_parts: ContextVar[list[FilePart] | None] = ContextVar("ledgerbee_form_parts", default=None)


def marker_in_form(filename: str, mime_type: str, content: bytes) -> str | None:
    """Register a file and return what stands for it; None where no form is being written."""
    parts = _parts.get()
    if parts is None:
        return None
    parts.append(FilePart(f"file-{secrets.token_hex(16)}", filename, mime_type, content))
    return parts[-1].marker


def form_data(codec: Any, value: object) -> Body:
    """
    Write a value, whose codec writes an object, as a form. None is left out, lists are repeated.

    Raises:
        InvalidValueError: a value cannot be sent; the error says where.
        AttachmentError: more than 10 files.
    """
    token = _parts.set([])
    try:
        fields = codec.write(value, "")
        files = {part.marker: part for part in _parts.get() or ()}
    finally:
        _parts.reset(token)
    if len(files) > MAX_FILES:
        raise AttachmentError(f"{len(files)} files given, at most {MAX_FILES} allowed per form; nothing was sent.")
    if not is_object(fields):
        raise InvalidValueError("", "a model or a mapping", type(fields).__name__)
    boundary = secrets.token_hex(16)
    parts: list[bytes | File] = []
    for name, item in _each(fields):
        parts += [f"--{boundary}\r\n".encode(), *_part(name, item, files), b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return Body(parts=tuple(parts), content_type=f"multipart/form-data; boundary={boundary}")


def _each(fields: Any) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        for item in value if is_list(value) else [value]:
            if item is not None:
                yield name, item


def _part(name: str, item: Any, files: dict[str, FilePart]) -> list[bytes | File]:
    head = f'Content-Disposition: form-data; name="{name.translate(_QUOTED)}"'
    if isinstance(item, str) and item in files:
        file = files[item]
        head += f'; filename="{file.filename.translate(_QUOTED)}"\r\nContent-Type: {file.mime_type}\r\n\r\n'
        return [head.encode(), File(file.content, base64=False)]
    return [f"{head}\r\n\r\n".encode(), item.encode() if isinstance(item, str) else dumps(item)]
