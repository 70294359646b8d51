"""Draft journal entries, from storing to booking."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.asyncio


@pytest.fixture
def draft(demo: Any) -> Any:
    def make(amount: Any = 100, **fields: Any) -> Any:
        lines = [
            {"accountId": demo.account(2010), "type": "debit", "amount": amount},
            {"accountId": demo.account(5820), "type": "credit", "amount": amount},
        ]
        return {"entryType": "journal", "date": "2026-01-15", "originalAmount": amount, "lines": lines, **fields}

    return make


@pytest.mark.parametrize("version", [1, 2])
async def test_a_draft_is_stored_read_booked_and_gone(api: Any, draft: Any, version: Any) -> None:
    made = await api(f"POST /v{version}/draft-journal-entries", draft(reference="D1"), status=201)
    path = f"/v{version}/draft-journal-entries/{made['id']}"
    assert (await api(f"GET {path}"))["reference"] == "D1"

    booked = await api(f"POST {path}/book", status=201)

    assert (booked["entryNumber"], booked["reference"], booked["amount"]) == ("JE-00001", "D1", 100)
    await api(f"GET {path}", status=404)


async def test_a_draft_may_be_out_of_balance_until_it_is_booked(api: Any, draft: Any) -> None:
    body = draft()
    body["lines"].pop()
    made = await api("POST /v2/draft-journal-entries", body, status=201)
    path = f"/v2/draft-journal-entries/{made['id']}"

    await api(f"POST {path}/book", status=400)
    await api(f"PATCH {path}", {"lines": draft()["lines"]})
    await api(f"POST {path}/book", status=201)


async def test_v2_drafts_get_the_payable_line_when_booked(api: Any, demo: Any) -> None:
    lines = [{"accountId": demo.account(2010), "type": "debit", "amount": 80}]
    body = {"entryType": "supplier_invoice", "date": "2026-01-15", "originalAmount": 80, "lines": lines}
    made = await api("POST /v2/draft-journal-entries", {**body, "vendorId": demo.vendor()}, status=201)

    booked = await api(f"POST /v2/draft-journal-entries/{made['id']}/book", status=201)

    assert (booked["accountId"], booked["type"]) == (demo.account(6800), "credit")


@pytest.mark.parametrize("version", [1, 2])
async def test_a_foreign_id_refuses_the_whole_batch(api: Any, draft: Any, sandbox: Any, version: Any) -> None:
    path = f"POST /v{version}/draft-journal-batches"
    for name in ("journalCategoryId", "customerId", "vendorId"):
        await api(path, {"entries": [draft(), draft(**{name: "another-company's"})]}, status=400)
    assert len(sandbox.books["drafts"]) == 0

    answer = await api(path, {"entries": [draft(), draft(2)]}, status=201)
    assert (answer["totalCreated"], len(answer["entries"])) == (2, 2)


async def test_a_filter_by_what_is_no_day_is_refused(api: Any, broken: Any) -> None:
    """It would match nothing, or everything, without a word."""
    for version in (1, 2):
        answer = await api(f"GET /v{version}/draft-journal-entries", fromDate="yesterday", status=400)
        assert broken(answer) == {"fromDate": ["isDateString"]}


async def test_drafts_are_filtered_inclusively(api: Any, draft: Any, demo: Any) -> None:
    for amount, day in ((10, 1), (20, 2), (30, 3)):
        body = draft(
            amount, date=f"2026-01-0{day}", externalSystemId="erp" if day < 3 else None, description=f"No. {day}"
        )
        await api("POST /v2/draft-journal-entries", {k: v for k, v in body.items() if v is not None}, status=201)

    async def amounts(version: Any = 2, **query: Any) -> Any:
        rows = (await api(f"GET /v{version}/draft-journal-entries", **query))["data"]
        return sorted(row["originalAmount"] for row in rows)

    assert await amounts(fromDate="2026-01-02") == [20, 30]
    assert await amounts(toDate="2026-01-02") == [10, 20]
    assert await amounts(minAmount=20, maxAmount=20) == [20]
    assert await amounts(accountId=demo.account(2010), limit=2) == [20, 30]
    assert await amounts(accountId=demo.account(2020)) == []
    assert await amounts(journalType="JOURNAL_ENTRY") == [10, 20, 30]
    assert await amounts(journalType="PAYMENT") == []
    assert await amounts(1, externalSystemId="erp") == [10, 20]
    assert await amounts(1, search="no. 3") == [30]


async def test_files_move_along_to_the_entry(api: Any, draft: Any) -> None:
    file = {"filename": "a.txt", "content": "aGVsbG8=", "mimeType": "text/plain"}
    made = await api("POST /v2/draft-journal-entries", draft(attachments=[file]), status=201)

    booked = await api(f"POST /v2/draft-journal-entries/{made['id']}/book", status=201)

    listed = await api(f"GET /v1/journal-entries/{booked['id']}/attachments")
    assert [(file["filename"], file["size"]) for file in listed] == [("a.txt", 5)]


async def test_a_deleted_draft_is_gone(api: Any, draft: Any) -> None:
    made = await api("POST /v2/draft-journal-entries", draft(), status=201)
    await api(f"DELETE /v2/draft-journal-entries/{made['id']}")
    await api(f"DELETE /v2/draft-journal-entries/{made['id']}", status=404)


async def test_a_refused_batch_of_drafts_names_all_the_guilty(api: Any, draft: Any) -> None:
    """As a batch of entries does."""
    body = {"entries": [draft(), draft(customerId="none"), draft(), draft(journalCategoryId="none")]}

    answer = await api("POST /v2/draft-journal-batches", body, status=400)

    assert [item["property"] for item in answer["details"]["validationErrors"]] == ["entries.1.customerId", "entries.3"]
