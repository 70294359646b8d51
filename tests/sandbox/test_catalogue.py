"""Product groups, products and prices."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.asyncio
FLAT = {"billingPeriodType": "one_time", "pricingModel": "flat_rate", "unitAmount": "10.00"}


@pytest.fixture
def product(api: Any, demo: Any) -> Any:
    async def create(number: Any = "X1", **fields: Any) -> Any:
        body = {"productNumber": number, "name": f"Product {number}", "unit": "pcs", "productGroupId": demo.group()}
        return await api("POST /v1/products", {**body, **fields}, status=201)

    return create


async def test_an_initial_price_is_active_and_default(product: Any) -> None:
    made = await product(initialPrice=FLAT)

    (price,) = made["prices"]
    assert (price["status"], price["isDefault"], price["isLocked"]) == ("active", True, False)
    assert (price["unitAmount"], price["currency"], price["billingInterval"]) == ("10.00", "DKK", None)
    assert price["vatRatesByZone"] == {"domestic": "25", "eu": "0", "abroad": "0", "domestic_without_vat": "0"}
    assert (made["productType"], made["isActive"]) == ("services", True)


async def test_a_refused_initial_price_leaves_no_product(api: Any, product: Any, demo: Any) -> None:
    body = {"productNumber": "X1", "name": "N", "unit": "pcs", "productGroupId": demo.group()}
    wrong = {"pricingModel": "flat_rate", "billingPeriodType": "one_time"}

    await api("POST /v1/products", {**body, "initialPrice": wrong}, status=400)

    await product("X1")


async def test_an_initial_price_is_refused_by_its_place(api: Any, demo: Any, broken: Any) -> None:
    body = {"productNumber": "X1", "name": "N", "unit": "pcs", "productGroupId": demo.group(), "initialPrice": {}}
    answer = await api("POST /v1/products", body, status=400)
    assert broken(answer) == {"initialPrice.billingPeriodType": ["isDefined"]}


async def test_product_numbers_are_unique_and_groups_exist(api: Any, product: Any, demo: Any) -> None:
    made = await product("X1")
    body = {"productNumber": "X1", "name": "N", "unit": "pcs", "productGroupId": demo.group()}
    await api("POST /v1/products", body, status=400)
    await api("POST /v1/products", {**body, "productNumber": "X2", "productGroupId": "none"}, status=404)
    await api(f"PATCH /v1/products/{made['id']}", {"productNumber": "P001"}, status=400)


async def test_an_update_changes_only_what_is_given(api: Any, product: Any) -> None:
    made = await product(description="Fine")

    changed = await api(f"PATCH /v1/products/{made['id']}", {"name": "Better"})

    assert (changed["name"], changed["description"], changed["unit"]) == ("Better", "Fine", "pcs")


async def test_products_are_searched_by_prefix_and_sorted(api: Any, product: Any) -> None:
    for number in ("X3", "X1", "X2"):
        await product(number)

    async def numbers(**query: Any) -> Any:
        return [row["productNumber"] for row in (await api("GET /v1/products", **query))["data"]]

    assert await numbers(search="x") == ["X2", "X1", "X3"]
    assert await numbers(search="product x", sortBy="productNumber", sortOrder="ASC") == ["X1", "X2", "X3"]
    assert await numbers(search="roduct") == []
    assert await numbers(search="X", limit=1, page=2, sortBy="name", sortOrder="ASC") == ["X2"]
    assert "prices" not in (await api("GET /v1/products"))["data"][0]


async def test_a_product_in_use_is_locked(api: Any, product: Any, demo: Any) -> None:
    made = await product(initialPrice=FLAT)
    line = {"priceId": made["prices"][0]["id"], "quantity": 1}
    await api("POST /v1/invoices", {"customerId": demo.customer(), "date": "2026-01-01", "lines": [line]}, status=201)

    assert (await api(f"GET /v1/products/{made['id']}"))["isLocked"] is True
    await api(f"DELETE /v1/products/{made['id']}", status=400)
    await api(f"DELETE /v1/product-prices/{line['priceId']}", status=400)


async def test_a_deleted_product_is_gone_with_its_prices(api: Any, product: Any) -> None:
    made = await product(initialPrice=FLAT)

    assert await api(f"DELETE /v1/products/{made['id']}") is None

    await api(f"GET /v1/products/{made['id']}", status=404)
    await api(f"GET /v1/product-prices/{made['prices'][0]['id']}", status=404)


async def test_a_price_lives_from_draft_to_archive(api: Any, product: Any) -> None:
    made = await product(initialPrice=FLAT)
    price = await api("POST /v1/product-prices", {**FLAT, "productId": made["id"]}, status=201)
    path = f"POST /v1/product-prices/{price['id']}"
    assert (price["status"], price["isDefault"]) == ("draft", False)

    await api(f"{path}/set-default", status=400)
    assert (await api(f"{path}/activate", status=201))["status"] == "active"
    assert (await api(f"{path}/set-default", status=201))["isDefault"] is True
    old = await api(f"GET /v1/product-prices/{made['prices'][0]['id']}")
    assert old["isDefault"] is False
    assert (await api(f"{path}/disable", status=201))["status"] == "disabled"
    assert (await api(f"{path}/archive", status=201))["status"] == "archived"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"unitAmount": None}, {"unitAmount": ["isDecimal"]}),
        ({"unitAmount": "ten"}, {"unitAmount": ["isDecimal"]}),
        ({"billingPeriodType": "recurring"}, {"billingInterval": ["isNotEmpty"]}),
        ({"billingPeriodType": "usage", "billingInterval": "month"}, {"meterId": ["isNotEmpty"]}),
        ({"pricingModel": "volume"}, {"tiers": ["arrayMinSize"]}),
        ({"pricingModel": "package", "tiers": [{}, {}]}, {"tiers": ["arrayMaxSize"]}),
        ({"pricingModel": "graduated", "tiers": [{"toQuantity": 5}]}, {"tiers.0.toQuantity": ["isEmpty"]}),
    ],
)
async def test_a_price_follows_the_rules_of_its_model(
    api: Any, product: Any, broken: Any, fields: Any, expected: Any
) -> None:
    made = await product()
    body = {**FLAT, "productId": made["id"], **fields}

    answer = await api("POST /v1/product-prices", {k: v for k, v in body.items() if v is not None}, status=400)

    assert broken(answer) == expected


async def test_a_graduated_price_keeps_its_tiers(api: Any, product: Any) -> None:
    tiers = [{"fromQuantity": 1, "toQuantity": 10, "unitAmount": "5.00"}, {"fromQuantity": 11, "unitAmount": "4.00"}]
    body = {"pricingModel": "graduated", "billingPeriodType": "one_time", "tiers": tiers}

    price = await api("POST /v1/product-prices", {**body, "productId": (await product())["id"]}, status=201)

    assert [tier["unitAmount"] for tier in price["tiers"]] == ["5.00", "4.00"]


async def test_recurring_prices_need_the_licence(api: Any, product: Any, control: Any) -> None:
    made = await product()
    await control("POST /licences", {"licences": []})
    body = {**FLAT, "productId": made["id"], "billingPeriodType": "recurring", "billingInterval": "month"}

    answer = await api("POST /v1/product-prices", body, status=403)

    assert answer["details"] == {"licenseKey": "Subscription"}


async def test_a_group_needs_sales_accounts(api: Any, demo: Any) -> None:
    accounts = {name: demo.account(1010) for name in ("domesticAccountId", "euAccountId", "abroadAccountId")}
    body = {"number": "PG2", "name": "Goods", **accounts, "domesticWithoutVatAccountId": demo.account(1040)}

    group = await api("POST /v1/product-groups", body, status=201)
    await api("POST /v1/product-groups", body, status=400)  # The number is taken.
    await api("POST /v1/product-groups", {**body, "number": "PG3", "euAccountId": demo.account(2010)}, status=400)
    await api("POST /v1/product-groups", {**body, "number": "PG3", "euAccountId": "none"}, status=404)

    assert group["domesticAccountNumber"] == 1010
    changed = await api(f"PATCH /v1/product-groups/{group['id']}", {"name": "Things"})
    assert (changed["name"], changed["number"]) == ("Things", "PG2")
    assert (await api("GET /v1/product-groups", search="thi"))["total"] == 1


async def test_a_group_with_products_stays(api: Any, demo: Any) -> None:
    await api(f"DELETE /v1/product-groups/{demo.group()}", status=400)
