"""A document is data: whatever stands in it, no line of it becomes code."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from regen.codegen.errors import GenerationError
from regen.codegen.generate import generate
from regen.codegen.render_text import Code, docstring, identifier, literal, only_code

from .describing import Node
from .small_api import small_document, small_facts
from .workshop import Api, Package

ATTACKS = [
    '"; boom() #',
    "'; boom() #",
    '"""\nboom()\n"""',
    "'''\nboom()\n'''",
    "\\",
    '\\"""; boom()',
    "{boom()}",
    "{{ boom() }}",
    "{% raw %}{% for x in y %}",
    "{#",
    "a\nboom()",
    "a\r\nboom()",
    "a\rboom()",
    "\u2028boom()\u2029",
    "\x00\x0c\x1b[31m",
    "\u202eboom()\u2066",
    "\ud800",
    'ends with a quote"',
    "ends with a backslash\\",
    "#}{{ 1 }}",
    "%s %(a)s $x ${x}",
    "x" * 5000,
]
FREE_TEXT = (
    "description",
    "summary",
    "title",
    "docs_url",
    "example",
    "when",
    "code",
    "repeatable_reason",
    "successor",
    "sunset",
)


def poisoned(node: Any, attack: str) -> Any:
    """Put an attack wherever a text may stand that nobody checked before."""
    if isinstance(node, dict):
        return {
            key: attack if key in FREE_TEXT and isinstance(value, str) else poisoned(value, attack)
            for key, value in node.items()
        }
    return [poisoned(item, attack) for item in node] if isinstance(node, list) else node


def wired(document: Node, facts: Node, attack: str) -> None:
    """Put it where the wire's own names and values stand, too."""
    schemas = document["components"]["schemas"]
    schemas["InvoiceStatus"]["enum"] = ["draft", attack]
    schemas["Invoice"]["properties"][attack] = {"type": "string", "description": attack, "example": attack}
    schemas["Card"]["properties"]["kind"]["const"] = attack
    listing = document["paths"]["/v1/invoices"]["get"]["parameters"]
    listing[0]["name"] = attack
    facts["operations"]["invoices__list"]["arguments"]["query"][0] |= {"wire": attack, "description": attack}
    facts["operations"]["invoices__list"] |= {"scopes": [attack], "comma_joined": [attack]}
    facts["operations"]["usage__report"]["idempotency"] = {"header": attack}


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_no_text_becomes_code(fresh: Path, attack: str) -> None:
    """Every file parses, calls nothing new, and its strings hold what the document says."""
    document, facts = poisoned(small_document(), attack), poisoned(small_facts(), attack)
    wired(document, facts, attack)
    package = Package(fresh, document, facts)

    for path, source in package.sources().items():
        tree = ast.parse(source)
        read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        assert "boom" not in read, path
        assert " object at 0x" not in source
        assert not set(source) & {"\u2028", "\u2029", "\u202e", "\u2066", "\x00", "\x0c", "\x1b", "\r"}
    assert attack in package.models.InvoiceStatus._value2member_map_
    assert attack in {field.wire for field in package.models.Invoice._wire}
    assert (attack,) == package.module("api.invoices.list").OPERATION.scopes


@pytest.mark.asyncio
async def test_odd_wire_names_reach_the_wire(fresh: Path) -> None:
    """As they are, quoted by the runtime."""
    document, facts = small_document(), small_facts()
    wired(document, facts, "a\"b'c\\")
    api = Api([])
    await Package(fresh, document, facts).resources(api).invoices.list(status="sent").collect()

    assert "a%22b%27c%5C=sent" in api.target


@pytest.mark.parametrize("name", ["boom()", "a b", "class", "x\ny", "é", "", "1a", '"'])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    """Names were to be made by the normaliser; here they are only believed if they are names."""
    facts = small_facts()
    facts["operations"]["invoices__list"]["arguments"]["query"][0]["python"] = name
    with pytest.raises(GenerationError, match="is no name for Python"):
        generate(small_document(), facts, tmp_path / "out")


@pytest.mark.parametrize(
    ("key", "value"),
    [("class", "A(boom())"), ("mixin", "os:system('x')"), ("mixin", "a b:C")],
)
def test_a_resource_is_made_of_names_only(tmp_path: Path, key: str, value: str) -> None:
    """Its class and its mixin."""
    facts = small_facts()
    facts["resources"]["invoices"][key] = value
    with pytest.raises(GenerationError, match="is no name for Python"):
        generate(small_document(), facts, tmp_path / "out")


@pytest.mark.parametrize("value", ["plain", 5, None, '"quoted"'])
def test_a_template_prints_only_what_passed_a_filter(value: object) -> None:
    """A forgotten filter fails at once."""
    with pytest.raises(GenerationError, match="passed no filter"):
        only_code(value)
    assert "x" == only_code(Code("x"))


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_literals_and_docstrings_hold_what_they_are_given(attack: str) -> None:
    """Read back by Python itself."""
    assert attack == ast.literal_eval(literal(attack))
    lines = [line for line in attack.split("\n") if line.strip() and "\r" not in line]
    if lines and not set(attack) & {"\x00", "\ud800"}:
        found = ast.literal_eval(docstring([lines], 4))
        assert [line.strip() for line in lines] == [line.strip() for line in found.strip().split("\n")]


@pytest.mark.parametrize("value", [1.5, ["a"], {"a": 1}, b"a"])
def test_only_plain_constants_are_written(value: object) -> None:
    """Nothing whose repr might be anything."""
    with pytest.raises(GenerationError, match="No literal can be written"):
        literal(value)


def test_identifiers_are_ascii() -> None:
    """Letters that look alike are none."""
    with pytest.raises(GenerationError):
        identifier("\u0441lient")
