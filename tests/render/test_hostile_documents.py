"""A document is data: whatever stands in it, no line of it becomes code."""

from __future__ import annotations

import ast
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from regen.codegen.generate import generate
from regen.codegen.render_text import Code, docstring, identifier, literal, only_code
from regen.model.api import Api, Enum, Field, Model, Resource
from regen.notes import RefusedError

from .small_api import small_api
from .workshop import Package, Server

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
FREE_TEXT = frozenset({"description", "title", "docs_url", "example", "when", "code", "reason", "successor", "sunset"})


def poisoned(node: Any, attack: str, key: str = "") -> Any:
    """Put an attack wherever a text may stand that nobody checked before."""
    if isinstance(node, str):
        return attack if key in FREE_TEXT else node
    if is_dataclass(node) and not isinstance(node, type):
        return replace(node, **{one.name: poisoned(getattr(node, one.name), attack, one.name) for one in fields(node)})
    if isinstance(node, dict):
        return {name: poisoned(value, attack, name) for name, value in node.items()}
    return type(node)(poisoned(item, attack) for item in node) if isinstance(node, list | tuple) else node


def wired(api: Api, attack: str) -> Api:
    """Put it where the wire's own names and values stand, too."""
    invoice, card = api.classes["Invoice"], api.classes["Card"]
    listing, report = api.endpoints["invoices.list"], api.endpoints["usage.report"]
    assert isinstance(invoice, Model)
    assert isinstance(card, Model)
    extra = Field(attack, "extra", {"type": "string", "description": attack, "example": attack}, required=False)
    first, *others = listing.arguments
    kind, *numbers = card.fields
    classes: dict[str, Model | Enum] = {
        "InvoiceStatus": Enum(name="InvoiceStatus", members={"draft": "DRAFT", attack: "OTHER"}),
        "Invoice": replace(invoice, fields=(*invoice.fields, extra)),
        "Card": replace(card, fields=(replace(kind, schema={"type": "string", "const": attack}), *numbers)),
    }
    arguments = (replace(first, wire=attack, comma_joined=True), *others)
    endpoints = {
        listing.name: replace(listing, scopes=(attack,), arguments=arguments),
        report.name: replace(report, idempotency_header=attack),
    }
    return replace(api, classes={**api.classes, **classes}, endpoints={**api.endpoints, **endpoints})


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_no_text_becomes_code(fresh: Path, attack: str) -> None:
    """Every file parses, calls nothing new, and its strings hold what the document says."""
    package = Package(fresh, wired(poisoned(small_api(), attack), attack))

    for path, source in package.sources().items():
        tree = ast.parse(source)
        read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        assert "boom" not in read, path
        assert " object at 0x" not in source
        assert not set(source) & {"\u2028", "\u2029", "\u202e", "\u2066", "\x00", "\x0c", "\x1b", "\r"}
    assert attack in package.models.InvoiceStatus._value2member_map_
    assert attack in {field.wire for field in package.models.Invoice._wire}
    assert (attack,) == package.module("api.invoices")._LIST.scopes


@pytest.mark.asyncio
async def test_odd_wire_names_reach_the_wire(fresh: Path) -> None:
    """As they are, quoted by the runtime."""
    server = Server([])
    await Package(fresh, wired(small_api(), "a\"b'c\\")).resources(server).invoices.list(status="sent").collect()

    assert "a%22b%27c%5C=sent" in server.target


@pytest.mark.parametrize("name", ["boom()", "a b", "class", "x\ny", "é", "", "1a", '"'])
def test_what_is_no_name_is_refused(name: str) -> None:
    """Names were made before; here they are only believed if they are names."""
    api = small_api()
    listing = api.endpoints["invoices.list"]
    changed = replace(listing, arguments=(replace(listing.arguments[0], name=name),))
    with pytest.raises(RefusedError, match="is no name for Python"):
        generate(replace(api, endpoints={**api.endpoints, "invoices.list": changed}))


@pytest.mark.parametrize(
    "changed",
    [
        Resource("invoices", "A(boom())"),
        Resource("invoices", "A", mixin="os:system('x')"),
        Resource("invoices", "A", mixin="a b:C"),
    ],
    ids=lambda resource: resource.mixin or resource.class_name,
)
def test_a_resource_is_made_of_names_only(changed: Resource) -> None:
    """Its class and its mixin."""
    api = small_api()
    with pytest.raises(RefusedError, match="is no name for Python"):
        generate(replace(api, resources={**api.resources, "invoices": changed}))


@pytest.mark.parametrize("value", ["plain", 5, None, '"quoted"'])
def test_a_template_prints_only_what_passed_a_filter(value: object) -> None:
    """A forgotten filter fails at once."""
    with pytest.raises(RefusedError, match="passed no filter"):
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
    with pytest.raises(RefusedError, match="No literal can be written"):
        literal(value)


def test_identifiers_are_ascii() -> None:
    """Letters that look alike are none."""
    with pytest.raises(RefusedError):
        identifier("\u0441lient")
