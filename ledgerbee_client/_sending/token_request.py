"""The token endpoint: client credentials in, a token out. What it answers is kept by no error and no capture."""

from __future__ import annotations

import re

from .._auth.credentials import ClientCredentials, sendable
from .._auth.token_source import DEFAULT_LIFETIME, Fetched, TokenSource
from .._auth.tokens import Token
from .._base.clock import Deadline
from .._base.operations import Operation
from .._base.shapes import text_at
from .._base.waits import server_wait
from .._helpers.bodies import Body, form_body
from .._http.messages import Answer, Failure
from .._models.jsonio import dumps, load_object
from .answers import unreadable
from .attempt import TOKEN_OPERATION, Attempt
from .call import Call
from .failures import error_of_try
from .session import Session

_OPERATION = Operation(name=TOKEN_OPERATION, method="POST", path="/v1/auth/token", security="none", repeatable=True)


def token_source(session: Session, credentials: ClientCredentials) -> TokenSource:
    """Make the source of tokens of a client and its views."""
    return TokenSource(session.clock, credentials.store, credentials.store_key(session.base_url))


async def fetch_token(attempt: Attempt, deadline: Deadline) -> Fetched:
    """Ask once for a token. 400, 401 and 403 mean wrong credentials; 429 says `invalid_client` too, and is a limit."""
    credentials = attempt.session.credentials
    assert isinstance(credentials, ClientCredentials)  # No other has a source of tokens.
    call = Call(_OPERATION, _OPERATION.path, body=_body(credentials))
    got = await attempt.send(call, deadline, None, 1)
    if isinstance(got, Failure):
        return Fetched(error=error_of_try(call, got, deadline.clock.now()))
    failed = not 200 <= got.status < 300
    spent = got.headers.get("x-rate-limit-remaining", "").strip() == "0"
    wait = server_wait(got.headers, deadline.clock.now()) if spent or failed else None
    if failed:
        kept = Answer(status=got.status, headers=got.headers, body=_code(got.body))
        error = error_of_try(call, kept, deadline.clock.now())
        return Fetched(error=error, wait=wait, final=got.status in {400, 401, 403})
    answer = load_object(got.body)
    token = text_at(answer, "access_token")
    if not token or not sendable(token):
        return Fetched(error=unreadable("no access_token in it", Answer(status=got.status), call.facts), wait=wait)
    attempt.tell("TokenRefreshed", call, 1)
    return Fetched(token=Token.of(token, _seconds(answer.get("expires_in")), deadline.clock), wait=wait)


def _body(credentials: ClientCredentials) -> Body:
    # No local variable holds the secret while the request is on its way.
    return form_body(
        grant_type="client_credentials", client_id=credentials.client_id, client_secret=credentials.reveal()
    )


def _code(body: bytes) -> bytes:
    """Keep the code of a refusal alone: whatever else is there may be a token or the secret."""
    envelope = load_object(body)
    code = text_at(envelope, "error") or text_at(envelope, "code") or ""
    return dumps({"error": code}) if re.fullmatch("[A-Za-z_.]{1,60}", code) else b""


def _seconds(lifetime: object) -> float:
    """Read a lifetime: a whole number, also as text or with a fraction of zeros."""
    found = re.fullmatch(r"([0-9]{1,9})(\.0+)?", str(lifetime))
    return float(found[1]) or DEFAULT_LIFETIME if found else DEFAULT_LIFETIME
