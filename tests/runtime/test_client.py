"""The client: configuration checked when given, views that share, warnings said once, observers told."""

from __future__ import annotations

import copy
import logging
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
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
    events,
)
from ledgerbee_client._http.messages import Headers
from ledgerbee_client._models.model import ANY
from ledgerbee_client._network import proxy_for

from .conftest import FakeClock, ScriptedApi
from .operations import CREATE, GET, KEY_ONLY, OLD, OPEN, TOKEN_ONLY

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


@pytest.mark.parametrize(
    "url",
    [
        "http://api.ledgerbee.com/api",
        "ftp://x/api",
        "api.ledgerbee.com",
        "",
        "https://",
        "https://u:p@x/api",
        "https://x/api?a=1",
        "https://x/api#f",
        "https://x/api?",
        "https://x/api#",
        "https://api.ledgerbee.com\\.evil.example",
        "https://x /api",
        "https://[::1",
        "https://x:abc/",
        "http://localhost.evil.example/api",
        "https://api.ledgerbee.com/api/v1",
        None,
    ],
)
def test_a_base_url_that_cannot_work_is_refused(url: Any) -> None:
    """When the client is made, and a password in it is not repeated."""
    with pytest.raises(ConfigurationError) as caught:
        LedgerBee(ApiKey("k"), base_url=url)

    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/api", "http://localhost/api", "http://[::1]:1/api", "https://x.example/api/"]
)
def test_plain_http_is_for_this_machine(url: str) -> None:
    """A sandbox needs no certificate."""
    assert url.rstrip("/") == LedgerBee(ApiKey("k"), base_url=url).base_url


def test_plain_http_elsewhere_must_be_asked_for() -> None:
    """A sandbox in a container."""
    LedgerBee(ApiKey("k"), base_url="http://sandbox:8000/api", allow_http=True)


@pytest.mark.parametrize(
    "timeout", [0, -1, float("inf"), float("nan"), 1e300, pytest.param(10**5000, id="huge"), None, "30"]
)
def test_every_call_has_an_end(timeout: Any) -> None:
    """A client without a timeout cannot be made."""
    with pytest.raises(ConfigurationError, match="timeout must be a positive number"):
        LedgerBee(ApiKey("k"), timeout=timeout)


@pytest.mark.parametrize("retries", [-1, 1.5, None, "3"])
def test_retries_are_counted(retries: Any) -> None:
    """When the client is made, and not when the first call fails."""
    with pytest.raises(ConfigurationError, match="max_retries must be a whole number"):
        LedgerBee(ApiKey("k"), max_retries=retries)


@pytest.mark.parametrize("key", ["", "a b", "a\n", "ä", None, b"k"])
def test_a_key_that_no_header_can_carry_is_refused(key: Any) -> None:
    """A line end from a file is the usual one; the key is not repeated."""
    with pytest.raises(ConfigurationError) as caught:
        ApiKey(key)

    assert not key or repr(key)[1:-1] not in str(caught.value)


def test_a_bare_text_is_no_credential() -> None:
    """It could be a key or a token."""
    with pytest.raises(ConfigurationError, match=r"ApiKey\(\.\.\.\)"):
        LedgerBee("key")  # type: ignore[arg-type]


def test_the_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at import; the base URL too."""
    monkeypatch.setenv("LEDGERBEE_API_KEY", "k")
    monkeypatch.setenv("LEDGERBEE_BASE_URL", "http://127.0.0.1:1/api")

    assert "LedgerBee(ApiKey(...), base_url='http://127.0.0.1:1/api')" == repr(LedgerBee.from_env())


def test_client_credentials_come_from_the_environment() -> None:
    """As a pair."""
    bee = LedgerBee.from_env({"LEDGERBEE_CLIENT_ID": "i", "LEDGERBEE_CLIENT_SECRET": "s"}, timeout=5)

    assert "ClientCredentials(...)" in repr(bee)


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"LEDGERBEE_API_KEY": " "},
        {"LEDGERBEE_CLIENT_ID": "i"},
        {"LEDGERBEE_CLIENT_SECRET": "canary"},
        {"LEDGERBEE_API_KEY": "canary", "LEDGERBEE_CLIENT_ID": "i", "LEDGERBEE_CLIENT_SECRET": "canary"},
        {"LEDGERBEE_API_KEY": "canary", "LEDGERBEE_CLIENT_ID": "i"},
    ],
)
def test_an_environment_that_is_unclear_is_one_clear_error(env: dict[str, str]) -> None:
    """It says what was found, by name, and what is needed."""
    with pytest.raises(ConfigurationError, match="set LEDGERBEE_API_KEY, or LEDGERBEE_CLIENT_ID and") as caught:
        LedgerBee.from_env(env)

    assert "canary" not in str(caught.value)


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


async def test_a_deprecated_operation_is_said_once(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """With its successor, and its end where the API tells it, as ISO date or HTTP date."""
    api.on("POST", "/v1/old").answers(201, json={}, headers={"deprecation": "true", "sunset": "2026-11-08"}, times=2)

    for _ in range(2):
        await bee._calls.one(OLD, ANY, body={})

    assert [
        "things.create_v1 is deprecated and may stop working after 2026-11-08; use bee.things.create instead."
    ] == caplog.messages


async def test_a_deprecation_that_only_the_headers_know_is_said(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """HTTP date and link are understood."""
    headers = {
        "deprecation": "true",
        "sunset": "Sun, 08 Nov 2026 23:59:59 GMT",
        "link": '</api/v2/things>; rel="successor-version"',
    }
    api.on("POST", "/v1/things").answers(201, json={}, headers=headers)

    await bee._calls.one(CREATE, ANY, body={})

    assert "after 2026-11-08; use /api/v2/things instead" in caplog.text


@pytest.mark.parametrize("odd", ["", "soon", "99999-01-01", "<<<>>>", "a" * 10_000])
async def test_odd_ageing_headers_break_nothing(odd: str, api: ScriptedApi, bee: LedgerBee) -> None:
    """They are information."""
    names = ("deprecation", "sunset", "link", "x-api-key-expires-at")
    api.on("POST", "/v1/things").answers(201, json={}, headers=dict.fromkeys(names, odd))

    await bee._calls.one(CREATE, ANY, body={})


async def test_a_key_that_expires_soon_is_said_once(
    api: ScriptedApi, bee: LedgerBee, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """With the days that are left; a year ahead is no news."""
    api.on("GET", "/v1/things/1").answers(json={}, headers={"x-api-key-expires-at": "2027-09-21T00:00:00.000Z"})
    api.on("GET", "/v1/things/1").answers(
        json={}, headers={"x-api-key-expires-at": "2026-10-01T14:13:20.000Z"}, times=2
    )

    for _ in range(3):
        await bee._calls.one(GET, ANY, path=("1",))

    assert ["The API key expires at 2026-10-01, in 10 days; make a new one and move over."] == caplog.messages


async def test_an_observer_sees_tries_and_never_bodies(api: ScriptedApi, clock: FakeClock) -> None:
    """Frozen facts with the operation, the try and the seconds; paths as templates."""
    told: list[events.Event] = []
    api.on("GET", "/v1/things/1").answers(503).answers(json={"body": "canary"})
    async with LedgerBee(ApiKey("k"), transport=api, clock=clock.clock, on_event=told.append) as bee:
        await bee._calls.one(GET, ANY, path=("1",))

    assert [events.Sent, events.Answered, events.Retrying, events.Sent, events.Answered] == [type(e) for e in told]
    assert {"/v1/things/{id}"} == {event.path for event in told}
    assert [1, 1, 1, 2, 2] == [event.attempt for event in told]
    assert "canary" not in repr(told)
    assert told == pickle.loads(pickle.dumps(told))


async def test_an_observer_sees_tokens_and_unknown_outcomes(api: ScriptedApi, clock: FakeClock) -> None:
    """What an operator wants to count."""
    told: list[events.Event] = []
    api.on("POST", "/v1/auth/token").answers(json={"access_token": "t"})
    api.on("POST", "/v1/things").answers(502)
    credentials = ClientCredentials("i", "s")
    async with LedgerBee(credentials, transport=api, clock=clock.clock, on_event=told.append) as bee:
        with pytest.raises(LedgerBeeError):
            await bee._calls.one(CREATE, ANY, body={})

    assert {events.TokenRefreshed, events.OutcomeUnknown} <= {type(event) for event in told}


async def test_a_view_hears_of_the_token_that_its_call_fetched(api: ScriptedApi, clock: FakeClock) -> None:
    """Whoever causes a token request hears of it, and nobody else."""
    api.on("POST", "/v1/auth/token").always(json={"access_token": "t", "expires_in": 3600})
    api.on("GET", "/v1/things/1").always(json={})
    view, client = list[events.Event](), list[events.Event]()

    credentials = ClientCredentials("id", "secret")
    async with LedgerBee(credentials, transport=api, clock=clock.clock, on_event=client.append) as bee:
        await bee.with_options(on_event=view.append)._calls.one(GET, ANY, path=("1",))
        await bee._calls.one(GET, ANY, path=("1",))

    assert ["auth.token", "auth.token", "auth.token", "things.get", "things.get"] == [event.operation for event in view]
    assert ["things.get", "things.get"] == [event.operation for event in client]


async def test_an_observer_that_fails_fails_alone(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """A booking must not look like an error because a metric could not be written."""

    def fail(event: events.Event) -> None:
        raise ZeroDivisionError

    api.on("POST", "/v1/things").answers(201, json={"id": "1"})

    assert {"id": "1"} == await bee.with_options(on_event=fail)._calls.one(CREATE, ANY, body={})
    assert "a callback failed on" in caplog.text


async def test_captured_answers_are_as_they_came(api: ScriptedApi, bee: LedgerBee) -> None:
    """Status, headers and body of every call in the block, and of none outside."""
    api.on("GET", "/v1/things/1").always(content=b'{"a":  1}', headers={"X-Odd": "y"})

    with bee.capture() as calls:
        await bee._calls.one(GET, ANY, path=("1",))
    await bee._calls.one(GET, ANY, path=("1",))

    assert [b'{"a":  1}'] == [call.body for call in calls]
    assert "y" == calls[0].headers["x-odd"]
    assert "/v1/things/1" == calls[0].path


async def test_requests_are_logged_by_template(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """Method, path and status; no id, no query."""
    api.on("GET", "/v1/things/customer-7").answers(json={})

    with caplog.at_level(logging.DEBUG, logger="ledgerbee_client"):
        await bee._calls.one(GET, ANY, path=("customer-7",), query={"q": "private"})

    assert "GET /v1/things/{id}: 200" in caplog.text
    assert "customer-7" not in caplog.text
    assert "private" not in caplog.text


async def test_scopes_can_be_required_at_the_start(api: ScriptedApi, bee: LedgerBee) -> None:
    """Every missing one is named."""
    api.on("GET", "/v1/api-key").always(json={"scopes": ["accounts-read"], "ipWhitelist": [], "rateLimitTiers": []})

    await bee.api_key.require("accounts-read")
    with pytest.raises(MissingScopesError, match="lacks a, b; it has accounts-read") as caught:
        await bee.api_key.require("a", "accounts-read", "b")

    assert ("a", "b") == caught.value.missing


@pytest.mark.parametrize(
    ("env", "url", "proxy"),
    [
        ({"HTTPS_PROXY": "http://p:1"}, "https://a.example/api", "http://p:1"),
        ({"https_proxy": "p:1"}, "https://a.example/api", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "https://a.example/api", None),
        ({"HTTP_PROXY": "http://p:1"}, "http://a.example/api", "http://p:1"),
        ({"ALL_PROXY": "http://p:1"}, "https://a.example/api", "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.example"}, "https://a.example/api", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".example"}, "https://a.example/api", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, "https://a.example/api", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "b.example"}, "https://a.example/api", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "http://127.0.0.1:8000/api", None),
        *(
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": f"x.example, {excepted}"}, url, None)
            for excepted, url in (
                ("*.example", "https://a.example/api"),
                ("example", "https://a.example/api"),
                ("A.example", "https://a.example/api"),
                ("a.example:443", "https://a.example/api"),
                ("a.example:8443", "https://a.example:8443/api"),
                ("[fd00::1]", "https://[fd00::1]/api"),
                ("[fd00::1]:443", "https://[fd00::1]/api"),
                ("fd00::1", "https://[fd00::1]/api"),
                ("fd00::/8", "https://[fd00::1]/api"),
                ("10.0.0.0/8", "https://10.1.2.3/api"),
                ("10.1.2.3", "https://10.1.2.3/api"),
            )
        ),
        *(
            ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": other}, url, "http://p:1")
            for other, url in (
                ("", "https://a.example/api"),
                ("a.example:80", "https://a.example/api"),
                ("ample", "https://a.example/api"),
                (".a.example.com", "https://a.example/api"),
                ("[fd00::1]:80", "https://[fd00::1]/api"),
                ("10.0.0.0/8", "https://11.1.2.3/api"),
                ("10.0.0.0/99", "https://10.1.2.3/api"),
                (",,.,*.", "https://a.example/api"),
            )
        ),
        ({}, "https://a.example/api", None),
    ],
)
def test_the_environment_names_the_proxy(
    env: dict[str, str], url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As curl reads it; this machine is never behind one."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    assert proxy == proxy_for(url)


@pytest.mark.parametrize("options", [{"proxy": "nonsense"}, {"proxy": "foo://u:canary@x"}, {"verify": "/no/such/file"}])
async def test_a_transport_that_cannot_be_made_is_one_clear_error(options: dict[str, Any]) -> None:
    """And a proxy's password is not in it."""
    with pytest.raises(ConfigurationError) as caught:
        async with LedgerBee(ApiKey("k"), **options):
            pass

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"verify": 0}, "verify must be an ssl.SSLContext, the path of a file, or True, not int"),
        ({"verify": None}, "not NoneType"),
        ({"verify": b"/etc/hosts"}, "not bytes"),
        ({"verify": Path("/no/such/file")}, "'/no/such/file' is none"),
        ({"verify": "/no/such/file"}, "'/no/such/file' is none"),
        ({"verify": ""}, "'' is none"),
        ({"proxy": httpx.Proxy("http://u:canary@p:1")}, "proxy must be a URL as text, 'http://proxy:3128', not Proxy"),
        ({"proxy": "p:1"}, "proxy must be an http"),
        ({"proxy": "http://u:canary@:1"}, "proxy must be an http"),
        ({"proxy": "http://u:canary@p:x"}, "proxy must be an http"),
        ({"proxy": "socks5://u:canary@p:1", "transport": "aiohttp"}, "speaks to http.* proxies only"),
        ({"clock": 5}, "clock must be a ledgerbee_client.Clock, not int"),
        ({"headers": ["x-a"]}, "headers must be a mapping of names and texts, not list"),
        ({"headers": []}, "headers must be a mapping of names and texts, not list"),
        (
            {"headers": {"authorization": "Bearer canary"}},
            "headers.authorization: expected a header that is not the cl",
        ),
        ({"headers": {"Accept-Encoding": "br"}}, "headers.Accept-Encoding: expected a header that is not the client's"),
        ({"headers": {"x-a": "canary\n"}}, "headers.x-a: expected printable ASCII"),
        ({"on_event": 5}, "on_event must be a function"),
        ({"transport": 5}, "AsyncBaseTransport, not int"),
        ({"transport": httpx.HTTPTransport()}, "AsyncBaseTransport, not HTTPTransport"),
    ],
    ids=str,
)
def test_an_argument_that_cannot_work_is_refused_at_once(options: dict[str, Any], words: str) -> None:
    """Before anything is sent, and without the secrets in it."""
    with pytest.raises(ConfigurationError, match=words) as caught:
        LedgerBee(ApiKey("k"), **options)

    assert "canary" not in str(caught.value)


async def test_headers_of_a_view_are_checked_alike(bee: LedgerBee) -> None:
    """As those of the client."""
    with pytest.raises(ConfigurationError, match=r"headers\.cookie"):
        bee.with_options(headers={"cookie": "a=b"})


def test_a_proxy_is_for_the_clients_own_transport() -> None:
    """httpx would ignore it silently."""
    with pytest.raises(ConfigurationError, match="proxy is for"):
        LedgerBee(ApiKey("k"), transport=httpx.MockTransport(lambda r: httpx.Response(200)), proxy="http://p:1")


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
