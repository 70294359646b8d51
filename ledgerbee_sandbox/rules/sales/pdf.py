"""Documents as PDF files that a reader opens."""

from __future__ import annotations

import datetime

from fpdf import FPDF

from ledgerbee_sandbox.books import Record

_WIDTHS = (90, 20, 35, 35)


def _latin(value: object) -> str:
    """The core fonts know Latin-1 only; what they lack becomes a question mark."""
    return str(value).encode("latin-1", "replace").decode("latin-1")


def document_pdf(
    title: str, company: Record, customer: Record, document: Record, *, draft: bool, made: datetime.datetime
) -> bytes:
    """Render one document; the same document at the same instant gives the same bytes."""
    pdf = FPDF()
    pdf.set_creation_date(made)
    pdf.set_title(_latin(title))
    pdf.add_page()
    if draft:
        _watermark(pdf)
    pdf.set_font("Helvetica", "B", 18)
    pdf.cell(0, 12, _latin(title), new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("Helvetica", "", 10)
    for text in (
        f"From {company['name']}, {company.get('address', '')}",
        f"To {customer.get('name', '')} ({customer.get('customerNumber', '')})",
        f"Date {document.get('date', '')}   Due {document.get('dueDate') or '-'}",
        f"Reference {document.get('reference') or '-'}",
    ):
        pdf.cell(0, 6, _latin(text), new_x="LMARGIN", new_y="NEXT")
    pdf.ln(4)
    _row(pdf, ("Description", "Quantity", "Unit price", "Total"))
    for line in document["lines"]:
        values = (line.get(name, "") for name in ("quantity", "unitPrice", "totalPrice"))
        _row(pdf, (str(line.get("description") or "")[:48], *(str(value) for value in values)))
    pdf.ln(4)
    for label, name in (("Subtotal", "subtotal"), ("VAT", "vat"), ("Total", "amount")):
        _row(pdf, ("", "", label, f"{document[name]} {document['currency']}"))
    pdf.set_font("Helvetica", "I", 8)
    pdf.ln(8)
    pdf.cell(0, 5, "Made by the LedgerBee sandbox: not a real document.")
    return bytes(pdf.output())


def _row(pdf: FPDF, cells: tuple[str, ...]) -> None:
    for width, text, align in zip(_WIDTHS, cells, "LRRR", strict=True):
        pdf.cell(width, 6, _latin(text), align=align)
    pdf.ln(6)


def _watermark(pdf: FPDF) -> None:
    pdf.set_font("Helvetica", "B", 90)
    pdf.set_text_color(225, 225, 225)
    with pdf.rotation(45, 105, 150):
        pdf.text(45, 165, "DRAFT")
    pdf.set_text_color(0, 0, 0)
