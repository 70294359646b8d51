"""The day the vendor's real document comes: the same API in another dress costs users no name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
import trials
from regen.model.describe import Described
from regen.notes import Notes
from small import Node
from trials import lost_names, published, real
from workbench import built


@cache
def today() -> Described:
    """The document as it is, with its names remembered."""
    first = real(published())
    return real(published(), first.lock)


@cache
def after(trial: Callable[[Node], Node]) -> tuple[Described, Notes]:
    """The same API in another dress, with today's names remembered."""
    notes = Notes()
    return real(trial(published()), today().lock, notes), notes


TRIALS: list[Callable[[Node], Node]] = [
    trials.other_operation_ids,
    trials.no_operation_ids,
    trials.dialect_31,
    trials.document_security,
    trials.restyled_titles,
    trials.inlined,
    trials.moved_paths,
    trials.reworded_titles,
    trials.published_names,
    trials.documented,
    trials.split_models,
    trials.merged_models,
]


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.__name__)
def test_no_name_that_users_type_is_lost(trial: Callable[[Node], Node]) -> None:
    """Resources, methods, arguments, models: all are there, by name or by alias, and nothing is derived."""
    described, notes = after(trial)

    assert [] == lost_names(today(), described)
    assert 135 == len(described.api.endpoints)
    assert [] == notes.derived
    assert [] == notes.unmatched


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.__name__)
def test_no_correction_is_lost(trial: Callable[[Node], Node]) -> None:
    """Every action of the overlay still finds its place: decimals, dates, scopes, what may be repeated."""
    conversions = after(trial)[0].api.conversions

    assert [] == [target for target, count in conversions.items() if count == 0 and today().api.conversions[target]]


@pytest.mark.parametrize(
    "trial",
    [trials.other_operation_ids, trials.no_operation_ids, trials.dialect_31, trials.document_security],
    ids=lambda trial: trial.__name__,
)
def test_the_same_api_in_another_dialect_changes_nothing_at_all(trial: Callable[[Node], Node]) -> None:
    """What the generator gets is the same."""
    assert today().api == after(trial)[0].api


def test_all_trials_at_once() -> None:
    """The real document will not differ in one thing only."""
    raw = published()
    for trial in (
        trials.published_names,
        trials.inlined,
        trials.no_operation_ids,
        trials.dialect_31,
        trials.document_security,
        trials.moved_paths,
        trials.restyled_titles,
    ):
        raw = trial(raw)

    assert [] == lost_names(today(), real(raw, today().lock))


def test_names_survive_a_second_change() -> None:
    """Working names become published ones, which are split; the oldest name still leads somewhere."""
    first = real(trials.published_names(published()), today().lock)
    second = real(trials.split_models(trials.published_names(published())), first.lock)

    assert [] == lost_names(first, second)
    assert [] == lost_names(today(), second)


def test_going_back_to_the_transcription_loses_nothing() -> None:
    """The published names stay, since somebody may have used them."""
    first = real(trials.published_names(published()), today().lock)

    assert [] == lost_names(first, real(published(), first.lock))


def test_a_working_name_becomes_an_alias_of_the_published_one() -> None:
    """Once; the lock knows it from then on."""
    api = after(trials.published_names)[0].api

    assert "PublishedCustomerItemDto" == api.aliases["CustomerItem"]
    assert "PublishedCustomerItemDto" in api.classes


def test_a_class_that_nobody_had_described_takes_its_published_name() -> None:
    """Our names for what a customer is were working names, three of them for one thing; all lead to it."""
    names = {name: after(trials.documented)[0].api.aliases.get(name) for name in ("Customer", "UpdatedCustomer")}
    assert {"Customer": "VCustomersIdResponse", "UpdatedCustomer": "VCustomersIdResponse"} == names


def test_a_published_name_stays_when_the_vendor_renames_it() -> None:
    """Users typed it."""
    notes = Notes()

    described = real(trials.renamed(published(), {"PublicInvoice": "InvoiceDto"}), today().lock, notes)

    assert "PublicInvoice" in described.api.classes
    assert "PublicInvoice: published as InvoiceDto now; the name users type stays" in notes.names


def test_several_trials_still_generate_a_package(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Not only on paper: aliases warn, models import, conversions convert."""
    raw = trials.moved_paths(trials.split_models(trials.published_names(published())))
    package = built(real(raw, today().lock), tmp_path_factory.mktemp("drift"))

    assert ["1.50", True] == package.run(
        """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    old = models.CustomerItem
line = dict.fromkeys(["id", "lineType", "description", "totalPrice", "vatRate", "vatAmount", "priceId"], "0")
read = models.PublicInvoiceLine.from_dict({**line, "quantity": 1, "unitPrice": "1.50"})
assert isinstance(read.unit_price, Decimal)
result = [str(read.unit_price), any(issubclass(one.category, DeprecationWarning) for one in caught)]
"""
    )
