"""Journal entries: balance, the receivable and payable line, batches, attachments, drafts, reversals."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio
PDF = base64.b64encode(b"%PDF-1.4 and so on").decode()
FILE = {"filename": "receipt.pdf", "content": PDF, "mimeType": "application/pdf"}


@pytest.fixture
def entry(demo: Any) -> Any:
    def make(amount: Any = 125.5, credit: Any = None, **fields: Any) -> Any:
        lines = [
            {"accountId": demo.account(2010), "type": "debit", "amount": amount},
            {"accountId": demo.account(5820), "type": "credit", "amount": amount if credit is None else credit},
        ]
        return {"entryType": "journal", "date": "2026-01-15", "originalAmount": amount, "lines": lines, **fields}

    return make


async def test_a_balanced_entry_is_posted(api: Any, entry: Any, demo: Any) -> None:
    booked = await api("POST /v2/journal-entries", entry(reference="REF-1", description="Paper"), status=201)

    expected = {
        "entryNumber": "JE-00001",
        "date": "2026-01-15",
        "amount": 125.5,
        "currency": "DKK",
        "journalType": "JOURNAL_ENTRY",
        "type": "debit",
        "status": "POSTED",
        "accountId": demo.account(2010),
        "contraAccountId": demo.account(5820),
        "reference": "REF-1",
        "createdAt": "2026-06-01T12:00:00.000Z",
    }
    assert expected.items() <= booked.items()


async def test_amounts_are_added_exactly(api: Any, demo: Any) -> None:
    """0.1 + 0.2 is 0.3 here, which binary floats deny."""
    lines = [{"accountId": demo.account(2010), "type": "debit", "amount": amount} for amount in (0.1, 0.2)]
    lines.append({"accountId": demo.account(5820), "type": "credit", "amount": 0.3})
    body = {"entryType": "journal", "date": "2026-01-15", "originalAmount": 0.3, "lines": lines}

    await api("POST /v2/journal-entries", body, status=201)


async def test_an_entry_that_does_not_balance_is_refused(api: Any, entry: Any, sandbox: Any) -> None:
    for path in ("POST /v2/journal-entries", "POST /v1/journal-entries"):
        answer = await api(path, entry(100, credit=99.99), status=400)
        assert "balance" in answer["message"]
    assert len(sandbox.books["journal_entries"]) == 0


@pytest.mark.parametrize(
    "case",
    [
        ("customer_invoice", 100, 5600, "debit"),
        ("customer_invoice", -100, 5600, "credit"),
        ("customer_payment", 100, 5600, "credit"),
        ("customer_payment", -100, 5600, "debit"),
        ("supplier_invoice", 100, 6800, "credit"),
        ("supplier_invoice", -100, 6800, "debit"),
        ("supplier_payment", 100, 6800, "debit"),
        ("supplier_payment", -100, 6800, "credit"),
    ],
)
async def test_v2_adds_the_receivable_or_payable_line(api: Any, demo: Any, sandbox: Any, case: Any) -> None:
    kind, amount, number, side = case
    counter = {"accountId": demo.account(5820), "type": "credit" if side == "debit" else "debit", "amount": 100}
    body = {"entryType": kind, "date": "2026-01-15", "originalAmount": amount, "lines": [counter]}
    body |= {"customerId": demo.customer()} if kind.startswith("customer") else {"vendorId": demo.vendor()}

    booked = await api("POST /v2/journal-entries", body, status=201)

    assert (booked["accountId"], booked["type"]) == (demo.account(number), side)
    added = sandbox.books["journal_entries"].get(booked["id"])["lines"][0]
    assert (added["accountId"], added["type"], added["amount"]) == (demo.account(number), side, Decimal(100))


async def test_v2_refuses_the_line_that_it_adds(api: Any, demo: Any, broken: Any) -> None:
    lines = [
        {"accountId": demo.account(5600), "type": "debit", "amount": 100},
        {"accountId": demo.account(1010), "type": "credit", "amount": 100},
    ]
    body = {"entryType": "customer_invoice", "date": "2026-01-15", "originalAmount": 100, "lines": lines}
    body["customerId"] = demo.customer()

    answer = await api("POST /v2/journal-entries", body, status=400)
    assert broken(answer) == {"lines.0.accountId": ["isCounterSide"]}
    await api("POST /v1/journal-entries", body, status=201)  # v1 takes all the lines as sent.


async def test_customer_types_need_a_customer(api: Any, demo: Any, broken: Any) -> None:
    line = {"accountId": demo.account(1010), "type": "credit", "amount": 100}
    body = {"entryType": "customer_invoice", "date": "2026-01-15", "originalAmount": 100, "lines": [line]}

    answer = await api("POST /v2/journal-entries", body, status=400)

    assert broken(answer) == {"customerId": ["isNotEmpty"]}


async def test_only_postable_accounts_are_posted_to(api: Any, entry: Any, demo: Any, broken: Any) -> None:
    body = entry()
    body["lines"][0]["accountId"] = demo.account(1000)
    answer = await api("POST /v2/journal-entries", body, status=400)
    assert broken(answer) == {"lines.0.accountId": ["isPostable"]}


async def test_a_batch_keeps_the_order(api: Any, entry: Any) -> None:
    sent = [entry(n, reference=f"R{n}") for n in range(1, 101)]

    answer = await api("POST /v2/journal-entries/batch", {"entries": sent}, status=201)

    assert answer["totalCreated"] == 100
    assert [booked["reference"] for booked in answer["entries"]] == [f"R{n}" for n in range(1, 101)]


async def test_one_bad_entry_undoes_the_batch(api: Any, entry: Any, sandbox: Any) -> None:
    """The files of the good entries go, too, and the numbers are not used up."""
    sent = [entry(attachments=[FILE]), entry(100, credit=1)]

    await api("POST /v2/journal-entries/batch", {"entries": sent}, status=400)

    assert len(sandbox.books["journal_entries"]) == 0
    assert len(sandbox.books["documents"]) == 0
    assert (await api("POST /v2/journal-entries", entry(), status=201))["entryNumber"] == "JE-00001"


@pytest.mark.parametrize("path", ["POST /v2/journal-entries/batch", "POST /v1/journal-batches"])
async def test_a_refused_batch_names_all_the_guilty(api: Any, entry: Any, path: str) -> None:
    """Whatever is wrong with them; a single cause is the message."""
    bad = [entry(), entry(100, credit=99), entry(), entry(lines=[]), entry(100, credit=98)]

    answer = await api(path, {"entries": bad}, status=400)
    alone = await api(path, {"entries": bad[:3]}, status=400)

    named = [(item["property"], list(item["constraints"].values())) for item in answer["details"]["validationErrors"]]
    assert named == [
        ("entries.1", ["The entry does not balance: debit 100, credit 99"]),
        ("entries.3.lines", ["lines should not be empty"]),
        ("entries.4", ["The entry does not balance: debit 100, credit 98"]),
    ]
    assert alone["message"] == named[0][1][0]
    assert [item["property"] for item in alone["details"]["validationErrors"]] == ["entries.1"]


async def test_a_refused_batch_names_nobody_where_that_is_asked_for(api: Any, entry: Any, sandbox: Any) -> None:
    """A client must find out alone then."""
    sandbox.fault("no_details", "Create journal entries in batch (v2)")
    body = {"entries": [entry(), entry(100, credit=99)]}

    unnamed = await api("POST /v2/journal-entries/batch", body, status=400)
    named = await api("POST /v2/journal-entries/batch", body, status=400)

    assert "balance" in unnamed["message"]
    assert "details" not in unnamed
    assert "details" in named


async def test_an_unknown_category_refuses_the_batch(api: Any, entry: Any) -> None:
    answer = await api(
        "POST /v2/journal-entries/batch", {"entries": [entry(), entry(journalCategoryId="x")]}, status=400
    )
    assert answer["code"] == "JOURNAL_CATEGORY_NOT_FOUND"


async def test_attachments_are_kept_and_listed(api: Any, entry: Any) -> None:
    booked = await api("POST /v2/journal-entries", entry(attachments=[FILE, {**FILE, "filename": "b.pdf"}]), status=201)

    listed = await api(f"GET /v1/journal-entries/{booked['id']}/attachments")

    assert [(file["filename"], file["mimeType"], file["size"]) for file in listed] == [
        ("receipt.pdf", "application/pdf", 18),
        ("b.pdf", "application/pdf", 18),
    ]
    assert booked["documentRefs"] == [file["id"] for file in listed]


@pytest.mark.parametrize(
    "bad",
    [
        {"content": "not base64!"},
        {"mimeType": "pdf"},
        {"mimeType": "image/png"},
        {"content": base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()},
    ],
)
async def test_a_file_that_is_not_what_it_says_is_refused(api: Any, entry: Any, bad: Any) -> None:
    answer = await api("POST /v2/journal-entries", entry(attachments=[{**FILE, **bad}]), status=400)
    assert answer["code"] == "INVALID_ATTACHMENT_TYPE"


async def test_an_eleventh_file_is_refused(api: Any, entry: Any, broken: Any) -> None:
    answer = await api("POST /v2/journal-entries", entry(attachments=[FILE] * 11), status=400)
    assert broken(answer) == {"attachments": ["arrayMaxSize"]}


async def test_a_reference_can_be_corrected_and_nothing_else(api: Any, entry: Any, broken: Any) -> None:
    booked = await api("POST /v2/journal-entries", entry(), status=201)
    path = f"PATCH /v1/journal-entries/{booked['id']}"

    changed = await api(path, {"reference": "R2", "externalSystemId": "erp-1"})
    answer = await api(path, {"date": "2026-02-01"}, status=400)

    assert (changed["reference"], changed["externalSystemId"]) == ("R2", "erp-1")
    assert broken(answer) == {"date": ["whitelistValidation"]}


async def test_entries_are_found_by_account(api: Any, entry: Any, demo: Any) -> None:
    await api("POST /v2/journal-entries", entry(), status=201)

    assert (await api("GET /v1/journal-entries", accountId=demo.account(2010)))["total"] == 1
    assert (await api("GET /v1/journal-entries", accountId=demo.account(2020)))["total"] == 0


async def test_a_reversal_turns_the_sides_round_once(api: Any, entry: Any, sandbox: Any) -> None:
    booked = await api("POST /v2/journal-entries", entry(), status=201)

    reversal = await api(f"POST /v1/journal-entries/{booked['id']}/reverse", status=201)
    await api(f"POST /v1/journal-entries/{booked['id']}/reverse", status=400)

    lines = sandbox.books["journal_entries"].get(reversal["id"])["lines"]
    assert [line["type"] for line in lines] == ["credit", "debit"]
    assert reversal["amount"] == -125.5


async def test_a_batch_of_reversals_is_one_transaction(api: Any, entry: Any, sandbox: Any) -> None:
    booked = [(await api("POST /v2/journal-entries", entry(), status=201))["id"] for _ in range(2)]

    await api("POST /v1/journal-reversal-batches", {"ids": [booked[0], "unknown"]}, status=404)
    assert len(sandbox.books["journal_entries"]) == 2
    answer = await api("POST /v1/journal-reversal-batches", {"ids": booked}, status=201)
    assert len(answer["entries"]) == 2


@pytest.mark.parametrize("name", ["reference", "externalSystemId"])
async def test_a_correction_is_a_text(api: Any, entry: Any, broken: Any, name: str) -> None:
    booked = await api("POST /v2/journal-entries", entry(), status=201)
    path = f"/v1/journal-entries/{booked['id']}"

    assert broken(await api(f"PATCH {path}", {name: 5}, status=400)) == {name: ["isString"]}
    assert (await api(f"PATCH {path}", {name: "5"}))[name] == "5"
    assert name not in await api(f"PATCH {path}", {name: None})
