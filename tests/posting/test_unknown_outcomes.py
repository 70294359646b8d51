"""Answers that never came: looked for, later and again, and sent again only once they are known not to be booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest

from ledgerbee_client import ApiKey, LedgerBee
from ledgerbee_client.posting import PartlyBookedError, RecordedError, UnsettledError
from ledgerbee_sandbox import Sandbox

from .books import booked_entry
from .conftest import BATCH, Entry, Open, Time, all_of, booked, sent

pytestmark = pytest.mark.anyio
LIST = "List journal entries"


@pytest.mark.parametrize("kind", ["hang_up_after", "cut_body"])
async def test_a_booking_whose_answer_was_lost_is_found(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, kind: str
) -> None:
    """It is booked, and not sent again; the others go on meanwhile."""
    sandbox.fault(kind, BATCH)
    async with opened() as run:
        outcomes = await all_of(run, bee, [entry(number) for number in range(150)])

    assert ["booked"] * len(outcomes) == [outcome.state for outcome in outcomes]
    assert 150 == len({outcome.id for outcome in outcomes})
    assert ({1}, 150, 2) == ({*booked(sandbox).values()}, len(booked(sandbox)), sent(sandbox))


@pytest.mark.parametrize("fault", [{"kind": "status"}, {"kind": "hang_up_before"}, {"kind": "html"}])
async def test_what_was_not_booked_is_sent_again(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, fault: dict[str, Any]
) -> None:
    """After the settling time and two looks at the whole list."""
    async with opened() as run:
        await all_of(run, bee, [entry(900)])
    sandbox.fault(operation=BATCH, **fault)
    async with opened() as run:
        outcomes = await all_of(run, bee, [entry(number) for number in range(150)])

    assert ["booked"] * len(outcomes) == [outcome.state for outcome in outcomes]
    assert ({1}, 151, 4) == ({*booked(sandbox).values()}, len(booked(sandbox)), sent(sandbox))
    assert 2 == sum(request.operation == LIST for request in sandbox.requests)


async def test_it_stays_unknown_for_a_person_where_that_is_asked_for(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """With `resend_unknown=False` nothing is sent again; a later run that may does."""
    async with opened() as run:
        await all_of(run, bee, [entry(900)])
    sandbox.fault("status", BATCH)
    async with opened(resend_unknown=False) as run:
        (outcome,) = await all_of(run, bee, [entry(1)])
        assert "unknown" == outcome.state
        assert isinstance(outcome.error, UnsettledError)
        assert "resend_unknown=False" in str(outcome.error)
        assert 1 == (await run.status()).unknown
    assert 2 == sent(sandbox)

    async with opened() as run:
        (outcome,) = await all_of(run, bee, [entry(1)])
    assert ("booked", 3) == (outcome.state, sent(sandbox))


async def test_a_batch_that_is_partly_there_is_an_alarm(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """It cannot be, and nothing of it is sent again, in this run or in the next; not even when nothing is found."""
    there: dict[str, str] = {"PAY-0000": "a", "PAY-0001": "b"}

    async def find(keys: Sequence[str]) -> Mapping[str, str]:
        return there

    sandbox.fault("status", BATCH)
    for _ in range(3):
        async with opened(find=find) as run:
            outcomes = await all_of(run, bee, [entry(number) for number in range(5)])
        assert ["unknown"] * 5 == [outcome.state for outcome in outcomes]
    assert isinstance(outcomes[0].error, UnsettledError | PartlyBookedError)
    there.clear()
    async with opened(find=find) as run:
        outcomes = await all_of(run, bee, [entry(number) for number in range(5)])

    assert ["unknown"] * 5 == [outcome.state for outcome in outcomes]
    assert ({}, 1) == (booked(sandbox), sent(sandbox))


async def test_an_alarm_says_what_is_there_and_what_is_not(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """In the error of each of its entries, and in the log."""

    async def find(keys: Sequence[str]) -> Mapping[str, str]:
        return {"PAY-0001": "b"}

    sandbox.fault("status", BATCH)
    async with opened(find=find) as run:
        outcomes = await all_of(run, bee, [entry(number) for number in range(3)])

    error = outcomes[0].error
    assert isinstance(error, PartlyBookedError)
    assert ({"PAY-0001": "b"}, ("PAY-0000", "PAY-0002")) == (error.found, error.missing)
    assert "ERROR" in {record.levelname for record in caplog.records}


async def test_a_late_booking_is_waited_for(sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open) -> None:
    """The server may still book what it has; absent is only what is not there after the settling time."""
    looks: list[int] = []

    async def find(keys: Sequence[str]) -> Mapping[str, str]:
        looks.append(len(keys))
        return dict.fromkeys(keys, "late") if len(looks) == 2 else {}

    sandbox.fault("hang_up_before", BATCH)
    async with opened(find=find) as run:
        (outcome,) = await all_of(run, bee, [entry(1)])

    assert ("booked", "late") == (outcome.state, outcome.id)
    assert ([1, 1], 1) == (looks, sent(sandbox))


async def test_a_list_that_cannot_be_read_settles_nothing(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """It is asked a bounded number of times; then the entry stays unknown, and is not sent."""
    sandbox.fault("status", BATCH)
    sandbox.fault("status", LIST, times=None)
    async with opened() as run:
        (outcome,) = await all_of(run, bee, [entry(1)])

    assert "unknown" == outcome.state
    assert "could not be looked for" in str(outcome.error)
    assert (1, {}) == (sent(sandbox), booked(sandbox))


async def test_a_list_that_does_not_show_the_key_settles_nothing(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """Where no item has the field, its absence says nothing."""
    async with opened() as run:
        await all_of(run, bee, [entry(1)])
    sandbox.fault("status", BATCH)
    async with opened(key=lambda entry: entry["tagCode"]) as run:
        (outcome,) = await all_of(run, bee, [{"tagCode": "K-1"}])

    assert "unknown" == outcome.state
    assert "does not show the keys" in str(outcome.error)
    assert 2 == sent(sandbox)


@pytest.mark.parametrize(
    "answer", [None, ["PAY-0001"], {"PAY-0001": None}, {"PAY-0001": ""}, {"PAY-0001": False}, {"PAY-0001": 0}], ids=repr
)
async def test_a_find_that_names_no_id_settles_nothing(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open, answer: Any
) -> None:
    """A key with None for its id is not booked, and one that is taken for booked would never be."""

    async def find(keys: Sequence[str]) -> Any:
        return answer

    sandbox.fault("hang_up_before", BATCH)
    async with opened(find=find) as run:
        (outcome,) = await all_of(run, bee, [entry(1)])

    assert "unknown" == outcome.state
    assert "find= returned" in str(outcome.error)
    assert (1, {}) == (sent(sandbox), booked(sandbox))


async def test_a_whole_number_is_found_by_its_number(opened: Open) -> None:
    """The list shows a number where the journal has a text; taken for another, the entry would be sent again."""
    requests = list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request.method)
        if request.method == "POST":
            return httpx.Response(500)
        return httpx.Response(200, json={"data": [{"id": "a", "number": 7}], "total": 1, "page": 1, "limit": 97})

    transport = httpx.MockTransport(answer)
    bee = LedgerBee(ApiKey("k"), transport=transport, clock=Time().clock)
    async with bee, opened(key=lambda entry: entry["number"], company="c") as run:
        (outcome,) = await all_of(run, bee, [{"number": 7}])

    assert ("7", "booked", "a") == (outcome.key, outcome.state, outcome.id)
    assert ["POST", "GET"] == requests


async def test_a_list_that_became_shorter_settles_nothing(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """An item may have moved to a page that was read already."""
    async with opened() as run:
        await all_of(run, bee, [entry(900)])
    sandbox.fault("status", BATCH)
    sandbox.fault("wrong_total", LIST, times=None)
    async with opened() as run:
        (outcome,) = await all_of(run, bee, [entry(1)])

    assert "unknown" == outcome.state
    assert 2 == sent(sandbox)


async def test_one_walk_serves_all_that_is_unknown(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """Four batches without an answer are looked for together."""
    async with opened() as run:
        await all_of(run, bee, [entry(900)])
    sandbox.fault("hang_up_after", BATCH, times=4)
    async with opened() as run:
        outcomes = await all_of(run, bee, [entry(number) for number in range(400)], concurrency=4)

    assert ["booked"] * len(outcomes) == [outcome.state for outcome in outcomes]
    assert {1} == {*booked(sandbox).values()}
    pages = [request for request in sandbox.requests if request.operation == LIST]
    assert len(pages) <= 10


async def test_what_another_process_recorded_says_so(
    sandbox: Sandbox, bee: LedgerBee, entry: Entry, opened: Open
) -> None:
    """An error read back from the journal keeps its words, its kind and its status."""
    async with opened() as run:
        await all_of(run, bee, [entry(1, "1.00")])
    async with opened() as run:
        (outcome,) = [outcome async for outcome in run.outcomes()]

    assert isinstance(outcome.error, RecordedError)
    assert ("ValidationError", 400) == (outcome.error.kind, outcome.error.status)


def scripted(*, shown: str = "", ids: Sequence[str] = ("a",), posted: httpx.Response) -> tuple[LedgerBee, list[str]]:
    """A client of an API whose list shows one reference under these ids, and the methods that it was called with."""
    methods = list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        methods.append(request.method)
        if request.method == "POST":
            return posted
        found = [{"id": one, "reference": shown} for one in ids]
        return httpx.Response(200, json={"data": found, "total": len(found), "page": 1, "limit": 97})

    return LedgerBee(ApiKey("k"), transport=httpx.MockTransport(answer), clock=Time().clock), methods


@pytest.mark.parametrize("shown", ["pay-0001", " PAY-0001", "PAY-0001 "])
async def test_a_key_that_the_list_spells_otherwise_is_not_called_absent(
    entry: Entry, opened: Open, shown: str
) -> None:
    """A server that trims or lowers references would be sent everything twice."""
    client, methods = scripted(shown=shown, posted=httpx.Response(500))
    async with client as bee, opened(company="c") as run:
        (outcome,) = await all_of(run, bee, [entry(1)])

    assert "unknown" == outcome.state
    assert "in another spelling" in str(outcome.error)
    assert 1 == methods.count("POST")


async def test_a_key_that_two_booked_entries_have_is_an_alarm(
    entry: Entry, opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """It is booked, and somebody must look which of them is too many."""
    client, methods = scripted(shown="PAY-0001", ids=("a", "b"), posted=httpx.Response(500))
    async with client as bee, opened(company="c") as run:
        (outcome,) = await all_of(run, bee, [entry(1)])

    assert ("booked", "a", 1) == (outcome.state, outcome.id, methods.count("POST"))
    assert "two booked entries have the key 'PAY-0001': a and b" in caplog.text
    assert "ERROR" in {record.levelname for record in caplog.records}


async def test_an_entry_that_the_list_shows_without_an_id_has_none(entry: Entry, opened: Open) -> None:
    """It is there, and so it is booked; its id is not the word None."""
    client, methods = scripted(shown="PAY-0001", ids=[None], posted=httpx.Response(500))  # type: ignore[list-item]
    async with client as bee, opened(company="c") as run:
        (outcome,) = await all_of(run, bee, [entry(1)])

    assert ("booked", None, 1) == (outcome.state, outcome.id, methods.count("POST"))


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_an_answer_of_fewer_or_more_entries_is_looked_up(
    sandbox: Sandbox, entry: Entry, opened: Open, count: int
) -> None:
    """Something was booked, and the answer does not say what."""
    posted = httpx.Response(201, json={"totalCreated": count, "entries": [booked_entry({"reference": "x"})] * count})
    client, methods = scripted(shown="PAY-0001", posted=posted)
    async with client as bee, opened(company="c", resend_unknown=False) as run:
        outcomes = await all_of(run, bee, [entry(1), entry(2)])

    assert ["unknown"] * 2 == [outcome.state for outcome in outcomes]
    assert 1 == methods.count("POST")


async def test_ids_are_those_that_the_api_shows_with_the_keys(entry: Entry, opened: Open) -> None:
    """In whatever order it answers."""
    entries = [{**booked_entry({"reference": f"PAY-{n:04}"}), "reference": f"PAY-{n:04}"} for n in (2, 1)]
    posted = httpx.Response(201, json={"totalCreated": 2, "entries": entries})
    client, _ = scripted(posted=posted)
    async with client as bee, opened(company="c") as run:
        outcomes = await all_of(run, bee, [entry(1), entry(2)])

    assert [("PAY-0001", "id-PAY-0001"), ("PAY-0002", "id-PAY-0002")] == [(o.key, o.id) for o in outcomes]


async def test_a_reference_that_is_booked_otherwise_is_said(
    entry: Entry, opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """It is booked; and whoever reads the log knows, before a crash, that it would not be found."""
    posted = httpx.Response(
        201, json={"totalCreated": 1, "entries": [{**booked_entry({"reference": "x"}), "reference": "PAY"}]}
    )
    client, _ = scripted(posted=posted)
    async with client as bee, opened(company="c") as run:
        (outcome,) = await all_of(run, bee, [entry(1)])

    assert "booked" == outcome.state
    assert "was sent with 'PAY-0001' as its reference and booked with 'PAY'" in caplog.text
