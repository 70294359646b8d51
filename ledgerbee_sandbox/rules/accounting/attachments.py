"""Attached files: decoded, sniffed and kept."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Any

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.rules.call import broken, invalid

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_FILES = 10
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_MAGIC = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/tiff": (b"II*\x00", b"MM\x00*"),
    "application/zip": (b"PK\x03\x04", b"PK\x05\x06"),
}


def keep_attachments(books: Books, attachments: list[Record], entry_id: str, place: str = "") -> list[str]:
    """
    Store the files as documents of the entry and return their ids.

    Raises:
        Refusal: 400 `INVALID_ATTACHMENT_TYPE` where the base64 or the type is wrong, or the content is another type.
    """
    if len(attachments) > MAX_FILES:
        raise invalid(
            f"{place}attachments", "arrayMaxSize", f"attachments must contain no more than {MAX_FILES} elements"
        )
    return [_keep(books, attachment, entry_id) for attachment in attachments]


def _keep(books: Books, attachment: Record, entry_id: str) -> str:
    mime_type, content = _read(attachment)
    document = {
        "id": books.new_id(),
        "journalEntryId": entry_id,
        "filename": str(attachment.get("filename") or "attachment"),
        "mimeType": mime_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": attachment["content"],
        "createdAt": books.stamp(),
    }
    return str(books["documents"].put(document)["id"])


def _read(attachment: Record) -> tuple[str, bytes]:
    mime_type = str(attachment.get("mimeType") or "").lower()
    if not _TYPE.fullmatch(mime_type):
        raise broken("The MIME type of an attachment is invalid", "INVALID_ATTACHMENT_TYPE")
    content = _decode(attachment.get("content"))
    claimed = _MAGIC.get(mime_type)
    actual = next((known for known, magic in _MAGIC.items() if content.startswith(magic)), None)
    if claimed and actual != mime_type:
        raise broken(f"An attachment says {mime_type} and is something else", "INVALID_ATTACHMENT_TYPE")
    if len(content) > MAX_FILE_BYTES:
        raise broken("An attachment is larger than 10 MB")
    return mime_type, content


def _decode(content: Any) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise broken("The content of an attachment is not base64", "INVALID_ATTACHMENT_TYPE") from None


def shown(document: Record) -> Record:
    """A stored file without its content and without what only tests look at."""
    return {name: value for name, value in document.items() if name not in {"content", "sha256"}}
