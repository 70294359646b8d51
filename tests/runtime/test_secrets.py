"""Secrets are shown nowhere: every path with a known secret, and a search of everything that could have kept it."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import time
import traceback
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from httpx_aiohttp import AiohttpTransport

from ledgerbee_client import (
    APIError,
    ApiKey,
    ClientClosedError,
    ClientCredentials,
    ConfigurationError,
    LedgerBee,
    LedgerBeeError,
    UnreadableAnswerError,
    events,
    webhooks,
)
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock, Hanging, ScriptedApi
from .operations import BATCH, CREATE, GET, LIST, PDF
from .raw_server import Behaviour, cut_body, cut_headers, hang_up, nonsense, raw_server, silence

pytestmark = pytest.mark.anyio
KEY, SECRET, TOKEN = "canary-key-1", "canary-secret-2", "canary-token-3"
CANARIES = (KEY, SECRET, TOKEN)
CUSTOMER = "canary-customer-4"


def search(place: str, *things: object) -> None:
    """Look for each canary, in clear and as base64."""
    for thing in things:
        text = thing.decode("latin-1") if isinstance(thing, bytes) else str(thing)
        for canary in CANARIES:
            assert canary not in text, f"{canary} in {place}"
            assert base64.b64encode(canary.encode()).decode() not in text, f"{canary} as base64 in {place}"


def walked(thing: object, depth: int = 5) -> str:
    """Show a local variable as tools for error reports do: what can be walked through is, whatever its own repr is."""
    if isinstance(thing, Mapping):
        pairs: Mapping[Any, Any] = thing
        return str({str(key): walked(value, depth - 1) for key, value in pairs.items()} if depth else pairs)
    if depth and isinstance(thing, Sequence | Set) and not isinstance(thing, str | bytes | bytearray | memoryview):
        things: Collection[Any] = thing
        return str([walked(one, depth - 1) for one in things])
    return repr(thing)


def search_error(error: BaseException) -> None:
    """Look through an error: texts, facts, pickle, and its traceback with every local variable."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if "/ledgerbee_client/" in frame.f_code.co_filename:
            search(f"what is in a local variable of {frame.f_code.co_name}", *map(walked, frame.f_locals.values()))
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    # The tests' own frames hold the canaries, since they made them.
    frames = [frame for frame in shown.stack if "/ledgerbee_client/" in frame.filename]
    search("an error", error, repr(error), error.__dict__)
    search("a traceback", *("".join(traceback.format_exception(error)).splitlines()))
    search("a local variable", *(f"{frame.name}: {frame.locals}" for frame in frames))
    chained: BaseException | None = error
    while chained is not None:
        search("a chained error", chained, repr(chained))
        assert isinstance(chained, LedgerBeeError), "a foreign error is chained, and its frames may hold headers"
        search("a pickle", pickle.dumps(chained))
        chained = chained.__cause__ or chained.__context__


def search_frames(error: BaseException) -> None:
    """Look through the local variables of all frames of an error and of those behind it, but for the tests' own."""
    shown: traceback.TracebackException | None
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    while shown is not None:
        for frame in shown.stack:
            if "/tests/" not in frame.filename:
                search(f"{frame.name} of {frame.filename}", frame.locals)
                assert CUSTOMER not in str(frame.locals)
        shown = shown.__cause__ or shown.__context__


async def one(bee: LedgerBee, folder: Path) -> object:
    return await bee._calls.one(CREATE, ANY, body={"reference": "R"})


async def get(bee: LedgerBee, folder: Path) -> object:
    return await bee._calls.one(GET, ANY, path=("1",))


async def walk(bee: LedgerBee, folder: Path) -> object:
    return await bee._calls.pages(LIST, ANY).collect(ahead=2)


async def many(bee: LedgerBee, folder: Path) -> object:
    report = await bee._calls.batch_many(
        BATCH, [{"a": 1}], field="entries", answers="entries", entry_codec=ANY, booked=ANY, maximum=100
    )
    search("a report", report, pickle.dumps(report))
    report.raise_if_incomplete()
    return report


async def read(bee: LedgerBee, folder: Path) -> object:
    return await bee._calls.download(PDF, path=("1",)).read()


async def download(bee: LedgerBee, folder: Path) -> object:
    return await bee._calls.download(PDF, path=("1",)).save(folder / "a.pdf")


PATHS: list[Callable[[LedgerBee, Path], Awaitable[object]]] = [one, get, walk, many, download]


def sent(request: httpx.Request) -> str:
    """Return what the client showed of itself, as a careless server would echo it."""
    token = request.headers.get("authorization")
    return f"{request.headers.get('x-api-key')} {token} {SECRET if token else ''}"


def echo(status: int) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: httpx.Response(
        status,
        json={
            "statusCode": status,
            "message": sent(request),
            "code": sent(request),
            "details": {sent(request): [sent(request)]},
        },
    )


FAULTS: dict[str, Any] = {
    "answered": lambda request: httpx.Response(200, json={"data": [], "entries": [{}]}),
    "echoed in a refusal": echo(400),
    "echoed in HTML": lambda request: httpx.Response(502, text=f"<html>{sent(request)}"),
    "echoed with 200": lambda request: httpx.Response(
        200, text=f"<html>{sent(request)}", headers={"content-type": "text/html"}
    ),
    "echoed in cut JSON with 200": lambda request: httpx.Response(
        200, text=f'{{"you": "{sent(request)}', headers={"content-type": "application/json"}
    ),
    "401": echo(401),
    "404": echo(404),
    "redirected": lambda request: httpx.Response(307, headers={"location": "https://evil.example/"}),
    "read timeout": httpx.ReadTimeout("x"),
    "connect error": httpx.ConnectError("x"),
}


@pytest.mark.parametrize("credentials", [ApiKey(KEY), ClientCredentials("id", SECRET)], ids=["key", "client"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
async def test_no_path_keeps_a_secret(  # noqa: PLR0917
    path: Any, fault: str, credentials: Any, clock: FakeClock, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Not in logs at DEBUG, errors, tracebacks, pickles, events, captures or another origin."""
    api, told = ScriptedApi(), list[events.Event]()
    api.on("POST", "/v1/auth/token").always(json={"access_token": TOKEN})
    for route in (
        "POST /v1/things",
        "GET /v1/things",
        "GET /v1/things/1",
        "POST /v2/things/batch",
        "GET /v1/things/1/pdf",
    ):
        api.on(*route.split(" ")).always(FAULTS[fault])
    caplog.set_level(logging.DEBUG)

    async with LedgerBee(credentials, transport=api, clock=clock.clock, on_event=told.append) as bee:
        search("a repr", bee, credentials, bee._calls, bee.with_options(timeout=5))
        try:
            await path(bee, tmp_path)
        except LedgerBeeError as error:
            search_error(error)

    search("the log", caplog.text, [record.__dict__ for record in caplog.records])
    search("events", repr(told), pickle.dumps(told))
    search("a URL", *(request.raw_target for request in api.requests))
    assert {"https://api.ledgerbee.com"} == {request.origin for request in api.requests}


@pytest.mark.parametrize("status", [200, 400, 401, 429, 500])
async def test_the_token_endpoint_gives_nothing_away(
    status: int, api: ScriptedApi, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it answers, with the secret and a token in it; and no capture holds it."""
    caplog.set_level(logging.DEBUG)
    api.on("POST", "/v1/auth/token").always(
        status=status, json={"error": SECRET, "token": TOKEN, "error_description": SECRET}
    )
    async with LedgerBee(ClientCredentials("id", SECRET), transport=api, clock=clock.clock) as bee:
        with bee.capture() as calls, pytest.raises(LedgerBeeError) as caught:
            await bee._calls.one(GET, ANY, path=("1",))

    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value.__dict__)
    assert [] == calls
    assert SECRET not in caplog.text


@pytest.mark.parametrize("status", [302, 400])
async def test_of_a_refused_token_only_status_and_code_are_kept(
    status: int, api: ScriptedApi, clock: FakeClock
) -> None:
    """A live token in the answer is nobody's to keep, and no pattern knows it."""
    live = {"access_token": "a-live-token", "details": {"a": "a-live-token"}, "message": "for a-live-token"}
    api.on("POST", "/v1/auth/token").always(status=status, json={"error": "invalid_client", **live})

    async with LedgerBee(ClientCredentials("id", SECRET), transport=api, clock=clock.clock) as bee:
        with pytest.raises(LedgerBeeError) as caught:
            await bee._calls.one(GET, ANY, path=("1",))

    assert "a-live-token" not in f"{caught.value} {caught.value.__dict__}"
    kept = caught.value
    assert isinstance(kept, APIError if status == 400 else UnreadableAnswerError)
    assert (status, "invalid_client") == (kept.status, getattr(kept, "code", "invalid_client"))


async def begin_and_stall(stream: Any, request: bytes) -> None:
    """Send half an answer, with what its request held in it."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n"
    half = "%PDF-" + json.dumps({"echo": request.decode("latin-1"), "name": CUSTOMER})
    await stream.send(head + half.encode())
    await anyio.sleep_forever()


async def grant(stream: Any, request: bytes) -> None:
    """Send a token."""
    body = json.dumps({"access_token": TOKEN}).encode()
    await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))


CLIENT = ClientCredentials("id", SECRET)
STALLS: dict[str, tuple[ApiKey | ClientCredentials, list[Behaviour]]] = {
    "a key, no answer": (ApiKey(KEY), [silence]),
    "a key, half an answer": (ApiKey(KEY), [begin_and_stall]),
    "no token": (CLIENT, [silence]),
    "half a token": (CLIENT, [begin_and_stall]),
    "a token, no answer": (CLIENT, [grant, silence]),
    "a token, half an answer": (CLIENT, [grant, begin_and_stall]),
}
TRANSPORTS: dict[str, Any] = {
    "own-asyncio": lambda: None,
    "own-trio": lambda: None,
    "aiohttp-asyncio": lambda: "aiohttp",
    "httpx_aiohttp-asyncio": AiohttpTransport,
}


@pytest.mark.parametrize(("transport", "anyio_backend"), [(name, name.partition("-")[2]) for name in TRANSPORTS])
@pytest.mark.parametrize("path", [get, one, read], ids=lambda path: path.__name__)
@pytest.mark.parametrize("stall", STALLS)
async def test_a_caller_s_own_timeout_shows_no_secret(
    stall: str, path: Any, credentials: Any, transport: str, tmp_path: Path
) -> None:
    """Its traceback leads into no frame whose local variables hold one, ours or those of a library."""
    async with raw_server() as server:
        credentials, behaviours = STALLS[stall]
        server.does(*behaviours)
        async with LedgerBee(credentials, base_url=server.url, transport=TRANSPORTS[transport]()) as bee:
            with pytest.raises(TimeoutError) as caught, anyio.fail_after(0.1):
                await path(bee, tmp_path)

        assert server.requests
    search_frames(caught.value)


async def test_a_client_that_is_closed_shows_no_secret(api: ScriptedApi) -> None:
    """Though it was about to fetch a token."""
    bee = LedgerBee(ClientCredentials("id", SECRET), transport=api)
    await bee.aclose()

    with pytest.raises(ClientClosedError) as caught:
        await bee._calls.one(GET, ANY, path=("1",))

    search_frames(caught.value)


@pytest.mark.parametrize("fault", [hang_up, cut_headers, cut_body], ids=lambda fault: fault.__name__)
async def test_no_fault_of_the_wire_gives_a_secret_away(
    fault: Behaviour, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """With the real transport below, whose own log is at DEBUG too."""
    caplog.set_level(logging.DEBUG)
    async with raw_server() as server:
        server.does(fault)
        async with LedgerBee(ApiKey(KEY), base_url=server.url, clock=clock.clock) as bee:
            with pytest.raises(LedgerBeeError) as caught:
                await bee._calls.one(CREATE, ANY, body={})

    assert KEY.encode() in server.requests[0]
    search_error(caught.value)
    search("the log", caplog.text)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_no_error_of_aiohttp_gives_a_secret_away(clock: FakeClock) -> None:
    """Its own show the headers of the request in their repr."""
    async with raw_server() as server:
        server.does(nonsense)
        async with LedgerBee(ApiKey(KEY), base_url=server.url, transport=AiohttpTransport(), clock=clock.clock) as bee:
            with pytest.raises(LedgerBeeError) as caught:
                await bee._calls.one(CREATE, ANY, body={})

    assert KEY.encode() in server.requests[0]
    search_error(caught.value)


@pytest.mark.parametrize(
    "written",
    [
        "lb/4f+9Q==",
        r"lb\/4f+9Q==",
        r"lb/4f\u002B9Q==",
        r"lb\u002f4f\u002b9Q\u003d\u003D",
        "lb%2F4f%2B9Q%3D%3D",
        "lb%2f4f%2b9Q==",
    ],
)
async def test_a_key_is_blanked_however_it_is_written(written: str, api: ScriptedApi, clock: FakeClock) -> None:
    """As it is, as JSON escapes it, as a form does: a careless server echoes all of them."""
    body = f'{{"message": "no {written} here", "details": {{"key": "{written}"}}}}'
    api.on("GET", "/v1/things/1").answers(401, text=body, headers={"content-type": "application/json"})

    async with LedgerBee(ApiKey("lb/4f+9Q=="), transport=api, clock=clock.clock) as bee:
        with pytest.raises(APIError) as caught:
            await bee._calls.one(GET, ANY, path=("1",))

    assert "no [secret] here" == caught.value.api_message
    assert {"key": "[secret]"} == dict(caught.value.details)
    assert '{"message": "no [secret] here", "details": {"key": "[secret]"}}' == caught.value.body


ENCODED: dict[str, Callable[[str], str]] = {
    **{
        f"base64 behind {size}": lambda text, size=size: base64.b64encode(b"user:"[:size] + text.encode()).decode()  # type: ignore[misc]
        for size in range(5)
    },
    "base64 before more": lambda text: base64.b64encode(f"{text}, or so".encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(f"??{text}>>".encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: f"a{text}b".encode().hex().upper(),
}


@pytest.mark.parametrize("encoding", ENCODED)
async def test_a_key_is_blanked_however_it_is_encoded(encoding: str, api: ScriptedApi, clock: FakeClock) -> None:
    """A server's log of headers shows them so; nothing that gives the key back is left."""
    key = "lb_live_??>>~~0123456789abcdef"
    coded = ENCODED[encoding](key)
    api.on("GET", "/v1/things/1").answers(401, json={"message": f"no {coded} here", "details": {"key": coded}})

    async with LedgerBee(ApiKey(key), transport=api, clock=clock.clock) as bee:
        with pytest.raises(APIError) as caught:
            await bee._calls.one(GET, ANY, path=("1",))

    shown = f"{caught.value} {caught.value.__dict__} {pickle.dumps(caught.value).decode('latin-1')}"
    assert "[secret]" in caught.value.api_message
    assert not [coded[start : start + 10] for start in range(6, len(coded) - 16) if coded[start : start + 10] in shown]


async def test_a_long_token_is_blanked_too(api: ScriptedApi, clock: FakeClock) -> None:
    """Whole, also where only its beginning was looked for first."""
    token = f"eyJ{'aB3-' * 700}"
    api.on("POST", "/v1/auth/token").always(json={"access_token": token})
    api.on("GET", "/v1/things/1").answers(403, json={"message": f"no {token} here, nor {token[:40]}"})

    async with LedgerBee(ClientCredentials("id", SECRET), transport=api, clock=clock.clock) as bee:
        with pytest.raises(APIError) as caught:
            await bee._calls.one(GET, ANY, path=("1",))

    assert f"no [secret] here, nor {token[:40]}" == caught.value.api_message


async def test_a_second_origin_never_sees_the_key() -> None:
    """The redirect is answered by an error, and nobody calls there."""
    async with raw_server() as evil, raw_server() as server:

        async def redirect(stream: Any, request: bytes) -> None:
            await stream.send(f"HTTP/1.1 307 x\r\nlocation: {evil.url}\r\ncontent-length: 0\r\n\r\n".encode())

        server.does(redirect)
        async with LedgerBee(ApiKey(KEY), base_url=server.url) as bee:
            with pytest.raises(LedgerBeeError):
                await bee._calls.one(GET, ANY, path=("1",))

    assert [] == evil.requests
    assert 1 == len(server.requests)


async def test_a_cancelled_write_logs_no_secret(api: ScriptedApi, caplog: pytest.LogCaptureFixture) -> None:
    """Its keys are the payload's own, not ours."""

    caplog.set_level(logging.DEBUG)
    api.on("POST", "/v1/things").always(Hanging())
    async with LedgerBee(ApiKey(KEY), transport=api) as bee:
        with anyio.move_on_after(0.02):
            await bee._calls.one(CREATE, ANY, body={"reference": "R"})

    search("the log", caplog.text)


@pytest.mark.parametrize("thing", [ApiKey(KEY), ClientCredentials("id", SECRET)], ids=["key", "client"])
def test_credentials_show_and_pickle_nothing(thing: object) -> None:
    """Not in repr, str, format or a pickle; nor in the error that refuses the pickle."""
    search("a repr", repr(thing), str(thing), f"{thing}", [thing], {"credentials": thing})
    with pytest.raises(ConfigurationError) as caught:
        pickle.dumps(thing)
    search_error(caught.value)


def test_a_webhook_secret_shows_in_no_error() -> None:
    """Neither in message nor in a local variable's repr of ours."""
    secret = "whsec_" + base64.b64encode(SECRET.encode()).decode()
    with pytest.raises(LedgerBeeError) as caught:
        webhooks.verify(b"{}", {}, secret=[secret])

    assert secret not in str(caught.value)
    search("an error", caught.value, repr(caught.value))


WEBHOOK_SECRET = "whsec_" + base64.b64encode(SECRET.encode()).decode()
STAMP = str(int(time.time()))
FORGED = {"webhook-id": "m", "webhook-timestamp": STAMP, "webhook-signature": "v1,AA=="}
REFUSED: dict[str, Callable[[], object]] = {
    "a forged delivery": lambda: webhooks.verify(b"{}", FORGED, secret=[WEBHOOK_SECRET]),
    "a delivery without headers": lambda: webhooks.verify(b"{}", {}, secret=WEBHOOK_SECRET),
    "a wrong webhook secret": lambda: webhooks.verify(b"{}", FORGED, secret=f"{WEBHOOK_SECRET}!"),
    "a wrong secret to sign with": lambda: webhooks.sign(b"{}", secret=f"{WEBHOOK_SECRET}!", delivery_id="m"),
    "a wrong key": lambda: ApiKey(f"{KEY} "),
    "a wrong client secret": lambda: ClientCredentials("id", f"{SECRET} "),
    "a wrong key in the environment": lambda: LedgerBee.from_env({"LEDGERBEE_API_KEY": f"{KEY} \t{KEY}"}),
    "half of a pair": lambda: LedgerBee.from_env({"LEDGERBEE_CLIENT_SECRET": SECRET}),
    "a wrong header": lambda: LedgerBee(ApiKey(KEY), headers={"x-a": "\n"}),
    "a wrong proxy": lambda: LedgerBee(ApiKey(KEY), proxy="foo://u:p@x"),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_what_is_refused_stands_in_no_local_variable(refused: str) -> None:
    """Tools for error reports send those of every frame to another machine."""
    with pytest.raises(LedgerBeeError) as caught:
        REFUSED[refused]()

    search_frames(caught.value)
