"""What is written fast is what the table would have written, and refused as the table refuses it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from attrs import evolve

from ledgerbee_client import UNSET, Attachment, InvalidValueError
from ledgerbee_client._helpers.bodies import batch_body, json_body
from ledgerbee_client._models.jsonio import dumps, loads
from ledgerbee_client._models.model import model
from ledgerbee_client._models.writing import write_array
from ledgerbee_client.models import CreateJournalEntryV2Dto, JournalEntryType, PublicCreateInvoice, SplitEntryLine

LINE = SplitEntryLine(account_id="a", type_="debit", amount=Decimal("1000.40"), tag_ids=["t"])
ENTRY = CreateJournalEntryV2Dto(
    entry_type=JournalEntryType.JOURNAL, date=datetime.date(2026, 6, 15), original_amount=Decimal("1250.50"),
    lines=[LINE, evolve(LINE, amount=Decimal(250))], reference="INV-1", customer_id=UNSET,
)  # fmt: skip
CODEC = model(CreateJournalEntryV2Dto)
ODD: list[Any] = [
    None, UNSET, True, 0, -5, 10**15, 10**30, 1.5, "", "x", "1.5", "NaN", "½", "\ud800", "2026-01-15", b"x", [], ["x"],
    [1], (), ("x",), {}, {"a": 1}, LINE, [LINE], [{"accountId": "b", "new": Decimal("1.5")}], [None], Decimal("0.10"),
    Decimal("1E+3"), Decimal("NaN"), Decimal("-Infinity"), Decimal("99999999999999.99"), Decimal("123456789012.345"),
    Decimal("-0.00"), datetime.date(2026, 1, 15), datetime.datetime(2026, 1, 15, tzinfo=datetime.UTC),
    JournalEntryType.JOURNAL, JournalEntryType("new"), "journal", {"x"}, frozenset({"x"}), HTTPStatus.OK,
]  # fmt: skip


def variants(entry: Any) -> Iterator[Any]:
    for name in ("entry_type", "date", "original_amount", "lines", "description", "tag_ids", "customer_id"):
        yield from (evolve(entry, **{name: odd}) for odd in ODD)
    for name in ("account_id", "amount", "tag_ids"):
        yield from (evolve(entry, lines=[LINE, evolve(LINE, **{name: odd})]) for odd in ODD)


def test_plain_entries_are_written_at_once() -> None:
    """Dates, enums, Decimals, nested models; UNSET is left out."""
    fast = write_array(CODEC, [ENTRY, ENTRY])

    assert fast is not None
    assert {
        "entryType": "journal", "date": "2026-06-15", "originalAmount": Decimal("1250.5"), "reference": "INV-1",
        "lines": [
            {"accountId": "a", "type": "debit", "amount": Decimal("1000.4"), "tagIds": ["t"]},
            {"accountId": "a", "type": "debit", "amount": 250, "tagIds": ["t"]},
        ],
    } == loads(fast)[1]  # fmt: skip


@pytest.mark.parametrize("entry", [*variants(ENTRY)], ids=str)
def test_whatever_is_given_is_written_or_refused_as_by_the_table(entry: Any) -> None:
    """Odd values, one at a time, between plain neighbours."""
    fast = write_array(CODEC, [ENTRY, entry, ENTRY])
    try:
        table: Any = loads(dumps(CODEC.write(entry, "")))
    except InvalidValueError:
        assert fast is None
        return

    if fast is not None:
        assert table == loads(fast)[1]
    assert table == loads(b"".join(json_body(CODEC, entry, "").chunks()))


def test_a_refusal_says_where() -> None:
    """The error is the table's."""
    wrong = evolve(ENTRY, lines=[LINE, evolve(LINE, amount=Decimal("NaN"))])

    with pytest.raises(InvalidValueError, match=r"entries\.1\.lines\.1\.amount"):
        batch_body(CODEC, [ENTRY, wrong], "entries")


def test_files_and_mappings_go_by_the_table() -> None:
    """Both are welcome among plain entries."""
    filed = evolve(ENTRY, attachments=[Attachment.from_bytes(b"%PDF-", filename="a.pdf")])
    body = batch_body(CODEC, [ENTRY, filed, {"entryType": "journal", "extra": Decimal("1.5")}], "entries")
    sent = loads(b"".join(body.chunks()))["entries"]

    assert [None, "JVBERi0=", None] == [entry.get("attachments", [{}])[0].get("content") for entry in sent]
    assert Decimal("1.5") == sent[2]["extra"]


def test_models_and_mappings_may_stand_beside_each_other() -> None:
    """In a batch and in the lines of an entry; a mapping may leave out what it likes."""
    line: Any = {"accountId": "b", "type": "credit", "amount": Decimal("1.5")}
    entry = {"entryType": "journal", "date": "2026-06-15", "lines": [line, LINE], "customerId": UNSET, "vendorId": None}
    fast = write_array(CODEC, [entry, evolve(ENTRY, lines=[LINE, line]), {}])

    assert fast is not None
    assert loads(dumps([CODEC.write(value, "") for value in (entry, evolve(ENTRY, lines=[LINE, line]), {})])) == (
        loads(fast)
    )


@pytest.mark.parametrize("odd", [{"notKnown": 1}, {"entry_type": "journal"}, {5: 1}, {"date": "soon"}, {"date": None}])
def test_mappings_with_anything_else_are_left_to_the_table(odd: Any) -> None:
    """Fields that the schema does not know, and what is to be refused."""
    assert write_array(CODEC, [{"entryType": "journal"}, odd]) is None


def test_decimal_texts_stay_texts() -> None:
    """A number and a decimal text in one object: each is written as the API documents it."""
    codec = model(PublicCreateInvoice)
    value = PublicCreateInvoice.from_dict(
        {
            "customerId": "c",
            "date": "2026-01-15",
            "lines": [{"quantity": 1.5, "unitPrice": "10.00", "description": "x"}],
        }
    )
    fast = write_array(codec, [value])

    assert fast is not None
    assert loads(dumps([codec.write(value, "")])) == loads(fast)
