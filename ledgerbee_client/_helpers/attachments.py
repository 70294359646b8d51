"""Files that go with a journal entry: read in a thread, held once as bytes, limits known before anything is sent."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, Final

import anyio
from attrs import field, frozen

from .._base.callbacks import is_async
from .._base.shapes import is_object
from .._models.codecs import WireValue, refused
from .._models.model import FREE_FORM, Codec
from ..errors import AttachmentError
from .bodies import marker_for_file, register_file
from .multipart import marker_in_form

MAX_FILE_BYTES = 10_000_000
_NO_NAME = re.compile(r"[\x00-\x1f\x7f/\\\ud800-\udfff]")
_MIME_TYPE = re.compile(r"[\x21-\x7e]+/[\x20-\x7e]+")
_MAGIC = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/tiff": (b"II*\x00", b"MM\x00*"),
}


@frozen(kw_only=True)
class Attachment(WireValue):
    """
    A file for a journal entry: at most 10 MB, and 10 of them per entry.

    Make one with `from_path()`, `from_bytes()` or `from_file()`.

    Attributes:
        filename: Name under which the API keeps it, without folders.
        content: The file's bytes; base64 is made while sending.
        mime_type: Type by content first, by name else, or as given.
    """

    filename: str = field()
    content: bytes = field(repr=lambda content: f"<{len(content):,} bytes>")
    mime_type: str = field()

    def __attrs_post_init__(self) -> None:
        _check_bytes(self.filename, self.content)
        if not self.filename or not self.mime_type:
            raise AttachmentError("an attachment needs a filename and a MIME type, and one of them is empty.")
        if not _MIME_TYPE.fullmatch(str(self.mime_type)):
            raise AttachmentError(f"{str(self.mime_type)[:80]!r} is no MIME type; it looks like 'application/pdf'.")
        if _NO_NAME.search(self.filename):
            raise AttachmentError(f"{self.filename!r} is no name of a file. Give filename= without folders.")
        if len(self.content) > MAX_FILE_BYTES:
            raise _too_large(self.filename, len(self.content))

    @classmethod
    def from_bytes(cls, content: bytes, *, filename: str, mime_type: str | None = None) -> Attachment:
        """
        Make an attachment of bytes.

        Raises:
            AttachmentError: not bytes, over 10 MB, or of a type that neither content nor name tells.
        """
        if isinstance(content, bytearray | memoryview):
            content = bytes(content)
        _check_bytes(filename, content)
        return cls(filename=filename, content=content, mime_type=mime_type or _mime_type(filename, content))

    @classmethod
    async def from_path(
        cls, path: str | PathLike[str], *, filename: str | None = None, mime_type: str | None = None
    ) -> Attachment:
        """
        Read a file, in a thread.

        Raises:
            AttachmentError: cannot be read, over 10 MB (known before it is read), or of an unknown type.
        """
        if not isinstance(path, str | PathLike):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise AttachmentError(f"a path is a text or a pathlib.Path, not {type(path).__name__}.")
        name = filename or Path(path).name

        def read() -> bytes:
            with Path(path).open("rb") as file:
                return _read(file, name)

        return cls.from_bytes(await _in_thread(read, path), filename=name, mime_type=mime_type)

    @classmethod
    async def from_file(cls, file: BinaryIO, *, filename: str, mime_type: str | None = None) -> Attachment:
        """
        Read an open binary file from where it stands, in a thread; it stays open.

        Raises:
            AttachmentError: cannot be read, opened as text, over 10 MB, or of an unknown type.
        """
        if is_async(getattr(file, "read", None)):
            raise AttachmentError(f"{filename!r} is async: await its read(), and give the bytes to from_bytes().")

        content = await _in_thread(lambda: _read(file, filename), filename)
        return cls.from_bytes(content, filename=filename, mime_type=mime_type)

    def to_wire(self, path: str) -> Any:
        """Return `{filename, content, mimeType}`, with a marker for the content while a body is being written."""
        if marker := marker_in_form(self.filename, self.mime_type, self.content):
            return marker
        content = marker_for_file(path, self.content)
        return {"filename": self.filename, "content": content, "mimeType": self.mime_type}


class _AttachmentCodec(Codec[Any]):
    """An `Attachment` as `{filename, content, mimeType}`, and back."""

    expected = "an Attachment, or a mapping of wire names"

    def read(self, value: Any, path: str) -> Any:
        """Leave what the API answers as it came: it sends documents back, not attachments."""
        return value

    def write(self, value: Any, path: str) -> Any:
        if isinstance(value, Attachment):
            return value.to_wire(path)
        if not is_object(value):
            raise refused(path, "an Attachment (await Attachment.from_path(...)), or a mapping", value)
        register_file(path)
        return FREE_FORM.write(value, path)


class _FileCodec(Codec[Any]):
    """An `Attachment` as the file of a form; in JSON, as base64."""

    expected = "an Attachment"

    def read(self, value: Any, path: str) -> Any:
        """Leave what the API answers as it came."""
        return value

    def write(self, value: Any, path: str) -> Any:
        if not isinstance(value, Attachment):
            raise refused(path, "an Attachment (await Attachment.from_path(...))", value)
        marker = marker_in_form(value.filename, value.mime_type, value.content)
        return marker or marker_for_file(path, value.content)


ATTACHMENT: Final = _AttachmentCodec()
FILE: Final = _FileCodec()


def _read(file: BinaryIO, filename: str) -> bytes:
    # One byte more than allowed is enough to refuse, so that a huge file never fills the memory. A pipe may return less
    # than was asked for.
    content = bytearray()
    while len(content) <= MAX_FILE_BYTES and (piece := file.read(MAX_FILE_BYTES + 1 - len(content))):
        _check_bytes(filename, piece)
        content += piece
    if len(content) > MAX_FILE_BYTES:
        raise _too_large(filename, max(file.seek(0, 2) if file.seekable() else 0, len(content)))
    return bytes(content)


def _check_bytes(filename: str, content: object) -> None:
    # Callers without a type checker pass texts, and files that were opened without "b".
    if not isinstance(content, bytes):
        raise AttachmentError(f"{filename!r} must be bytes, not {type(content).__name__}; open files with mode 'rb'.")


def _too_large(filename: str, size: int) -> AttachmentError:
    words = f"{filename!r} has {size:,} bytes, and a file may have {MAX_FILE_BYTES:,} before encoding"
    return AttachmentError(f"{words}; nothing was sent. Compress it, or split it.")


async def _in_thread(read: Callable[[], bytes], source: object) -> bytes:
    try:
        return await anyio.to_thread.run_sync(read)
    except AttachmentError:
        raise
    except (OSError, TypeError, ValueError) as error:  # NUL stands in no path.
        why = getattr(error, "strerror", None) or f"{type(error).__name__} {error}".strip()
        raise AttachmentError(f"{source!s} cannot be read: {why}.") from None


def _mime_type(filename: str, content: bytes) -> str:
    found = next((mime_type for mime_type, magic in _MAGIC.items() if content.startswith(magic)), None)
    if found := found or mimetypes.guess_type(filename, strict=False)[0]:
        return found
    words = f"the type of {filename!r} ({len(content):,} bytes) is known neither by its first bytes nor by its name."
    raise AttachmentError(f"{words} Give it as mime_type=.")
