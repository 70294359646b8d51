"""Python values on their way into paths, queries and headers."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerbee_client import UNSET, InvalidValueError
from ledgerbee_client._base.operations import Operation
from ledgerbee_client._calls.encoding import headers_of, path_of, query_of
from ledgerbee_client.types import OpenStrEnum

from .operations import GET

TWO = Operation(name="a.b", method="GET", path="/v1/{a}/x/{b}", comma_joined=frozenset({"ids"}))


class Status(OpenStrEnum):
    SENT = "sent"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("1", "/v1/things/1"),
        ("a/b", "/v1/things/a%2Fb"),
        ("æ ?#", "/v1/things/%C3%A6%20%3F%23"),
        ("{id}", "/v1/things/%7Bid%7D"),
    ],
)
def test_a_path_segment_is_quoted(given: str, path: str) -> None:
    """It stays one segment, whatever it holds."""
    assert path == path_of(GET, (given,))


def test_placeholders_are_filled_by_position() -> None:
    """Each by its own, also where one looks like the other, or stands beside what formatting would take."""
    assert "/v1/%7Bb%7D/x/2" == path_of(TWO, ("{b}", "2"))
    assert "/v1/100%25/%s/7" == path_of(GET._replace(path="/v1/100%25/%s/{id}"), ("7",))


@pytest.mark.parametrize("segment", ["", ".", "..", None])
def test_a_segment_that_names_something_else_is_refused(segment: Any) -> None:
    """`get("")` would be the list, and `get("..")` its parent. With the name in Python and the value given."""
    with pytest.raises(InvalidValueError, match=rf"^id: expected a text .* got {re.escape(repr(segment))};"):
        path_of(GET, (segment,))
    with pytest.raises(InvalidValueError, match=r"^thing_id: expected a text"):
        path_of(GET._replace(path_arguments=("thing_id",)), (segment,))


def test_a_number_is_a_segment() -> None:
    """Ids are numbers in some documents. True is none."""
    assert "/v1/things/7" == path_of(GET, (7,))
    with pytest.raises(InvalidValueError, match="got bool"):
        path_of(GET, (True,))


def test_headers_carry_instants_lists_and_numbers() -> None:
    """HTTP's own headers have HTTP's own dates; what is not given is not sent."""
    moment = datetime.datetime(2026, 1, 2, 4, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))
    given = {"If-Modified-Since": moment, "x-since": moment, "x-ids": ["a", 2], "x-none": None, "x-count": 7}

    assert {
        "if-modified-since": "Fri, 02 Jan 2026 03:04:05 GMT",
        "x-since": "2026-01-02T03:04:05.000Z",
        "x-ids": "a, 2",
        "x-count": "7",
    } == dict(headers_of(given, None))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_is_one_segment(text: str) -> None:
    """No slash, query or fragment ever gets in."""
    if text not in {".", ".."}:
        segment = path_of(GET, (text,)).removeprefix("/v1/things/")

        assert segment
        assert not set(segment) & set("/?#\\ ")


@pytest.mark.parametrize(
    ("value", "query"),
    [
        (True, "q=true"),
        (False, "q=false"),
        (7, "q=7"),
        ("a b&c", "q=a%20b%26c"),
        (Decimal("1E+3"), "q=1000"),
        (Decimal("0.10"), "q=0.10"),
        (datetime.date(2026, 6, 1), "q=2026-06-01"),
        (Status.SENT, "q=sent"),
        (
            datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
            "q=2026-06-01T10%3A00%3A00.000Z",
        ),
        (["a", "b"], "q=a&q=b"),
        (("a",), "q=a"),
        ([], ""),
        (None, ""),
        (UNSET, ""),
        ("", "q="),
        ({"k": "v", "n": 1}, "q%5Bk%5D=v&q%5Bn%5D=1"),
    ],
)
def test_a_query_value_is_written_as_the_api_reads_it(value: Any, query: str) -> None:
    """Lists repeated, mappings as q[key], what is not set left out."""
    assert query == query_of(TWO, {"q": value})


def test_a_list_is_joined_by_commas_where_the_api_wants_that() -> None:
    """Commas inside of a value cannot be told apart then; that is the API's choice."""
    assert "ids=1%2C2" == query_of(TWO, {"ids": ["1", "2"]})


@pytest.mark.parametrize(
    "value",
    [0.1, object(), b"x", Decimal("NaN"), datetime.datetime(2026, 6, 1), "\ud800", [0.1], {"\ud800": 1}, {None: 1}],
)
def test_what_a_query_cannot_carry_is_refused(value: Any) -> None:
    """By the name that it has in Python."""
    with pytest.raises(InvalidValueError, match=r"^from_date: expected"):
        query_of(TWO, {"fromDate": value})


@pytest.mark.parametrize(
    "name", ["x-api-key", "X-API-Key", "Authorization", "host", "Content-Length", "cookie", "", "a b", "a\n"]
)
def test_a_header_of_the_clients_own_is_refused(name: str) -> None:
    """Credentials have one place, and lengths are measured."""
    with pytest.raises(InvalidValueError):
        dict(headers_of(None, {name: "x"}))


@pytest.mark.parametrize("value", ["a\r\nx-api-key: b", "æ", "\x00", " a"])
def test_a_header_value_cannot_smuggle_another(value: str) -> None:
    """Line ends are not text."""
    with pytest.raises(InvalidValueError):
        dict(headers_of(None, {"x-trace": value}))


def test_headers_given_by_hand_win() -> None:
    """Over the operation's own; names are compared without case."""
    assert {"accept-language": "da"} == dict(headers_of({"accept-language": UNSET}, {"Accept-Language": "da"}))
