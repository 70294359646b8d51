"""The client: credentials and headers of its calls, views that share, what is imported and public."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from ledgerbee_client import (
    ApiKey,
    ClientClosedError,
    ClientCredentials,
    Clock,
    ConfigurationError,
    InvalidValueError,
    LedgerBee,
    LedgerBeeError,
    MissingScopesError,
    __version__,
)
from ledgerbee_client._http.messages import Headers
from ledgerbee_client._models.model import ANY

from .conftest import ScriptedApi
from .operations import GET, KEY_ONLY, OPEN, TOKEN_ONLY

pytestmark = pytest.mark.anyio


async def test_a_key_goes_into_its_header_only(api: ScriptedApi, bee: LedgerBee) -> None:
    """Never as Bearer, never into the query; and the User-Agent says who calls."""
    api.on("GET", "/v1/things/1").answers(json={})

    await bee._calls.one(GET, ANY, path=("1",))

    request = api.requests[0]
    assert "key-canary" == request.headers["x-api-key"]
    assert "authorization" not in request.headers
    assert "key-canary" not in request.raw_target
    assert f"ledgerbee-client/{__version__}" == request.headers["user-agent"]
    assert "https://api.ledgerbee.com" == request.origin


async def test_an_operation_without_security_gets_no_credentials(api: ScriptedApi, bee: LedgerBee) -> None:
    """Nobody hands out keys for nothing."""
    api.on("GET", "/.well-known/acme/jwks.json").answers(json={"keys": []})

    await bee._calls.one(OPEN, ANY, path=("acme",))

    assert "x-api-key" not in api.requests[0].headers


async def test_an_operation_for_keys_refuses_tokens_before_sending(api: ScriptedApi) -> None:
    """The API would answer 403."""
    async with LedgerBee(ClientCredentials("i", "s"), transport=api) as bee:
        with pytest.raises(ConfigurationError, match="takes an API key only"):
            await bee._calls.one(KEY_ONLY, ANY)

    assert [] == api.requests


async def test_an_operation_for_tokens_refuses_keys_before_sending(api: ScriptedApi, bee: LedgerBee) -> None:
    """The same the other way round."""
    with pytest.raises(ConfigurationError, match="takes OAuth only"):
        await bee._calls.one(TOKEN_ONLY, ANY, body={})


async def test_a_closed_client_refuses(api: ScriptedApi) -> None:
    """With one clear error; its transport is closed."""
    async with LedgerBee(ApiKey("k"), transport=api) as bee:
        pass

    with pytest.raises(ClientClosedError):
        await bee._calls.one(GET, ANY, path=("1",))
    assert api.closed


async def test_a_client_works_without_a_block(api: ScriptedApi) -> None:
    """And is closed by hand."""
    api.on("GET", "/v1/things/1").answers(json={})
    bee = LedgerBee(ApiKey("k"), transport=api)

    await bee._calls.one(GET, ANY, path=("1",))
    await bee.aclose()

    assert api.closed


async def test_a_view_has_its_own_options_and_nothing_else(api: ScriptedApi, bee: LedgerBee) -> None:
    """The original stays as it is; closing the view closes nothing."""
    api.on("GET", "/v1/things/1").always(json={})

    async with bee.with_options(headers={"x-tenant": "a"}, timeout=5) as view:
        await view._calls.one(GET, ANY, path=("1",))
    await bee._calls.one(GET, ANY, path=("1",))

    assert ["a", None] == [request.headers.get("x-tenant") for request in api.requests]
    assert not api.closed


async def test_extra_headers_go_with_one_call(api: ScriptedApi, bee: LedgerBee) -> None:
    """And may not replace the credentials."""
    api.on("GET", "/v1/things/1").always(json={})

    await bee._calls.one(GET, ANY, path=("1",), extra_headers={"X-Trace": "t"})

    assert "t" == api.requests[0].headers["x-trace"]
    with pytest.raises(InvalidValueError):
        await bee._calls.one(GET, ANY, path=("1",), extra_headers={"X-Api-Key": "t"})


async def test_no_cookie_is_kept(api: ScriptedApi, bee: LedgerBee) -> None:
    """Sessions are not ours."""
    api.on("GET", "/v1/things/1").always(json={}, headers={"set-cookie": "a=b"})

    await bee._calls.one(GET, ANY, path=("1",))
    await bee._calls.one(GET, ANY, path=("1",))

    assert "cookie" not in api.requests[1].headers


@pytest.mark.parametrize("thing", [ApiKey("canary"), ClientCredentials("i", "canary"), LedgerBee(ApiKey("canary"))])
def test_secrets_are_not_pickled(thing: object) -> None:
    """They would be in a queue, a cache, a file."""
    with pytest.raises(LedgerBeeError, match="is not pickled"):
        pickle.dumps(thing)


def test_credentials_can_be_copied_within_the_process() -> None:
    """Settings objects deepcopy themselves."""
    key = ApiKey("k")

    assert copy.deepcopy(key) is key
    assert copy.copy(key) is key


async def test_scopes_can_be_required_at_the_start(api: ScriptedApi, bee: LedgerBee) -> None:
    """Every missing one is named."""
    api.on("GET", "/v1/api-key").always(json={"scopes": ["accounts-read"], "ipWhitelist": [], "rateLimitTiers": []})

    await bee.api_key.require("accounts-read")
    with pytest.raises(MissingScopesError, match="lacks a, b; it has accounts-read") as caught:
        await bee.api_key.require("a", "accounts-read", "b")

    assert ("a", "b") == caught.value.missing


def test_importing_the_package_imports_neither_httpx_nor_the_models() -> None:
    """A program pays for what it touches."""
    code = (
        "import sys, ledgerbee_client; heavy = {'httpx', 'anyio', 'attrs', 'typing', 'ledgerbee_client.models'};"
        "assert not heavy & (set(sys.modules) - before), heavy & set(sys.modules);"
        "ledgerbee_client.LedgerBee(ledgerbee_client.ApiKey('k'));"
        "assert not {'httpx', 'ledgerbee_client.models'} & set(sys.modules)"
    )
    subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; before = set(sys.modules); {code}"],
        check=True,
        cwd=Path(__file__).parents[2],
    )


def test_every_public_name_can_be_imported() -> None:
    """Lazily, and `dir()` shows them alone."""
    import ledgerbee_client
    from ledgerbee_client import models

    assert all(getattr(ledgerbee_client, name) is not None for name in ledgerbee_client.__all__)
    assert sorted(ledgerbee_client.__all__) == dir(ledgerbee_client)
    assert sorted(models.__all__) == dir(models)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        ledgerbee_client.nonsense  # noqa: B018


async def test_the_real_clock_waits_on_any_loop() -> None:
    """Nobody passes a clock outside of tests."""
    await Clock().sleep(0)


def test_headers_show_their_names_only() -> None:
    """They pass through many hands."""
    assert "Headers(x-api-key)" == repr(Headers({"x-api-key": "canary"}))
