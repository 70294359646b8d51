"""Generated models look as a person would have written them, and lean on nothing but the runtime."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings
from decimal import Decimal
from typing import Any

import pytest

from ledgerbee_client._helpers.attachments import Attachment
from ledgerbee_client.types import UNSET

from .workshop import Package

LEAST = {"id": "in_1", "amount": "1.00", "status": "sent", "lines": []}


@pytest.mark.parametrize(
    "line",
    [
        "    id: str",
        "    amount: Decimal",
        "    status: InvoiceStatus | Literal['draft', 'sent'] | str",
        "    lines: list[Line]",
        "    due_date: datetime.date | None | Unset = UNSET",
        "    created_at: datetime.datetime | Unset = UNSET",
        "    customer: Customer | None | Unset = UNSET",
        "    hours: Decimal | Unset = UNSET",
        "    page: int | Unset = UNSET",
        "    paid: bool | Unset = UNSET",
        "    metadata: dict[str, Any] | None | Unset = UNSET",
        "    totals: dict[str, Decimal] | Unset = UNSET",
        "    tags: list[str | None] | Unset = UNSET",
        "    payment: Card | Transfer | Unset = UNSET",
        "    parent: Invoice | None | Unset = UNSET",
        "    anything: Any | Unset = UNSET",
    ],
)
def test_an_attribute_has_the_type_its_value_has(package: Package, line: str) -> None:
    """Decimals for money, dates for days, and plain texts beside enums."""
    assert line in package.source("models/invoice.py").splitlines()


def test_names_that_mean_something_in_python_get_an_underscore(package: Package) -> None:
    """Builtins, and what `Model` itself offers; names of codecs do not matter."""
    invoice = package.models.Invoice.from_dict({**LEAST, "type": "a", "get": "b", "model": "c"})

    assert ("a", "b", "c") == (invoice.type_, invoice.get_, invoice.model)
    assert "b" == invoice.get("get")


def test_values_are_read_and_written(package: Package) -> None:
    """By the codecs that the table names."""
    data = {
        **LEAST,
        "totals": {"a": "1.50"},
        "tags": [None, "x"],
        "parent": LEAST,
        "payment": {"kind": "transfer", "iban": "DK1"},
        "metadata": {"a": [1]},
        "anything": [1],
    }
    invoice = package.models.Invoice.from_dict(data)

    assert Decimal("1.50") == invoice.totals["a"]
    assert "DK1" == invoice.payment.iban
    assert Decimal("1.00") == invoice.parent.amount
    assert data == invoice.to_dict()


def test_nothing_is_sent_unasked(package: Package) -> None:
    """A default of the server is described, and left to the server."""
    create = package.models.CreateInvoice(lines=[])

    assert UNSET is create.currency
    assert {"lines": []} == create.to_dict()
    assert "currency: Currency. Default of the server: DKK." in package.source("models/create_invoice.py")


def test_a_secret_is_not_in_the_repr(package: Package) -> None:
    """Told by its name."""
    shown = repr(package.models.Invoice.from_dict({**LEAST, "signingSecret": "whsec_1"}))

    assert "signing_secret=***" in shown
    assert "whsec_1" not in shown


def test_a_docstring_says_what_fields_mean(package: Package) -> None:
    """Also of a field that is a class of its own, and with an example."""
    doc = package.models.Invoice.__doc__

    assert doc.strip().startswith("An invoice.\n")
    assert "customer: Who pays." in doc
    assert "status: Where it stands." in doc
    assert "id: Id of the invoice. Example: `in_1`." in doc


def test_an_undocumented_model_says_so(package: Package) -> None:
    """And what to do about it."""
    doc = " ".join(package.models.SendInvoiceAnswer.__doc__.split())

    assert "Its fields are not documented." in doc
    assert 'thing["name"]' in doc


def test_a_handwritten_class_takes_the_place_of_its_component(package: Package) -> None:
    """No model is made, and the published name is an alias."""
    assert package.models.AttachmentRequest is Attachment
    assert not (package.root / "models" / "attachment_request.py").exists()
    assert "attachments: list[Attachment] | Unset = UNSET" in package.source("models/create_invoice.py")


def test_an_outgrown_name_warns(package: Package) -> None:
    """It is the same class under its old name, and no listed one."""
    with pytest.warns(DeprecationWarning, match="OldInvoice is called Invoice now") as caught:
        assert package.models.OldInvoice is package.models.Invoice
    assert __file__ == caught[0].filename
    assert "OldInvoice" not in package.models.__all__


def test_names_of_the_document_are_left_alone(package: Package) -> None:
    """The lock has settled them; the generator's own rule would make A1 of A_1."""
    assert "A_1" in package.models.__all__
    assert "A_1" == package.models.A_1.__name__


def test_models_are_imported_one_by_one(package: Package) -> None:
    """Neither the package of models nor a resource imports a model, and a model none that it only refers to."""
    script = f"""
import sys
sys.path.insert(0, {str(package.root.parent)!r})
def loaded():
    return sorted(name for name in sys.modules if name.startswith("{package.name}."))
import {package.name}.models, {package.name}.api
assert loaded() == ["{package.name}.api", "{package.name}.models"], loaded()
import {package.name}.api.invoices
assert loaded() == ["{package.name}.api", "{package.name}.api.invoices", "{package.name}.models"], loaded()
{package.name}.models.Invoice
assert loaded()[3:] == ["{package.name}.models.invoice"], loaded()
{package.name}.models.Invoice.from_dict({LEAST!r})
assert loaded()[4:] == ["{package.name}.models.invoice_status"], loaded()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=package.root.parent
    )

    assert "" == done.stderr


def test_every_module_can_be_imported(package: Package) -> None:
    """Without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in package.sources():
            name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            if name != "__init__":
                importlib.import_module(f"{package.name}.{name}")


def test_a_resource_is_found_on_the_client(package: Package) -> None:
    """Typed, and made when it is asked for."""
    resources: Any = package.module("api").Resources

    assert "About invoices." in resources.invoices.__doc__
    with pytest.raises(NotImplementedError):
        resources()._calls  # noqa: B018
