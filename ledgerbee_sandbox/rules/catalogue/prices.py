"""Prices of products: the pricing models and the life of a price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.books.money import decimal
from ledgerbee_sandbox.json_types import objects
from ledgerbee_sandbox.rules.accounting.company import company_currency
from ledgerbee_sandbox.rules.call import Call, broken, found, invalid, need, need_licence
from ledgerbee_sandbox.rules.registry import FieldsOf, answers

_TIERED = ("package", "volume", "graduated")


def is_in_use(books: Books, price_id: str) -> bool:
    return price_id in books["prices_in_use"]


def use(books: Books, price_id: str) -> None:
    """Remember that a document or a subscription uses the price, which locks it and its product."""
    if price_id not in books["prices_in_use"]:
        books["prices_in_use"].put({"id": price_id})


def shown(books: Books, price: Record) -> Record:
    return {**price, "isLocked": is_in_use(books, price["id"])}


def prices_of(books: Books, product_id: str) -> list[Record]:
    return [shown(books, price) for price in books["prices"].where(productId=product_id)]


def the_price(call: Call, price_id: object) -> Record:
    return found(call.books["prices"].get(price_id), "Price")


def new_price(call: Call, product_id: str, fields: Record, prefix: str = "") -> Record:
    """
    Add a draft price, after the rules of its model.

    Raises:
        Refusal: an amount, tiers, an interval or a meter is missing or too many, or a licence is.
    """
    for name in ("billingPeriodType", "pricingModel"):
        if fields.get(name) is None:
            raise invalid(f"{prefix}{name}", "isDefined", f"{name} should not be null or undefined")
    model = str(fields["pricingModel"]).lower()
    period = str(fields["billingPeriodType"]).lower().replace("-", "_")
    if period in {"recurring", "usage"}:
        need_licence(call, "Subscription")
    if period == "usage":
        need_licence(call, "Metered Products")
        if not fields.get("meterId"):
            raise invalid(f"{prefix}meterId", "isNotEmpty", "meterId is required for usage prices")
        found(call.books["meters"].get(fields["meterId"]), "Meter", "METER_NOT_FOUND")
    if period != "one_time" and not fields.get("billingInterval"):
        raise invalid(
            f"{prefix}billingInterval", "isNotEmpty", "billingInterval is required unless the price is one-time"
        )
    if model == "flat_rate":
        _need_decimal(fields.get("unitAmount"), f"{prefix}unitAmount", required=True)
    _need_tiers(fields, model, prefix)
    currency = fields.get("currency") or company_currency(call)
    product = found(call.books["products"].get(product_id), "Product")
    record: Record = {
        "nickname": "",
        "billingIntervalCount": 1,
        **fields,
        "id": call.books.new_id(),
        "productId": product_id,
        "billingInterval": fields.get("billingInterval"),
        "currency": currency,
        "baseCurrency": currency,
        "availableCurrencies": [currency],
        "status": "draft",
        "isDefault": False,
        "vatRatesByZone": vat_rates(call.books, product),
    }
    if "tiers" in record:
        record["tiers"] = [{"id": call.books.new_id(), **tier} for tier in record["tiers"]]
    return call.books["prices"].put(record)


def _need_decimal(value: Any, prop: str, *, required: bool) -> Decimal | None:
    if value is None and not required:
        return None
    number = decimal(value)
    if number is None:
        raise invalid(prop, "isDecimal", f"{prop.rpartition('.')[2]} must be a decimal string")
    return number


def _need_tiers(fields: Record, model: str, prefix: str) -> None:
    tiers = fields.get("tiers")
    if model not in _TIERED:
        if tiers:
            raise broken("tiers are left out for flat rate prices")
        return
    if not tiers:
        raise invalid(f"{prefix}tiers", "arrayMinSize", f"a {model} price needs tiers")
    if model == "package" and len(tiers) != 1:
        raise invalid(f"{prefix}tiers", "arrayMaxSize", "a package price needs exactly one tier")
    if model != "package" and tiers[-1].get("toQuantity") is not None:
        raise invalid(f"{prefix}tiers.{len(tiers) - 1}.toQuantity", "isEmpty", "the last tier must be open-ended")


def vat_rates(books: Books, product: Record) -> dict[str, str]:
    """The rate of each VAT zone, from the VAT codes of the accounts of the product's group."""
    group = books["product_groups"].get(product["productGroupId"]) or {}
    rates: dict[str, str] = {}
    for zone, field in {
        "domestic": "domesticAccountId",
        "eu": "euAccountId",
        "abroad": "abroadAccountId",
        "domestic_without_vat": "domesticWithoutVatAccountId",
    }.items():
        account = books["accounts"].get(group.get(field)) or {}
        code = books["vat_codes"].get(account.get("vatCodeId")) or {}
        rates[zone] = str(code.get("vatRate", 0))
    return rates


def amount_of(price: Record) -> Decimal:
    """The amount of one unit; a tiered price starts at its first tier."""
    tiers = objects(price.get("tiers")) or [dict[str, Any]()]
    return decimal(price.get("unitAmount") or tiers[0].get("unitAmount")) or Decimal(0)


@answers("Create a product price")
def create_price(call: Call) -> Record:
    need(call.fields, "productId")
    found(call.books["products"].get(call.fields["productId"]), "Product")
    return shown(call.books, new_price(call, call.fields["productId"], call.fields))


@answers("Get a product price")
def get_price(call: Call) -> Record:
    return shown(call.books, the_price(call, call.path[0]))


@answers("Update a product price", fields_of=FieldsOf("Get a product price"))
def update_price(call: Call) -> Record:
    price = the_price(call, call.path[0])
    if "unitAmount" in call.fields:
        amount = _need_decimal(call.fields["unitAmount"], "unitAmount", required=True)
        if is_in_use(call.books, price["id"]) and amount != amount_of(price):
            raise broken("A locked price cannot be changed")
    kept = {name: price[name] for name in ("id", "productId", "status", "isDefault")}
    return shown(call.books, call.books["prices"].change(price, **{**call.fields, **kept}))


@answers("Delete a product price")
def delete_price(call: Call) -> None:
    price = the_price(call, call.path[0])
    if is_in_use(call.books, price["id"]):
        raise broken("A locked price cannot be deleted")
    call.books["prices"].remove(price["id"])


@answers("Activate a product price")
def activate(call: Call) -> Record:
    return _become(call, "active")


@answers("Archive a product price")
def archive(call: Call) -> Record:
    return _become(call, "archived")


@answers("Disable a product price")
def disable(call: Call) -> Record:
    return _become(call, "disabled")


def _become(call: Call, status: str) -> Record:
    price = the_price(call, call.path[0])
    default = price["isDefault"] and status == "active"
    return shown(call.books, call.books["prices"].change(price, status=status, isDefault=default))


@answers("Set a price as the product default")
def set_default(call: Call) -> Record:
    price = the_price(call, call.path[0])
    if price["status"] != "active":
        raise broken("Only an active price can be the default")
    for other in call.books["prices"].where(productId=price["productId"], isDefault=True):
        call.books["prices"].change(other, isDefault=False)
    return shown(call.books, call.books["prices"].change(the_price(call, price["id"]), isDefault=True))
