"""The books by themselves: transactions, order, the clock, money."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from ledgerbee_sandbox.books import Books, Clock, money


def test_a_failed_transaction_leaves_everything_as_it_was() -> None:
    """New records go, changed ones change back, removed ones return to their old places, numbers are not used up."""
    books = Books()
    with books.transaction():
        for name in "abc":
            books["things"].put({"id": name, "value": 1})
        books.next_number("things")

    def fail() -> None:
        with books.transaction():
            books["things"].remove("a")
            books["things"].put({"id": "b", "value": 2})
            books["things"].put({"id": "d", "value": 1})
            books.next_number("things")
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert [(record["id"], record["value"]) for record in books["things"]] == [("a", 1), ("b", 1), ("c", 1)]
    with books.transaction():
        assert books.next_number("things") == 2


def test_what_is_added_and_removed_in_a_failed_transaction_is_gone() -> None:
    """Also where a record of before is removed and added again."""
    books = Books()
    with books.transaction():
        for name in "abc":
            books["things"].put({"id": name, "value": 1})

    def fail() -> None:
        with books.transaction():
            books["things"].put({"id": "d", "value": 1})
            for name in "da":
                books["things"].remove(name)
            books["things"].put({"id": "a", "value": 2})
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert [(record["id"], record["value"]) for record in books["things"]] == [("a", 1), ("b", 1), ("c", 1)]


def test_a_change_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        Books()["things"].put({"id": "a"})


def test_ids_depend_only_on_how_many_were_given_out() -> None:
    first, second = Books(), Books()
    with first.transaction(), second.transaction():
        assert [first.new_id() for _ in range(3)] == [second.new_id() for _ in range(3)]


def test_a_clock_runs_stops_and_moves() -> None:
    noon = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
    clock = Clock(lambda: noon)

    clock.advance(datetime.timedelta(hours=1))
    assert clock.now() == noon.replace(hour=13)
    clock.stop_at(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    clock.advance(datetime.timedelta(days=1))
    assert clock.today() == datetime.date(2026, 1, 2)
    clock.run()
    assert clock.now() == noon


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.125", "0.13"), ("0.124", "0.12"), ("-0.125", "-0.13"), ("2.675", "2.68"), ("1", "1.00")],
)
def test_cents_are_rounded_half_away_from_zero(amount: str, rounded: str) -> None:
    assert str(money.cents(Decimal(amount))) == rounded


@pytest.mark.parametrize(("amount", "text"), [("99.9", "99.90"), ("0.001", "0.001"), ("7", "7.00"), ("1E+2", "100.00")])
def test_decimal_strings_have_at_least_two_places(amount: str, text: str) -> None:
    assert money.text(Decimal(amount)) == text


@pytest.mark.parametrize("value", [True, None, [], "ten", "NaN", "Infinity"])
def test_what_is_no_amount_is_none(value: object) -> None:
    assert money.decimal(value) is None
