"""The two tables written by hand beside the schema: names.toml and overlay.yaml."""

from __future__ import annotations

import keyword
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOM = Path(__file__).resolve().parents[2] / "openapi"


@pytest.fixture(scope="module")
def table() -> dict[str, dict[str, Any]]:
    return tomllib.loads((ROOM / "names.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def names(table: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """resource.method -> kind, many, tag, title."""
    return {
        f"{resource}.{name}": {
            "kind": "one",
            "tag": entries["tag"],
            **({"title": entry} if isinstance(entry, str) else entry),
        }
        for resource, entries in table.items()
        if resource not in {"models", "arguments"}
        for name, entry in entries.items()
        if name not in {"tag", "mixin"}
    }


@pytest.fixture(scope="module")
def overlay() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load((ROOM / "overlay.yaml").read_text(encoding="utf-8"))
    return loaded


def test_all_operations_are_named_once(names: dict[str, dict[str, Any]]) -> None:
    """135 names for 135 titles."""
    assert 135 == len(names)
    assert 135 == len({(entry["tag"], entry["title"]) for entry in names.values()})


def test_there_is_one_resource_per_tag_without_versions(table: dict[str, dict[str, Any]]) -> None:
    """Two of the 28 tags are second versions and share the plain resource."""
    assert 26 == len(table) - 2
    assert "journal_entries" in table
    assert not [resource for resource in table if "v2" in resource]


def test_kinds_are_counted(names: dict[str, dict[str, Any]]) -> None:
    """Lists are lazy, files are files, and a batch is one where its entries are documented."""
    kinds = Counter(entry["kind"] for entry in names.values())

    assert {"one": 96, "list": 32, "file": 4, "batch": 3} == kinds


def test_every_title_that_lists_is_a_list(names: dict[str, dict[str, Any]]) -> None:
    """And the documents of an entry are the one list whose title says otherwise."""
    lists = {name for name, entry in names.items() if "list" == entry["kind"]}

    assert {name for name, entry in names.items() if entry["title"].startswith("List ")} <= lists
    assert {"journal_entries.attachments"} == {name for name in lists if not names[name]["title"].startswith("List ")}


@pytest.mark.parametrize(
    ("name", "kind", "tag", "title"),
    [
        ("invoices.list", "list", "Invoices", "List invoices"),
        ("invoices.pdf", "file", "Invoices", "Download the invoice PDF"),
        ("journal_entries.create", "one", "Journal Entries (v2)", "Create a journal entry (v2)"),
        ("journal_entries.create_batch", "batch", "Journal Entries (v2)", "Create journal entries in batch (v2)"),
        ("journal_entries.reverse", "one", "Journal Entries", "Reverse a posted journal entry"),
        ("draft_journal_entries.book_v1", "one", "Draft Journal Entries", "Book a draft journal entry"),
        ("customers.contacts", "list", "Customers", "List a customer's contacts"),
        ("subscriptions.plans", "list", "Subscriptions", "List subscription plans"),
        ("portal_sso.mint_handoff", "one", "Portal SSO", "Mint a customer-portal SSO handoff reference"),
        ("webhook_endpoints.roll_secret", "one", "Webhook Endpoints", "Roll the signing secret"),
        ("mcp.send", "one", "MCP", "LedgerBee Developer MCP Server"),
        ("projects.upsert", "one", "Projects", "Idempotent project upsert"),
    ],
)
def test_what_users_type(names: dict[str, dict[str, Any]], name: str, kind: str, tag: str, title: str) -> None:
    """Names that examples and documentation use."""
    assert (kind, tag, title) == tuple(names[name][key] for key in ("kind", "tag", "title"))


def test_any_number_of_entries_is_booked_in_batches(names: dict[str, dict[str, Any]]) -> None:
    """create_many exists where the second version of a batch does."""
    assert {
        "journal_entries.create_batch": "create_many",
        "draft_journal_entries.create_batch": "create_many",
    } == {name: entry["many"] for name, entry in names.items() if "many" in entry}


def test_names_are_python(table: dict[str, dict[str, Any]], names: dict[str, dict[str, Any]]) -> None:
    """Identifiers, no keywords, classes in one case."""
    for name in names:
        assert all(part.isidentifier() and not keyword.iskeyword(part) for part in name.split(".")), name
    for argument in table["arguments"].values():
        assert re.fullmatch(r"[a-z][a-z_]*", argument), argument
    for model in table["models"].values():
        assert re.fullmatch(r"([A-Z][a-z0-9]*)+", model), model


def test_path_arguments_say_whose_id_they_are(table: dict[str, dict[str, Any]]) -> None:
    """No argument is a bare id."""
    arguments = table["arguments"]

    assert "id" not in arguments.values()
    assert "invoice_id" == arguments["invoices.get:path.0"]
    assert ["customer_id", "payment_method_id"] == [arguments[f"payment_methods.apply:path.{i}"] for i in (0, 1)]


def test_places_belong_to_named_operations(table: dict[str, dict[str, Any]], names: dict[str, dict[str, Any]]) -> None:
    """A renamed method would leave its places behind."""
    for place in (*table["models"], *table["arguments"]):
        assert place.split(":")[0] in names, place


def test_one_concept_has_one_name(table: dict[str, dict[str, Any]]) -> None:
    """The status of an invoice is the same in the filter, in the list and on the invoice."""
    places = [place for place, name in table["models"].items() if "InvoiceStatus" == name]

    assert [
        "invoices.list:query.status",
        "invoices.list:answer[].status",
        "invoices.create:answer.status",
    ] == places


def test_the_overlay_has_the_form_of_the_specification(overlay: dict[str, Any]) -> None:
    """Version, info, and actions that each have a target, a reason and one thing to do."""
    assert "1.0.0" == overlay["overlay"]
    assert {"title", "version"} == set(overlay["info"])
    for action in overlay["actions"]:
        assert action["target"].startswith("$."), action
        assert action["description"], action
        assert ("update" in action) != bool(action.get("remove")), action


def test_no_property_is_corrected_twice(overlay: dict[str, Any]) -> None:
    """One action per format."""
    targets = [action["target"] for action in overlay["actions"] if "format" in action.get("update", {})]

    assert len(set(targets)) == len(targets)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("$.models.PublicInvoice.properties.amount", "decimal"),
        ("$.models.PriceTierInput.properties.flatFee", "decimal"),
        ("$.models.PublicInvoice.properties.dueDate", "date"),
        ("$.models.CreateJournalEntryV2Dto.properties.date", "date"),
        ("$.operations['draft_journal_entries.list'].parameters[?(@.name=='fromDate')].schema", "date"),
        ("$.models.PublicInvoice.properties.createdAt", "date-time"),
        ("$.models.ReportUsageRequest.properties.timestamp", "date-time"),
    ],
)
def test_documented_formats_are_carried(overlay: dict[str, Any], target: str, expected: str) -> None:
    """Formats that a page or an example value proves."""
    (action,) = [one for one in overlay["actions"] if target == one["target"]]

    assert {"format": expected} == action["update"]


def test_what_is_not_documented_is_not_converted(overlay: dict[str, Any]) -> None:
    """A rate of unknown spelling stays as it is, and is not documented anywhere else."""
    targets = {action["target"] for action in overlay["actions"]}

    assert "$.models.PublicInvoiceLine.properties.vatRate" not in targets
    assert "$.models.VatCodeItem.properties.vatRate" not in targets


@pytest.mark.parametrize(
    ("target", "format_"),
    [
        ("$.models.Quote.properties.amount", "decimal"),
        ("$.models.SalesDocumentLineInput.properties.unitPrice", "decimal"),
        ("$.models.DeliverySummary.properties.lastSentAt", "date-time"),
    ],
)
def test_known_names_of_amounts_and_instants_are_carried_too(
    overlay: dict[str, Any], target: str, format_: str
) -> None:
    """Where a page names the field and shows no value; reading takes numbers and texts, and keeps what is neither."""
    (action,) = [one for one in overlay["actions"] if target == one["target"]]

    assert format_ == action["update"]["format"]


def test_what_may_be_a_day_or_an_instant_is_either(overlay: dict[str, Any]) -> None:
    """ISO 8601, as the page says, and no more than that."""
    target = "$.models.AssignSubscriptionRequest.properties.startDate"
    (action,) = [one for one in overlay["actions"] if target == one["target"]]

    assert {"date", "date-time"} == {kind["format"] for kind in action["update"]["anyOf"]}


def test_three_writes_may_be_repeated(overlay: dict[str, Any]) -> None:
    """Everything else that is no GET, PUT or DELETE is sent once."""
    repeatable = [action["target"] for action in overlay["actions"] if "x-repeatable" in action.get("update", {})]

    assert [
        "$.operations['meters.report']",
        "$.operations['portal_sso.provision']",
        "$.operations['portal_plans.resolve']",
    ] == repeatable


def test_the_portal_refuses_oauth(overlay: dict[str, Any]) -> None:
    """Its scopes are never given to OAuth clients."""
    removed = [action["target"] for action in overlay["actions"] if action.get("remove")]

    assert [
        "$.operations['portal_sso.mint_handoff'].security[?(@.oauth)]",
        "$.operations['portal_sso.provision'].security[?(@.oauth)]",
        "$.operations['portal_sso.revoke_sessions'].security[?(@.oauth)]",
    ] == removed


def test_scopes_are_carried(overlay: dict[str, Any]) -> None:
    """Credit notes need the scopes of invoices; reading the key needs none."""
    scopes = {
        action["target"]: action["update"]["x-required-scopes"]
        for action in overlay["actions"]
        if "x-required-scopes" in action.get("update", {})
    }

    assert 79 == len(scopes)
    assert ["invoices-write"] == scopes["$.operations['credit_notes.send']"]
    assert ["portal-provision"] == scopes["$.operations['portal_sso.provision']"]
    assert [] == scopes["$.operations['api_key.get']"]


def test_successors_are_named_as_users_type_them(overlay: dict[str, Any], names: dict[str, dict[str, Any]]) -> None:
    """Every first version that is deprecated points at a method."""
    successors = {
        action["target"]: action["update"]["x-successor"]
        for action in overlay["actions"]
        if "x-successor" in action.get("update", {})
    }

    assert 8 == len(successors)
    assert set(successors.values()) <= set(names)
    assert "journal_entries.create_batch" == successors["$.operations['journal_entries.create_batch_v1']"]
