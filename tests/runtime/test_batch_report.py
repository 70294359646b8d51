"""The report of a batch run: what it says, what may be sent again, how it travels."""

from __future__ import annotations

import pickle

import pytest

from ledgerbee_client import InvalidValueError, LedgerBee, OutcomeUnknownError

from .batch_calls import PATH, book, entries, fates, many, refuse
from .conftest import ScriptedApi

pytestmark = pytest.mark.anyio


async def test_a_report_is_printed_as_its_numbers(api: ScriptedApi, bee: LedgerBee) -> None:
    """However many entries it holds."""
    api.on("POST", PATH).does(book).does(refuse(7))

    report = await many(bee, entries(250))

    assert "BatchReport(booked=100, refused=1, unknown=0, not_sent=149, requests=2)" == str(report) == repr(report)


async def test_a_report_says_whether_everything_is_booked(api: ScriptedApi, bee: LedgerBee) -> None:
    """And its error is the first thing that kept the run from it, also where the run went on."""
    api.on("POST", PATH).does(book).does(refuse(1)).does(book)

    whole, partly = await many(bee, entries(2)), await many(bee, entries(2), refused="set_aside")

    assert whole.complete
    assert whole.error is None
    assert not partly.complete
    assert partly.refused[0].error == partly.error


async def test_what_ended_a_run_is_its_error(api: ScriptedApi, bee: LedgerBee) -> None:
    """Not a refusal that came before it, and did not end it."""
    api.on("POST", PATH).does(refuse(1)).does(book).answers(502)

    report = await many(bee, entries(250), refused="set_aside")

    assert (99, 1, 100, 50) == fates(report)
    assert isinstance(report.error, OutcomeUnknownError)


async def test_what_was_not_booked_can_be_sent_again(api: ScriptedApi, bee: LedgerBee) -> None:
    """The caller's own objects, in order; of those that are unknown, the ones that reading back did not find."""
    api.on("POST", PATH).does(book).answers(502)
    given = entries(250)

    report = await many(bee, given)

    assert given[200:] == report.resendable()
    found = {f"R{n}" for n in range(100, 150)}
    left = report.resendable(lambda entry: entry["reference"] in found)
    assert given[150:] == left
    assert all(one is given[n] for n, one in enumerate(left, 150))


async def test_an_item_of_a_report_is_no_entry(api: ScriptedApi, bee: LedgerBee) -> None:
    """The message says what to give instead."""
    api.on("POST", PATH).answers(502)
    report = await many(bee, entries(2))

    with pytest.raises(InvalidValueError, match=r"entries\.0: expected an entry, got an item of a report.*resendable"):
        await many(bee, report.unknown)


async def test_a_report_travels(api: ScriptedApi, bee: LedgerBee) -> None:
    """Between processes, its errors included."""
    api.on("POST", PATH).does(refuse(0))

    report = await many(bee, entries(2))

    assert report == pickle.loads(pickle.dumps(report))
