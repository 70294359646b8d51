"""
Deliveries: raw bytes and headers to a verified, typed event. Needs no client.

    event = webhooks.verify(await request.body(), request.headers, secret=["whsec_current", "whsec_previous"])
    match event:
        case webhooks.SubscriptionStarted(): grant(event.partner_reference_id)
"""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from attrs import field, frozen

from ._base.shapes import is_object, text_at
from ._base.waits import instant
from ._models.jsonio import load_object
from ._signatures import one_matches, signed_headers, signers_of
from .errors import ConfigurationError, WebhookVerificationError

TOLERANCE = 300.0
"""Seconds that a delivery's timestamp may lie in the past or in the future."""
Text = str | bytes


class _HasItems(Protocol):
    """Headers of `email.message.Message` and of werkzeug, which are no mappings."""

    def items(self) -> Iterable[tuple[str, str]]: ...


Headers = (
    Mapping[str, str] | Mapping[str, Sequence[str]] | Mapping[bytes, bytes] | Iterable[tuple[Text, Text]] | _HasItems
)
"""What `verify()` takes as headers: a mapping, pairs as in an ASGI scope, or anything with `items()`."""
KEEP = 48 * 3600.0
"""Seconds that a delivery is remembered; the API retries one for about 21 hours."""


TOPICS: dict[str, type[Event]] = {}
"""The documented topics; more exist, and come as `UnknownEvent`."""


@frozen(kw_only=True)
class Event:
    """
    A delivery that was signed by one of your secrets.

    Attributes:
        id: The delivery's id; a retry has the same one, so deduplicate by it.
        type: Topic, `subscription.started`.
        timestamp: When it happened, aware UTC. Deliveries can arrive out of order.
        data: What the topic carries, by wire name; numbers with a fraction are Decimal.
    """

    id: str
    type: str
    timestamp: datetime.datetime
    data: Mapping[str, Any] = field(repr=False)

    def __init_subclass__(cls, topic: str | None = None) -> None:
        """Register the class of a topic."""
        if topic:
            TOPICS[topic] = cls


class UnknownEvent(Event):
    """A topic that this version does not know; answer it with 2xx all the same."""


class SubscriptionEvent(Event):
    """
    Something happened to one subscription.

    Reconcile on `subscription_id` or `partner_reference_id`, never on `version_id`.
    """

    @property
    def subscription_id(self) -> str | None:
        """The chain id, which never changes."""
        return text_at(self.data, "subscriptionId")

    @property
    def partner_reference_id(self) -> str | None:
        """The `clientReferenceId` given to `portal_sso.provision`."""
        return text_at(self.data, "partnerReferenceId")

    @property
    def version_id(self) -> str | None:
        """The version, for support only: it changes with every structural change."""
        return text_at(self.data, "versionId")


class SubscriptionAssigned(SubscriptionEvent, topic="subscription.assigned"):
    """Assigned to a customer, possibly with a future start."""


class SubscriptionStarted(SubscriptionEvent, topic="subscription.started"):
    """Active from now on: grant access here, not on assigned."""


class SubscriptionUpdated(SubscriptionEvent, topic="subscription.updated"):
    """A setting changed without structural change."""


class SubscriptionTransitioned(SubscriptionEvent, topic="subscription.transitioned"):
    """Plan replaced, products edited, cadence changed, or realigned."""


class SubscriptionPaused(SubscriptionEvent, topic="subscription.paused"):
    """Paused; not billed."""


class SubscriptionResumed(SubscriptionEvent, topic="subscription.resumed"):
    """Resumed after a pause."""


class SubscriptionTrialEnded(SubscriptionEvent, topic="subscription.trial_ended"):
    """The trial is over and normal billing begins; still active."""


class SubscriptionCancellationScheduled(SubscriptionEvent, topic="subscription.cancellation_scheduled"):
    """A future cancellation is set; still active until then."""


class SubscriptionCancellationCleared(SubscriptionEvent, topic="subscription.cancellation_cleared"):
    """A planned cancellation was withdrawn."""


class SubscriptionChurned(SubscriptionEvent, topic="subscription.churned"):
    """Cancelled and final: revoke access here."""


class SubscriptionBilled(SubscriptionEvent, topic="subscription.billed"):
    """A billing run made its invoice."""


class SubscriptionPaymentSucceeded(SubscriptionEvent, topic="subscription.payment_succeeded"):
    """A card charge cleared."""


class SubscriptionErrorEvent(SubscriptionEvent, topic="subscription.error"):
    """A delivery or processing problem."""

    @property
    def error_type(self) -> str | None:
        """Which problem, `charge_failed` for instance."""
        return text_at(self.data, "errorType")


class CreditNoteSent(Event, topic="billing.credit_note_sent"):
    """The billing engine sent a credit note."""


def verify(
    body: bytes,
    headers: Headers,
    *,
    secret: str | Sequence[str],
    tolerance: float = TOLERANCE,
    now: Callable[[], float] | None = None,
) -> Event:
    """
    Verify a delivery and return its event.

    Args:
        body: The raw body, byte for byte; parsed and written again it does not verify.
        headers: The delivery's own headers, names in any case: a mapping, pairs as in an ASGI scope, or anything with
            `items()`; text or bytes, a list of one included.
        secret: The signing secret, `whsec_...`; several while one is being rolled.
        tolerance: Seconds that the timestamp may be off, either way.
        now: Unix time; None: `time.time()`.

    Raises:
        WebhookVerificationError: anything about the delivery that cannot be trusted.
        ConfigurationError: what your program gave: a secret that is empty or no base64, a body that is not the raw
            bytes, headers of another type.
    """
    # Callers without a type checker pass what os.environ.get() gave, and bodies that a framework has decoded.
    signers = signers_of(secret)
    del secret  # Tools that report errors show the local variables of this frame.
    if isinstance(signers, str):
        raise ConfigurationError(signers)
    if not isinstance(body, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(f"the body must be the raw bytes of the request, not {type(body).__name__}.")
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(f"tolerance must be a number of seconds, not {type(tolerance).__name__}.")
    identifier, stamp, signatures = signed_headers(headers)
    if not (re.fullmatch(r"[1-9][0-9]{0,10}", stamp) and abs((now or time.time)() - int(stamp)) <= tolerance):
        raise WebhookVerificationError(f"webhook-timestamp is not within {tolerance:.0f} s of this machine's clock.")
    sent = datetime.datetime.fromtimestamp(int(stamp), datetime.UTC)
    try:
        text = body.decode("utf-8")
        is_signed = one_matches(signers, signatures, identifier, sent, text)
    except UnicodeError:
        raise WebhookVerificationError("the body or webhook-id is not UTF-8.") from None
    if not is_signed:
        raise WebhookVerificationError("no signature matches; is it the raw body, and the secret of this endpoint?")
    return _event(text, identifier, sent)


def sign(body: bytes, *, secret: str, delivery_id: str, now: Callable[[], float] | None = None) -> dict[str, str]:
    """
    Return the three headers that LedgerBee would send with a body; for your tests.

    Args:
        body: The raw body, UTF-8.
        secret: The signing secret, `whsec_...`.
        delivery_id: What `webhook-id` says; where the body has an `id`, it must be the same.
        now: Unix time; None: `time.time()`.

    Raises:
        ConfigurationError: a secret that is empty or no base64, a body that is not UTF-8 bytes, an id that is no text.
    """
    signers = signers_of([secret])
    del secret
    if isinstance(signers, str):
        raise ConfigurationError(signers)
    sent = datetime.datetime.fromtimestamp(int((now or time.time)()), datetime.UTC)
    try:
        # Callers without a type checker pass texts.
        signature = signers[0].sign(delivery_id, sent, bytes.decode(body, "utf-8"))
    except (TypeError, UnicodeDecodeError):
        raise ConfigurationError("the body to sign must be bytes of UTF-8 text.") from None
    return {"webhook-id": delivery_id, "webhook-timestamp": str(int(sent.timestamp())), "webhook-signature": signature}


class SeenDeliveries(Protocol):
    """Remembers deliveries, so that each is handled once."""

    async def add(self, delivery_id: str) -> bool:
        """Remember a delivery; return True if it is new."""
        ...

    async def forget(self, delivery_id: str) -> None:
        """Forget one whose handling failed, so that its retry is handled."""


class MemorySeenDeliveries:
    """Remembers the deliveries of one process for 48 hours, and the last 100,000 at most."""

    def __init__(self, *, keep: float = KEEP, maximum: int = 100_000, now: Callable[[], float] | None = None) -> None:
        self._keep, self._maximum, self._given_now = keep, maximum, now
        self._seen: dict[str, float] = {}

    async def add(self, delivery_id: str) -> bool:
        """Remember a delivery; return True if it is new."""
        now = (self._given_now or time.time)()
        # The dict keeps the order of arrival, so that the oldest are first.
        while self._seen and self._seen[oldest := next(iter(self._seen))] < now - self._keep:
            del self._seen[oldest]
        if delivery_id in self._seen:
            return False
        if len(self._seen) >= self._maximum:
            del self._seen[next(iter(self._seen))]
        self._seen[delivery_id] = now
        return True

    async def forget(self, delivery_id: str) -> None:
        """Forget one whose handling failed, so that its retry is handled."""
        self._seen.pop(delivery_id, None)


def _event(text: str, identifier: str, sent: datetime.datetime) -> Event:
    envelope = load_object(text)
    topic = text_at(envelope, "type")
    if topic is None:
        raise WebhookVerificationError("the body is signed, but is no JSON envelope with a type.")
    if envelope.get("id", identifier) != identifier:
        raise WebhookVerificationError("the id in the body is not the one in webhook-id.")
    when, data, kind = instant(text_at(envelope, "timestamp")), envelope.get("data"), TOPICS.get(topic, UnknownEvent)
    if not is_object(data):
        kind, data = UnknownEvent, {"data": data}
    return kind(id=identifier, type=topic, timestamp=when or sent, data=data)
