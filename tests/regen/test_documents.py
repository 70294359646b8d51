"""Which documents are refused, and in how few words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from regen.document.reading import MAX_BYTES, read_document
from regen.notes import MOST_LINES, Notes, RefusedError
from small import document, operation

GOOD = json.dumps(document({"/v1/things": {"get": operation()}})).encode()


def with_ref(target: str) -> bytes:
    """A document whose answer refers to something."""
    made = document({"/v1/things": {"get": operation(responses={"200": {"$ref": target}})}})
    return json.dumps(made).encode()


REFUSED: list[tuple[str, bytes, str]] = [
    ("nothing", b"  \n", "empty"),
    ("a truncated file", GOOD[:-20], "truncated"),
    ("a file cut inside a string", GOOD[: GOOD.index(b"List") + 2], "truncated"),
    ("a web page", b"<!doctype html><html><body>Sign in</body></html>", "web page"),
    ("YAML", b"openapi: 3.0.0\ninfo: {}\n", "YAML"),
    ("bad JSON", b'{"openapi": 3.0.0}', "line 1, column"),
    ("an array", b"[]", "not a JSON object"),
    ("another encoding", GOOD.decode().replace("things", "b\u00f8ger").encode("latin-1"), "not UTF-8 at byte"),
    ("a key twice", GOOD.replace(b'"summary"', b'"tags": [], "summary"'), "/paths/~1v1~1things/get: the key 'tags'"),
    ("Swagger 2.0", b'{"swagger": "2.0", "paths": {"/a": {}}}', "Swagger 2.0"),
    ("no version", b'{"info": {}, "paths": {"/a": {"get": {}}}}', "/openapi is None"),
    ("OpenAPI 4", GOOD.replace(b"3.0.0", b"4.0.0"), "'4.0.0'"),
    ("no paths", b'{"openapi": "3.0.0"}', "no /paths"),
    ("zero paths", b'{"openapi": "3.0.0", "paths": {}}', "/paths is empty"),
    ("paths without operations", b'{"openapi": "3.0.0", "paths": {"/a": {}}}', "no operation"),
    ("a reference to nothing", with_ref("#/components/responses/Gone"), "points at nothing"),
    ("a reference to another file", with_ref("other.json#/components/responses/A"), "outside the document"),
    ("a number that is none", GOOD.replace(b'"1"', b"NaN"), "NaN is not a number"),
    ("a number without end", GOOD.replace(b'"1"', b"1e999"), "1e999 is not a number"),
    ("a number of 5000 digits", GOOD.replace(b'"1"', b"9" * 5000), "digits"),
    ("half a character", GOOD.replace(b"A small API", b"A \\ud83d API"), "/info: a text holds half a character"),
    ("nesting without end", b'{"openapi":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "nested"),
]


@pytest.mark.parametrize(("content", "told"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_document_that_cannot_be_used_is_refused_with_its_place(content: bytes, told: str) -> None:
    """What is wrong and where stands in the first lines; what to do in the last."""
    with pytest.raises(RefusedError) as refused:
        read_document(content, "schema.json", Notes())

    assert told in "\n".join(refused.value.lines)
    assert len(refused.value.lines) <= MOST_LINES
    assert all(len(line) <= 240 for line in refused.value.lines)


def test_a_document_of_100_mb_is_refused_before_it_is_parsed() -> None:
    """The size is looked at first."""
    with pytest.raises(RefusedError, match="more than 33 MB, which no OpenAPI document has"):
        read_document(b" " * 100_000_000, "schema.json", Notes())

    assert MAX_BYTES < 100_000_000


def test_a_thousand_faults_are_told_in_fifteen_lines() -> None:
    """The rest is counted."""
    paths: dict[str, Any] = {f"/v1/{i}": {"get": {"$ref": f"#/gone/{i}"}} for i in range(1000)}

    with pytest.raises(RefusedError) as refused:
        read_document(json.dumps(document(paths)).encode(), "schema.json", Notes())

    assert MOST_LINES == len(refused.value.lines)
    assert "... and 988 more lines like these." == refused.value.lines[-2]
    assert "Download it again" in refused.value.lines[-1]


@pytest.mark.parametrize(
    ("written", "read"), [("3.0", "3.0.3"), ("3.1", "3.1.0"), ("3", "3.0.3"), ("3.2.0", "3.1.0"), ("3.0.0", "3.0.0")]
)
def test_a_version_without_its_third_part_is_mended(written: str, read: str) -> None:
    """The report says so."""
    notes = Notes()

    got = read_document(GOOD.replace(b"3.0.0", written.encode()), "schema.json", notes)

    assert read == got["openapi"]
    assert (written != read) == bool(notes.repairs)


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made["components"]["schemas"].update(
            {"$ref": {"type": "object", "properties": {"$ref": {"type": "string"}}}}
        ),
        lambda made: made["components"]["schemas"].update(
            {"A": {"example": {"$ref": "#/nothing"}, "default": {"$ref": "x"}}}
        ),
        lambda made: made["components"].update({"x-data": {"$ref": "#/nothing"}}),
    ],
    ids=["a field called $ref", "data with a $ref", "an extension"],
)
def test_a_ref_that_is_data_is_no_reference(change: Callable[[Any], None]) -> None:
    """Only references are followed."""
    made = json.loads(GOOD)
    change(made)

    assert made == read_document(json.dumps(made).encode(), "schema.json", Notes())


def test_a_byte_order_mark_does_no_harm() -> None:
    """Some servers send one."""
    assert "/v1/things" in read_document(b"\xef\xbb\xbf" + GOOD, "schema.json", Notes())["paths"]
