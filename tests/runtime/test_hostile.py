"""What no type checker has seen: values, answers and deliveries made to break things end in an error of ours."""

from __future__ import annotations

import copy
import datetime
import pickle
from decimal import Decimal
from typing import Any

import httpx
import pytest

from ledgerbee_client import (
    BadRequestError,
    ConfigurationError,
    InvalidValueError,
    LedgerBee,
    OutcomeUnknownError,
    UnreadableAnswerError,
    WebhookVerificationError,
    webhooks,
)
from ledgerbee_client._models.model import ANY

from .conftest import ScriptedApi
from .operations import ALL, CREATE, GET, REPORT

pytestmark = pytest.mark.anyio
JSON = {"content-type": "application/json"}
ENDLESS = b'{"code": 1e99999999999999999999}'
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLdNw"


async def test_a_number_without_end_is_an_answer_that_cannot_be_read(api: ScriptedApi, bee: LedgerBee) -> None:
    """No Decimal holds such an exponent; a write it answers may have been carried out."""
    api.on("GET", "/v1/things/1").answers(200, content=ENDLESS, headers=JSON).answers(400, content=ENDLESS)
    api.on("POST", "/v1/things").answers(201, content=ENDLESS, headers=JSON)

    with pytest.raises(UnreadableAnswerError):
        await bee._calls.one(GET, ANY, path=("1",))
    with pytest.raises(BadRequestError):
        await bee._calls.one(GET, ANY, path=("1",))
    with pytest.raises(OutcomeUnknownError):
        await bee._calls.one(CREATE, ANY, body={})


async def test_a_code_without_end_does_not_flood_the_message(api: ScriptedApi, bee: LedgerBee) -> None:
    """Nor does one with line ends forge a line of a log."""
    api.on("GET", "/v1/things/1").answers(400, json={"code": "FORGED\nLINE " * 1000})

    with pytest.raises(BadRequestError) as caught:
        await bee._calls.one(GET, ANY, path=("1",))

    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_a_signed_number_without_end_is_a_delivery_that_cannot_be_trusted() -> None:
    """Whoever knows the secret may still send nonsense."""
    body = b'{"type": "subscription.billed", "data": ' + ENDLESS + b"}"

    with pytest.raises(WebhookVerificationError):
        webhooks.verify(body, webhooks.sign(body, secret=SECRET, delivery_id="m"), secret=SECRET)


@pytest.mark.parametrize("secret", [None, "", [], [None], b"whsec_AAAA"])
def test_a_webhook_secret_that_is_none_is_a_configuration_error(secret: Any) -> None:
    """As of an environment variable that nobody set."""
    with pytest.raises(ConfigurationError):
        webhooks.verify(b"{}", {}, secret=secret)


def test_a_delivery_that_was_decoded_is_refused_by_name() -> None:
    """A signature is over bytes."""
    body: Any = "{}"

    with pytest.raises(ConfigurationError, match="the raw bytes of the request"):
        webhooks.verify(body, {}, secret=SECRET)


def test_a_tolerance_that_is_no_number_lets_nothing_through() -> None:
    """NaN compares with nothing."""
    old = webhooks.sign(b'{"type": "x"}', secret=SECRET, delivery_id="m", now=lambda: 5.0)

    with pytest.raises(WebhookVerificationError):
        webhooks.verify(b'{"type": "x"}', old, secret=SECRET, tolerance=float("nan"))


EAST = datetime.timezone(datetime.timedelta(hours=5))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(10**5000, id="huge"),
        Decimal("1e99999"),
        Decimal("NaN"),
        datetime.datetime.min.replace(tzinfo=EAST),
        0.5,
        {1},
        b"x",
        [[1]],
    ],
)
async def test_a_query_value_that_has_no_short_text_is_refused(value: Any, api: ScriptedApi, bee: LedgerBee) -> None:
    """By its place, before anything is sent."""
    with pytest.raises(InvalidValueError, match=r"^q: expected"):
        await bee._calls.one(ALL, ANY, query={"q": value})

    assert [] == api.requests


async def test_an_address_that_no_server_reads_is_refused(api: ScriptedApi, bee: LedgerBee) -> None:
    """A path of 70,000 characters is a mistake."""
    with pytest.raises(InvalidValueError, match="path"):
        await bee._calls.one(GET, ANY, path=("x" * 70_000,))
    with pytest.raises(InvalidValueError, match="query"):
        await bee._calls.one(ALL, ANY, query={"q": ["x" * 700] * 100})

    assert [] == api.requests


@pytest.mark.parametrize("headers", [{1: "a"}, {b"a": "b"}, [("a", "b")], "a: b", {"content-encoding": "gzip"}])
async def test_headers_that_are_none_are_refused(headers: Any, api: ScriptedApi, bee: LedgerBee) -> None:
    """Texts by name, and none that says what the body is."""
    with pytest.raises(InvalidValueError, match="header"):
        await bee._calls.one(GET, ANY, path=("1",), extra_headers=headers)

    assert [] == api.requests


async def test_a_body_that_holds_itself_is_refused(api: ScriptedApi, bee: LedgerBee) -> None:
    """It has no end."""
    body: dict[str, Any] = {}
    body["self"] = body

    with pytest.raises(InvalidValueError, match="nested"):
        await bee._calls.one(CREATE, ANY, body=body)

    assert [] == api.requests


@pytest.mark.parametrize("transport", [httpx.HTTPTransport(), object()])
async def test_a_transport_of_another_kind_is_refused(transport: Any) -> None:
    """The synchronous one, for instance."""
    with pytest.raises(ConfigurationError, match="AsyncBaseTransport"):
        LedgerBee.from_env({"LEDGERBEE_API_KEY": "key"}, transport=transport)


async def test_an_error_tells_the_key_that_was_sent(api: ScriptedApi, bee: LedgerBee) -> None:
    """Also where a header by hand stands in for it."""
    api.on("POST", "/v1/meters/report").answers(400, json={})

    with pytest.raises(BadRequestError) as caught:
        await bee._calls.one(REPORT, ANY, body={}, extra_headers={"X-API-Idempotency-Key": "mine"})

    assert "mine" == caught.value.idempotency_key == api.requests[0].headers["x-api-idempotency-key"]


@pytest.mark.parametrize("opening", ['{"a":', "["])
async def test_details_nested_deeply_can_be_pickled(opening: str, api: ScriptedApi, bee: LedgerBee) -> None:
    """Python does not pickle 900 levels; what is deeper than fifty is nothing the API says."""
    closing = "}" if opening[0] == "{" else "]"
    nested = f'{{"b": 1, "c": {opening * 900}1{closing * 900}}}'
    api.on("GET", "/v1/things/1").answers(400, content=f'{{"details": {nested}}}'.encode(), headers=JSON)

    with pytest.raises(BadRequestError) as caught:
        await bee._calls.one(GET, ANY, path=("1",))

    assert caught.value == pickle.loads(pickle.dumps(caught.value)) == copy.deepcopy(caught.value)
    assert 1 == caught.value.details["b"]
    assert "nested deeper than 50 levels" in str(caught.value.details)


async def test_half_a_character_breaks_no_message(api: ScriptedApi, bee: LedgerBee) -> None:
    """JSON can hold half a pair of UTF-16, which no terminal prints and no log file takes."""
    content = rb'{"message": "no \ud800 here", "code": "A\udfff"}'
    api.on("GET", "/v1/things/1").answers(400, content=content, headers=JSON)

    with pytest.raises(BadRequestError) as caught:
        await bee._calls.one(GET, ANY, path=("1",))

    assert rb"was refused with 400 A\udfff: no \ud800 here." in str(caught.value).encode()
    assert rb"no \ud800 here" == caught.value.api_message.encode()
