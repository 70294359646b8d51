"""What changed, in the words of the SDK, breaking or not by which way the data goes."""

# One case per line.
# ruff: noqa: E501

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from regen.report.change import Change
from regen.report.changes import compare
from regen.report.surface import read_surface, surface_of
from small import Node, answering, document, normalised, operation, ref, taking
from trials import published, real

NAMES = """
[invoices]
tag = "Invoices"
create = "Create"
get = "Get"
list = { kind = "list", title = "List" }
"""


def api() -> Node:
    """Three operations on invoices."""
    line = {"type": "object", "properties": {"quantity": {"type": "number", "minimum": 1, "maximum": 10}}}
    schemas: Node = {
        "CreateInvoice": {
            "type": "object",
            "required": ["customerId"],
            "properties": {
                "customerId": {"type": "string"},
                "note": {"type": "string", "nullable": True, "maxLength": 100},
                "delivery": {"enum": ["email", "post"]},
                "lines": {"type": "array", "items": ref("Line")},
            },
        },
        "Line": line,
        "Invoice": {
            "type": "object",
            "required": ["id", "amount"],
            "properties": {
                "id": {"type": "string"},
                "amount": {"type": "number"},
                "status": {"enum": ["draft", "sent"]},
            },
        },
    }
    parameters: list[Any] = [{"name": "page", "in": "query", "schema": {"type": "number"}}]
    parameters.append({"name": "limit", "in": "query", "schema": {"type": "number", "maximum": 50}})
    parameters += [{"name": "search", "in": "query", "schema": {"type": "string"}}]
    items = {"type": "array", "items": ref("Invoice")}
    return document(
        {
            "/v1/invoices": {
                "get": operation("List", "Invoices", parameters=parameters, responses=answering(items)),
                "post": operation(
                    "Create", "Invoices", requestBody=taking(ref("CreateInvoice")), responses=answering(ref("Invoice"))
                ),
            },
            "/v1/invoices/{id}": {"get": operation("Get", "Invoices", responses=answering(ref("Invoice")))},
        },
        schemas,
    )


def difference(change: Callable[[Node], Any], overlay: tuple[str, str] = ("", "")) -> list[Change]:
    """What the report says about a change of the document."""
    first = normalised(api(), NAMES, overlay[0])
    raw = copy.deepcopy(api())
    change(raw)
    second = normalised(raw, NAMES, overlay[1], lock=first.lock)
    return compare(surface_of(first.api), surface_of(second.api))


def said(changes: list[Change]) -> list[tuple[bool, str]]:
    """Whether each breaks, and its line in the report."""
    return [(change.breaking, change.text) for change in changes]


def schema(raw: Node, name: str) -> Node:
    """A component."""
    found: Node = raw["components"]["schemas"][name]
    return found


def post(raw: Node) -> Node:
    """The operation that creates."""
    found: Node = raw["paths"]["/v1/invoices"]["post"]
    return found


def listing(raw: Node) -> Node:
    """The operation that lists."""
    found: Node = raw["paths"]["/v1/invoices"]["get"]
    return found


def field(name: str, key: str, value: Any) -> Callable[[Node], Any]:
    """Set one field of a component."""
    return lambda raw: schema(raw, name)["properties"].__setitem__(key, value)


CASES: list[tuple[str, Callable[[Node], Any], bool, str]] = [
    (
        "a new optional field in a body",
        field("CreateInvoice", "costCenterId", {"type": "string"}),
        False,
        "invoices.create: new optional field 'costCenterId'",
    ),
    (
        "a new required field in a body",
        lambda raw: (field("CreateInvoice", "vat", {})(raw), schema(raw, "CreateInvoice")["required"].append("vat")),
        True,
        "invoices.create: new required field 'vat'",
    ),
    (
        "a default that is known now",
        lambda raw: schema(raw, "CreateInvoice")["properties"]["delivery"].update(default="post"),
        False,
        "invoices.create: field 'delivery': default of the server none -> post",
    ),
    ("a nested field", field("Line", "unit", {"type": "string"}), False, "invoices.create: new optional field 'lines[].unit'"),
    (
        "a field that becomes required",
        lambda raw: schema(raw, "CreateInvoice")["required"].append("note"),
        True,
        "invoices.create: field 'note' is required now",
    ),
    (
        "a field that becomes optional in a body",
        lambda raw: schema(raw, "CreateInvoice").pop("required"),
        False,
        "invoices.create: field 'customerId' is optional now",
    ),
    (
        "a field that becomes optional in an answer",
        lambda raw: schema(raw, "Invoice")["required"].remove("id"),
        True,
        "invoices.create, invoices.get, invoices.list: field 'id' is optional now",
    ),
    (
        "a removed field of an answer",
        lambda raw: schema(raw, "Invoice")["properties"].pop("amount"),
        True,
        "invoices.create, invoices.get, invoices.list: field 'amount' removed",
    ),
    (
        "another type",
        field("Invoice", "amount", {"type": "string"}),
        True,
        "invoices.create, invoices.get, invoices.list: field 'amount' Decimal -> str",
    ),
    ("a tightened limit", field("Line", "quantity", {"type": "number", "minimum": 1, "maximum": 5}), True, "invoices.create: field 'lines[].quantity' maximum 10 -> 5"),
    ("a loosened limit", field("Line", "quantity", {"type": "number", "minimum": 0, "maximum": 10}), False, "invoices.create: field 'lines[].quantity' minimum 1 -> 0"),
    ("a new limit", lambda raw: schema(raw, "CreateInvoice")["properties"]["customerId"].update(maxLength=9), False, "invoices.create: field 'customerId' maxLength none -> 9"),
    ("a lost request value", field("CreateInvoice", "delivery", {"enum": ["email"]}), True, "invoices.create: value 'post' (POST) removed"),
    ("a gained answer value", field("Invoice", "status", {"enum": ["draft", "sent", "paid"]}), False, "invoices.create, invoices.get, invoices.list: new value 'paid'"),
    ("null in an answer", field("Invoice", "amount", {"type": "number", "nullable": True}), True, "invoices.create, invoices.get, invoices.list: field 'amount' Decimal -> Decimal | None"),
    ("null in a body", field("CreateInvoice", "customerId", {"type": "string", "nullable": True}), False, "invoices.create: field 'customerId' str -> str | None"),
    ("no null in a body", field("CreateInvoice", "note", {"type": "string", "maxLength": 100}), True, "invoices.create: field 'note' str | None -> str"),
    ("a removed operation", lambda raw: raw["paths"].pop("/v1/invoices/{id}"), True, "invoices.get: removed (GET /v1/invoices/{id} is gone)"),
    ("a new operation", lambda raw: raw["paths"].update({"/v1/invoices/{id}/void": {"post": operation("Void", "Invoices")}}), False, "invoices.void: new (POST /v1/invoices/{id}/void)"),
    ("a moved operation", lambda raw: raw["paths"].update({"/v2/invoices/{id}": raw["paths"].pop("/v1/invoices/{id}")}), False, "invoices.get: GET /v1/invoices/{id} -> GET /v2/invoices/{id}"),
    ("another method", lambda raw: raw["paths"]["/v1/invoices"].update(put=raw["paths"]["/v1/invoices"].pop("post")), True, "invoices.create: now repeated after an unknown outcome"),
    ("fewer credentials", lambda raw: post(raw).update(security=[{"ApiKeyAuth": []}]), True, "invoices.create: credentials any -> key"),
    ("a removed argument", lambda raw: listing(raw)["parameters"].pop(), True, "invoices.list: argument 'search' removed"),
    ("a new argument", lambda raw: listing(raw)["parameters"].append({"name": "status", "in": "query", "schema": {}}), False, "invoices.list: new optional argument 'status'"),
    ("a new required argument", lambda raw: listing(raw)["parameters"].append({"name": "year", "in": "query", "required": True, "schema": {}}), True, "invoices.list: new required argument 'year'"),
    ("pages that are gone", lambda raw: listing(raw).update(parameters=[listing(raw)["parameters"][2]]), True, "invoices.list: argument 'limit' removed"),
    ("a body that is gone", lambda raw: post(raw).pop("requestBody"), True, "invoices.create: takes no body any more"),
    ("an answer of another class", lambda raw: post(raw).update(responses=answering(ref("Line"))), True, "invoices.create: answers Invoice -> Line"),
    ("smaller pages", lambda raw: listing(raw)["parameters"][1]["schema"].update(maximum=20), True, "invoices.list: largest page 50 -> 20"),
    ("a new page size", lambda raw: listing(raw)["parameters"][1]["schema"].update(maximum=70), False, ""),
    ("an argument in another place", lambda raw: listing(raw)["parameters"][2].update({"in": "header"}), True, "invoices.list: argument 'search' moved from query to header"),
    ("an argument under another wire name", lambda raw: listing(raw)["parameters"][2].update(name="Search"), False, "invoices.list: argument 'search' is sent as 'Search', not 'search'"),
    ("a body", lambda raw: raw["paths"]["/v1/invoices/{id}"]["get"].update(requestBody=taking(ref("Line"), required=False)), False, "invoices.get: takes a body now (Line, optional)"),
    ("an optional body", lambda raw: post(raw)["requestBody"].update(required=False), False, "invoices.create: the body is optional now"),
    ("a body of another class", lambda raw: post(raw).update(requestBody=taking(ref("Line"))), True, "invoices.create: body CreateInvoice -> Line"),
    ("an idempotency key", lambda raw: post(raw).update(parameters=[{"name": "x-idempotency-key", "in": "header"}]), False, "invoices.create: new optional argument 'idempotency_key'"),
    ("another kind of field", field("CreateInvoice", "lines", {"type": "array", "items": {"oneOf": [{"type": "string"}, {"type": "integer"}]}}), True, "invoices.create: field 'lines' list[Line] -> list[str | int]"),
    ("a text that turns out to be one of some words", field("CreateInvoice", "customerId", {"enum": ["a"]}), False, "invoices.create: field 'customerId' str -> CreateInvoiceCustomerId"),
    ("a text that turns out to be an object", field("CreateInvoice", "customerId", ref("Line")), True, "invoices.create: field 'customerId' str -> Line"),
    ("a deprecation", lambda raw: post(raw).update(deprecated=True), False, "invoices.create: deprecated"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "breaking", "told"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_change_is_told_in_sdk_words(change: Callable[[Node], Any], breaking: bool, told: str) -> None:
    """And marked by whether it can hurt."""
    got = difference(change)

    assert (breaking, told) in said(got) if told else not got


def test_nothing_is_told_where_nothing_changed() -> None:
    """Not even after a rename of everything inside."""
    assert [] == difference(
        lambda raw: [op.update(operationId="x") for item in raw["paths"].values() for op in item.values()]
    )


def test_a_lost_conversion_breaks() -> None:
    """The overlay matched until now: what was a Decimal is a string again."""
    overlay = "overlay: 1.0.0\nactions:\n  - {target: $.models.Invoice.properties.total, update: {format: decimal}}\n"

    def change(raw: Node) -> None:
        raw["components"]["schemas"]["Invoice"]["properties"]["sum"] = {"type": "string"}

    first = normalised({**api()}, NAMES)
    before = api()
    before["components"]["schemas"]["Invoice"]["properties"]["total"] = {"type": "string"}
    old = surface_of(normalised(before, NAMES, overlay, lock=first.lock).api)
    after = api()
    change(after)

    told = compare(old, surface_of(normalised(after, NAMES, overlay, lock=first.lock).api))

    assert any(one.breaking and "$.models.Invoice.properties.total matched until now" in one.text for one in told)


def test_a_value_lost_at_one_place_of_a_shared_enum_is_told() -> None:
    """Although the class still has it."""
    names = NAMES + '[models]\n"invoices.create:body.delivery" = "Word"\n"invoices.get:answer.status" = "Word"\n'
    before = normalised(api(), names)
    raw = api()
    raw["components"]["schemas"]["CreateInvoice"]["properties"]["delivery"]["enum"] = ["email"]
    raw["components"]["schemas"]["Invoice"]["properties"]["status"]["enum"] = ["draft", "sent", "post"]

    told = compare(surface_of(before.api), surface_of(normalised(raw, names, lock=before.lock).api))

    assert (True, "invoices.create: 'delivery' takes post no longer") in said(told)


def test_a_batch_that_takes_fewer_entries_breaks() -> None:
    """Its limits and its field are part of the surface."""
    names = NAMES + 'create_batch = { kind = "batch", title = "Create many" }\n'

    def batch(maximum: int, name: str) -> Node:
        raw = api()
        entries = {
            "type": "object",
            "properties": {name: {"type": "array", "maxItems": maximum, "items": ref("CreateInvoice")}},
        }
        raw["paths"]["/v1/invoices/batch"] = {"post": operation("Create many", "Invoices", requestBody=taking(entries))}
        return raw

    first = normalised(batch(100, "entries"), names)
    second = normalised(batch(50, "rows"), names, lock=first.lock)

    told = compare(surface_of(first.api), surface_of(second.api))

    assert (True, "invoices.create_batch: entries per request 1 to 100 -> 1 to 50") in said(told)
    assert (False, "invoices.create_batch: the array is sent as 'rows', not 'entries'") in said(told)


def test_an_alias_that_leads_nowhere_any_more_breaks() -> None:
    """Its class is gone."""
    old = surface_of(normalised(api(), NAMES).api)
    old["aliases"] = {"OldInvoice": "Invoice"}

    assert (True, "OldInvoice: the old name is gone with its class") in said(
        compare(old, surface_of(normalised(api(), NAMES).api))
    )


@pytest.mark.parametrize("text", [None, "{", "[]", "{}"])
def test_without_a_remembered_surface_nothing_is_compared(text: str | None) -> None:
    """The first document has changed nothing."""
    assert [] == compare(read_surface(text), surface_of(normalised(api(), NAMES).api))


def test_a_renamed_class_is_told_and_does_not_break() -> None:
    """Its old name warns."""
    first = real(published())
    import trials

    second = real(trials.published_names(published()), first.lock)

    told = compare(surface_of(first.api), surface_of(second.api))

    assert (False, "CustomerItem: called PublishedCustomerItemDto now; the old name warns") in said(told)
    assert not [one for one in told if one.breaking]


def test_better_knowledge_breaks_nothing() -> None:
    """A class that had no fields is described now: one line."""

    def raw(body: Node) -> Node:
        return document({"/v1/things": {"post": operation("Create a thing", requestBody=taking(body))}})

    unknown = normalised(raw({"type": "object"}))
    known = {"type": "object", "required": ["b"], "properties": {name: {"type": "string"} for name in "abc"}}
    after = normalised(raw(known), lock=unknown.lock, surface=surface_of(unknown.api))

    assert [
        (False, "things.create: body is described now, with 3 fields; required: 'b'"),
    ] == said(compare(surface_of(unknown.api), surface_of(after.api)))


def told(before: Node, after: Node) -> list[Change]:
    """The changes from one document to another."""
    first = normalised(before, NAMES)
    return compare(surface_of(first.api), surface_of(normalised(after, NAMES, lock=first.lock).api))


def with_default(value: Any) -> Node:
    """The server assumes something where a body or a query says nothing."""
    raw = api()
    schema(raw, "CreateInvoice")["properties"]["note"]["default"] = value
    schema(raw, "Invoice")["properties"]["amount"]["default"] = value
    listing(raw)["parameters"][2]["schema"]["default"] = value
    return raw


def test_another_default_of_the_server_is_breaking() -> None:
    """Callers that leave it out say something else from now on; in an answer it says nothing."""
    assert [
        (True, "invoices.list: argument 'search': default of the server a -> b"),
        (True, "invoices.create: field 'note': default of the server a -> b"),
    ] == said(told(with_default("a"), with_default("b")))


def test_a_page_that_has_a_limit_now_is_breaking_below_what_is_asked_for() -> None:
    """Without a limit in the document the client asks for 100."""

    def limited(**limit: int) -> Node:
        raw = api()
        listing(raw)["parameters"][1]["schema"] = {"type": "number", **limit}
        return raw

    assert [(True, "invoices.list: largest page 100 -> 10")] == said(told(limited(), limited(maximum=10)))
    assert [] == told(limited(), limited(maximum=100))
