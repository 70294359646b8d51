"""Which failures are sent again, which never, and when: the decisions, without a network."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledgerbee_client._base.waits import instant, server_wait
from ledgerbee_client._sending.retry import Outcome, next_wait, outcome_of

NOW = 1_790_000_000.0


@pytest.mark.parametrize(
    ("status", "maybe_sent", "outcome"),
    [
        (None, False, Outcome.NOT_SENT),
        (None, True, Outcome.UNKNOWN),
        (200, True, Outcome.DONE),
        (204, True, Outcome.DONE),
        (302, True, Outcome.UNKNOWN),
        (400, True, Outcome.REFUSED),
        (401, True, Outcome.REFUSED),
        (404, True, Outcome.REFUSED),
        (408, True, Outcome.UNKNOWN),
        (409, True, Outcome.REFUSED),
        (429, True, Outcome.REFUSED),
        (499, True, Outcome.UNKNOWN),
        (500, True, Outcome.UNKNOWN),
        (502, True, Outcome.UNKNOWN),
        (503, True, Outcome.UNKNOWN),
        (520, True, Outcome.UNKNOWN),
    ],
)
def test_an_outcome_follows_from_the_status(status: int | None, maybe_sent: bool, outcome: Outcome) -> None:
    """A 5xx, a redirect and a cut answer leave a write unknown; other 4xx refuse it."""
    assert outcome is outcome_of(status, maybe_sent=maybe_sent)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.05"}, 0.05),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:30 GMT"}, 10.0),
        ({"retry-after": "2026-09-21T14:13:30Z"}, 10.0),
        ({"retry-after": "Mon, 21 Sep 2020 14:13:30 GMT"}, 0.0),
        ({"x-rate-limit-reset": "1790000007"}, 7.0),
        ({"x-rate-limit-reset": "1790000007", "x-rate-limit-remaining": "0"}, 7.0),
        ({"x-rate-limit-reset": "1790000045", "x-rate-limit-remaining": "97"}, None),
        ({"x-rate-limit-reset": "1790000045", "x-rate-limit-remaining": "97", "retry-after": "3"}, 3.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "1e9"}, None),
        ({}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "99999999999"}, 99999999999.0),
    ],
)
def test_what_an_answer_asks_for_is_read_in_every_form(headers: dict[str, str], wait: float | None) -> None:
    """
    Seconds, milliseconds, dates, zero; the end of a window only where nothing remains in it. What is negative or
    garbage is silence, never an exception.
    """
    assert wait == server_wait(headers, NOW)


@example("0\x1f", "retry-after")
@given(st.text(), st.sampled_from(["retry-after", "retry-after-ms", "x-rate-limit-reset"]))
def test_no_header_makes_the_client_stumble(text: str, name: str) -> None:
    """Whatever stands in the header, the wait is a number from 0 or nothing."""
    wait = server_wait({name: text}, NOW)

    assert wait is None or wait >= 0


@given(st.text())
def test_no_date_makes_the_client_stumble(text: str) -> None:
    """A date is aware UTC or nothing."""
    when = instant(text)

    assert when is None or when.utcoffset() is not None


def decide(outcome: Outcome, status: int | None, **facts: object) -> float | None:
    settings: dict[str, object] = {
        "repeatable": False,
        "tries": 1,
        "max_retries": 3,
        "asked": None,
        "remaining": 30.0,
        "random": 1.0,
    }
    return next_wait(outcome, status, **{**settings, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [None, 408, 499, 500, 502, 503, 504, 520])
@pytest.mark.parametrize("asked", [None, 0.0, 1.0])
def test_an_unknown_write_is_never_sent_again(status: int | None, asked: float | None) -> None:
    """Not even where the answer asks for it: 503 with Retry-After may have booked."""
    assert decide(Outcome.UNKNOWN, status, asked=asked) is None


@pytest.mark.parametrize(("outcome", "status", "wait"), [(Outcome.NOT_SENT, None, 0.05), (Outcome.REFUSED, 429, 0.5)])
def test_a_write_that_was_not_processed_is_sent_again(outcome: Outcome, status: int | None, wait: float) -> None:
    """Nothing left the machine, or a limiter turned it away before the handler."""
    assert wait == decide(outcome, status)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refusal_is_final(status: int) -> None:
    """The same request would be refused again."""
    assert decide(Outcome.REFUSED, status, repeatable=True) is None


@pytest.mark.parametrize("status", [501, 505, 302])
def test_what_is_not_temporary_is_not_repeated(status: int) -> None:
    """Not implemented today is not implemented in a second."""
    assert decide(Outcome.UNKNOWN, status, repeatable=True) is None


@pytest.mark.parametrize(
    ("outcome", "status", "waits"),
    [
        (Outcome.UNKNOWN, 500, [0.05, 0.25, 1.25, 6.25, 8.0, 8.0, 8.0]),
        (Outcome.UNKNOWN, None, [0.05, 0.25, 1.25, 6.25, 8.0, 8.0, 8.0]),
        (Outcome.NOT_SENT, None, [0.05, 0.25, 1.25, 6.25, 8.0, 8.0, 8.0]),
        (Outcome.REFUSED, 429, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]),
    ],
)
def test_waits_grow_up_to_eight_seconds(outcome: Outcome, status: int | None, waits: list[float]) -> None:
    """Backoff is exponential and bounded; most faults are gone at once, and a limiter wants patience from the start."""
    made = [decide(outcome, status, repeatable=True, tries=n, max_retries=9) for n in range(1, 8)]

    assert waits == pytest.approx(made)


@pytest.mark.parametrize(("tries", "wait"), [(1, 0.025), (2, 0.125), (3, 0.625)])
def test_waits_are_jittered_by_half(tries: int, wait: float) -> None:
    """A fleet does not come back in step."""
    assert wait == pytest.approx(decide(Outcome.UNKNOWN, 500, repeatable=True, tries=tries, random=0.0))


@pytest.mark.parametrize("asked", [30.0, 31.0, 1e11])
def test_a_wait_that_does_not_fit_is_not_begun(asked: float) -> None:
    """The caller's deadline is nobody else's to spend."""
    assert decide(Outcome.REFUSED, 429, asked=asked) is None


@pytest.mark.parametrize(
    ("status", "tries", "asked", "wait"),
    [
        (429, 1, 0.0, 0.5),
        (429, 1, 0.05, 0.5),
        (429, 1, 0.7, 0.7),
        (429, 1, 9.0, 9.0),
        (503, 1, 0.0, 0.05),
        (503, 1, 0.7, 0.7),
        (503, 2, 0.0, 0.25),
        (503, 2, 0.05, 0.25),
        (503, 2, 0.7, 0.7),
    ],
)
def test_what_is_asked_for_is_the_least_wait(status: int, tries: int, asked: float, wait: float) -> None:
    """A wait of 0 burns no tries, nor does the end of a window that is told too early."""
    outcome = Outcome.REFUSED if status == 429 else Outcome.UNKNOWN

    assert wait == pytest.approx(decide(outcome, status, repeatable=True, tries=tries, asked=asked))


def test_retries_end() -> None:
    """The fourth failure is the last with three retries."""
    assert decide(Outcome.UNKNOWN, 500, repeatable=True, tries=4) is None
