"""What became of whom: refused, unknown, not sent, with the caller's own objects, whatever breaks on the way."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import anyio
import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from ledgerbee_client import (
    AuthenticationError,
    BatchIncompleteError,
    BatchProgress,
    ClientCredentials,
    InvalidValueError,
    LedgerBee,
    OutcomeUnknownError,
    UnreadableAnswerError,
    ValidationError,
)
from ledgerbee_client._helpers.batches import culprits
from ledgerbee_client._models.model import ANY, TEXT, Field, Model, mapping, model

from .batch_calls import PATH, book, entries, fates, many, refuse
from .conftest import FakeClock, Hanging, ScriptedApi
from .operations import BATCH

pytestmark = pytest.mark.anyio


async def test_a_bad_entry_of_a_generator_stops_before_its_batch(api: ScriptedApi, bee: LedgerBee) -> None:
    """Nobody can look ahead in a generator; what was booked before stays booked, and is told."""
    api.on("POST", PATH).always(book)
    given = [*entries(150), {"amount": 0.1}, *entries(10)]

    report = await many(bee, iter(given))

    assert (100, 1, 0, 60) == fates(report)
    assert given[150] is report.refused[0].entry
    assert isinstance(report.error, InvalidValueError)


async def test_a_refusal_stops_the_run(api: ScriptedApi, bee: LedgerBee) -> None:
    """The named entry is refused; its neighbours and those after it may be sent as they are."""
    api.on("POST", PATH).does(book).does(refuse(7))
    given = entries(250)

    report = await many(bee, given)

    assert [107] == [one.position for one in report.refused]
    assert [*range(100, 107), *range(108, 250)] == [one.position for one in report.not_sent]
    assert all(one.entry is given[one.position] for one in report.not_sent)
    with pytest.raises(BatchIncompleteError, match="100 entries were booked, 1 refused") as caught:
        report.raise_if_incomplete()
    assert caught.value.report is report


async def test_refused_entries_can_be_set_aside(api: ScriptedApi, bee: LedgerBee) -> None:
    """A 400 booked nothing of its batch, so the rest of it is sent again without them."""
    api.on("POST", PATH).does(refuse(3, 5)).does(refuse(0)).does(book).does(book)

    report = await many(bee, entries(150), refused="set_aside")

    assert [0, 3, 5] == [one.position for one in report.refused]
    assert all(isinstance(one.error, ValidationError) for one in report.refused)
    assert 147 == len(report.booked)
    assert 4 == report.requests
    assert [] == report.not_sent


async def test_a_refusal_that_names_nobody_sets_its_batch_aside(api: ScriptedApi, bee: LedgerBee) -> None:
    """A business rule does not say who broke it."""
    api.on("POST", PATH).answers(400, json={"code": "JOURNAL_CATEGORY_NOT_FOUND"}).does(book)

    report = await many(bee, entries(150), refused="set_aside")

    assert 100 == len(report.refused)
    assert 50 == len(report.booked)


async def test_a_refusal_of_everybody_ends(api: ScriptedApi, bee: LedgerBee) -> None:
    """When all are set aside there is nothing left to send."""
    api.on("POST", PATH).does(refuse(0, 1))

    report = await many(bee, entries(2), refused="set_aside")

    assert 2 == len(report.refused)
    assert 1 == report.requests


@pytest.mark.parametrize("mode", ["stop", "set_aside"])
async def test_an_unknown_outcome_stops_the_run(mode: str, api: ScriptedApi, bee: LedgerBee) -> None:
    """Read back first; the rest waits."""
    api.on("POST", PATH).does(book).answers(504)

    report = await many(bee, entries(250), refused=mode)

    assert (100, 0, 100, 50) == fates(report)
    assert isinstance(report.error, OutcomeUnknownError)
    assert 2 == len(api.requests)


async def test_a_credential_that_fails_is_no_entrys_fault(api: ScriptedApi, bee: LedgerBee) -> None:
    """Nothing was booked, everything may be sent once the key works."""
    api.on("POST", PATH).answers(401, json={})

    report = await many(bee, entries(3), refused="set_aside")

    assert 3 == len(report.not_sent)
    assert isinstance(report.error, AuthenticationError)


@pytest.mark.parametrize("answer", [{"totalCreated": 2}, {"entries": [{}]}, [], {"entries": 2}])
async def test_an_answer_that_matches_no_entries_leaves_them_unknown(
    answer: Any, api: ScriptedApi, bee: LedgerBee
) -> None:
    """They are booked, and nobody knows as what."""
    api.on("POST", PATH).answers(201, json=answer)

    report = await many(bee, entries(2))

    assert 2 == len(report.unknown)
    assert isinstance(report.error, UnreadableAnswerError)


@define(kw_only=True, repr=False)
class Leaf(Model):
    """What a newer schema may hold: a thing with a promised field, found by a name."""

    _wire: ClassVar[tuple[Field, ...]] = (Field("id", "id", TEXT),)

    id: str


@define(kw_only=True, repr=False)
class Tree(Model):
    """An entry as it was booked."""

    _wire: ClassVar[tuple[Field, ...]] = (Field("id", "id", TEXT), Field("leaves", "leaves", mapping(model(Leaf))))

    id: str
    leaves: dict[str, Leaf]


async def test_an_answer_with_an_item_of_another_shape_leaves_its_entries_unknown(
    api: ScriptedApi, bee: LedgerBee
) -> None:
    """They are booked, and may not be sent again."""
    api.on("POST", PATH).answers(201, json={"entries": ["a"]})

    report = await bee._calls.batch_many(
        BATCH,
        entries(1),
        field="entries",
        answers="entries",
        entry_codec=ANY,
        booked=model(Tree),
        maximum=100,
    )

    assert (0, 0, 1, 0) == fates(report)
    with pytest.raises(BatchIncompleteError, match=r"entries\.0: expected an object \(Tree\), got text"):
        report.raise_if_incomplete()


async def test_a_callback_that_fails_fails_alone(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """What is booked is booked, and its report is not lost for a progress bar."""
    api.on("POST", PATH).always(book)

    def fail(progress: BatchProgress) -> None:
        raise ZeroDivisionError

    report = await many(bee, entries(150), on_progress=fail)

    assert (150, 0, 0, 0) == fates(report)
    assert "a callback failed on BatchProgress of things.create_batch" in caplog.text


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_entries_that_break_off_leave_a_report(concurrency: int, api: ScriptedApi, bee: LedgerBee) -> None:
    """A generator that reads a database loses its connection: what was booked before is told."""
    api.on("POST", PATH).always(book)

    def broken() -> Iterator[dict[str, Any]]:
        yield from entries(250)
        raise ZeroDivisionError

    with pytest.raises(BatchIncompleteError, match="broke off after 250 of them with ZeroDivisionError") as caught:
        await many(bee, broken(), concurrency=concurrency)

    assert (200, 0, 0, 50) == fates(caught.value.report)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


class Row(Mapping[str, str]):
    """A row of a database whose connection is lost at some time."""

    def __init__(self, number: int, readable: int) -> None:
        self.number, self.readable = number, readable

    def __getitem__(self, name: str) -> str:
        if name != "reference":
            raise KeyError(name)
        if self.number >= self.readable:
            raise ZeroDivisionError
        return f"R{self.number}"

    def __iter__(self) -> Iterator[str]:
        return iter(["reference"])

    def __len__(self) -> int:
        return 1


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_an_entry_that_cannot_be_read_leaves_a_report(concurrency: int, api: ScriptedApi, bee: LedgerBee) -> None:
    """It is refused before sending, by its position; what was booked before is told, and the error is the cause."""
    api.on("POST", PATH).always(book)

    report = await many(bee, (Row(number, readable=250) for number in range(300)), concurrency=concurrency)

    assert (200, 50, 0, 50) == fates(report)
    assert 250 == report.refused[0].position
    assert isinstance(report.error, InvalidValueError)
    assert "entries.250: expected values that can be read, got ZeroDivisionError" in str(report.error)
    assert isinstance(report.error.__cause__, ZeroDivisionError)


class Unreadable(dict[str, Any]):
    """An entry that fails at the first look."""

    def get(self, key: str, default: Any = None) -> Any:
        """Fail."""
        raise ZeroDivisionError

    def items(self) -> Any:
        """Fail."""
        raise ZeroDivisionError


async def test_an_entry_that_fails_at_the_first_look_is_in_the_report(api: ScriptedApi, bee: LedgerBee) -> None:
    """It is looked at for its files before it is written; it is refused by its position, and not taken for the end."""
    api.on("POST", PATH).always(book)
    given = [*entries(2), Unreadable(), *entries(1)]

    report = await many(bee, (one for one in given), refused="set_aside")

    assert (3, 1, 0, 0) == fates(report)
    assert 2 == report.refused[0].position


@pytest.mark.parametrize("status", [400, 401, 503])
async def test_a_token_that_does_not_come_is_no_entrys_fault(status: int, api: ScriptedApi, clock: FakeClock) -> None:
    """The token endpoint refused the client, or failed; no entry was sent, and none is refused or unknown."""
    api.on("POST", "/v1/auth/token").always(status=status, json={"error": "invalid_client"})

    async with LedgerBee(ClientCredentials("i", "s"), transport=api, clock=clock.clock) as bee:
        report = await many(bee, entries(150), refused="set_aside")

    assert (0, 0, 0, 150) == fates(report)
    assert [] == api.sent(PATH)


async def test_a_cancelled_run_says_how_far_it_came(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """The report is lost with the task; the log is not."""

    api.on("POST", PATH).does(book).does(Hanging())

    with caplog.at_level(logging.WARNING), anyio.move_on_after(0.05):
        await many(bee, entries(150))

    assert "cancelled with 100 entries booked" in caplog.text


@given(st.lists(st.text(max_size=20), max_size=5), st.integers(0, 5))
def test_culprits_are_entries_that_were_sent(paths: list[str], count: int) -> None:
    """Whatever the API writes, nobody else is named."""
    items = [{"property": path, "constraints": {}} for path in [*paths, "entries.1.x", "entries.99999.x"]]
    error = ValidationError("no", details={"validationErrors": items})

    assert all(0 <= n < count for n in culprits(error, "entries", count))
