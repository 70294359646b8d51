"""Every text of the document is somebody else's: none of them becomes code, in Python or in the report."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from regen.notes import Notes
from regen.report.listing import listing_text
from regen.report.markdown import report_text
from small import Node, answering, document, normalised, operation, ref, taking
from workbench import Package, built

CALL = "__import__('pathlib').Path('OWNED').touch()"
TEXTS = {
    "quotes": f'"); {CALL} #',
    "triple quotes": f'"""\n{CALL}\n"""',
    "single quotes": f"'''\n{CALL}\n'''",
    "backslashes": "\\" * 7 + f'"\n{CALL}',
    "braces": f"{{{CALL}}} {{{{ 7 * 7 }}}} {{% raw %}} ${{x}}",
    "lines": f"one\r\n{CALL}\u2028{CALL}\x0c{CALL}",
    "odd": "\x00\x1b[31m\ud7ff\uffff\u202egnp",
    "encoding": f"-*- coding: utf-7 -*- {CALL}",
    "noqa": f"# type: ignore\n{CALL}",
}


def hostile(text: str) -> Node:
    """A document with one text in every place that holds a text."""
    names = {
        f"{text}{number}": {"type": "string", "description": text, "example": text, "default": text}
        for number in range(3)
    }
    schemas: Node = {
        f"Thing {text}": {
            "type": "object",
            "title": text,
            "description": text,
            "required": [f"{text}0"],
            "properties": {
                **names,
                "kind": {"enum": [text, f"{text}2", "plain"], "default": text, "description": text},
                "when": {"type": "string", "format": text, "pattern": text},
                "amount": {"type": "number", "default": text, "minimum": 1, "description": text},
                "inner": {"type": "object", "properties": {text: {"enum": [text]}}},
            },
        }
    }
    target = ref(f"Thing {text}".replace("~", "~0").replace("/", "~1").replace("%", "%25"))
    parameters: list[Any] = [
        {
            "name": f"{text}{place}",
            "in": place,
            "description": text,
            "example": text,
            "schema": {"type": "string", "default": text},
        }
        for place in ("query", "header")
    ]
    one = operation(
        text,
        text,
        description=text,
        operationId=text,
        deprecated=True,
        parameters=parameters,
        requestBody={**taking(target), "description": text},
        responses={**answering(target), "400": {"description": text, "x-error-codes": [{"code": text, "when": text}]}},
    )
    one |= {
        "x-required-scopes": [text],
        "x-sunset": text,
        "x-successor": text,
        "x-repeatable": text,
        "x-documentation": text,
    }
    made = document(
        {f"/v1/{text}/{{{text}}}/go": {"post": one}, "/v1/things": {"get": operation(f"List {text}", text)}}, schemas
    )
    made["tags"] = [{"name": text, "description": text}]
    made["info"] = {"title": text, "version": text, "description": text}
    return made


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_hostile_text_stays_a_text(text: str, tmp_path: Path) -> None:
    """Everything is generated, compiled and imported, and nothing of it is executed."""
    package: Package = built(normalised(hostile(text)), tmp_path / "made")

    assert [] == list(tmp_path.rglob("OWNED"))
    assert package.run("result = [name for name in dir(models) if name == 'OWNED']") == []
    assert not list(package.directory.glob("OWNED"))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_hostile_text_breaks_no_page(text: str) -> None:
    """The report and the table of operations keep one line per thing."""
    notes = Notes()
    result = normalised(hostile(text), notes=notes)
    report = report_text([], notes, result.api, first=True, files=[])
    rows = [line for line in listing_text(result.api).splitlines() if line.startswith("| `")]

    before, _, rest = report.partition("```toml\n")
    table, _, after = rest.partition("\n```\n")
    plain = ("#", "-", "<details>", "</details>", "As lines of openapi/names.toml")
    shown = (before + after).splitlines()
    assert all(line == "" or line.startswith(plain) or "operations," in line for line in shown)
    named = {f"{resource}.{method}" for resource, methods in tomllib.loads(table).items() for method in methods}
    assert set(result.api.endpoints) == {name for name in named if not name.endswith(".tag")}
    assert len(result.api.endpoints) == len(rows)
