"""The short version of the campaign; `make chaos` is the long one."""

from __future__ import annotations

from benchmarks.chaos import campaign


def test_a_program_that_is_killed_again_and_again_books_each_entry_once() -> None:
    """Nothing is lost and nothing doubled, to the cent, while the API misbehaves and dies as well."""
    figures = campaign("posting", entries=1_200, kills=4, faults=0.15, latency=0.1, life=1.0, seed=7)

    assert (0, 0, "0.00") == (figures.lost, figures.doubled, figures.amount_wrong)
    assert (1, 0) == (figures.refused, figures.wrongly_refused)
