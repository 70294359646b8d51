"""A posting run without trouble: outcomes, order, resuming, refusals, and what is not begun at all."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledgerbee_client import (
    ApiKey,
    AuthenticationError,
    BatchProgress,
    ConfigurationError,
    InvalidValueError,
    LedgerBee,
)
from ledgerbee_client.posting import DuplicateKeyError, JournalError, PayloadChangedError, PostingRun, RecordedError
from ledgerbee_sandbox import Sandbox

from .conftest import Entry, Open, all_of, booked, sent

pytestmark = pytest.mark.anyio


async def test_entries_are_booked_and_told_of_in_order(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """Each entry given has one outcome, with the id that the API gave it."""
    async with opened() as run:
        outcomes = await all_of(run, bee, (entry(number) for number in range(250)))

    assert [f"PAY-{number:04}" for number in range(250)] == [outcome.key for outcome in outcomes]
    assert {("booked", True)} == {(outcome.state, outcome.is_new) for outcome in outcomes}
    assert {record["id"] for record in sandbox.books["journal_entries"]} == {outcome.id for outcome in outcomes}
    assert 3 == sent(sandbox)


async def test_an_async_iterable_is_taken_as_well(sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open) -> None:
    """Entries may come from a queue or a database."""

    class Entries:
        def __aiter__(self) -> AsyncIterator[Any]:
            return self

        numbers = iter(range(3))

        async def __anext__(self) -> Any:
            for number in self.numbers:
                return entry(number)
            raise StopAsyncIteration

    async with opened() as run:
        assert 3 == len(await all_of(run, bee, Entries()))


async def test_the_same_program_again_sends_nothing(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """What is booked stays booked, and is told of as known."""
    async with opened() as run:
        first = await all_of(run, bee, [entry(number) for number in range(150)])
    async with opened() as run:
        again = await all_of(run, bee, [entry(number) for number in range(150)])

    assert [outcome._replace(is_new=False) for outcome in first] == again
    assert 2 == sent(sandbox)


async def test_a_longer_input_continues(sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open) -> None:
    """Only what the journal does not know is sent."""
    async with opened() as run:
        await all_of(run, bee, [entry(number) for number in range(0, 300, 2)])
    async with opened() as run:
        outcomes = await all_of(run, bee, [entry(number) for number in range(300)])

    assert 300 == len(outcomes)
    assert {1} == {*booked(sandbox).values()}
    assert 300 == len(booked(sandbox))


async def test_several_requests_at_a_time_keep_the_order_within_each(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """With concurrency batches end as they like; an entry is still told of once."""
    async with opened() as run:
        outcomes = await all_of(run, bee, (entry(number) for number in range(1000)), concurrency=4)

    keys = [outcome.key for outcome in outcomes]
    batches = [keys[start : start + 100] for start in range(0, 1000, 100)]
    assert batches == [sorted(batch) for batch in batches]
    assert 1000 == len({*keys})


async def test_one_refused_entry_does_not_keep_the_others(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """Those that the refusal names are set aside, each with its own reason, and the rest is sent again."""
    entries = [entry(number) for number in range(200)]
    entries[7].entry_type = "jurnal"
    entries[130].lines[0].amount = Decimal("1.00")
    async with opened() as run:
        outcomes = {outcome.key: outcome for outcome in await all_of(run, bee, entries)}

    refused = {key: str(outcome.error) for key, outcome in outcomes.items() if outcome.state == "refused"}
    assert {"PAY-0007", "PAY-0130"} == {*refused}
    assert "entryType" in refused["PAY-0007"]
    assert "does not balance" in refused["PAY-0130"]
    assert 198 == len(booked(sandbox))


async def test_a_refusal_that_names_nobody_is_found_by_halves(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """A refused batch booked nothing, so that each half can be tried by itself, down to the one that is to blame."""
    for _ in range(8):  # The batch, the first half of what was refused each time, and in the end the entry alone.
        sandbox.fault("status", "Create journal entries in batch (v2)", status=400)
    async with opened() as run:
        outcomes = await all_of(run, bee, [entry(number) for number in range(100)])

    assert ["PAY-0000"] == [outcome.key for outcome in outcomes if outcome.state == "refused"]
    assert (99, {1}) == (len(booked(sandbox)), {*booked(sandbox).values()})
    assert 15 == sent(sandbox)


async def test_a_refused_entry_is_sent_again_once_it_is_corrected(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """With the same content it stays refused; with another it is sent, because nothing of it is booked."""
    async with opened() as run:
        await all_of(run, bee, [entry(1), entry(2, "1.00")])
    async with opened() as run:
        same = await all_of(run, bee, [entry(1), entry(2, "1.00")])
    async with opened() as run:
        corrected = await all_of(run, bee, [entry(1), entry(2)])

    assert ("refused", False) == (same[1].state, same[1].is_new)
    assert isinstance(same[1].error, RecordedError)
    assert "ValidationError" == same[1].error.kind
    assert 400 == same[1].error.status
    assert ("booked", True) == next((o.state, o.is_new) for o in corrected if o.key == "PAY-0002")
    assert {"PAY-0001": 1, "PAY-0002": 1} == booked(sandbox)


async def test_what_cannot_be_sent_is_refused_before_sending(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """Its neighbours are booked; it is written down, and refused again the next time."""
    entries = [entry(1), entry(2, original_amount=Decimal("NaN")), entry(3)]
    for is_new in (True, False):
        async with opened() as run:
            outcomes = {outcome.key: outcome for outcome in await all_of(run, bee, entries)}
        assert ("refused", is_new) == (outcomes["PAY-0002"].state, outcomes["PAY-0002"].is_new)
        assert "originalAmount" in str(outcomes["PAY-0002"].error)

    assert {"PAY-0001": 1, "PAY-0003": 1} == booked(sandbox)


@pytest.mark.parametrize("second", [1, 150])
async def test_two_entries_with_one_key_are_an_error(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, second: int
) -> None:
    """In one batch or far apart, the second is not sent, and nobody takes it for the first."""
    entries = [entry(number) for number in range(200)]
    entries[second] = entry(0)
    async with opened() as run:
        with pytest.raises(DuplicateKeyError, match="'PAY-0000'"):
            await all_of(run, bee, entries)

    assert {1} >= {*booked(sandbox).values()}


async def test_a_duplicate_is_noticed_when_a_run_is_resumed(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """The second must not pass for what is booked already."""
    async with opened() as run:
        await all_of(run, bee, [entry(0)])
    async with opened() as run:
        with pytest.raises(DuplicateKeyError):
            await all_of(run, bee, [entry(0), *(entry(number) for number in range(1, 150)), entry(0)])


async def test_a_booked_entry_with_another_content_is_an_error(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """The key says that it is booked, and the content says that it is another."""
    async with opened() as run:
        await all_of(run, bee, [entry(1)])
    async with opened() as run:
        with pytest.raises(PayloadChangedError, match="'PAY-0001' is booked, and had another content then"):
            await all_of(run, bee, [entry(1, description="Corrected")])

    assert 1 == sent(sandbox)


async def test_the_content_of_files_counts(sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open) -> None:
    """Two receipts of one name are two contents."""
    from ledgerbee_client import Attachment

    first, second = (
        Attachment.from_bytes(text, filename="receipt.txt", mime_type="text/plain") for text in (b"a", b"b")
    )
    async with opened() as run:
        await all_of(run, bee, [entry(1, attachments=[first]), entry(2)])
    async with opened() as run:
        same = await all_of(run, bee, [entry(1, attachments=[first]), entry(2)])
        with pytest.raises(PayloadChangedError):
            await all_of(run, bee, [entry(1, attachments=[second])])

    assert ["booked", "booked"] == [outcome.state for outcome in same]
    assert 1 == sent(sandbox)


async def test_another_company_is_refused(sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open) -> None:
    """A journal of one company says nothing about another's books."""
    async with opened() as run:
        await all_of(run, bee, [entry(1)])
    async with opened(company="another") as run:
        with pytest.raises(JournalError, match=r"was kept for the company .* belongs to another; nothing was sent"):
            await all_of(run, bee, [entry(2)])

    assert 1 == sent(sandbox)


async def test_a_key_without_the_scope_asks_for_the_company(sandbox: Sandbox, entry: Entry, opened: Open) -> None:
    """Without `company-read` the caller says which company it is."""
    sandbox.fault("status", "Get company details", status=403, code="INSUFFICIENT_PERMISSIONS")
    async with sandbox.client() as bee:
        async with opened() as run:
            with pytest.raises(JournalError, match=r"give company= to PostingRun\.open"):
                await all_of(run, bee, [entry(1)])
        async with opened(company="acme") as run:
            assert 1 == len(await all_of(run, bee, [entry(1)]))


async def test_a_company_without_an_id_is_asked_for(entry: Entry, opened: Open) -> None:
    """A promised field that does not come is no company."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"name": "Acme"}))
    async with LedgerBee(ApiKey("k" * 32), transport=transport) as bee, opened() as run:
        with pytest.raises(JournalError, match=r"without an id; give company= to PostingRun\.open"):
            await all_of(run, bee, [entry(1)])


async def test_tables_of_another_version_are_refused(
    bee: LedgerBee, entry: Entry, opened: Open, tmp_path: Path
) -> None:
    """The version that began a journal finishes it."""
    async with opened() as run:
        await all_of(run, bee, [entry(1)])
    with closing(sqlite3.connect(tmp_path / "november.db", isolation_level=None)) as connection:
        connection.execute("UPDATE facts SET value = '0' WHERE name = 'schema'")
    async with opened() as run:
        with pytest.raises(JournalError, match="tables of version 0"):
            await all_of(run, bee, [entry(1)])


async def test_a_file_that_is_no_journal_is_refused(bee: LedgerBee, entry: Entry, opened: Open, tmp_path: Path) -> None:
    """sqlite3's own error stays behind ours."""
    (tmp_path / "november.db").write_text("key,amount\n" * 1000)
    async with opened() as run:
        with pytest.raises(JournalError, match=r"november\.db: file is not a database"):
            await all_of(run, bee, [entry(1)])


async def test_a_damaged_row_is_refused(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, tmp_path: Path
) -> None:
    """Whatever a row holds, json's own error stays behind ours, and nothing is sent."""
    async with opened() as run:
        await all_of(run, bee, [entry(1, amount="1.00")])
    for text in ("x{", "[]", "7", "{}", '"PAY"'):
        with closing(sqlite3.connect(tmp_path / "november.db")) as connection, connection:
            connection.execute("UPDATE entries SET error = ?", (text,))
        async with opened() as run:
            with pytest.raises(
                JournalError, match=r"november.db: the entry .PAY-0001. has an error that is none, .* nothing was sent"
            ):
                await all_of(run, bee, [entry(1, amount="1.00")])

    assert 1 == sent(sandbox)


async def test_a_journal_is_one_process_s(bee: LedgerBee, entry: Entry, opened: Open) -> None:
    """A second run over the same file is refused while the first has it; its status can be read."""
    async with opened() as run, opened() as other:
        await all_of(run, bee, [entry(1)])
        with pytest.raises(JournalError, match="in use by another process"):
            await all_of(other, bee, [entry(1)])
        assert 1 == (await other.status()).booked


async def test_a_journal_is_one_process_s_by_whatever_name(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, tmp_path: Path
) -> None:
    """A link to the file is the file: two processes over one journal would both send."""
    (tmp_path / "link.db").symlink_to(tmp_path / "november.db")
    link = PostingRun.open(tmp_path / "link.db", key=lambda entry: entry.reference)
    async with opened() as run, link:
        await all_of(run, bee, [entry(1)])
        with pytest.raises(JournalError, match="in use by another process"):
            await all_of(link, bee, [entry(2)])

    assert {"PAY-0001": 1} == booked(sandbox)


async def test_status_outcomes_and_export(bee: LedgerBee, entry: Entry, opened: Open, tmp_path: Path) -> None:
    """What the journal knows, counted, walked and as files."""
    async with opened() as run:
        posted = await all_of(run, bee, [entry(1), entry(2, "1.00"), entry(3)])
    async with opened(key=None) as run:
        status = await run.status()
        refused = [outcome.key async for outcome in run.outcomes("refused")]
        every = [outcome async for outcome in run.outcomes()]
        assert 3 == await run.export(tmp_path / "all.csv")
        assert 1 == await run.export(tmp_path / "refused.jsonl", "refused")

    assert (2, 1, 3) == (status.booked, status.refused, status.total)
    assert ["PAY-0002"] == refused
    assert {(o.key, o.state, o.id) for o in posted} == {(o.key, o.state, o.id) for o in every}
    with (tmp_path / "all.csv").open(newline="") as file:
        assert [("PAY-0001", "booked"), ("PAY-0002", "refused"), ("PAY-0003", "booked")] == [
            (row["key"], row["state"]) for row in csv.DictReader(file)
        ]
    row = json.loads((tmp_path / "refused.jsonl").read_text())
    assert ("PAY-0002", "refused", None) == (row["key"], row["state"], row["id"])
    assert "does not balance" in row["error"]


async def test_progress_is_told_after_every_batch(bee: LedgerBee, entry: Entry, opened: Open) -> None:
    """As in `create_many`."""
    seen: list[BatchProgress] = []
    async with opened() as run:
        await all_of(run, bee, [entry(number) for number in range(150)], on_progress=seen.append)

    assert [(100, 1, 150), (150, 2, 150)] == [(one.booked, one.requests, one.total) for one in seen]


async def test_a_key_of_several_fields_needs_find(opened: Open) -> None:
    """No list shows it, and that is said when the run is opened."""
    with pytest.raises(ConfigurationError, match="find="):
        opened(key=lambda entry: f"{entry.reference}-{entry.date}")


@pytest.mark.parametrize("key", [None, "", "a\nb", "x" * 501, 1.5])
async def test_a_key_that_is_none_is_refused(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, key: Any
) -> None:
    """Before anything is sent."""

    async def find(keys: Any) -> dict[str, str]:
        return {}

    async with opened(key=lambda _: key, find=find) as run:
        with pytest.raises(InvalidValueError, match="key: expected a text of 1 to 500 printable characters"):
            await all_of(run, bee, [entry(1)])

    assert 0 == sent(sandbox)


async def test_only_a_resource_with_batches_is_taken(bee: LedgerBee, opened: Open) -> None:
    """Customers are created one by one."""
    async with opened() as run:
        with pytest.raises(InvalidValueError, match="resource: expected a resource with create_many"):
            run.post(bee.customers, [])


async def test_entries_that_break_off_raise_their_own_error(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """What came before is booked and told of first."""

    def entries() -> Iterator[Any]:
        yield from (entry(number) for number in range(130))
        raise OSError("the disk went away")

    async with opened() as run:
        with pytest.raises(OSError, match="the disk went away"):
            await all_of(run, bee, entries())
        assert 130 == (await run.status()).booked

    assert 130 == len(booked(sandbox))


async def test_without_a_key_nothing_is_posted(bee: LedgerBee, tmp_path: Path) -> None:
    """A run that is opened to be read."""
    async with PostingRun.open(tmp_path / "november.db") as run:
        with pytest.raises(ConfigurationError, match="without key="):
            run.post(bee.journal_entries, [])


async def test_draft_first_is_refused_while_the_schema_cannot_find_a_draft(opened: Open) -> None:
    """With the reason; once the schema has both, this fails, and the strategy can be written."""
    schema = json.loads((Path(__file__).parents[2] / "openapi" / "ledgerbee.json").read_text())
    fields = schema["components"]["schemas"]["DraftJournalEntryCreate"]["properties"]
    filters = {one["name"] for one in schema["paths"]["/v2/draft-journal-entries"]["get"]["parameters"]}
    assert "externalSystemId" not in {*fields, *filters}

    with pytest.raises(ConfigurationError, match="externalSystemId in the body of a draft"):
        opened(strategy="draft")
    with pytest.raises(ConfigurationError, match="strategy must be"):
        opened(strategy="backwards")


async def test_a_planned_entry_may_be_corrected(sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open) -> None:
    """The run broke off before it was sent: nothing of it is booked, and whoever corrected it wants that sent."""
    sandbox.fault("status", "Create journal entries in batch (v2)", status=401)
    async with opened() as run:
        with pytest.raises(AuthenticationError):
            await all_of(run, bee, [entry(1, "1.00")])
        assert 1 == (await run.status()).planned
    async with opened() as run:
        (outcome,) = await all_of(run, bee, [entry(1)])

    assert ("booked", {"PAY-0001": 1}) == (outcome.state, booked(sandbox))


async def test_an_entry_that_may_be_booked_is_not_corrected(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """Until it is known what became of it, it is given as it was."""
    sandbox.fault("status", "Create journal entries in batch (v2)")
    async with opened(resend_unknown=False) as run:
        await all_of(run, bee, [entry(1)])
    async with opened(resend_unknown=False) as run:
        with pytest.raises(
            PayloadChangedError, match=r"'PAY-0001' may be booked .* Run again with the entry as it was"
        ):
            await all_of(run, bee, [entry(1, description="Corrected")])

    assert 1 == sent(sandbox)


async def test_an_entry_that_could_not_be_written_may_be_put_back(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """It was refused with one content, could not be sent with another, and is known by the last one that was given."""
    bad, worse = entry(1, "1.00"), entry(1, original_amount=Decimal("NaN"))
    reasons = list[str]()
    for one in (bad, worse, bad):
        async with opened() as run:
            (outcome,) = await all_of(run, bee, [one])
        reasons.append(str(outcome.error))

    assert ["does not balance" in reason for reason in reasons] == [True, False, True]


@pytest.mark.parametrize("journal", ["mysql://db/ledger", "postgresql+psycopg://db/ledger", "http://db"])
async def test_a_url_of_another_kind_is_no_file(journal: str) -> None:
    """It would be made as a file of that name."""
    with pytest.raises(ConfigurationError, match="journal must be a path or a postgresql:// URL"):
        PostingRun.open(journal, key=lambda entry: entry.reference)
