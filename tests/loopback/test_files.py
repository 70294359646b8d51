"""Files there and back, over loopback: byte for byte, and whole or not at all."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from anyio.abc import SocketStream
from runtime.raw_server import raw_server

from ledgerbee_client import (
    ApiKey,
    Attachment,
    AttachmentError,
    BodyTooLargeError,
    ConnectionFailedError,
    Download,
    DownloadError,
    LedgerBee,
    LedgerBeeError,
)

from .conftest import Entry
from .sandbox_process import BOOK, BOOK_BATCH, SandboxProcess

pytestmark = pytest.mark.anyio
PDF = "Download the invoice PDF"


def names(folder: Path) -> list[str]:
    """Return what is in a folder, hidden or not."""
    return sorted(path.name for path in folder.iterdir())


def kept(sandbox: SandboxProcess) -> list[tuple[str, str, bytes]]:
    """Return name, type and bytes of every file that the sandbox keeps."""
    documents = sandbox.kept("documents")
    return [(one["filename"], one["mimeType"], base64.b64decode(one["content"])) for one in documents]


async def test_two_files_arrive_byte_for_byte(
    bee: LedgerBee, sandbox: SandboxProcess, entry: Entry, tmp_path: Path
) -> None:
    """One from a path, one from bytes, of lengths that base64 has to pad."""
    receipt, photo = b"%PDF-" + os.urandom(300_002), b"\x89PNG\r\n\x1a\n" + os.urandom(70_001)
    (tmp_path / "receipt.bin").write_bytes(receipt)
    files = [
        await Attachment.from_path(tmp_path / "receipt.bin", filename="receipt.pdf"),
        Attachment.from_bytes(photo, filename="photo"),
    ]

    booked = await bee.journal_entries.create(entry(attachments=files))

    expected = [("receipt.pdf", "application/pdf", receipt), ("photo", "image/png", photo)]
    assert expected == kept(sandbox)
    shown = await bee.journal_entries.attachments(booked.id).collect()
    assert [("receipt.pdf", len(receipt)), ("photo", len(photo))] == [(one["filename"], one["size"]) for one in shown]


async def test_a_file_is_encoded_anew_for_a_resend(bee: LedgerBee, sandbox: SandboxProcess, entry: Entry) -> None:
    """Turned away once: the second body is as long, and the file whole."""
    content = b"%PDF-" + os.urandom(200_000)
    sandbox.fault("status", BOOK, status=429, headers={"Retry-After": "1"})

    await bee.journal_entries.create(entry(attachments=[Attachment.from_bytes(content, filename="a.pdf")]))

    assert [429, 201] == sandbox.statuses(BOOK)
    assert [("a.pdf", "application/pdf", content)] == kept(sandbox)


async def test_files_of_the_largest_size_are_packed_into_requests_of_their_own(
    bee: LedgerBee, sandbox: SandboxProcess, entry: Entry
) -> None:
    """Two of 10 MB do not fit into one request of 15."""
    file = Attachment.from_bytes(b"%PDF-".ljust(10_000_000, b"."), filename="a.pdf")

    report = await bee.journal_entries.create_many([entry("A", attachments=[file]), entry("B", attachments=[file])])

    report.raise_if_incomplete()
    assert [201, 201] == sandbox.statuses(BOOK_BATCH)
    assert [10_000_000] * 2 == [document["size"] for document in sandbox.kept("documents")]


async def test_what_is_too_large_never_leaves(bee: LedgerBee, sandbox: SandboxProcess, entry: Entry) -> None:
    """A file, and a body of files that are each small enough."""
    with pytest.raises(AttachmentError, match=r"'a\.pdf' has 10,000,001 bytes"):
        Attachment.from_bytes(b"%PDF-".ljust(10_000_001, b"."), filename="a.pdf")
    files = [Attachment.from_bytes(b"%PDF-".ljust(6_000_000, b"."), filename="a.pdf")] * 2
    with pytest.raises(BodyTooLargeError, match="nothing was sent"):
        await bee.journal_entries.create(entry(attachments=files))

    assert [] == sandbox.seen()


Make = Callable[[LedgerBee, dict[str, Any]], Any]
DOCUMENTS: dict[str, tuple[Make, Callable[[LedgerBee, str], Download]]] = {
    "invoice": (lambda bee, body: bee.invoices.create(body), lambda bee, id_: bee.invoices.pdf(id_)),
    "quote": (lambda bee, body: bee.quotes.create(body), lambda bee, id_: bee.quotes.pdf(id_)),
    "order confirmation": (
        lambda bee, body: bee.order_confirmations.create(body),
        lambda bee, id_: bee.order_confirmations.pdf(id_),
    ),
    "credit note": (lambda bee, body: bee.credit_notes.create(body), lambda bee, id_: bee.credit_notes.pdf(id_)),
}


@pytest.mark.parametrize("kind", DOCUMENTS)
async def test_a_document_is_made_and_its_pdf_saved(
    kind: str, bee: LedgerBee, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """As a file and as bytes, the same."""
    make, pdf = DOCUMENTS[kind]
    line = {"priceId": sandbox.kept("prices_in_use")[0]["id"], "quantity": 2}
    body = {"customerId": sandbox.kept("customers")[0]["id"], "date": "2026-11-20", "lines": [line]}
    if kind == "credit note":
        del body["date"]
    document = await make(bee, body)

    path = await pdf(bee, document["id"]).save(tmp_path / "a.pdf")

    assert path.read_bytes().startswith(b"%PDF-")
    assert path.read_bytes() == await pdf(bee, document["id"]).read()
    assert ["a.pdf"] == names(tmp_path)


async def test_a_file_that_breaks_off_once_is_begun_again(
    bee: LedgerBee, sandbox: SandboxProcess, invoice: str, tmp_path: Path
) -> None:
    """And saved whole; the progress ends at its size."""
    told: list[tuple[int, int | None]] = []
    sandbox.fault("cut_body", PDF)

    path = await bee.invoices.pdf(invoice).save(
        tmp_path / "a.pdf", on_progress=lambda so_far, total: told.append((so_far, total))
    )

    assert 2 == len(sandbox.seen(PDF))
    assert path.read_bytes() == await bee.invoices.pdf(invoice).read()
    assert (path.stat().st_size, path.stat().st_size) == told[-1]


@pytest.mark.parametrize("older", [None, b"%PDF-older"])
async def test_a_file_that_keeps_breaking_off_is_not_there(
    older: bytes | None, bee: LedgerBee, sandbox: SandboxProcess, invoice: str, tmp_path: Path
) -> None:
    """Nothing under its name, nothing beside it; an older one stays."""
    sandbox.fault("cut_body", PDF, times=None)
    path = tmp_path / "a.pdf"
    if older is not None:
        path.write_bytes(older)

    with pytest.raises(ConnectionFailedError):
        await bee.invoices.pdf(invoice).save(path)

    assert ([] if older is None else ["a.pdf"]) == names(tmp_path)
    assert older is None or older == path.read_bytes()
    assert 3 == len(sandbox.seen(PDF))


async def test_a_page_instead_of_a_file_is_refused(invoice: str, tmp_path: Path) -> None:
    """With 200, as portals do."""
    html = b"<html>Sign in</html>"

    async def page(stream: SocketStream, request: bytes) -> None:
        await stream.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: 20\r\n\r\n" + html)

    async with raw_server() as server:
        server.does(page)
        async with LedgerBee(ApiKey("k"), base_url=server.url) as bee:
            with pytest.raises(DownloadError, match="a PDF was expected"):
                await bee.invoices.pdf(invoice).save(tmp_path / "a.pdf")

    assert [] == names(tmp_path)


async def test_a_file_that_is_too_large_is_refused(bee: LedgerBee, invoice: str, tmp_path: Path) -> None:
    """By the cap that the caller set."""
    pdf = bee.invoices.pdf(invoice)
    pdf.max_bytes = 100

    with pytest.raises(DownloadError, match="over 100 bytes"):
        await pdf.save(tmp_path / "a.pdf")

    assert [] == names(tmp_path)


async def test_a_stream_that_is_left_gives_its_connection_back(
    bee: LedgerBee, sandbox: SandboxProcess, invoice: str
) -> None:
    """The next call works; a stream to its end has every byte."""
    async with bee.invoices.pdf(invoice) as pdf:
        assert b"%PDF-" == (await anext(aiter(pdf)))[:5]
    whole = b""
    async with bee.invoices.pdf(invoice) as pdf:
        async for chunk in pdf:
            whole += chunk

    assert await bee.invoices.pdf(invoice).read() == whole


async def test_a_file_that_is_not_there_is_an_error_of_the_api(bee: LedgerBee, tmp_path: Path) -> None:
    """And no file."""
    with pytest.raises(LedgerBeeError, match="404"):
        await bee.invoices.pdf("nobody").save(tmp_path / "a.pdf")

    assert [] == names(tmp_path)


@pytest.fixture
def invoice(sandbox: SandboxProcess) -> str:
    """The id of an invoice."""
    return str(sandbox.kept("invoices")[0]["id"])
