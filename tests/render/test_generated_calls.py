"""Generated methods do what their kind says, through the real runtime."""

from __future__ import annotations

import datetime
import inspect
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledgerbee_client._base.operations import Operation
from ledgerbee_client._helpers.attachments import Attachment
from ledgerbee_client._helpers.batch_report import BatchReport
from ledgerbee_client.errors import BatchSizeError, InvalidValueError

from .workshop import Package, Server

INVOICE = {"id": "in_1", "amount": "12.50", "status": "sent", "lines": [{"quantity": 1.5, "unitPrice": "2.00"}]}
pytestmark = pytest.mark.asyncio


async def test_a_thing_is_awaited(package: Package) -> None:
    """Typed through and through."""
    api = Server(
        {**INVOICE, "dueDate": "2026-01-02", "customer": {"name": "Ann"}, "payment": {"kind": "card", "number": "4"}}
    )
    invoice = await package.resources(api).invoices.get("a/b")

    assert "GET /v1/invoices/a%2Fb" == api.target
    assert isinstance(invoice, package.models.Invoice)
    assert Decimal("12.50") == invoice.amount
    assert package.models.InvoiceStatus.SENT is invoice.status
    assert Decimal("1.5") == invoice.lines[0].quantity
    assert datetime.date(2026, 1, 2) == invoice.due_date
    assert package.models.Customer(name="Ann") == invoice.customer
    assert package.models.Card(kind="card", number="4") == invoice.payment


async def test_a_list_is_walked(package: Package) -> None:
    """Query arguments go out under their wire names, each in its own way."""
    api = Server({"data": [INVOICE], "total": 1, "page": 1, "limit": 7, "totalPages": 1})
    pages = package.resources(api).invoices.list(status="sent", metadata={"k": "v"}, ids=["1", "2"], limit=7)

    assert ["in_1"] == [invoice.id async for invoice in pages]
    assert "GET /v1/invoices?status=sent&metadata%5Bk%5D=v&ids=1%2C2&page=1&limit=7" == api.target


@pytest.mark.parametrize("given", [{}, {"status": None}])
async def test_a_list_leaves_out_what_is_not_given(package: Package, given: dict[str, None]) -> None:
    """Nothing but the page and its size; None is the same as nothing."""
    api = Server({"data": [], "total": 0, "page": 1, "limit": 100, "totalPages": 0})
    await package.resources(api).invoices.list(**given).collect()

    assert "GET /v1/invoices?page=1&limit=100" == api.target


async def test_a_model_is_sent(package: Package) -> None:
    """With files where the document asks for AttachmentRequest."""
    api = Server(INVOICE, status=201)
    line = package.models.Line(quantity=Decimal(2), unit_price=Decimal("1E+1"))
    file = Attachment.from_bytes(b"%PDF-1", filename="a.pdf")
    body = package.models.CreateInvoice(lines=[line], attachments=[file])
    await package.resources(api).invoices.create(body)

    [sent] = api.body["attachments"]
    assert [{"quantity": 2, "unitPrice": "10"}] == api.body["lines"]
    assert {"filename": "a.pdf", "content": "JVBERi0x"} == {key: sent[key] for key in ("filename", "content")}
    assert "currency" not in api.body


async def test_a_mapping_is_sent(package: Package) -> None:
    """Unknown fields included; known ones by their own rules."""
    api = Server(INVOICE)
    await package.resources(api).invoices.create(
        {"lines": [{"quantity": 1, "unitPrice": Decimal("1E+1")}], "newField": True}
    )

    assert {"lines": [{"quantity": 1, "unitPrice": "10"}], "newField": True} == api.body


async def test_a_refused_value_names_its_place_and_operation(package: Package) -> None:
    """And nothing is sent."""
    api = Server(INVOICE)
    with pytest.raises(InvalidValueError) as caught:
        await package.resources(api).invoices.create({"lines": [{"quantity": 0.5}]})

    assert caught.value.where.endswith("lines.0.quantity")
    assert "invoices.create" == caught.value.operation
    assert [] == api.requests


async def test_an_undocumented_operation_takes_and_answers_anything(package: Package) -> None:
    """By wire name, today and once the fields are known."""
    api = Server({"deliveryId": "d_1", "amount": 1.50})
    answer = await package.resources(api).invoices.send("in_1", {"email": "a@b.c"})

    assert "POST /v1/invoices/in_1/send" == api.target
    assert {"email": "a@b.c"} == api.body
    assert "d_1" == answer["deliveryId"]
    assert isinstance(answer, package.models.SendInvoiceAnswer)


async def test_an_optional_body_may_be_left_out(package: Package) -> None:
    """Then no body is sent at all."""
    api = Server({})
    await package.resources(api).invoices.send("in_1")

    assert b"" == api.requests[0].content


async def test_an_answer_that_nobody_described_is_given_as_it_came(package: Package) -> None:
    """Or None where there was none."""
    assert {"ok": True} == await package.resources(Server({"ok": True})).invoices.delete("in_1")
    assert await package.resources(Server(status=204, content=b"")).invoices.delete("in_1") is None


async def test_a_call_without_an_answer_returns_none(package: Package) -> None:
    """Whatever came."""
    api = Server({"ok": True})

    assert await package.resources(api).invoices.void("in_1") is None
    assert "x-api-key" not in api.requests[0].headers


async def test_a_file_is_saved(package: Package, tmp_path: Path) -> None:
    """The method itself is not awaited."""
    await package.resources(Server(content=b"%PDF-1.7")).invoices.pdf("in_1").save(tmp_path / "a.pdf")

    assert b"%PDF-1.7" == (tmp_path / "a.pdf").read_bytes()


async def test_a_batch_is_one_request(package: Package) -> None:
    """Of models and mappings, within the limits."""
    api = Server({"entries": [{"id": "e_1"}, {"id": "e_2"}]})
    entries = package.resources(api).entries
    answer = await entries.create_batch([package.models.Entry(amount=Decimal("0.1")), {"amount": 2}])

    assert {"entries": [{"amount": 0.1}, {"amount": 2}]} == api.body
    assert ["e_1", "e_2"] == [entry.id for entry in answer.entries]
    with pytest.raises(BatchSizeError):
        await entries.create_batch([])


async def test_many_entries_are_packed(package: Package) -> None:
    """The same module offers it, since it is the same operation."""
    api = Server({"entries": [{"id": "e_1"}]})
    report = await package.resources(api).entries.create_many([{"amount": 1}])

    assert isinstance(report, BatchReport)
    assert "POST /v2/entries/batch" == api.target


async def test_a_key_is_made_where_the_api_takes_one(package: Package) -> None:
    """Optional, although the document requires the header; other headers are arguments."""
    api = Server({"a": "b"})
    usage = package.resources(api).usage
    await usage.report("sent", 7, {"a": "x"}, trace="t")
    await usage.report("sent", 7, {"a": "x"}, trace="t", idempotency_key="mine")

    assert "POST /v1/usage/sent/7" == api.target
    assert "t" == api.requests[0].headers["x-trace"]
    assert ["mine", True] == [api.requests[1].headers["x-key"], len(api.requests[0].headers["x-key"]) > 30]


async def test_every_call_takes_a_deadline_and_headers(package: Package) -> None:
    """By keyword."""
    api = Server(INVOICE)
    await package.resources(api).invoices.get("in_1", timeout=5, extra_headers={"x-mine": "1"})

    assert "1" == api.requests[0].headers["x-mine"]


async def test_the_facts_of_an_operation_stand_beside_it(package: Package) -> None:
    """What the runtime decides by."""
    expected = Operation(
        name="invoices.list", method="GET", path="/v1/invoices", repeatable=True, scopes=("invoices-read",),
        docs_url="https://docs.example/invoices", paged=True, comma_joined=frozenset({"ids"}),
    )  # fmt: skip
    old = package.module("api.invoices")._SEND

    assert expected == package.module("api.invoices")._LIST
    assert (True, "invoices.create", False) == (old.deprecated, old.successor, old.repeatable)
    assert "key" == package.module("api.invoices")._CREATE.security


@pytest.mark.parametrize(
    ("name", "positional", "keywords"),
    [
        ("list", [], ["status", "metadata", "ids", "limit", "timeout", "extra_headers"]),
        ("get", ["invoice_id"], ["timeout", "extra_headers"]),
        ("send", ["invoice_id", "body"], ["timeout", "extra_headers"]),
    ],
)
async def test_path_and_body_come_first_and_the_rest_by_keyword(
    package: Package, name: str, positional: list[str], keywords: list[str]
) -> None:
    """In the order of the path."""
    method: Any = getattr(package.module("api.invoices").InvoicesResource, name)
    parameters = inspect.signature(method).parameters.values()

    assert ["self", *positional] == [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert keywords == [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    if name == "list":
        assert inspect.signature(method).parameters["status"].default is None
