"""
What is certain, what is not, and what nobody described: counted by hand from the collected facts.

These tests hold the transcription. They leave with it on the day the real file takes its place.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from typing import Any

from transcription import MODELS, OPERATIONS, ROOM, TEXT, answer


def test_every_operation_says_how_much_is_known() -> None:
    """How it is documented, where its path is from, and for an inferred path why."""
    assert {"full": 19, "partial": 71, "title-only": 45} == Counter(one["x-documentation"] for one in OPERATIONS)
    assert {"documented": 72, "inferred": 63} == Counter(one["x-path-source"] for one in OPERATIONS)
    for one in OPERATIONS:
        assert ("inferred" == one["x-path-source"]) == bool(one.get("x-path-source-reason")), one["summary"]


def test_everything_has_words_of_its_own() -> None:
    """Operations, parameters, schemas and fields."""
    assert all(one["description"] for one in OPERATIONS)
    assert all(given["description"] for one in OPERATIONS for given in one["parameters"])
    for name, model in MODELS.items():
        assert model["description"], name
        for field, value in model["properties"].items():
            assert value["description"], f"{name}.{field}"


def test_nothing_is_invented() -> None:
    """What nobody described is an object without fields and says so."""

    def objects(value: Any, where: str) -> list[tuple[str, dict[str, Any]]]:
        found: list[tuple[str, dict[str, Any]]] = []
        if isinstance(value, dict):
            if "object" == value.get("type"):
                found.append((where, value))
            for key, child in value.items():
                found.extend(objects(child, f"{where}.{key}") if "example" != key else [])
        elif isinstance(value, list):
            for child in value:
                found.extend(objects(child, where))
        return found

    for where, found in objects([OPERATIONS, MODELS], ""):
        described = bool(found.get("properties")) or "additionalProperties" in found
        assert described != bool(found.get("x-undocumented")), where
    undocumented = [name for name, model in MODELS.items() if model.get("x-undocumented")]
    assert [
        "DraftJournalEntryItem",
        "MeterSubscriptionItem",
        "ProductGroupListItem",
        "OrderConfirmationListItem",
        "QuoteListItem",
    ] == undocumented
    assert 26 == sum(
        bool(
            one.get("requestBody", {})
            .get("content", {})
            .get("application/json", {})
            .get("schema", {})
            .get("x-undocumented")
        )
        for one in OPERATIONS
    )
    assert 54 == len(undescribed_answers())


def undescribed_answers() -> list[str]:
    """The operations whose good answer nobody described: it is an object, or an array of them, or is not there."""
    return [
        one["summary"]
        for one in OPERATIONS
        if answer(one).get("x-undocumented") or one["responses"].get("200", {}).get("x-undocumented")
    ]


def test_a_list_that_nobody_described_may_have_either_shape() -> None:
    """An array of objects, or an object around one: the pages show only that it is a list."""
    row = {"type": "object", "x-undocumented": True}
    open_shapes = {one["summary"]: answer(one)["oneOf"] for one in OPERATIONS if "oneOf" in answer(one)}

    assert {
        "List a customer's contacts",
        "List journal entries",
        "Get attachments for a journal entry",
        "List a subscription\u2019s pending scheduled changes",
        "List subscription plans",
        "List webhook endpoints",
        "List credit notes",
        "List vendor contacts",
        "List vendor departments",
        "List vendor groups",
    } == set(open_shapes)
    assert all([{"type": "array", "items": row}, row] == shape for shape in open_shapes.values())


def test_a_deletion_promises_no_body() -> None:
    """Of one the page says so; the other eleven answers are not described, and carry the mark on the response."""
    answers = [one["responses"]["200"] for one in OPERATIONS if "delete" == one["method"]]

    assert 12 == len(answers)
    assert not [one for one in answers if "content" in one]
    assert 11 == sum(bool(one.get("x-undocumented")) for one in answers)


def test_guesses_are_marked() -> None:
    """A field without a known type is marked, and so is one read off an example."""
    for name, model in MODELS.items():
        for field, value in model["properties"].items():
            if "type" not in value and "allOf" not in value:
                assert "inferred" == value["x-source"], f"{name}.{field}"
    assert "example" == MODELS["SplitEntryLine"]["properties"]["amount"]["x-source"]
    assert "inferred" == MODELS["CustomerItem"]["properties"]["customerNumber"]["x-source"]
    assert "x-source" not in MODELS["PublicInvoice"]["properties"]["amount"]


def test_working_names_are_marked() -> None:
    """38 schemas carry published names, 62 carry ours."""
    working = {name for name, model in MODELS.items() if model.get("x-working-name")}

    assert (100, 62) == (len(MODELS), len(working))
    assert {"CustomerItem", "Quote", "ErrorEnvelope"} <= working
    assert not {"PublicInvoice", "CreateJournalEntryV2Dto", "ProductResponse", "PortalCatalogEntry"} & working
    published = ["CompanyResponse", "RateLimitTierResponse", "ApiKeyInfoResponse", "AccountResponse"]
    assert not {*published, "CustomerGroupResponse", "CustomerDepartmentResponse"} & working


def test_every_schema_is_used() -> None:
    """Linters warn of components that nothing refers to."""
    assert [] == [name for name in MODELS if f'"#/components/schemas/{name}"' not in TEXT]


def test_every_named_title_exists() -> None:
    """Tag and title of each entry of the names table stand in the schema, and each operation is named once."""
    table = tomllib.loads((ROOM / "names.toml").read_text(encoding="utf-8"))
    named: list[tuple[str, str]] = []
    for resource, entries in table.items():
        if resource not in {"models", "arguments"}:
            for name, entry in entries.items():
                if name not in {"tag", "mixin"}:
                    detail = {"title": entry} if isinstance(entry, str) else entry
                    named.append((detail.get("tag", entries["tag"]), detail["title"]))

    assert sorted((one["tags"][0], one["summary"]) for one in OPERATIONS) == sorted(named)


def test_the_readme_counts_right() -> None:
    """Its table is true of the file beside it."""
    text = (ROOM / "README.md").read_text(encoding="utf-8")
    fields = [field for model in MODELS.values() for field in model["properties"].values()]
    sources = Counter(field.get("x-source", "published") for field in fields)
    counted = {
        "paths documented": sum("documented" == one["x-path-source"] for one in OPERATIONS),
        "operations with documented scopes": sum("x-required-scopes" in one for one in OPERATIONS),
        "deprecated operations": sum(bool(one.get("deprecated")) for one in OPERATIONS),
        "fields without any known type": sum("type" not in field and "allOf" not in field for field in fields),
        f"schemas; {sum('x-working-name' in model for model in MODELS.values())} carry working names": len(MODELS),
        "answers that nobody described": len(undescribed_answers()),
    }

    for words, count in counted.items():
        assert re.search(rf"^\| {count} \| {words}", text, re.MULTILINE), f"{count} {words}"
    with_alternatives = sum("x-path-alternatives" in one for one in OPERATIONS)
    assert f"each with its reason; {with_alternatives} of them with alternatives" in text
    shown = f"{len(fields)} | fields; {sources['published']} as published, {sources['example']} read off an example"
    assert f"| {shown} (`x-source: example`), {sources['inferred']} inferred in part" in text
