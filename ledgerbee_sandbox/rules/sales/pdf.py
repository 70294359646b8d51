"""Documents as PDF files that a reader opens: any number of lines, wrapped texts, numbered pages."""

from __future__ import annotations

import datetime
from importlib.resources import as_file, files
from typing import Any

from fpdf import FPDF, FontFace

from ledgerbee_sandbox.books import Record

_FONT, _STYLES = "RedHatDisplay", {"": "Regular", "B": "Bold"}
_HEADINGS = ("Description", "Quantity", "Unit price", "Total")
_WIDTHS = (88, 22, 40, 40)
_LONGEST = 600


def document_pdf(
    title: str, company: Record, customer: Record, document: Record, *, draft: bool, made: datetime.datetime
) -> bytes:
    """Render one document; the same document at the same instant gives the same bytes."""
    pdf = _Pdf(title, draft=draft)
    pdf.set_creation_date(made)
    pdf.add_page()
    _head(pdf, title, company, customer, document)
    _lines(pdf, document["lines"])
    _totals(pdf, document)
    if document.get("notes"):
        pdf.ln(6)
        pdf.multi_cell(0, 5, pdf.known(document["notes"], 4 * _LONGEST), align="L", new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


class _Pdf(FPDF):
    """A4 with the title on every page but the first, and the number of the page on each."""

    def __init__(self, title: str, *, draft: bool) -> None:
        super().__init__()
        self._title, self._is_draft = title, draft
        for style, name in _STYLES.items():
            with as_file(files("font_rhd") / "files" / f"{_FONT}-{name}.ttf") as path:
                self.add_font(_FONT, style, path)
        self.set_font(_FONT, "", 10)
        self.set_title(title)
        self.set_auto_page_break(auto=True, margin=20)

    def known(self, text: object, longest: int = _LONGEST) -> str:
        """The text with a question mark for what the font lacks, and an ellipsis where it is too long to be shown."""
        shown = str(text)
        if len(shown) > longest:
            shown = f"{shown[: longest - 1].rstrip()}…"
        letters: Any = self.current_font
        return "".join(letter if letter == "\n" or ord(letter) in letters.cmap else "?" for letter in shown)

    def header(self) -> None:
        if self._is_draft:
            with self.local_context(text_color=(228, 228, 228)), self.rotation(45, 105, 150):
                self.set_font(_FONT, "B", 90)
                self.text(45, 165, "DRAFT")
        if self.page_no() > 1:
            self.set_font(_FONT, "B", 10)
            self.cell(0, 6, f"{self._title}, continued", new_x="LMARGIN", new_y="NEXT")
            self.ln(4)
        self.set_font(_FONT, "", 10)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(_FONT, "", 8)
        self.cell(
            0, 5, f"Made by the LedgerBee sandbox: not a real document.   Page {self.page_no()} of {{nb}}", align="C"
        )


def _head(pdf: _Pdf, title: str, company: Record, customer: Record, document: Record) -> None:
    pdf.set_font(_FONT, "B", 18)
    pdf.multi_cell(0, 10, title, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(_FONT, "", 10)
    pdf.ln(2)
    facts = {
        "From": ", ".join(
            str(company[name]) for name in ("name", "address", "postalCode", "city") if company.get(name)
        ),
        "To": f"{customer.get('name', '')} ({customer.get('customerNumber', '')})",
        "Date": document.get("date"),
        "Due": document.get("dueDate"),
        "Valid until": document.get("validUntil"),
        "Reference": document.get("reference"),
        "Our reference": document.get("ourReference"),
    }
    for label, value in facts.items():
        if value:
            pdf.cell(28, 6, label)
            pdf.multi_cell(0, 6, pdf.known(value), align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(4)


def _lines(pdf: _Pdf, lines: list[Record]) -> None:
    """The lines as a table with headings on each page; a text takes the whole width, a separator is an empty row."""
    bold = FontFace(emphasis="BOLD")
    with pdf.table(
        col_widths=_WIDTHS,
        text_align=("LEFT", "RIGHT", "RIGHT", "RIGHT"),
        borders_layout="HORIZONTAL_LINES",
        headings_style=bold,
        line_height=6,
        v_align="TOP",
    ) as table:
        table.row(_HEADINGS)
        for line in lines:
            row = table.row()
            if "totalPrice" in line:
                row.cell(pdf.known(line.get("description") or ""))
                for name in ("quantity", "unitPrice", "totalPrice"):
                    row.cell(str(line.get(name, "")))
            else:
                row.cell(pdf.known(line.get("description") or " "), colspan=4)


def _totals(pdf: _Pdf, document: Record) -> None:
    if pdf.will_page_break(22):
        pdf.add_page()
    pdf.ln(4)
    for label, name in (("Subtotal", "subtotal"), ("VAT", "vat"), ("Total", "amount")):
        pdf.set_font(_FONT, "B" if name == "amount" else "", 10)
        pdf.cell(sum(_WIDTHS[:3]), 6, label, align="R")
        pdf.cell(_WIDTHS[3], 6, f"{document[name]} {document['currency']}", align="R", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(_FONT, "", 10)
