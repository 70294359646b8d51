"""Documents as others publish them: odd parameters, files, texts and envelopes, generated, typed, and called over loopback."""

# One construct per line.
# ruff: noqa: E501

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest
from regen.model.describe import Described
from regen.notes import Notes
from regen.report.surface import surface_of
from small import Node, answering, document, endpoint, normalised, operation, ref, taking
from workbench import Package, built

STRING: Node = {"type": "string"}
NOTES = Notes()
SERVED = """
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ledgerbee_client import ApiKey, DownloadError, InvalidValueError, LedgerBee

ANSWERS, REQUESTS = {}, []

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        length = int(self.headers.get("content-length") or 0)
        REQUESTS.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length)))
        kind, content = ANSWERS[self.path.partition("?")[0].removeprefix("/api")]
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer
    def log_message(self, *_): pass

def served(run):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    async def main():
        async with LedgerBee(ApiKey("k" * 32), base_url=f"http://127.0.0.1:{server.server_port}/api", max_retries=0) as bee:
            from ledgerbee_client import api
            class Reached:
                def __getattr__(self, name):
                    module = importlib.import_module(f"ledgerbee_client.api.{name}")
                    return next(v for k, v in vars(module).items() if k.endswith("Resource") and k != "Resource")(bee._calls)
            return await run(Reached())
    try:
        return asyncio.run(main())
    finally:
        server.shutdown()
        server.server_close()
"""


def parameter(name: str, place: str, schema: Node) -> Node:
    """A parameter that must be given."""
    return {"name": name, "in": place, "required": True, "schema": schema}


HEADERS = [
    parameter("If-Modified-Since", "header", {"type": "string", "format": "date-time"}),
    parameter("x-since", "header", {"type": "string", "format": "date-time"}),
    parameter("x-ids", "header", {"type": "array", "items": STRING}),
    parameter("x-any", "header", {}),
    parameter("x-thing", "header", ref("Thing")),
    parameter("x-none", "header", {"type": "string", "nullable": True}),
]
PLACES = [
    parameter("id", "path", {"type": "number"}),
    parameter("word", "path", {"type": "string", "nullable": True}),
    parameter("day", "path", {"type": "string", "format": "date"}),
    parameter("all", "path", {"type": "array", "items": STRING}),
    parameter("any", "path", {}),
]
PAGE = {"name": "page", "in": "query", "schema": {"type": "integer", "default": 0, "minimum": 0}}
LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 2}}
BINARY: Node = {"type": "string", "format": "binary"}
PATHS: Node = {
    "/v1/headers": {"get": operation("Get headers", "Headers", parameters=HEADERS, responses=answering(ref("Thing")))},
    "/v1/places/{id}/{word}/{day}/{all}/{any}": {"get": operation("Get places", "Places", parameters=PLACES, responses=answering(ref("Thing")))},
    "/v1/exports": {"post": operation("Create an export", "Exports", requestBody=taking(ref("Thing")), responses=answering(STRING, kind="text/csv"))},
    "/v1/images/{id}": {"get": operation("Get an image", "Images", responses=answering(BINARY, kind="image/png"))},
    "/v1/streams": {"get": operation("Get a stream", "Streams", responses=answering(ref("StreamableFile")))},
    "/v1/bytes": {"get": operation("Get bytes", "Bytes", responses=answering(BINARY))},
    "/v1/papers/{id}/pdf": {"get": operation("Get a paper", "Papers", responses=answering(BINARY, kind="application/pdf"))},
    "/v1/health": {"get": operation("Get health", "Health", responses=answering(STRING, kind="text/plain"))},
    "/v1/defaults": {"get": operation("Get a default", "Defaults", responses=answering(ref("Thing"), "default"))},
    "/v1/uploads": {"post": operation("Create an upload", "Uploads", requestBody={"required": True, "content": {"multipart/form-data": {"schema": ref("UploadDto")}}}, responses=answering(ref("Thing")))},
    "/v1/sheets": {"get": operation("List sheets", "Sheets", parameters=[PAGE, LIMIT], responses=answering(
        {"type": "object", "properties": {"data": {"type": "array", "items": ref("Thing")}, "total": {"type": "number"}}}
    ))},
    "/v1/rows": {
        "get": operation("List rows", "Rows", responses=answering(
            {"type": "object", "properties": {"data": {"type": "object", "properties": {"items": {"type": "array", "items": ref("Thing")}, "total": {"type": "number"}}}}}
        ))
    },
}  # fmt: skip
SCHEMAS: Node = {
    "UploadDto": {
        "type": "object",
        "properties": {
            "file": BINARY,
            "more": {"type": "array", "items": BINARY},
            "bank": STRING,
            "day": {"type": "string", "format": "date"},
            "amount": {"type": "number"},
            "draft": {"type": "boolean"},
            "tags": {"type": "array", "items": STRING},
            "none": STRING,
        },
        "required": ["file"],
    },
    "Thing": {"type": "object", "properties": {"id": STRING, "note": STRING}, "required": ["id", "note"]},
}


@cache
def odd() -> Described:
    """What is made of the document."""
    return normalised(document(PATHS, SCHEMAS), notes=NOTES)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """What is generated from it."""
    return built(odd(), tmp_path_factory.mktemp("odd"))


def test_every_operation_is_there_and_typed(package: Package) -> None:
    """mypy --strict over all of it."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--cache-dir", "/dev/null"]
    command += ["--follow-imports", "silent", "ledgerbee_client/api", "ledgerbee_client/models"]
    done = subprocess.run(command, cwd=package.directory, capture_output=True, text=True, check=False)

    assert len(PATHS) == len(odd().api.endpoints)
    assert (0, "") == (done.returncode, done.stderr), done.stdout[-2000:]


def test_odd_parameters_are_written_as_text_and_reported() -> None:
    """One odd parameter refuses no document."""
    types = {name: one["type"] for name, one in surface_of(odd().api)["operations"]["headers.get"]["arguments"].items()}
    places = {name: one["type"] for name, one in surface_of(odd().api)["operations"]["places.get"]["arguments"].items()}

    assert {
        "if_modified_since": "datetime",
        "x_since": "datetime",
        "x_ids": "list[str]",
        "x_any": "str",
        "x_thing": "str",
        "x_none": "str | None",
    } == types
    assert ["int | str", "str", "str", "str", "str"] == list(places.values())
    assert any("x-any: any value in a header; read as text" in line for line in NOTES.repairs)
    assert any("word: may be null in a path" in line for line in NOTES.repairs)


def test_odd_parameters_reach_the_wire(package: Package) -> None:
    """Instants as HTTP has them in its own headers, lists joined by commas, null left out; a null in a path is refused."""
    assert [
        ["Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05.000Z", "a, b", "x", None],
        "/api/v1/places/7/a%2Fb/2026-01-02/1/2",
        "the text None names nothing",
    ] == package.run(
        SERVED
        + """
ANSWERS = {"/v1/headers": ("application/json", b'{"id": "1"}'), "/v1/places/7/a%2Fb/2026-01-02/1/2": ("application/json", b'{"id": "1"}')}
moment = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)

async def run(bee):
    await bee.headers.get(if_modified_since=moment, x_since=moment, x_ids=["a", "b"], x_any="x", x_thing="t", x_none=None)
    await bee.places.get(7, "a/b", "2026-01-02", "1", "2")
    refused = ""
    try:
        await bee.places.get(7, None, "2026-01-02", "1", "2")
    except InvalidValueError:
        refused = "the text None names nothing"
    sent = REQUESTS[0][2]
    return [[sent.get(name) for name in ("if-modified-since", "x-since", "x-ids", "x-any", "x-none")], REQUESTS[1][1], refused]

result = served(run)
"""
    )


def test_files_of_any_kind_come_whole_and_take_a_body(package: Package) -> None:
    """CSV, images, what a StreamableFile is; only a PDF must begin as one, and a web page is no file."""
    assert [
        ["id;note\n", "text/csv", {"id": "1", "note": "x"}],
        ["89504e47", "00ff", "00fe"],
        ["a PDF was expected", "a web page came"],
    ] == package.run(
        SERVED
        + """
ANSWERS = {
    "/v1/exports": ("text/csv", b"id;note\\n"), "/v1/images/1": ("image/png", b"\\x89PNG"), "/v1/images/2": ("text/html", b"<html>"),
    "/v1/streams": ("application/octet-stream", b"\\x00\\xff"), "/v1/bytes": ("application/octet-stream", b"\\x00\\xfe"),
    "/v1/papers/1/pdf": ("application/pdf", b"no paper"),
}

async def run(bee):
    text = (await bee.exports.create({"id": "1", "note": "x"}).read()).decode()
    export = [text, REQUESTS[0][2]["accept"], json.loads(REQUESTS[0][3])]
    files = [(await one.read()).hex() for one in (bee.images.get("1"), bee.streams.get(), bee.bytes.get())]
    refused = []
    for one in (bee.papers.pdf("1"), bee.images.get("2")):
        try:
            await one.read()
        except DownloadError as error:
            refused.append(next(words for words in ("a PDF was expected", "a web page came") if words in str(error)))
    return [export, files, refused]

result = served(run)
"""
    )


def test_texts_envelopes_and_defaults_are_read(package: Package) -> None:
    """text/plain is text, `data.items` is a list, and `default` is a success where there is no other."""
    assert ["ok\n", [["1", "n"], ["2", None]], "7", "Thing"] == package.run(
        SERVED
        + """
ANSWERS = {
    "/v1/health": ("text/plain", b"ok\\n"), "/v1/defaults": ("application/json", b'{"id": "7"}'),
    "/v1/rows": ("application/json", b'{"data": {"items": [{"id": "1", "note": "n"}, {"id": "2"}], "total": 2}}'),
}

async def run(bee):
    rows = [[row.id, row.note or None] async for row in bee.rows.list()]
    return [await bee.health.get(), rows, (await bee.defaults.get()).id, type(await bee.defaults.get()).__name__]

result = served(run)
"""
    )


def test_a_text_locked_as_another_kind_stays_that() -> None:
    """Kinds do not follow the schema."""
    assert ("one", "str") == (
        endpoint(odd(), "health.get").kind,
        surface_of(odd().api)["operations"]["health.get"]["answer"],
    )
    assert "file" == endpoint(odd(), "streams.get").kind


def test_pages_counted_from_0_are_walked(package: Package) -> None:
    """Users count from 1, and what a page calls itself is compared with what was asked for."""
    assert [["1", "2", "3"], ["page=0&limit=2", "page=1&limit=2"]] == package.run(
        SERVED
        + """
async def run(bee):
    ids = []
    async for page in bee.sheets.list().pages():
        ids += [row.id for row in page.items]
        rest = [{"id": "3", "note": ""}]
        ANSWERS["/v1/sheets"] = ("application/json", json.dumps({"data": rest, "page": 1, "total": 3}).encode())
    return [ids, [path.partition("?")[2] for _, path, *_ in REQUESTS]]

first = [{"id": "1", "note": ""}, {"id": "2", "note": ""}]
ANSWERS["/v1/sheets"] = ("application/json", json.dumps({"data": first, "page": 0, "total": 3}).encode())
result = served(run)
"""
    )


def test_a_form_carries_files_and_fields_exactly(package: Package) -> None:
    """Files as they are, others as text, of a length that is announced; too many files are refused before the network."""
    assert [
        [
            ["file", 'a"b.pdf', "application/pdf", "%PDF-1"],
            ["more", "b.csv", "text/csv", "1;2"],
            ["more", "c.csv", "text/csv", "3;4"],
            ["bank", None, "text/plain", "Nordea"],
            ["day", None, "text/plain", "2026-01-02"],
            ["amount", None, "text/plain", "1.25"],
            ["draft", None, "text/plain", "true"],
            ["tags", None, "text/plain", "x"],
            ["tags", None, "text/plain", "y"],
        ],
        True,
        ["an Attachment", "at most 10 allowed per form"],
        1,
    ] == package.run(
        SERVED
        + """
import email.parser, email.policy
from urllib.parse import unquote
from ledgerbee_client import Attachment, AttachmentError
ANSWERS = {"/v1/uploads": ("application/json", b'{"id": "1", "note": "n"}')}

def file(content, name):
    return Attachment.from_bytes(content, filename=name)

def parts():
    head = f"content-type: {REQUESTS[0][2]['content-type']}\\r\\n\\r\\n".encode()
    for part in email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + REQUESTS[0][3]).iter_parts():
        name = part.get_param("name", header="content-disposition")
        yield [name, part.get_filename() and unquote(part.get_filename()), part.get_content_type(), part.get_payload(decode=True).decode()]

async def run(bee):
    upload = models.UploadDto(
        file=file(b"%PDF-1", 'a"b.pdf'), more=[file(b"1;2", "b.csv"), file(b"3;4", "c.csv")], bank="Nordea", day=datetime.date(2026, 1, 2),
        amount=Decimal("1.25"), draft=True, tags=["x", "y"], none=None,
    )
    await bee.uploads.create(upload)
    refused = []
    for wrong in ({"file": "text"}, {"file": file(b"%PDF-1", "a.pdf"), "more": [file(b"1", "b.csv")] * 10}):
        try:
            await bee.uploads.create(wrong)
        except (AttachmentError, InvalidValueError) as error:
            refused.append(next(words for words in ("an Attachment", "at most 10 allowed per form") if words in str(error)))
    return [list(parts()), int(REQUESTS[0][2]["content-length"]) == len(REQUESTS[0][3]), refused, len(REQUESTS)]

result = served(run)
"""
    )
