"""Customers, vendors, dimensions, projects, payment methods, and what the ledger rests on."""

from __future__ import annotations

from typing import Any

import pytest

from ledgerbee_sandbox import Sandbox

pytestmark = pytest.mark.asyncio


async def test_accounts_are_sorted_and_complete(api: Any) -> None:
    accounts = await api("GET /v1/accounts")

    numbers = [account["accountNumber"] for account in accounts]
    assert numbers == sorted(numbers)
    receivable = next(account for account in accounts if account["accountNumber"] == 5600)
    assert receivable["controlAccountType"] == "ACCOUNTS_RECEIVABLE"
    assert "vatCodeId" not in receivable


async def test_the_default_category_comes_first(api: Any) -> None:
    assert [category["isDefault"] for category in await api("GET /v1/journal-categories")] == [True, False]


async def test_the_default_template_is_not_the_first_of_the_list(api: Any, broken: Any) -> None:
    page = await api("GET /v1/document-templates", documentType="quote-template", sortBy="name", sortOrder="ASC")
    assert [(row["name"], row["isDefault"]) for row in page["data"]] == [
        ("Plain quote", False),
        ("Standard quote", True),
    ]
    assert broken(await api("GET /v1/document-templates", documentType="letter", status=400)) == {
        "documentType": ["isEnum"]
    }


async def test_a_field_in_python_s_spelling_is_refused(api: Any) -> None:
    """Where a body is documented in part other fields are let through; this one would be lost without a word."""
    answer = await api(
        "POST /v1/customers", {"customer_number": "C-1", "shoe_size": 43, "metadata": {"a_b": "c"}}, status=400
    )

    assert answer["details"]["validationErrors"] == [
        {
            "property": "customer_number",
            "constraints": {
                "whitelistValidation": "property customer_number should not exist, its name is customerNumber"
            },
        }
    ]
    assert (await api("POST /v1/customers", {"name": "Bee", "shoe_size": 43}, status=201))["shoe_size"] == 43


async def test_customers_are_filtered_exactly(api: Any) -> None:
    assert [c["name"] for c in await api("GET /v1/customers", customerNumber="C0002")] == ["Nordic Paper ApS"]
    assert await api("GET /v1/customers", customerNumber="C000") == []
    assert [c["customerNumber"] for c in await api("GET /v1/customers", externalSystemId="erp-7")] == ["C0007"]
    by_metadata = await api("GET /v1/customers", params={"metadata[segment]": "public"})
    assert [c["customerNumber"] for c in by_metadata] == ["C0007"]
    assert await api("GET /v1/customers", params={"metadata[segment]": "public", "metadata[x]": "y"}) == []
    await api("GET /v1/customers", params={f"metadata[{n}]": "x" for n in range(11)}, status=400)


async def test_a_customer_is_created_changed_and_unique(api: Any, broken: Any) -> None:
    body = {
        "customerNumber": "K1",
        "name": "Kunde",
        "email": "k@example.com",
        "externalSystemId": "e1",
        "countryCode": "DK",
    }

    made = await api("POST /v1/customers", body, status=201)

    assert (made["vatZone"], made["isActive"], made["billingRelationship"]) == ("domestic", True, "self")
    await api("POST /v1/customers", body, status=400)
    await api("POST /v1/customers", {**body, "customerNumber": "K2"}, status=400)  # The external id is taken.
    answer = await api("POST /v1/customers", {"name": "N", "email": "no address"}, status=400)
    assert broken(answer) == {"email": ["isEmail"]}
    changed = await api(f"PATCH /v1/customers/{made['id']}", {"name": "Kunde II"})
    assert (changed["name"], changed["customerNumber"]) == ("Kunde II", "K1")
    assert [c["email"] for c in await api(f"GET /v1/customers/{made['id']}/contacts")] == ["k@example.com"]
    assert await api(f"GET /v1/customers/{made['id']}/departments") == []


async def test_groups_and_departments_read_as_their_schemas_say(api: Any, demo: Any, sandbox: Sandbox) -> None:
    """The group with its ledger account; the departments that the API has no call to make."""
    department = {"id": "d1", "name": "Schools", "isDefault": True, "isActive": True}
    with sandbox.books.transaction():
        sandbox.books["departments"].put({**department, "ownerId": demo.customer("C0007")})

    (group,) = await api("GET /v1/customers/groups")
    departments = await api(f"GET /v1/customers/{demo.customer('C0007')}/departments")

    expected = {"number": 1, "name": "Customers", "accountNumber": 5600, "accountName": "Receivables"}
    assert group == {"id": group["id"], **expected, "accountId": demo.account(5600)}
    assert [department] == departments


async def test_a_vendor_is_created_with_its_contacts(api: Any, sandbox: Any) -> None:
    group = (await api("GET /v1/vendors/groups"))[0]["id"]
    body = {"vendorNumber": " V9 ", "name": "V", "vendorGroupId": group, "currency": "DKK", "countryCode": "DK"}

    made = await api("POST /v1/vendors", {**body, "contacts": [{"name": "One"}]}, status=201)

    assert made == {"id": made["id"], "vendorNumber": "V9"}
    assert [c["isDefault"] for c in await api(f"GET /v1/vendors/{made['id']}/contacts")] == [True]
    assert [v["vendorNumber"] for v in await api("GET /v1/vendors")] == ["V001", "V002", "V9"]


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"vendorNumber": "V001"}, 400, "VENDOR_NUMBER_ALREADY_EXISTS"),
        ({"contacts": []}, 400, "CONTACT_DEFAULT_REQUIRED"),
        ({"contacts": [{}, {}]}, 400, "CONTACT_DEFAULT_REQUIRED"),
        ({"contacts": [{"isDefault": True}, {"isDefault": True}]}, 400, "CONTACT_MULTIPLE_DEFAULTS"),
        ({"vendorGroupId": "none"}, 404, "VENDOR_GROUP_NOT_FOUND"),
        ({"defaultAccountId": "none"}, 404, "LEDGER_NOT_FOUND"),
    ],
)
async def test_a_vendor_is_refused_with_its_code(api: Any, fields: Any, status: Any, code: Any) -> None:
    group = (await api("GET /v1/vendors/groups"))[0]["id"]
    body = {"vendorNumber": "V9", "name": "V", "vendorGroupId": group, "currency": "DKK", "countryCode": "DK"}

    answer = await api("POST /v1/vendors", {**body, "contacts": [{}], **fields}, status=status)

    assert answer["code"] == code


async def test_dimension_values_form_a_tree(api: Any, broken: Any) -> None:
    dimension = await api("POST /v1/dimensions", {"name": "Region", "isUnique": True}, status=201)
    path = f"/v1/dimensions/{dimension['id']}"
    north = await api(f"POST {path}/values", {"name": "North"}, status=201)
    await api(f"POST {path}/values", {"name": "Aalborg", "parentId": north["id"]}, status=201)

    (root,) = (await api(f"GET {path}"))["values"]

    assert (root["name"], root["parentId"]) == ("North", None)
    assert [child["name"] for child in root["children"]] == ["Aalborg"]
    await api("POST /v1/dimensions", {"name": "Region", "isUnique": False}, status=400)
    answer = await api("POST /v1/dimensions", {"name": "R", "isUnique": False}, status=400)
    assert broken(answer) == {"name": ["minLength"]}
    await api(f"PUT {path}/values/{north['id']}", {"name": "South"})
    await api(f"DELETE {path}/values/{north['id']}")
    assert [value["name"] for value in (await api(f"GET {path}"))["values"]] == ["Aalborg"]
    await api(f"DELETE {path}")
    await api(f"GET {path}", status=404)


async def test_a_project_upsert_creates_then_updates(api: Any) -> None:
    made = await api("PUT /v1/projects", {"externalReference": "P-1", "name": "Bridge"}, status=201)
    same = await api("PUT /v1/projects", {"externalReference": "P-1", "name": "Tunnel"}, status=200)

    assert (same["id"], same["name"]) == (made["id"], "Tunnel")
    assert made["defaultSubprojectId"] == made["subprojects"][0]["id"]


async def test_archived_projects_are_read_only_and_left_out(api: Any) -> None:
    made = await api("POST /v1/projects", {"name": "Old"}, status=201)
    await api(f"PUT /v1/projects/{made['id']}", {"isArchived": True})

    await api(f"PUT /v1/projects/{made['id']}", {"name": "New"}, status=400)
    await api(f"POST /v1/projects/{made['id']}/subprojects", {"name": "Part"}, status=400)
    assert await api("GET /v1/projects") == []
    assert [project["id"] for project in await api("GET /v1/projects", includeArchived="true")] == [made["id"]]


async def test_subprojects_come_and_go(api: Any) -> None:
    made = await api("POST /v1/projects", {"name": "Bridge"}, status=201)
    path = f"/v1/projects/{made['id']}"
    part = await api(f"POST {path}/subprojects", {"name": "Piers"}, status=201)
    await api(f"PUT {path}/subprojects/{part['id']}", {"name": "Pillars"})

    assert [p["name"] for p in (await api(f"GET {path}"))["subprojects"]] == ["Bridge", "Pillars"]
    await api(f"DELETE {path}/subprojects/{part['id']}")
    await api(f"DELETE {path}/subprojects/{made['defaultSubprojectId']}", status=400)


async def test_project_profit_counts_tagged_lines_once(api: Any, demo: Any) -> None:
    made = await api("POST /v1/projects", {"name": "Bridge"}, status=201)
    lines = [
        {"accountId": demo.account(5820), "type": "debit", "amount": 100},
        {"accountId": demo.account(1010), "type": "credit", "amount": 100},
    ]
    body = {"entryType": "journal", "date": "2026-01-01", "originalAmount": 100, "lines": lines}
    await api("POST /v2/journal-entries", {**body, "tagIds": [made["dimensionId"]]}, status=201)

    profit = await api(f"GET /v1/projects/{made['id']}/profit")

    assert (profit["revenue"], profit["cost"], profit["profit"]) == (100, 0, 100)


async def test_a_card_is_applied_cancelled_and_unassigned(api: Any, demo: Any) -> None:
    customer = demo.customer()
    path = f"/v1/customers/{customer}/payment-methods"
    (card,) = await api(f"GET {path}", provider="quickpay")
    assert await api(f"GET {path}", provider="other") == []
    body = {"customerId": customer, "planId": demo.plan(), "startDate": "2026-05-01"}
    subscription = await api("POST /v1/subscriptions", body, status=201)

    await api(f"POST {path}/{card['id']}/apply", {"enableAutomaticBilling": True}, status=201)
    applied = await api(f"GET /v1/subscriptions/{subscription['id']}")
    assert (applied["paymentMethodId"], applied["automaticBilling"]) == (card["id"], True)

    await api(f"PUT {path}/default", {"paymentMethodId": card["id"]})
    assert (await api(f"POST {path}/card-link", {}, status=201))["url"].startswith("https://")
    await api(f"DELETE {path}/{card['id']}/cancel")
    assert (await api(f"GET {path}"))[0]["status"] == "cancelled"
    await api(f"POST {path}/{card['id']}/apply", {}, status=400)
    await api(f"DELETE {path}/{card['id']}/unassign")
    assert await api(f"GET {path}") == []


async def test_another_customers_card_is_not_found(api: Any, demo: Any) -> None:
    (card,) = await api(f"GET /v1/customers/{demo.customer('C0002')}/payment-methods")
    await api(f"POST /v1/customers/{demo.customer()}/payment-methods/{card['id']}/apply", {}, status=404)


async def test_a_customer_stays_in_a_group_that_exists(api: Any, sandbox: Any, demo: Any) -> None:
    """The group has the account that its invoices are booked on."""
    group = next(iter(sandbox.books["customer_groups"]))
    with sandbox.books.transaction():
        sandbox.books["customer_groups"].put({**group, "id": "other", "number": 2, "name": "Others"})
    path = f"/v1/customers/{demo.customer()}"

    await api(f"PATCH {path}", {"customerGroupId": "none"}, status=400)
    changed = await api(f"PATCH {path}", {"customerGroupId": "other", "customerGroupName": "Mine"})

    assert (changed["customerGroupNumber"], changed["customerGroupName"]) == (2, "Others")


async def test_a_project_begins_and_ends_on_days(api: Any, broken: Any) -> None:
    """As documents do, when it is made and when it is changed."""
    made = await api("POST /v1/projects", {"name": "Roof", "startDate": "2026-05-01T08:00:00Z"}, status=201)
    changed = await api(f"PUT /v1/projects/{made['id']}", {"endDate": "2026-06-01"})

    assert ("2026-05-01", None) == (made["startDate"], made["endDate"])
    assert ("2026-05-01", "2026-06-01") == (changed["startDate"], changed["endDate"])
    answer = await api(f"PUT /v1/projects/{made['id']}", {"endDate": "soon"}, status=400)
    assert broken(answer) == {"endDate": ["isDateString"]}
