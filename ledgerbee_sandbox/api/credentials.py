"""Who may call what: keys and tokens against what an operation asks for. Decisions only, no HTTP."""

from __future__ import annotations

import datetime

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.books.clock import instant, parse_instant
from ledgerbee_sandbox.rules.call import Caller, Refusal, key_required, need_scopes
from ledgerbee_sandbox.schema.document import Operation

TOKEN_SECONDS = 3600
ANYONE = Caller(name="anyone")


def admitted(books: Books, operation: Operation, key: str | None, token: str | None, address: str) -> Caller:
    """
    The caller, where the credential is good and has the scopes.

    Raises:
        Refusal: 401 for the credential, 403 for its kind or its scopes.
    """
    if operation.open_to_all:
        return ANYONE
    if key is not None:
        caller = _key_holder(books, key, address)
        if not operation.keys_allowed:
            raise _unauthorised()
    else:
        caller = _token_holder(books, token)
        if not operation.tokens_allowed:
            raise key_required()
    need_scopes(caller, operation.scopes)
    return caller


def _key_holder(books: Books, key: str, address: str) -> Caller:
    record = books["keys"].get(key)
    if record is None or record.get("revoked") or _is_past(books, record.get("expiresAt")):
        raise _unauthorised()
    allowed: list[str] = record.get("ipWhitelist") or []
    if allowed and address not in allowed:
        raise _unauthorised("ip_whitelist_mismatch")
    return Caller(
        name=record["name"], scopes=frozenset(record["scopes"]), expires_at=record.get("expiresAt"), record=record
    )


def _token_holder(books: Books, token: str | None) -> Caller:
    record = books["tokens"].get(token)
    if record is None:
        raise _unauthorised()
    client = books["clients"].get(record["clientId"])
    if record.get("revoked") or _is_past(books, record["expiresAt"]):
        raise _unauthorised("invalid_token")
    if client is None or client.get("revoked") or client["scopes"] != record["scopes"]:
        raise _unauthorised("invalid_token")  # Tokens end with their client, and when its scopes change.
    return Caller(name=record["clientId"], is_key=False, scopes=frozenset(client["scopes"]), record=record)


def _is_past(books: Books, moment: str | None) -> bool:
    return moment is not None and parse_instant(moment) <= books.clock.now()


def _unauthorised(reason: str | None = None) -> Refusal:
    return Refusal(401, "Invalid API key", "UNAUTHORIZED", {"reason": reason} if reason else None)


def client_for(books: Books, client_id: str, secret: str) -> Record | None:
    """The OAuth client with this id and secret, unless it was revoked."""
    client = books["clients"].get(client_id)
    return client if client and client["secret"] == secret and not client.get("revoked") else None


def new_token(books: Books, client: Record) -> str:
    """Issue an access token that lives for an hour."""
    expires = books.clock.now() + datetime.timedelta(seconds=TOKEN_SECONDS)
    token = f"sandbox-token-{books.new_id()}"
    books["tokens"].put(
        {"id": token, "clientId": client["id"], "scopes": client["scopes"], "expiresAt": instant(expires)}
    )
    return token


def revoke_token(books: Books, token: str | None) -> None:
    """End a token now; an unknown one is no error (RFC 7009)."""
    record = books["tokens"].get(token)
    if record:
        books["tokens"].change(record, revoked=True)
