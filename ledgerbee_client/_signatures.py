"""Signatures of deliveries: the signed headers, the secrets, and whether one of those signed the body."""

from __future__ import annotations

import base64
import datetime
import hmac
from collections.abc import Iterable, Sequence
from typing import Any

from standardwebhooks.webhooks import Webhook

from .errors import ConfigurationError, WebhookVerificationError


def signed_headers(headers: Any) -> list[str]:
    """Return id, timestamp and signatures, each of which stands there once."""
    found: dict[str, list[str]] = {f"webhook-{name}": [] for name in ("id", "timestamp", "signature")}
    try:
        pairs: Iterable[tuple[Any, Any]] = headers.items() if hasattr(headers, "items") else headers
        for name, value in pairs:
            if (key := _text(name).lower()) in found:
                found[key] += map(_text, [value] if isinstance(value, str | bytes) else value)
    except (TypeError, ValueError):
        words = f"headers must be a mapping, or pairs, of text or bytes; this {type(headers).__name__} is not."
        raise ConfigurationError(words) from None
    if wrong := [name for name, values in found.items() if len(values) != 1 or not values[0]]:
        words = "is missing or stands there twice" if len(wrong) == 1 else "are missing or stand there twice"
        raise WebhookVerificationError(f"{', '.join(wrong)} {words}; a delivery has each of the three headers once.")
    return [values[0] for values in found.values()]


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if not isinstance(value, str):
        raise TypeError
    return value


def one_matches(signers: list[Webhook], signatures: str, identifier: str, sent: datetime.datetime, text: str) -> bool:
    """Return True if one of the signatures is one of the signers'. What is right stands in no other frame."""
    right = [signer.sign(identifier, sent, text).encode("ascii") for signer in signers]
    given = [one.encode("ascii") for one in signatures.split(" ") if one.isascii()]
    # Every pair is compared, so that the time it takes tells nothing of the signature.
    return bool(sum(hmac.compare_digest(mine, theirs) for mine in right for theirs in given))


def signers_of(secret: str | Sequence[str]) -> list[Webhook] | str:
    """Return what signs with each secret, or what is wrong: raised here, the secret would be in the traceback."""
    secrets = [secret] if isinstance(secret, str) else secret
    if not isinstance(secrets, Sequence) or not secrets:  # pyright: ignore[reportUnnecessaryIsInstance]
        return "at least one webhook secret is needed, as text or a list of texts."
    signers = [signer for one in secrets if (signer := _signer(one))]
    # A secret is quoted in no message, not even a wrong one.
    wrong = "a webhook secret is whsec_ followed by base64, and this one is not."
    return signers if len(signers) == len(secrets) else wrong


def _signer(secret: str) -> Webhook | None:
    try:
        text = secret.removeprefix("whsec_")
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, AttributeError, TypeError):
        key = b""
    return Webhook(key) if key else None
