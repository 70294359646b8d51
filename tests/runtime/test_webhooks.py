"""Deliveries: verified over the raw body, typed, and refused with one error whatever is wrong with them."""

from __future__ import annotations

import base64
import datetime
import json
import time
from collections.abc import Callable
from decimal import Decimal
from email.message import Message
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from ledgerbee_client import Clock, ConfigurationError, WebhookVerificationError, webhooks

NOW = 1_790_000_000.0
SECRET = "whsec_" + base64.b64encode(b"current secret of 24 byte").decode()
PREVIOUS = "whsec_" + base64.b64encode(b"previous secret, rolled.").decode()
ENVELOPE = {
    "id": "msg_1",
    "type": "subscription.started",
    "timestamp": "2026-06-01T12:00:00.000Z",
    "data": {"subscriptionId": "s-1", "partnerReferenceId": "p-1", "versionId": "v-1", "amount": 0.1},
}
BODY = json.dumps(ENVELOPE).encode()


def headers(body: bytes = BODY, *, secret: str = SECRET, at: float = NOW, delivery_id: str = "msg_1") -> dict[str, str]:
    return webhooks.sign(body, secret=secret, delivery_id=delivery_id, now=lambda: at)


def verify(body: bytes = BODY, given: Any = None, *, secret: Any = SECRET, **options: Any) -> webhooks.Event:
    return webhooks.verify(body, headers() if given is None else given, secret=secret, now=lambda: NOW, **options)


def test_the_specifications_own_vector_verifies() -> None:
    """From the Standard Webhooks reference: same secret, id, time and body, same signature."""
    body = b'{"test": 2432232314}'
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signed = webhooks.sign(body, secret=secret, delivery_id="msg_p5jXN8AQM9LWM0D4loKWxJek", now=lambda: 1614265330)

    assert "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" == signed["webhook-signature"]


def test_a_delivery_becomes_a_typed_event() -> None:
    """With what to reconcile on; money is Decimal."""
    event = verify()

    assert isinstance(event, webhooks.SubscriptionStarted)
    assert ("msg_1", "subscription.started") == (event.id, event.type)
    assert ("s-1", "p-1", "v-1") == (event.subscription_id, event.partner_reference_id, event.version_id)
    assert datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC) == event.timestamp
    assert Decimal("0.1") == event.data["amount"]


@pytest.mark.parametrize("topic", sorted(webhooks.TOPICS))
def test_every_documented_topic_has_its_class(topic: str) -> None:
    """Thirteen of subscriptions, one of billing."""
    body = json.dumps({**ENVELOPE, "type": topic}).encode()
    event = verify(body, headers(body))

    assert type(event) is webhooks.TOPICS[topic]
    assert event.__doc__
    assert 14 == len(webhooks.TOPICS)


def test_a_topic_of_tomorrow_is_an_unknown_event() -> None:
    """Verified all the same, and answered with 2xx."""
    body = json.dumps({"type": "invoice.paid", "data": [1]}).encode()
    event = verify(body, headers(body))

    assert isinstance(event, webhooks.UnknownEvent)
    assert {"data": [1]} == event.data
    assert NOW == event.timestamp.timestamp()


def test_an_error_event_says_which_error() -> None:
    """`charge_failed` is the one the documentation names."""
    body = json.dumps({**ENVELOPE, "type": "subscription.error", "data": {"errorType": "charge_failed"}}).encode()
    event = verify(body, headers(body))

    assert isinstance(event, webhooks.SubscriptionErrorEvent)
    assert "charge_failed" == event.error_type
    assert event.subscription_id is None


@pytest.mark.parametrize("secret", [SECRET, [SECRET], [PREVIOUS, SECRET], [SECRET, PREVIOUS]])
def test_several_secrets_are_fine_while_one_is_rolled(secret: Any) -> None:
    """Any of them may have signed."""
    verify(secret=secret)


def test_several_signatures_are_fine() -> None:
    """One of them must match; other versions are passed over."""
    signed = headers()
    signed["webhook-signature"] = f"v1a,xxx v1,AAAA {signed['webhook-signature']}"

    verify(given=signed)


def test_header_names_come_in_any_case() -> None:
    """Frameworks differ."""
    verify(given={name.title(): value for name, value in headers().items()})


@pytest.mark.parametrize("offset", [-300, 0, 300])
def test_clocks_may_differ_by_five_minutes(offset: int) -> None:
    """Either way."""
    verify(given=headers(at=NOW + offset))


@pytest.mark.parametrize("offset", [-301, 301, 86_400, -86_400])
def test_a_time_beyond_the_tolerance_is_refused(offset: int) -> None:
    """The past is a replay, the future a wrong clock or worse."""
    with pytest.raises(WebhookVerificationError, match="webhook-timestamp"):
        verify(given=headers(at=NOW + offset))


def test_the_tolerance_can_be_narrowed() -> None:
    """To seconds, where clocks are good."""
    with pytest.raises(WebhookVerificationError):
        verify(given=headers(at=NOW - 6), tolerance=5)


@pytest.mark.parametrize("stamp", ["", "soon", "1e9", "-1", "0", "01790000000", "1790000000.0", "9" * 30, "١٧٩٠٠٠٠٠٠٠"])
def test_a_time_that_is_no_time_is_refused(stamp: str) -> None:
    """Unix seconds, as digits."""
    with pytest.raises(WebhookVerificationError):
        verify(given={**headers(), "webhook-timestamp": stamp})


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_refused(name: str) -> None:
    """All three are needed."""
    with pytest.raises(WebhookVerificationError, match=f"{name} is missing or stands there twice"):
        verify(given={k: v for k, v in headers().items() if k != name})


def message(pairs: dict[str, str]) -> Message:
    found = Message()
    for name, value in pairs.items():
        found[name] = value
    return found


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda given: {name.encode(): value.encode() for name, value in given.items()}, id="bytes"),
        pytest.param(lambda given: [(name.encode(), value.encode()) for name, value in given.items()], id="ASGI scope"),
        pytest.param(lambda given: iter(given.items()), id="an iterator of pairs"),
        pytest.param(lambda given: {name.title(): [value] for name, value in given.items()}, id="lists of one"),
        pytest.param(message, id="email.message.Message"),
        pytest.param(httpx.Headers, id="httpx.Headers"),
        pytest.param(lambda given: {"x-count": 7, **dict(given.items())}.items(), id="a view"),
    ],
)
def test_headers_are_taken_as_frameworks_give_them(shape: Callable[[dict[str, str]], Any]) -> None:
    """Mappings, pairs and messages, of text or bytes."""
    assert "msg_1" == verify(given=shape(headers())).id


@pytest.mark.parametrize("given", [None, 7, "webhook-id: msg_1", ["webhook-id"], {7: "a"}, [("webhook-id", 7)]])
def test_headers_of_another_type_are_the_programs_mistake(given: Any) -> None:
    """They are not told as a delivery that cannot be trusted, or as a clock that is off."""
    with pytest.raises(ConfigurationError, match="headers must be a mapping, or pairs, of text or bytes"):
        webhooks.verify(BODY, given, secret=SECRET, now=lambda: NOW)


def test_a_header_that_comes_twice_is_refused() -> None:
    """Nobody guesses which of the two was meant."""
    twice = [*headers().items(), ("Webhook-Id", "msg_2")]

    with pytest.raises(WebhookVerificationError, match="webhook-id is missing or stands there twice"):
        verify(given=twice)


def test_a_signature_of_tomorrow_beside_a_valid_one_is_passed_over() -> None:
    """One of several signatures may be of another kind, in whatever characters."""
    signed = headers()
    signed["webhook-signature"] = f"v9,æøå {signed['webhook-signature']} v1,%%%"

    assert "msg_1" == verify(given=signed).id


@pytest.mark.parametrize("secret", [None, 5, b"whsec_AAAA", {}, [5]])
def test_a_secret_of_another_type_is_a_configuration_error(secret: Any) -> None:
    """What os.environ.get() gave where nothing was set."""
    with pytest.raises(ConfigurationError):
        verify(secret=secret)


@pytest.mark.parametrize("body", ["text", None, 7, b"\xff", bytearray(b"{}")])
def test_what_cannot_be_signed_is_a_configuration_error(body: Any) -> None:
    """For those who write tests."""
    with pytest.raises(ConfigurationError, match="the body to sign must be bytes of UTF-8 text"):
        webhooks.sign(body, secret=SECRET, delivery_id="msg_1")


def test_a_clock_that_a_test_has_frozen_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """`time.time` is looked up when it is called, in all that has a clock."""
    monkeypatch.setattr(time, "time", lambda: NOW)

    signed = webhooks.sign(BODY, secret=SECRET, delivery_id="msg_1")

    assert "1790000000" == signed["webhook-timestamp"]
    assert "msg_1" == webhooks.verify(BODY, signed, secret=SECRET).id
    assert NOW == Clock().now()


@pytest.mark.anyio
async def test_a_full_memory_looks_before_it_forgets() -> None:
    """Three deliveries that are known are known, though there is room for three alone."""
    seen = webhooks.MemorySeenDeliveries(maximum=3, now=lambda: NOW)

    assert [True, True, True, False, False, False] == [await seen.add(one) for one in "abcabc"]
    assert [True, False, True] == [await seen.add(one) for one in "dba"]


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,%%%"},
        {"webhook-signature": "æ"},
        {"webhook-signature": "v2," + headers()["webhook-signature"][3:]},
        {"webhook-id": "msg_2"},
        {"webhook-signature": " "},
        {"webhook-id": "\ud800"},
    ],
)
def test_a_signature_that_does_not_match_is_refused(change: dict[str, str]) -> None:
    """Bad base64, another version, another id: one error."""
    with pytest.raises(WebhookVerificationError):
        verify(given={**headers(), **change})


def test_another_secret_is_refused() -> None:
    """The signature is somebody's, not ours."""
    with pytest.raises(WebhookVerificationError, match="no signature matches"):
        verify(secret=PREVIOUS)


def test_a_changed_body_is_refused() -> None:
    """One space is enough."""
    with pytest.raises(WebhookVerificationError, match="no signature matches"):
        verify(BODY + b" ")


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{", b'{"type": 7}', b"[" * 100_000, b"9" * 5000])
def test_a_signed_body_that_is_no_envelope_is_refused(body: bytes) -> None:
    """Signed nonsense is nonsense."""
    with pytest.raises(WebhookVerificationError, match="no JSON envelope"):
        verify(body, headers(body))


def test_a_body_that_is_not_utf_8_is_refused() -> None:
    """Whatever its signature says."""
    with pytest.raises(WebhookVerificationError, match="UTF-8"):
        verify(b"\xff", headers())


def test_an_envelope_with_another_id_is_refused() -> None:
    """Deduplication by id would be fooled."""
    body = json.dumps({**ENVELOPE, "id": "msg_other"}).encode()

    with pytest.raises(WebhookVerificationError, match="id in the body"):
        verify(body, headers(body))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%", "whsec_æ", [], ["whsec_"], [SECRET.encode()]])
def test_a_secret_that_is_none_is_a_configuration_error(secret: Any) -> None:
    """The receiver's mistake, not the sender's; the secret is not repeated."""
    with pytest.raises(ConfigurationError) as caught:
        verify(secret=secret)

    assert "%%%" not in str(caught.value)


@given(
    st.binary(),
    st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "x"]), st.text()),
)
def test_no_delivery_raises_anything_else(body: bytes, given_headers: dict[str, str]) -> None:
    """Bytes and headers from anywhere: one error, always."""
    with pytest.raises(WebhookVerificationError):
        webhooks.verify(body, given_headers, secret=SECRET, now=lambda: NOW)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda c: st.lists(c) | st.dictionaries(st.text(), c),
    )
)
def test_no_signed_body_raises_anything_else(data: Any) -> None:
    """Any JSON under a documented topic is an event or that one error."""
    body = json.dumps({"type": "subscription.billed", "data": data, "timestamp": data}).encode()

    assert "subscription.billed" == verify(body, headers(body)).type


@given(st.text(alphabet="v1,= +/aZ09", max_size=60))
def test_no_signature_header_raises_anything_else(signature: str) -> None:
    """However close it comes to the form."""
    with pytest.raises(WebhookVerificationError):
        verify(given={**headers(), "webhook-signature": signature})


def test_the_library_of_the_standard_agrees() -> None:
    """What we sign, Standard Webhooks verifies."""
    now = datetime.datetime.now(datetime.UTC).timestamp()

    assert ENVELOPE == Webhook(SECRET).verify(BODY, headers(at=now))


@pytest.mark.anyio
async def test_a_delivery_is_new_once() -> None:
    """And again after its handling failed."""
    seen = webhooks.MemorySeenDeliveries(now=lambda: NOW)

    assert await seen.add("a")
    assert not await seen.add("a")
    await seen.forget("a")
    assert await seen.add("a")


@pytest.mark.anyio
async def test_deliveries_are_remembered_longer_than_they_are_retried() -> None:
    """And not for ever: memory is bounded by time and number."""
    time = NOW
    seen = webhooks.MemorySeenDeliveries(now=lambda: time, maximum=3)

    assert await seen.add("a")
    time += 22 * 3600
    assert not await seen.add("a")
    time += 48 * 3600
    assert await seen.add("a")
    assert [True] * 3 == [await seen.add(name) for name in "bcd"]
    assert await seen.add("a")
