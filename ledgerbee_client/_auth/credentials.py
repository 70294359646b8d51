"""Credentials: an API key, or a machine client that fetches tokens. No repr and no pickle shows their secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from .tokens import TokenStore


class _HoldsSecret:
    """Base of what holds a secret, which no repr and no pickle shows."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise ConfigurationError(f"{name} is not pickled: the secret would leave with it. Make one where it is used.")

    def __deepcopy__(self, memo: object = None) -> _HoldsSecret:
        return self

    __copy__ = __deepcopy__


class ApiKey(_HoldsSecret):
    """An API key, for server-to-server use; sent as `x-api-key` and in no other way."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        # A key sent as Bearer is refused with 401, hence x-api-key. See
        # https://docs.ledgerbee.com/guides/authentication
        self._key, wrong = _text_or_fault("the API key", key)
        if wrong:
            del key  # Tools that report errors show the local variables of this frame.
            raise ConfigurationError(wrong)

    def reveal(self) -> str:
        """Return the key itself."""
        return self._key


class ClientCredentials(_HoldsSecret):
    """
    An OAuth2 machine client: tokens of an hour, fetched once for all callers and refreshed early.

    Args:
        client_id: As shown under Marketplace, OAuth Clients.
        client_secret: As shown once, at its creation.
        store: Where tokens are kept. By default in memory, for one client and its views; a `TokenStore` of your own, or
            `ledgerbee_client.redis.RedisTokenStore`, lets a fleet share one token.
    """

    __slots__ = ("_secret", "client_id", "store")

    def __init__(self, client_id: str, client_secret: str, *, store: TokenStore | None = None) -> None:
        self.client_id: str
        self.client_id, wrong = _text_or_fault("client_id", client_id)
        self._secret, wrong_secret = _text_or_fault("client_secret", client_secret)
        if fault := wrong or wrong_secret:
            del client_id, client_secret
            raise ConfigurationError(fault)
        self.store: TokenStore | None = store

    def reveal(self) -> str:
        """Return the client secret itself."""
        return self._secret

    def store_key(self, base_url: str) -> str:
        """Return the name under which a token of this client is kept; it shows neither id nor secret."""
        import hashlib

        return "ledgerbee:token:" + hashlib.sha256(f"{base_url}\n{self.client_id}".encode()).hexdigest()[:32]


def _text_or_fault(name: str, value: str) -> tuple[str, str]:
    """Return a text, and what is wrong with it; no words quote it, since a wrong one may be a secret with a typo."""
    if not isinstance(value, str) or not value:  # pyright: ignore[reportUnnecessaryIsInstance]
        return "", f"{name} is empty or no text."
    if not sendable(value):
        return "", f"{name} holds a space, a line end or another character that no header can carry."
    return value, ""


def sendable(value: str) -> bool:
    """True if a header can carry a key or token."""
    return bool(value) and value.isascii() and value.isprintable() and " " not in value
