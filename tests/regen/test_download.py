"""Fetching the document from a server that behaves, and from some that do not."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler

import pytest
from regen.download import download
from regen.notes import RefusedError
from schema_server import Answer, serving

DOCUMENT = json.dumps({"openapi": "3.0.0"}).encode()


def send(handler: BaseHTTPRequestHandler, code: int, body: bytes = b"", **headers: str) -> None:
    """One answer."""
    handler.send_response(code)
    for name, value in {"Content_Type": "application/json", "Content_Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def test_a_document_comes_with_its_etag() -> None:
    """Both are remembered."""
    with serving(lambda handler: send(handler, 200, DOCUMENT, ETag='"one"')) as url:
        got = download(url)

    assert (DOCUMENT, '"one"') == (got.content, got.etag)


def test_an_unchanged_document_is_not_fetched_again() -> None:
    """If-None-Match carries the remembered ETag."""
    seen: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers.get("If-None-Match"))
        send(handler, 304)

    with serving(answer) as url:
        got = download(url, '"one"')

    assert (None, ['"one"']) == (got.content, seen)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda handler: send(handler, 200, b"<html>", Content_Type="text/html; charset=utf-8"), "answered a web page"),
        (lambda handler: send(handler, 200, b"x" * 2000), "2000 bytes announced, at most 1000 are read"),
        (lambda handler: send(handler, 200, b"x" * 100, Content_Length="900"), "no answer|cut off"),
        (lambda handler: send(handler, 404), "answered 404"),
        (lambda handler: send(handler, 503), "answered 503"),
        (lambda handler: send(handler, 302, Location="http://127.0.0.1:9/other.json"), "which is not https"),
        (lambda handler: send(handler, 302, Location="file:///etc/hostname"), "not allowed|not https"),
        (lambda handler: handler.connection.close(), "no answer"),
    ],
    ids=["web page", "too much", "cut off", "not found", "unavailable", "to http", "to a file", "hung up"],
)  # fmt: skip
def test_anything_but_a_whole_document_is_refused(answer: Answer, told: str) -> None:
    """In one sentence, and nothing is returned."""
    with serving(answer) as url, pytest.raises(RefusedError, match=told):
        download(url, max_bytes=1000, timeout=5)


def test_a_stream_without_length_is_cut_at_the_limit() -> None:
    """A server may go on for ever."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x" * 5000)

    with serving(answer) as url, pytest.raises(RefusedError, match="more than 1000 bytes"):
        download(url, max_bytes=1000)


def test_a_slow_server_is_given_up_on() -> None:
    """The deadline is for the whole document, however steadily it drips."""
    ticks = iter(range(0, 1000, 20))

    with (
        serving(lambda handler: send(handler, 200, DOCUMENT)) as url,
        pytest.raises(RefusedError, match="not complete in time"),
    ):
        download(url, timeout=10, now=lambda: float(next(ticks)))


def waits(finished: threading.Event) -> None:
    """Say nothing until the test is over."""
    finished.wait(10)


def test_a_silent_server_is_given_up_on() -> None:
    """It took the request and says nothing."""
    finished = threading.Event()

    with serving(lambda _: waits(finished)) as url:
        with pytest.raises(RefusedError, match="no answer: timed out"):
            download(url, timeout=0.1)
        finished.set()


@pytest.mark.parametrize("url", ["http://docs.ledgerbee.com/schema.json", "file:///etc/hostname", "ftp://x/y"])
def test_only_https_is_accepted(url: str) -> None:
    """But for the loopback, where these tests run."""
    with pytest.raises(RefusedError, match="only https"):
        download(url)


@pytest.mark.parametrize("url", ["https://[::1", "http://127.0.0.1:9/\xe9.json"])
def test_what_is_no_url_is_refused_as_such(url: str) -> None:
    """In one sentence."""
    with pytest.raises(RefusedError, match="Check the URL"):
        download(url)
