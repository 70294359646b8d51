"""Reads the document, and refuses what cannot be worked with, before anything is written."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from regen.notes import Notes, RefusedError

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 200
METHODS = ("get", "put", "post", "delete", "patch", "head")
# Values in which a key called "$ref" is data.
DATA_KEYS = frozenset({"example", "examples", "default", "enum", "const", "mapping"})
# Objects whose keys are names somebody chose.
NAME_MAPS = frozenset(
    {"properties", "patternProperties", "schemas", "responses", "parameters", "requestBodies", "paths"}
)

KEEP = "Nothing was changed. Download it again, or pass another file with --schema."


class _Object(dict[str, Any]):
    """A JSON object that remembers keys written twice."""

    twice: tuple[str, ...] = ()


def _pairs(pairs: list[tuple[str, Any]]) -> _Object:
    built = _Object(pairs)
    if len(built) != len(pairs):
        seen: set[str] = set()
        built.twice = tuple(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return built


def read_document(content: bytes, source: str, notes: Notes) -> dict[str, Any]:
    """Parse and check a document; raises RefusedError with what is wrong, where, and what to do."""
    document = parse_json(content, source)
    check_version(document, source, notes)
    check_paths(document, source)
    check_references(document, source, notes)
    return document


def parse_json(content: bytes, source: str) -> dict[str, Any]:
    """Bytes to a JSON object: UTF-8, whole, no key twice, not a web page."""
    if len(content) > MAX_BYTES:
        raise RefusedError(
            f"{source}: more than {MAX_BYTES // 1_000_000} MB, which no OpenAPI document has.",
            KEEP,
        )
    if not content.strip():
        raise RefusedError(f"{source}: empty.", KEEP)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError(f"{source}: not UTF-8 at byte {error.start}.", "Save it as UTF-8.", KEEP) from None
    if text.lstrip().startswith("<"):
        raise RefusedError(f"{source}: this is a web page (HTML or XML), not JSON.", "Check the URL.", KEEP)
    try:
        document = json.loads(text, object_pairs_hook=_pairs, parse_constant=_no_number, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise RefusedError(f"{source}: {_what_json(text, error)}", KEEP) from None
    except ValueError as error:
        # Numbers: NaN, 1e999, or more digits than Python converts.
        raise RefusedError(f"{source}: not JSON: {str(error).partition(';')[0]}.", KEEP) from None
    except RecursionError:
        raise RefusedError(f"{source}: nested too deeply to be an OpenAPI document.", KEEP) from None
    if not isinstance(document, dict):
        raise RefusedError(f"{source}: the document is not a JSON object.", KEEP)
    _check_twice(document, source)
    if re.search(r"\\ud[89a-f]", text, re.IGNORECASE):
        _check_characters(document, source)
    return document


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not a number")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _check_characters(document: dict[str, Any], source: str) -> None:
    """A text with half a character in it can be written nowhere."""
    found = []
    for pointer, node in walk(document, everything=True):
        texts = [*node, *node.values()] if isinstance(node, dict) else node
        if any(isinstance(text, str) and re.search("[\ud800-\udfff]", text) for text in texts):
            found.append(f"{pointer or '/'}: a text holds half a character (\\ud800 to \\udfff).")
    if found:
        raise RefusedError(f"{source}: texts that are not Unicode.", *found, KEEP)


def _what_json(text: str, error: json.JSONDecodeError) -> str:
    if re.match(r"\s*(openapi|swagger|info)\s*:", text):
        return "this is YAML, not JSON. Convert it to JSON first."
    if error.pos >= len(text.rstrip()) - 1 or "Unterminated string" in error.msg:
        return f"the file ends in the middle of a value (line {error.lineno}): it is truncated."
    return f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}."


def _check_twice(document: dict[str, Any], source: str) -> None:
    found = []
    for pointer, node in walk(document):
        if pointer.count("/") > MAX_DEPTH:
            raise RefusedError(f"{source}: nested more than {MAX_DEPTH} deep at {pointer[:80]}", KEEP)
        if isinstance(node, _Object) and node.twice:
            found += [f"{pointer or '/'}: the key {key!r} stands there twice." for key in node.twice]
    if found:
        raise RefusedError(f"{source}: keys written twice, so one of two values would be lost.", *found, KEEP)


def check_version(document: dict[str, Any], source: str, notes: Notes) -> None:
    """OpenAPI 3.0.x or 3.1.x; a missing third part is repaired."""
    if "swagger" in document:
        raise RefusedError(
            f"{source}: Swagger {document['swagger']}, at /swagger; OpenAPI 3.0 or 3.1 is needed.",
            "Convert it (https://converter.swagger.io), or pass another file with --schema.",
        )
    version = document.get("openapi")
    if not isinstance(version, str) or not re.fullmatch(r"3(\.\d+){0,2}(-\w+)?", version):
        raise RefusedError(
            f"{source}: no OpenAPI document: /openapi is {version!r:.40}, where '3.0.x' or '3.1.x' is expected.", KEEP
        )
    if not re.fullmatch(r"3\.[01]\.\d+", version):
        mended = "3.0.3" if version.startswith("3.0") or version == "3" else "3.1.0"
        notes.repair("/openapi", f"{version!r} read as {mended!r}")
        document["openapi"] = mended


def check_paths(document: dict[str, Any], source: str) -> None:
    """There is at least one operation."""
    paths = document.get("paths")
    if not isinstance(paths, dict):
        raise RefusedError(f"{source}: no /paths, or not an object.", KEEP)
    if not paths:
        raise RefusedError(f"{source}: /paths is empty: a document without operations.", KEEP)
    if not any(isinstance(item, dict) and ("$ref" in item or set(METHODS) & set(item)) for item in paths.values()):
        raise RefusedError(f"{source}: /paths holds no operation ({', '.join(METHODS)}).", KEEP)


def check_references(document: dict[str, Any], source: str, notes: Notes) -> None:
    """
    Every $ref stays inside the document; one that points at nothing is read as an object nobody described.

    @nestjs/swagger writes such references where a class was not registered. Where more than a tenth of them point at
    nothing, half the document is missing.
    """
    outside, dangling, total = [], [], 0
    for pointer, node in walk(document, skip=DATA_KEYS):
        target = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(target, str) or pointer.endswith("/properties"):
            continue
        total += 1
        if not target.startswith("#"):
            outside.append(f"{pointer}: {target!r:.80} points outside the document.")
        elif resolve(document, target) is None and target.endswith("/StreamableFile"):
            # What NestJS calls a file; its class is never registered.
            del node["$ref"]
            node.update({"type": "string", "format": "binary"})
        elif resolve(document, target) is None:
            dangling.append((pointer, node, target))
    lines = [f"{pointer}: {target!r:.80} points at nothing." for pointer, _, target in dangling]
    if outside or len(dangling) * 10 > total:
        raise RefusedError(f"{source}: references that cannot be resolved.", *outside, *lines, KEEP)
    for pointer, node, target in dangling:
        notes.repair(pointer, f"{target!r:.80} points at nothing; read as an object nobody described; may be breaking")
        del node["$ref"]
        node.update({"type": "object", "x-undocumented": True})


def resolve(document: dict[str, Any], reference: str) -> Any:
    """What a local reference (`#/components/...`) points at, or None."""
    node: Any = document
    for part in reference.removeprefix("#").split("/")[1:]:
        key = unescape(part)
        if isinstance(node, dict) and key in node:
            node = node[key]
        elif isinstance(node, list) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        else:
            return None
    return node


def unescape(part: str) -> str:
    """One part of a JSON pointer as the key that it names."""
    return unquote(part).replace("~1", "/").replace("~0", "~")


def followed(document: dict[str, Any], node: Any) -> Any:
    """The thing itself where there is a reference to it."""
    for _ in range(20):
        if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
            break
        node = resolve(document, node["$ref"])
    return node


def pointer_to(*parts: object) -> str:
    """A JSON pointer from its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def walk(
    node: Any, pointer: str = "", skip: frozenset[str] = frozenset(), *, everything: bool = False
) -> Iterator[tuple[str, Any]]:
    """Every object and array of the document with its pointer, parents first."""
    stack: list[tuple[str, Any, bool]] = [(pointer, node, False)]
    while stack:
        here, value, names = stack.pop()
        if isinstance(value, dict):
            yield here, value
            children = []
            for key, child in value.items():
                if isinstance(child, dict | list) and (
                    everything or names or (key not in skip and not key.startswith("x-"))
                ):
                    children.append((here + pointer_to(key), child, key in NAME_MAPS and not names))
            stack.extend(reversed(children))
        elif isinstance(value, list):
            yield here, value
            stack.extend((f"{here}/{i}", child, False) for i, child in reversed(list(enumerate(value))))
