"""A refusal that names nobody: its batch is divided until the guilty are alone, within bounds, and never in doubt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerbee_client import (
    ApiKey,
    BadRequestError,
    BatchIncompleteError,
    LedgerBee,
    OutcomeUnknownError,
    ValidationError,
)

from .batch_calls import PATH, book, entries, fates, many, refuse
from .conftest import ScriptedApi

pytestmark = pytest.mark.anyio


class Ledger:
    """An API that refuses a batch for its first bad entry, with the code of that one, and does not say which it is."""

    def __init__(self, bad: Mapping[int, str]) -> None:
        self.bad = {f"R{number}": code for number, code in bad.items()}
        self.booked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        given = [entry["reference"] for entry in json.loads(request.content)["entries"]]
        for reference in given:
            if code := self.bad.get(reference):
                return httpx.Response(400, json={"statusCode": 400, "code": code, "message": "no"})
        self.booked += given
        return book(request)


@pytest.mark.parametrize("guilty", [0, 41, 63, 64, 99])
async def test_one_guilty_entry_costs_its_batch_nothing_but_requests(
    guilty: int, api: ScriptedApi, bee: LedgerBee
) -> None:
    """99 are booked, in their order; the refused one has its own error. Twice for each of seven halvings, and once."""
    ledger = Ledger({guilty: "UNBALANCED"})
    api.on("POST", PATH).always(ledger)
    given = entries(100)

    report = await many(bee, given, refused="isolate")

    assert (99, 1, 0, 0) == fates(report)
    [refused] = report.refused
    assert given[guilty] is refused.entry
    assert isinstance(refused.error, BadRequestError)
    assert "UNBALANCED" == refused.error.code
    assert refused.batch_error is None
    assert [f"R{n}" for n in range(100) if n != guilty] == ledger.booked
    assert report.requests == len(api.requests) <= 15


async def test_each_guilty_entry_has_its_own_reason(api: ScriptedApi, bee: LedgerBee) -> None:
    """Three unbalanced and an unknown account among 1,000, which a batch's refusal would have mixed up."""
    bad = {7: "UNBALANCED", 512: "UNBALANCED", 530: "ACCOUNT_NOT_FOUND", 999: "UNBALANCED"}
    ledger = Ledger(bad)
    api.on("POST", PATH).always(ledger)

    report = await many(bee, entries(1000), refused="isolate")

    assert (996, 4, 0, 0) == fates(report)
    assert bad == {one.position: one.error.code for one in report.refused if isinstance(one.error, BadRequestError)}
    assert [f"R{n}" for n in range(1000) if n not in bad] == ledger.booked
    assert isinstance(report.error, BadRequestError)


async def test_named_entries_need_no_search(api: ScriptedApi, bee: LedgerBee) -> None:
    """They are left out at once, each with what the refusal says of it alone."""
    api.on("POST", PATH).does(refuse(3, 5)).does(book)

    report = await many(bee, entries(100), refused="isolate")

    assert (98, 2, 0, 0) == fates(report)
    assert [["entries.3.lines.0.amount"], ["entries.5.lines.0.amount"]] == [
        [*one.error.fields] for one in report.refused if isinstance(one.error, ValidationError)
    ]
    assert "entries.5" not in str(report.refused[0].error)
    assert 2 == report.requests


async def test_a_search_gives_up_where_too_many_are_guilty(api: ScriptedApi, bee: LedgerBee) -> None:
    """At most some 70 requests for a batch; those who were not alone by then are refused with their neighbours."""
    api.on("POST", PATH).always(Ledger(dict.fromkeys(range(100), "CLOSED_PERIOD")))

    report = await many(bee, entries(100), refused="isolate")

    assert (0, 100, 0, 0) == fates(report)
    assert report.requests <= 70
    alone = [one for one in report.refused if one.error is not None]
    together = [one for one in report.refused if one.batch_error is not None]
    assert 30 <= len(alone) < 100
    assert 100 == len(alone) + len(together)
    assert all(one.error is None for one in together)


async def test_entries_that_are_refused_only_together_are_booked_apart(api: ScriptedApi, bee: LedgerBee) -> None:
    """A gateway that takes smaller bodies than the API, for instance."""

    def small_only(request: httpx.Request) -> httpx.Response:
        return httpx.Response(413) if len(json.loads(request.content)["entries"]) > 30 else book(request)

    api.on("POST", PATH).always(small_only)

    report = await many(bee, entries(100), refused="isolate")

    report.raise_if_incomplete()
    assert 100 == len(report.booked)
    assert report.error is None


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_what_is_unknown_is_never_divided(concurrency: int, api: ScriptedApi, bee: LedgerBee) -> None:
    """A half whose answer is lost stays whole and ends the run; what was not sent yet is not sent any more."""
    api.on("POST", PATH).does(Ledger({0: "UNBALANCED"})).answers(502).always(book)

    report = await many(bee, entries(100), refused="isolate", concurrency=concurrency)

    assert (0, 0, 50, 50) == fates(report)
    assert [*range(50)] == [one.position for one in report.unknown]
    assert [*range(50, 100)] == [one.position for one in report.not_sent]
    assert isinstance(report.error, OutcomeUnknownError)
    assert 2 == len(api.requests)


async def test_a_credential_that_fails_while_searching_ends_the_run(api: ScriptedApi, bee: LedgerBee) -> None:
    """No entry is refused for it."""
    api.on("POST", PATH).does(Ledger({0: "UNBALANCED"})).answers(403, json={})

    report = await many(bee, entries(100), refused="isolate")

    assert (0, 0, 0, 100) == fates(report)
    assert 2 == len(api.requests)


@pytest.mark.parametrize("mode", ["stop", "set_aside"])
async def test_neighbours_of_a_refusal_say_that_it_may_not_be_theirs(
    mode: str, api: ScriptedApi, bee: LedgerBee
) -> None:
    """Without a search the batch is refused whole; the error of an entry is about that entry alone."""
    api.on("POST", PATH).does(Ledger({0: "UNBALANCED"}))

    report = await many(bee, entries(3), refused=mode)

    assert [None] * 3 == [one.error for one in report.refused]
    assert ["UNBALANCED"] * 3 == [
        one.batch_error.code for one in report.refused if isinstance(one.batch_error, BadRequestError)
    ]
    with pytest.raises(BatchIncompleteError, match="UNBALANCED"):
        report.raise_if_incomplete()


async def test_an_entry_that_was_changed_meanwhile_is_not_sent(api: ScriptedApi, bee: LedgerBee) -> None:
    """Halves are written anew: what cannot be sent any more stops the run, and its report is not lost."""
    given = entries(4)
    ledger = Ledger({0: "UNBALANCED"})

    def change(request: httpx.Request) -> httpx.Response:
        given[3]["amount"] = 0.1
        return ledger(request)

    api.on("POST", PATH).always(change)

    report = await many(bee, given, refused="isolate")

    assert (1, 1, 0, 2) == fates(report)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 119), max_size=25), st.integers(1, 3))
def test_every_entry_has_one_fate_whoever_is_guilty(guilty: Iterable[int], concurrency: int) -> None:
    """Nobody is booked twice, no good entry is said to be bad, and up to six are always found."""
    ledger = Ledger(dict.fromkeys(guilty, "UNBALANCED"))
    api = ScriptedApi()
    api.on("POST", PATH).always(ledger)

    async def run() -> None:
        async with LedgerBee(ApiKey("k"), transport=api) as bee:
            report = await many(bee, entries(120), refused="isolate", concurrency=concurrency)
        told = [one.position for one in report.booked] + [one.position for one in report.refused]
        assert [*range(120)] == sorted(told)
        assert {one.entry["reference"] for one in report.booked} == {*ledger.booked}
        assert len(ledger.booked) == len(report.booked)
        assert {one.position for one in report.refused if one.error} <= {*guilty}
        assert report.requests <= 140
        if len([*guilty]) <= 6:
            assert {*guilty} == {one.position for one in report.refused}

    anyio.run(run)
