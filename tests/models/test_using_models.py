"""What users do with models: look at them, compare, copy, store, and read what the schema does not know."""

from __future__ import annotations

import copy
import datetime
import pickle
from decimal import Decimal

import attrs
import pytest

from ledgerbee_client._models.model import WireError
from ledgerbee_client.types import UNSET, Unset

from .model_samples import Invoice, Status, an_invoice


def test_fields_are_read_by_wire_name_declared_or_not() -> None:
    """Code written before a field was known keeps working once it is."""
    invoice = an_invoice(dueDate="2026-01-02", vatNumber="DK1", createdAt="2026-06-10T12:34:56.789Z")

    assert "2026-01-02" == invoice["dueDate"]
    assert "2026-06-10T12:34:56.789Z" == invoice["createdAt"]
    assert "DK1" == invoice["vatNumber"]
    assert [{"quantity": Decimal("1.5"), "unitPrice": "2.00"}] == invoice["lines"]


def test_a_field_that_did_not_come_is_not_there() -> None:
    """As in a dictionary: KeyError, `get()`, `in`."""
    invoice = an_invoice(dueDate=None, later=None)

    assert invoice["dueDate"] is None
    assert "dueDate" in invoice
    assert "later" in invoice
    assert "createdAt" not in invoice
    assert "due_date" not in invoice
    assert "none" == invoice.get("createdAt", "none")
    with pytest.raises(KeyError, match="createdAt"):
        invoice["createdAt"]


def test_an_attribute_s_name_in_brackets_is_told_the_wire_s() -> None:
    """The repr shows attributes, and brackets take the names of the wire."""
    invoice = an_invoice(dueDate="2026-11-20")

    with pytest.raises(KeyError, match="due_date: by its name on the wire, dueDate, or as an attribute"):
        invoice["due_date"]
    with pytest.raises(KeyError, match=r"^'amount'$"):
        invoice["amount"]


def test_odd_values_come_back_by_wire_name_as_they_were() -> None:
    """What was kept can be shown, and the whole can be turned into a dictionary."""
    odd = {"dueDate": "soon", "paid": "maybe", "totals": {"a": "x"}, "metadata": "none", "lines": ["li_1"]}
    invoice = an_invoice(**odd)

    assert odd == {name: invoice[name] for name in odd}
    assert {"id": "in_1", "status": "sent", **odd} == invoice.to_dict()


def test_what_was_read_is_shown_again() -> None:
    """to_dict() is the inverse of from_dict()."""
    data = {
        "dueDate": "2026-01-02",
        "paid": True,
        "totals": {"dkk": Decimal("1.50"), "eur": 2},
        "metadata": {"a": [1, {"b": None}]},
    }

    lines = [{"quantity": Decimal("1.5"), "unitPrice": "2.00"}]

    assert {"id": "in_1", "status": "sent", "lines": lines, **data} == an_invoice(**data).to_dict()


def test_unknown_fields_are_kept() -> None:
    """And given out as a copy."""
    invoice = an_invoice(later={"a": 1})
    invoice.unknown_fields.clear()

    assert {"later": {"a": 1}} == invoice.unknown_fields
    assert {} == an_invoice().unknown_fields


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it)), attrs.evolve])
def test_copies_are_equal_and_send_the_same(copied: object) -> None:
    """UNSET stays UNSET, unknown fields and unknown enum values stay what they are."""
    invoice = an_invoice(status="disputed", later={"a": 1})
    other = copied(invoice)  # type: ignore[operator]

    assert invoice == other
    assert other is not invoice
    assert UNSET is other.due_date
    assert {"later": {"a": 1}} == other.unknown_fields
    assert invoice.to_dict() == other.to_dict()


def test_a_deep_copy_shares_nothing() -> None:
    """Changing it leaves the original as it is."""
    invoice = an_invoice(later={"a": 1})
    other = copy.deepcopy(invoice)
    other.lines[0].quantity = Decimal(9)

    assert Decimal("1.5") == invoice.lines[0].quantity
    assert invoice != other


def test_evolve_changes_one_field() -> None:
    """The rest stays, unknown fields included."""
    invoice = attrs.evolve(an_invoice(later=1), due_date=datetime.date(2026, 1, 2))

    assert "2026-01-02" == invoice["dueDate"]
    assert 1 == invoice["later"]


def test_equality_sees_unknown_fields_and_the_class() -> None:
    """Two answers are equal when nothing that came is different."""
    assert an_invoice() == an_invoice()
    assert an_invoice(later=1) != an_invoice(later=2)
    assert an_invoice() != an_invoice().to_dict()  # type: ignore[comparison-overlap]


def test_repr_shows_what_is_set_and_no_secret() -> None:
    """Of unknown fields those whose names may mean a secret are hidden, at any depth."""
    invoice = an_invoice(
        secret="whsec_1", dueDate=None, later=[{"apiKey": "abc", "n": 1}], signingSecret="abc", refreshToken=None
    )

    assert (
        "Invoice(id='in_1', status=<Status.SENT: 'sent'>, lines=[Line(quantity=Decimal('1.5'), "
        "unit_price=Decimal('2.00'))], due_date=None, secret=***, unknown_fields="
        "{'later': [{'apiKey': '***', 'n': 1}], "
        "'signingSecret': '***', 'refreshToken': None})"
    ) == repr(invoice)


def test_a_model_is_no_sequence() -> None:
    """Python must not try model[0], model[1], ..."""
    with pytest.raises(TypeError, match="not iterable"):
        iter(an_invoice())  # type: ignore[call-overload]


def test_unset_is_false_and_one_of_a_kind() -> None:
    """Through pickle, deepcopy and all."""
    assert not UNSET
    assert "UNSET" == repr(UNSET)
    assert pickle.loads(pickle.dumps(UNSET)) is copy.deepcopy(UNSET) is UNSET
    assert Unset is type(UNSET)


def test_an_enum_keeps_values_it_does_not_know() -> None:
    """They equal their text, hash as their text, and are no members."""
    unknown = Status("disputed")

    assert "disputed" == unknown == Status("disputed")
    assert 1 == {"disputed": 1}[unknown]
    assert not unknown.is_known
    assert "disputed" == f"{unknown}" == unknown.value
    assert "<Status: 'disputed' (not in the schema)>" == repr(unknown)
    assert [Status.DRAFT, Status.SENT] == list(Status)


def test_an_enum_knows_its_members() -> None:
    """A known value is the member itself, however it came."""
    assert Status("sent") is Status.SENT is pickle.loads(pickle.dumps(Status.SENT)) is copy.deepcopy(Status.SENT)
    assert Status.SENT.is_known
    assert "sent" == f"{Status.SENT}" == str(Status.SENT)
    assert not Status("SENT").is_known
    with pytest.raises(ValueError, match="5"):
        Status(5)  # type: ignore[arg-type]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_an_unknown_enum_value_survives_copies(copied: object) -> None:
    """It is still of its enum afterwards."""
    unknown = copied(Status("disputed"))  # type: ignore[operator]

    assert isinstance(unknown, Status)
    assert "disputed" == unknown
    assert not unknown.is_known


def test_an_error_about_data_survives_pickle() -> None:
    """With its place."""
    error = pickle.loads(pickle.dumps(WireError("id", "text", "nothing").inside(3)))

    assert "3.id" == error.where
    assert "3.id: expected text, got nothing" == str(error)


def test_models_may_be_referred_to_weakly() -> None:
    """Caches do it."""
    import weakref

    invoice = an_invoice()

    assert weakref.ref(invoice)() is invoice


def test_from_dict_reads_what_to_dict_gives() -> None:
    """A stored model comes back equal."""
    invoice = an_invoice(dueDate="2026-01-02", createdAt="2026-06-10T12:34:56.789Z", totals={"a": Decimal("1.10")})

    assert invoice == Invoice.from_dict(invoice.to_dict())
