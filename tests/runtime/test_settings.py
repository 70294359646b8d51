"""Settings: checked when a client is made, from arguments and from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from ledgerbee_client import ApiKey, ConfigurationError, LedgerBee
from ledgerbee_client._network import proxy_for

pytestmark = pytest.mark.anyio


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
