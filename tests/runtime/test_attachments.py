"""Files: limits before the network, types by content, base64 made while sending."""

from __future__ import annotations

import base64
import io
import json
import pickle
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledgerbee_client import Attachment, AttachmentError, BodyTooLargeError, InvalidValueError, LedgerBee
from ledgerbee_client._helpers.attachments import ATTACHMENT
from ledgerbee_client._helpers.bodies import File, json_body
from ledgerbee_client._models.model import ANY, array

from .conftest import ScriptedApi
from .operations import CREATE, REPORT

pytestmark = pytest.mark.anyio
PDF = b"%PDF-1.7 a receipt"


@pytest.mark.parametrize(
    ("content", "name", "mime_type"),
    [
        (PDF, "scan.txt", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n...", "a", "image/png"),
        (b"\xff\xd8\xff\xe0", "a.pdf", "image/jpeg"),
        (b"hello", "note.txt", "text/plain"),
        (b"PK\x03\x04", "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_a_type_is_told_by_content_then_by_name(content: bytes, name: str, mime_type: str) -> None:
    """Names lie more often than first bytes."""
    assert mime_type == Attachment.from_bytes(content, filename=name).mime_type


def test_a_type_can_be_given() -> None:
    """The caller knows best."""
    assert "text/csv" == Attachment.from_bytes(PDF, filename="a", mime_type="text/csv").mime_type


def test_an_unknown_type_is_refused() -> None:
    """The API would refuse it, and with it the whole batch."""
    with pytest.raises(AttachmentError, match=r"'mystery' \(3 bytes\).*mime_type="):
        Attachment.from_bytes(b"abc", filename="mystery")


def test_ten_megabytes_are_the_limit() -> None:
    """Exactly ten fit; the error names file and size."""
    Attachment.from_bytes(b"%PDF-" + b"x" * 9_999_995, filename="a.pdf")

    with pytest.raises(AttachmentError, match=r"'a\.pdf' has 10,000,001 bytes"):
        Attachment.from_bytes(b"%PDF-" + b"x" * 9_999_996, filename="a.pdf")


async def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    """In a thread; its name goes with it."""
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF)

    assert Attachment(filename="a.pdf", content=PDF, mime_type="application/pdf") == await Attachment.from_path(path)


async def test_a_huge_file_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    """A sparse file of 5 GB costs 10 MB."""
    path = tmp_path / "a.pdf"
    with path.open("wb") as file:
        file.truncate(5_000_000_000)

    with pytest.raises(AttachmentError, match="5,000,000,000 bytes"):
        await Attachment.from_path(path)


@pytest.mark.parametrize("content", ["text", None, 5])
def test_content_is_bytes(content: Any) -> None:
    """A text would have to be encoded by somebody who knows how."""
    with pytest.raises(AttachmentError, match=r"'a\.txt' must be bytes, not"):
        Attachment.from_bytes(content, filename="a.txt")


async def test_no_path_and_a_file_of_text_are_refused() -> None:
    """In words, not by a TypeError from below."""
    with pytest.raises(AttachmentError, match=r"a path is a text or a pathlib\.Path, not NoneType"):
        await Attachment.from_path(None)  # type: ignore[arg-type]
    with pytest.raises(AttachmentError, match=r"must be bytes, not str; open files with mode 'rb'"):
        await Attachment.from_file(io.StringIO("text"), filename="a.txt")  # type: ignore[arg-type]


@pytest.mark.parametrize("given", ["a.pdf", 5, ["a.pdf"]])
def test_what_is_no_attachment_is_refused_with_what_to_write(given: Any) -> None:
    """A path alone says nothing of the file."""
    with pytest.raises(InvalidValueError, match=r"f: expected an Attachment \(await Attachment\.from_path\(\.\.\.\)\)"):
        ATTACHMENT.write(given, "f")


async def test_a_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    """With its path, and what the system says."""
    with pytest.raises(AttachmentError, match=r"gone\.pdf cannot be read: No such file"):
        await Attachment.from_path(tmp_path / "gone.pdf")


async def test_an_open_file_is_read_from_where_it_stands() -> None:
    """And stays open."""
    file = io.BytesIO(b"skip" + PDF)
    file.seek(4)

    assert PDF == (await Attachment.from_file(file, filename="a.pdf")).content
    assert not file.closed


def test_an_attachment_does_not_show_its_content() -> None:
    """Ten megabytes in a log help nobody."""
    assert "receipt" not in repr(Attachment.from_bytes(PDF, filename="a.pdf"))


def test_an_attachment_travels() -> None:
    """Between processes."""
    attachment = Attachment.from_bytes(PDF, filename="a.pdf")

    assert attachment == pickle.loads(pickle.dumps(attachment))


@pytest.mark.parametrize("size", [5, 6, 7, 57 * 1024, 57 * 1024 + 1, 200_000])
async def test_files_arrive_as_base64(size: int, api: ScriptedApi, bee: LedgerBee) -> None:
    """Byte for byte, whatever the length leaves over; Content-Length is exact."""
    api.on("POST", "/v1/things").answers(201, json={})
    content = (PDF * 20_000)[:size]

    await bee._calls.one(CREATE, ANY, body={"attachments": [Attachment.from_bytes(content, filename="a.pdf")]})

    sent = api.requests[0].json["attachments"][0]
    assert content == base64.b64decode(sent["content"], validate=True)
    assert ("a.pdf", "application/pdf") == (sent["filename"], sent["mimeType"])
    assert str(len(api.requests[0].content)) == api.requests[0].headers["content-length"]


async def test_a_resend_makes_the_base64_again(api: ScriptedApi, bee: LedgerBee) -> None:
    """The body can be streamed as often as it takes."""
    api.on("POST", "/v1/meters/report").answers(503).answers(202, json={})

    await bee._calls.one(REPORT, ANY, body={"attachments": [Attachment.from_bytes(PDF, filename="a.pdf")]})

    assert api.requests[0].content == api.requests[1].content


def test_files_are_held_once() -> None:
    """The body refers to the very bytes of the attachment, and writes 76 KB at a time."""
    content = b"%PDF-" + b"x" * 1_000_000
    body = json_body(ANY, {"a": Attachment.from_bytes(content, filename="a.pdf")}, "")

    assert any(isinstance(part, File) and part.content is content for part in body.parts)
    assert max(map(len, body.chunks())) <= 77_824
    assert body.size == len(b"".join(body.chunks()))


def test_two_files_stay_in_their_places() -> None:
    """Each mark is its own."""
    files = [Attachment.from_bytes(b"%PDF-" + bytes([65 + n]), filename=f"{n}.pdf") for n in range(10)]
    body = json.loads(b"".join(json_body(ANY, {"attachments": files}, "").chunks()))

    assert [file.content for file in files] == [base64.b64decode(one["content"]) for one in body["attachments"]]


@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: [e], lambda e: {"deep": {"entries": [e]}}])
def test_an_eleventh_file_is_refused(wrap: Any) -> None:
    """Ten per entry, counted where they stand."""
    files = [Attachment.from_bytes(PDF, filename="a.pdf")] * 11

    with pytest.raises(AttachmentError, match="11 files given, at most 10"):
        json_body(ANY, wrap({"attachments": files}), "")


@pytest.mark.parametrize("by_wire_names", [11, 6])
def test_a_file_given_by_wire_names_is_a_file(by_wire_names: int) -> None:
    """Ten per entry, in whatever shape they come."""
    ready = {"filename": "a.pdf", "content": "JVBERi0=", "mimeType": "application/pdf"}
    files = [ready] * by_wire_names + [Attachment.from_bytes(PDF, filename="a.pdf")] * (11 - by_wire_names)

    with pytest.raises(AttachmentError, match=r"entries\.7\.attachments: 11 files given, at most 10"):
        json_body(array(ATTACHMENT), files, "entries.7.attachments")


def test_ten_files_on_each_of_two_entries_are_fine() -> None:
    """The limit is the entry's."""
    files = [Attachment.from_bytes(PDF, filename="a.pdf")] * 10

    assert json_body(ANY, {"entries": [{"attachments": files}, {"attachments": files}]}, "").size


async def test_a_body_of_fifteen_megabytes_is_refused(api: ScriptedApi, bee: LedgerBee) -> None:
    """Measured as it would be sent."""
    file = Attachment.from_bytes(b"%PDF-" + b"x" * 6_000_000, filename="a.pdf")

    with pytest.raises(BodyTooLargeError, match=r"16,000,[0-9]{3} bytes"):
        await bee._calls.one(CREATE, ANY, body={"attachments": [file, file]})

    assert [] == api.requests


async def test_a_mark_in_the_callers_own_text_is_just_text(api: ScriptedApi, bee: LedgerBee) -> None:
    """Nobody can guess the mark, and a guess would stay what it is."""
    api.on("POST", "/v1/things").does(lambda request: httpx.Response(201, json={}))
    body = {"note": "file-0-0", "a": Attachment.from_bytes(PDF, filename="a.pdf")}

    await bee._calls.one(CREATE, ANY, body=body)

    assert "file-0-0" == api.requests[0].json["note"]


@pytest.mark.parametrize("empty", [{"filename": "", "mime_type": "a/b"}, {"filename": "a", "mime_type": ""}])
def test_an_attachment_without_name_or_type_is_refused(empty: dict[str, str]) -> None:
    """The API needs both."""
    with pytest.raises(AttachmentError, match="filename and a MIME type"):
        Attachment(content=PDF, **empty)


async def test_a_file_that_breaks_while_it_is_read_is_an_error_of_ours() -> None:
    """A disk, a share, a device."""

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(AttachmentError, match=r"a\.pdf cannot be read: Input/output error"):
        await Attachment.from_file(Broken(), filename="a.pdf")


def test_wire_names_are_taken_in_place_of_an_attachment() -> None:
    """As everywhere; and what the API sends back is left as it came."""
    ready = {"filename": "a.pdf", "content": "JVBERi0=", "mimeType": "application/pdf"}

    assert ready == ATTACHMENT.write(ready, "attachments.0")
    assert ready == ATTACHMENT.read(ready, "attachments.0")
    assert ready == ATTACHMENT.write(Attachment.from_bytes(b"%PDF-", filename="a.pdf"), "attachments.0")


@pytest.mark.parametrize("name", ["../a.pdf", "a/b.pdf", "a\\b.pdf", "a\x00.pdf", "a\nb.pdf", "\udcff.pdf"])
def test_a_name_with_folders_or_control_characters_is_refused(name: str) -> None:
    """The API keeps names, and others will save files under them."""
    with pytest.raises(AttachmentError, match="is no name of a file"):
        Attachment.from_bytes(PDF, filename=name)


@pytest.mark.parametrize("name", ["é.pdf", "Screenshot 2026-11-20 at 1.00.00\u202fPM.png", "a b (1).pdf"])
def test_a_name_in_any_language_is_fine(name: str) -> None:
    """With the odd spaces that systems put there."""
    assert name == Attachment.from_bytes(PDF, filename=name).filename


@pytest.mark.parametrize("content", ["text", None, 5])
def test_content_that_is_no_bytes_is_refused(content: Any) -> None:
    """An open text file gives some."""
    with pytest.raises(AttachmentError, match="must be bytes"):
        Attachment.from_bytes(content, filename="a.pdf", mime_type="application/pdf")


async def test_a_path_that_is_none_is_an_error_of_ours(tmp_path: Path) -> None:
    """ValueError says nothing of the file."""
    with pytest.raises(AttachmentError, match="cannot be read"):
        await Attachment.from_path(tmp_path / "a\0.pdf", filename="a.pdf")


async def test_a_file_that_comes_in_pieces_is_read_whole() -> None:
    """A pipe gives what it has; half a receipt must not be booked."""

    class Pipe(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 2))

    assert PDF == (await Attachment.from_file(Pipe(PDF), filename="a.pdf")).content


@pytest.mark.parametrize("mime_type", ["application/pdf\r\nx-api-key: a", "a/b\0", "a/b\n", "pdf", "a/", "/b", "a b/c"])
def test_a_mime_type_that_is_none_is_refused(mime_type: str) -> None:
    """A line end in it could begin another header, wherever it is used."""
    with pytest.raises(AttachmentError, match="is no MIME type"):
        Attachment.from_bytes(b"%PDF-", filename="a.pdf", mime_type=mime_type)


def test_a_mime_type_may_have_parameters() -> None:
    """As that of a text."""
    text = Attachment.from_bytes(b"a;b", filename="a.csv", mime_type="text/csv; charset=utf-8")

    assert "text/csv; charset=utf-8" == text.mime_type
