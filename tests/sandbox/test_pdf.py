"""PDF files, read by a library that did not make them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from ledgerbee_sandbox import API_KEY

pytestmark = pytest.mark.asyncio
NAME = "Łódź\N{EN DASH}Żubr “Paper & Ink” Spółka z ograniczoną odpowiedzialnością, with a name wider than a page, Ltd."
WORDS = "Hosting \N{EN DASH} “standard” plan \N{EN DASH} " + " ".join(f"word{number}" for number in range(40))


@pytest.fixture
def pages(api: Any, demo: Any, http: httpx.AsyncClient) -> Any:
    """The texts of the pages of a new invoice's PDF, without line breaks."""

    async def read(**fields: Any) -> list[str]:
        body: dict[str, Any] = {"customerNumber": "K9", "name": NAME, "email": "k@example.com"}
        buyer = await api("POST /v1/customers", body, status=201)
        line = {"priceId": demo.price("450.00"), "quantity": 2}
        body = {"customerId": buyer["id"], "date": "2026-05-01", "lines": [line], **fields}
        made = await api("POST /v1/invoices", body, status=201)
        response = await http.get(f"/api/v1/invoices/{made['id']}/pdf", headers={"x-api-key": API_KEY})
        return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(response.content)).pages]

    return read


async def test_a_pdf_shows_dashes_quotation_marks_and_european_letters(pages: Any) -> None:
    """As they are; letters of other scripts are question marks."""
    (page,) = await pages(notes="Česká, Ő, Ű, æøå \N{EN DASH} “10 €”", ourReference="Ж-9")

    assert NAME in page
    assert "Česká, Ő, Ű, æøå \N{EN DASH} “10 €”" in page
    assert "?-9" in page


async def test_nothing_is_cut_or_left_out(pages: Any, demo: Any) -> None:
    """Long descriptions are wrapped, texts stand between lines, and notes below the totals."""
    lines = [
        {"priceId": demo.price("450.00"), "quantity": 2, "description": WORDS},
        {"lineType": "separator"},
        {"lineType": "text", "description": "Delivered in May."},
    ]

    (page,) = await pages(lines=lines, notes="Thank you.\n\nUntil the next time.")

    assert WORDS in page
    for shown in ("450.00", "900.00", "225.00", "1125.00 DKK", "Delivered in May.", "Thank you. Until the next time."):
        assert shown in page


async def test_what_is_too_long_for_a_page_ends_in_an_ellipsis(pages: Any, demo: Any) -> None:
    (page,) = await pages(lines=[{"priceId": demo.price("450.00"), "quantity": 1, "description": "long " * 1000}])

    assert "long long…" in page


async def test_every_page_has_its_number_and_its_title(pages: Any, demo: Any) -> None:
    """And the headings of the table, and the watermark of a draft."""
    lines = [{"priceId": demo.price("450.00"), "quantity": 1, "description": f"Line {number}"} for number in range(50)]

    first, second = await pages(lines=lines)

    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in second
    assert "Invoice draft, continued" in second
    assert "Line 0 " in first
    assert "Line 49 " in second
    for page in (first, second):
        assert "Description Quantity Unit price Total" in page
        assert "DRAFT" in page
