"""
Facts picked from the published pages by hand.

These tests hold the transcription. They leave with it on the day the real file takes its place.
"""

from __future__ import annotations

from transcription import MODELS, OPERATIONS, SCHEMA, answer, parameter, the


def test_the_list_of_invoices() -> None:
    """Paging, filter and page as api/invoices shows them."""
    one = the("GET", "/v1/invoices")
    statuses = ["draft", "scheduled", "sending", "sent", "paid", "partially_paid", "cancelled", "uncollectible"]

    assert ["page", "limit", "search", "status", "customerId"] == [given["name"] for given in one["parameters"]]
    assert {"type": "number", "minimum": 1, "default": 1} == parameter(one, "page")["schema"]
    assert {"type": "number", "minimum": 1, "maximum": 100, "default": 25} == parameter(one, "limit")["schema"]
    assert {"type": "string", "enum": statuses} == parameter(one, "status")["schema"]
    assert not any(given["required"] for given in one["parameters"])
    assert {"$ref": "#/components/schemas/PublicListInvoicesResponse"} == answer(one)
    assert ["data", "total", "page", "limit", "totalPages"] == MODELS["PublicListInvoicesResponse"]["required"]


def test_the_invoice() -> None:
    """Money as text, a number that is null in drafts, ten fields that are always there."""
    invoice = MODELS["PublicInvoice"]
    required = ["id", "status", "date", "currency", "subtotal", "vat", "amount", "lines", "createdAt", "updatedAt"]
    nullable = ["number", "dueDate", "customerId", "reference", "ourReference", "notes"]

    assert required == invoice["required"]
    assert nullable == [name for name, value in invoice["properties"].items() if value.get("nullable")]
    assert "string" == invoice["properties"]["amount"]["type"]
    assert "2708.31" == invoice["properties"]["amount"]["example"]
    assert {"$ref": "#/components/schemas/PublicInvoiceLine"} == invoice["properties"]["lines"]["items"]


def test_a_new_invoice() -> None:
    """Three fields are needed; payment terms are a number of days."""
    new = MODELS["PublicCreateInvoice"]

    assert ["customerId", "date", "lines"] == new["required"]
    assert 12 == len(new["properties"])
    assert "number" == new["properties"]["paymentTerms"]["type"]


def test_sending_an_invoice() -> None:
    """Three channels; overrides are not kept unless asked."""
    send = MODELS["PublicSendInvoice"]["properties"]

    assert ["Email", "Sproom", "Manual"] == send["deliveryType"]["enum"]
    assert send["updateCustomerRecord"]["default"] is False


def test_pdfs_are_files() -> None:
    """Four documents come as PDF, each with a watermarked preview."""
    pdf = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
    files = [one for one in OPERATIONS if pdf == one["responses"].get("200", {}).get("content")]

    assert [
        "/v1/credit-notes/{id}/pdf",
        "/v1/invoices/{id}/pdf",
        "/v1/order-confirmations/{id}/pdf",
        "/v1/quotes/{id}/pdf",
    ] == [one["path"] for one in files]
    assert all({"type": "boolean"} == parameter(one, "draft")["schema"] for one in files)


def test_products() -> None:
    """Sorting, defaults and the first price as api/products shows them."""
    one = the("GET", "/v1/products")
    new = MODELS["CreateProductRequest"]

    assert {"type": "string", "enum": ["productNumber", "name", "createdAt"], "default": "createdAt"} == (
        parameter(one, "sortBy")["schema"]
    )
    assert {"type": "string", "enum": ["ASC", "DESC"], "default": "DESC"} == parameter(one, "sortOrder")["schema"]
    assert ["productNumber", "name", "unit", "productGroupId"] == new["required"]
    assert new["properties"]["isActive"]["default"] is True
    assert "services" == new["properties"]["productType"]["default"]
    assert [{"$ref": "#/components/schemas/InitialPriceInput"}] == new["properties"]["initialPrice"]["allOf"]
    assert "date-time" == MODELS["ProductResponse"]["properties"]["createdAt"]["format"]
    assert "required" not in MODELS["UpdateProductRequest"]
    assert "content" not in the("DELETE", "/v1/products/{productId}")["responses"]["200"]


def test_booking_journal_entries() -> None:
    """Lower case kinds, amounts as numbers, up to ten files, batches of 1 to 100."""
    entry = MODELS["CreateJournalEntryV2Dto"]
    kinds = [
        "journal",
        "invoice",
        "payment",
        "supplier_invoice",
        "supplier_payment",
        "customer_invoice",
        "customer_payment",
    ]
    entries = MODELS["CreateJournalEntryV2BatchRequest"]["properties"]["entries"]

    assert ["entryType", "date", "originalAmount", "lines"] == entry["required"]
    assert kinds == entry["properties"]["entryType"]["enum"]
    assert "number" == entry["properties"]["originalAmount"]["type"]
    assert 10 == entry["properties"]["attachments"]["maxItems"]
    assert (1, 100) == (entries["minItems"], entries["maxItems"])
    assert {"$ref": "#/components/schemas/CreateJournalEntryV2BatchRequest"} == (
        the("POST", "/v2/journal-entries/batch")["requestBody"]["content"]["application/json"]["schema"]
    )
    assert ["JOURNAL_CATEGORY_NOT_FOUND", "INVALID_ATTACHMENT_TYPE"] == [
        error["code"] for error in the("POST", "/v2/journal-entries")["responses"]["400"]["x-error-codes"]
    ]


def test_the_portal() -> None:
    """Keys without credentials and without a version; the page offers both credentials for the writes."""
    keys = the("GET", "/.well-known/portal-sso/{slug}/jwks.json")
    writes = [one for one in OPERATIONS if ["Portal SSO"] == one["tags"] and "post" == one["method"]]
    provision = MODELS["PublicProvisionCustomerRequest"]

    assert [] == keys["security"]
    assert "x-source" not in keys["responses"]["200"]
    assert 3 == len(writes)
    assert all([{"ApiKeyAuth": []}, {"OAuth2ClientCredentials": []}] == one["security"] for one in writes)
    assert ["email"] == provision["required"]
    assert ["OWNER", "ADMIN", "BILLING_ADMIN", "USER"] == provision["properties"]["role"]["enum"]
    assert "default" not in provision["properties"]["role"]
    assert MODELS["PublicProvisionCustomerResponse"]["properties"]["handoffRef"]["nullable"] is True


def test_credentials() -> None:
    """The key goes into its own header; one operation takes keys only."""
    schemes = SCHEMA["components"]["securitySchemes"]
    keys_only = [one["path"] for one in OPERATIONS if [{"ApiKeyAuth": []}] == one["security"]]

    assert ("apiKey", "header", "x-api-key") == tuple(schemes["ApiKeyAuth"][key] for key in ("type", "in", "name"))
    assert (
        "https://api.ledgerbee.com/api/v1/auth/token"
        == (schemes["OAuth2ClientCredentials"]["flows"]["clientCredentials"]["tokenUrl"])
    )
    assert ["/v1/api-key"] == keys_only
    assert "/v1/auth/token" not in SCHEMA["paths"]


def test_reporting_usage() -> None:
    """The only operation with a key of idempotency, and with two documented answers."""
    one = the("POST", "/v1/meters/report")
    with_header = [other["path"] for other in OPERATIONS for given in other["parameters"] if "header" == given["in"]]

    assert parameter(one, "x-api-idempotency-key")["required"] is True
    assert ["200", "202", "400", "default"] == list(one["responses"])
    assert ["/v1/meters/report"] == with_header


def test_customers_are_found_by_their_metadata() -> None:
    """metadata[key]=value."""
    given = parameter(the("GET", "/v1/customers"), "metadata")

    assert ("deepObject", True) == (given["style"], given["explode"])
    assert {"type": "object", "additionalProperties": {"type": "string"}} == given["schema"]


def test_deprecations() -> None:
    """All v1 drafts, and booking in v1; the last day is documented for two."""
    deprecated = [f"{one['method']} {one['path']}" for one in OPERATIONS if one.get("deprecated")]
    ends = {one["path"]: one["x-sunset"] for one in OPERATIONS if "x-sunset" in one}

    assert [
        "post /v1/journal-batches",
        "post /v1/journal-entries",
        "post /v1/draft-journal-batches",
        "get /v1/draft-journal-entries",
        "post /v1/draft-journal-entries",
        "get /v1/draft-journal-entries/{id}",
        "delete /v1/draft-journal-entries/{id}",
        "post /v1/draft-journal-entries/{id}/book",
    ] == deprecated
    assert {"/v1/draft-journal-batches": "2026-11-08", "/v1/draft-journal-entries": "2026-11-08"} == ends


def test_the_error_envelope() -> None:
    """Four fields are always there, the code is not."""
    assert ["statusCode", "timestamp", "path", "message"] == MODELS["ErrorEnvelope"]["required"]
    assert ["property", "constraints"] == MODELS["ValidationErrorItem"]["required"]
    assert {"$ref": "#/components/schemas/ValidationErrorItem"} == (
        MODELS["ErrorEnvelope"]["properties"]["details"]["properties"]["validationErrors"]["items"]
    )


def test_what_the_list_of_schemas_names() -> None:
    """Six names stand on api/~schemas; that groups and departments are lists of two of them is inferred."""
    group, department = MODELS["CustomerGroupResponse"], MODELS["CustomerDepartmentResponse"]
    fields = ["id", "number", "name", "discount", "accountId", "accountNumber", "accountName", "metadata"]

    assert fields == list(group["properties"])
    assert ["id", "name", "isDefault", "isActive"] == list(department["properties"])
    assert ("partial", None) == (department["x-documentation"], group.get("x-documentation"))
    assert "x-documentation" not in MODELS["CompanyResponse"]
    assert ["contactPersonFirstName", "contactPersonLastName"] == list(MODELS["CompanyResponse"]["properties"])[-2:]
    for path, name in (
        ("/v1/customers/groups", "CustomerGroupResponse"),
        ("/v1/customers/{id}/departments", "CustomerDepartmentResponse"),
    ):
        assert {"$ref": f"#/components/schemas/{name}"} == answer(the("GET", path))["items"]
        assert "inferred" == the("GET", path)["responses"]["200"]["x-source"]


def test_the_list_of_accounts() -> None:
    """The published file shows its 200; a nullable enum lists null, or validators refuse it."""
    assert "x-source" not in the("GET", "/v1/accounts")["responses"]["200"]
    account = MODELS["AccountResponse"]["properties"]
    assert all(None in account[name]["enum"] for name in ("accountClassification", "controlAccountType"))


def test_a_page_is_counted_from_one() -> None:
    """In answers as in the query."""
    pages = [model["properties"]["page"] for model in MODELS.values() if "totalPages" in model["properties"]]

    assert 8 == len(pages)
    assert all(1 == page["minimum"] for page in pages)


def test_the_default_proration_is_none() -> None:
    """guides/subscriptions/assign."""
    assert "none" == MODELS["AssignSubscriptionRequest"]["properties"]["prorationBehavior"]["default"]
