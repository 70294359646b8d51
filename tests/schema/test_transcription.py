"""
What the transcription must say, written down by hand from the published pages.

These tests hold the transcription. They leave with it on the day the real file takes its place.
"""

from __future__ import annotations

import json
from collections import Counter

import pytest
from openapi_spec_validator import validate
from transcription import OPERATIONS, SCHEMA, TEXT

SIDEBAR = {
    "Accounts": 1,
    "API Key": 1,
    "Company": 1,
    "Customers": 7,
    "Dimensions": 8,
    "Document Templates": 1,
    "Journal Categories": 1,
    "Journal Entries": 8,
    "MCP": 1,
    "Meters": 3,
    "Product Groups": 5,
    "Product Prices": 8,
    "Products": 5,
    "Projects": 9,
    "Subscriptions": 9,
    "VAT Codes": 1,
    "Webhook Endpoints": 7,
    "Portal SSO": 4,
    "Credit Notes": 6,
    "Payment Methods": 6,
    "Draft Journal Entries": 6,
    "Invoices": 6,
    "Order Confirmations": 7,
    "Portal Plans": 3,
    "Quotes": 7,
    "Vendors": 5,
    "Draft Journal Entries (v2)": 7,
    "Journal Entries (v2)": 2,
}


def test_the_document_is_valid_openapi() -> None:
    """Any tool that reads OpenAPI 3.0 reads it."""
    validate(SCHEMA)

    assert "3.0.0" == SCHEMA["openapi"]


def test_the_file_is_written_as_it_would_be_written_again() -> None:
    """Two spaces, real characters, one newline at the end: a diff shows changes only."""
    assert TEXT == json.dumps(json.loads(TEXT), indent=2, ensure_ascii=False) + "\n"


def test_it_says_that_it_is_a_transcription() -> None:
    """Nobody takes it for the vendor's file."""
    assert "transcription" in SCHEMA["info"]["description"]
    assert "support@ledgerbee.com" == SCHEMA["info"]["contact"]["email"]
    assert [{"url": "https://api.ledgerbee.com/api"}] == SCHEMA["servers"]


def test_all_operations_stand_in_the_order_of_the_sidebar() -> None:
    """28 tags, 135 operations, none twice and none out of place."""
    assert list(SIDEBAR) == [tag["name"] for tag in SCHEMA["tags"]]
    assert all(tag["description"] for tag in SCHEMA["tags"])
    assert [tag for tag, count in SIDEBAR.items() for _ in range(count)] == [one["tags"][0] for one in OPERATIONS]
    assert 135 == len(OPERATIONS)


def test_methods_are_counted() -> None:
    """As the sidebar shows them."""
    expected = {"get": 58, "post": 49, "delete": 12, "patch": 9, "put": 7}

    assert expected == Counter(one["method"] for one in OPERATIONS)


def test_a_whole_tag_reads_like_the_sidebar() -> None:
    """Titles letter for letter, methods and order."""
    expected = [
        ("get", "List customer subscriptions"),
        ("post", "Assign a subscription to a customer"),
        ("get", "Get a customer subscription by its stable id"),
        ("patch", "Update a customer subscription"),
        ("get", "List a subscription\u2019s pending scheduled changes"),
        ("delete", "Cancel a single pending scheduled change"),
        ("post", "Cancel a customer subscription"),
        ("get", "List subscription plans"),
        ("post", "Archive a subscription plan"),
    ]

    assert expected == [(one["method"], one["summary"]) for one in OPERATIONS if ["Subscriptions"] == one["tags"]]


@pytest.mark.parametrize(
    "title",
    [
        "Create multiple journal entries in batch (DEPRECATED \u2014 migrate to v2)",
        "Create a single journal entry (DEPRECATED \u2014 use POST /api/v2/journal-entries)",
        "Update a journal entry \u2014 correct the reference and/or set your external system id",
        "List a customer's contacts",
        "Published RP signing keys (JWKS) for a tenant's private_key_jwt SSO",
        "Provision a customer + grant portal access (partner JIT provisioning)",
        "Revoke (force-refresh) a user's customer-portal sessions",
        "LedgerBee Developer MCP Server",
    ],
)
def test_odd_titles_are_kept_letter_for_letter(title: str) -> None:
    """Names hang on titles."""
    assert 1 == [one["summary"] for one in OPERATIONS].count(title)


def test_operation_ids_are_unique_and_two_are_documented() -> None:
    """The others are ours and say so."""
    ids = [one["operationId"] for one in OPERATIONS]
    documented = [one["operationId"] for one in OPERATIONS if "x-operation-id-source" not in one]

    assert 135 == len(set(ids))
    assert ["PublicAccountsController_getAccounts_v1", "PublicPortalSsoJwksController_getJwks"] == documented


def test_every_operation_has_the_error_envelope() -> None:
    """Under every status nobody mentions."""
    envelope = {"$ref": "#/components/schemas/ErrorEnvelope"}

    for one in OPERATIONS:
        assert envelope == one["responses"]["default"]["content"]["application/json"]["schema"], one["summary"]
