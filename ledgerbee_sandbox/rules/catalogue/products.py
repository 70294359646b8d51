"""Product groups and products."""

from __future__ import annotations

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.rules.call import Call, broken, found, need
from ledgerbee_sandbox.rules.catalogue.prices import is_in_use, new_price, prices_of
from ledgerbee_sandbox.rules.paging import beginning, matching, ordered, page_of
from ledgerbee_sandbox.rules.registry import FieldsOf, answers

ZONE_ACCOUNTS = {
    "domestic": "domesticAccountId",
    "eu": "euAccountId",
    "abroad": "abroadAccountId",
    "domestic_without_vat": "domesticWithoutVatAccountId",
}


def _the_group(call: Call, group_id: object) -> Record:
    return found(call.books["product_groups"].get(group_id), "Product group")


def _group_shown(call: Call, group: Record) -> Record:
    numbers = {}
    for field in ZONE_ACCOUNTS.values():
        account = call.books["accounts"].get(group[field])
        numbers[field.replace("Id", "Number")] = account and account["accountNumber"]
    return {**group, **numbers}


def _need_accounts(call: Call, fields: Record) -> None:
    """The accounts exist; the first three carry a VAT code that is valid for sales."""
    for zone, field in ZONE_ACCOUNTS.items():
        if field not in fields:
            continue
        account = found(call.books["accounts"].get(fields[field]), f"The account of {field}")
        code = call.books["vat_codes"].get(account.get("vatCodeId"))
        if zone != "domestic_without_vat" and (code is None or code["vatCodeUse"] != "sales"):
            raise broken(f"{field} must be an account whose VAT code is valid for sales")


def _need_unique(books: Books, table: str, field: str, fields: Record, own_id: str | None = None) -> None:
    other = books[table].first(**{field: fields[field]}) if field in fields else None
    if other and other["id"] != own_id:
        raise broken(f"{field} {fields[field]} is already in use")


@answers("List product groups")
def list_groups(call: Call) -> Record:
    records = beginning(call, list(call.books["product_groups"]), "name", "number")
    names = {name: name for name in ("number", "name", "createdAt")}
    records = ordered(call, records, names, "createdAt", "DESC")
    return page_of(call, records, lambda group: _counted(call, group))


def _counted(call: Call, group: Record) -> Record:
    """A group in a list also says how many products it has; the name of that field is not documented."""
    count = len(call.books["products"].where(productGroupId=group["id"]))
    return {**_group_shown(call, group), "productCount": count}


@answers("Create a product group")
def create_group(call: Call) -> Record:
    need(call.fields, "number", "name", *ZONE_ACCOUNTS.values())
    _need_unique(call.books, "product_groups", "number", call.fields)
    _need_accounts(call, call.fields)
    stamp = call.books.stamp()
    group = {**call.fields, "id": call.books.new_id(), "createdAt": stamp, "updatedAt": stamp}
    return _group_shown(call, call.books["product_groups"].put(group))


@answers("Get a product group")
def get_group(call: Call) -> Record:
    return _group_shown(call, _the_group(call, call.path[0]))


@answers("Update a product group", fields_of=FieldsOf("Get a product group"))
def update_group(call: Call) -> Record:
    group = _the_group(call, call.path[0])
    _need_unique(call.books, "product_groups", "number", call.fields, group["id"])
    _need_accounts(call, call.fields)
    fields = {**call.fields, "id": group["id"], "updatedAt": call.books.stamp()}
    return _group_shown(call, call.books["product_groups"].change(group, **fields))


@answers("Delete a product group")
def delete_group(call: Call) -> None:
    group = _the_group(call, call.path[0])
    if call.books["products"].first(productGroupId=group["id"]):
        raise broken("The product group has products")
    call.books["product_groups"].remove(group["id"])


def the_product(call: Call, product_id: object) -> Record:
    return found(call.books["products"].get(product_id), "Product")


def _in_list(call: Call, product: Record) -> Record:
    return {
        **product,
        "isLocked": any(is_in_use(call.books, price["id"]) for price in prices_of(call.books, product["id"])),
    }


def _shown(call: Call, product: Record) -> Record:
    return {**_in_list(call, product), "prices": prices_of(call.books, product["id"])}


@answers("List products")
def list_products(call: Call) -> Record:
    """Prices are left out, as in the schema and the guide."""
    records = matching(call, list(call.books["products"]), "productGroupId")
    records = beginning(call, records, "name", "productNumber")
    names = {name: name for name in ("productNumber", "name", "createdAt")}
    return page_of(call, ordered(call, records, names, "createdAt", "DESC"), lambda product: _row(call, product))


def _row(call: Call, product: Record) -> Record:
    """The product in a list, without what is null: the schema of the rows knows no null."""
    return {name: value for name, value in _in_list(call, product).items() if value is not None}


@answers("Create a product")
def create_product(call: Call) -> Record:
    """Add a product; an initial price is created, activated and made default with it."""
    fields = dict(call.fields)
    need(fields, "productNumber", "name", "unit", "productGroupId")
    _need_unique(call.books, "products", "productNumber", fields)
    _the_group(call, fields["productGroupId"])
    initial = fields.pop("initialPrice", None)
    stamp = call.books.stamp()
    defaults = {"isActive": True, "productType": "services", "description": None}
    product = call.books["products"].put(
        {**defaults, **fields, "id": call.books.new_id(), "isArchived": False, "createdAt": stamp, "updatedAt": stamp}
    )
    if initial is not None:
        price = new_price(call, product["id"], initial, "initialPrice.")
        call.books["prices"].change(price, status="active", isDefault=True)
    return _shown(call, product)


@answers("Get a product")
def get_product(call: Call) -> Record:
    return _shown(call, the_product(call, call.path[0]))


@answers("Update a product")
def update_product(call: Call) -> Record:
    product = the_product(call, call.path[0])
    _need_unique(call.books, "products", "productNumber", call.fields, product["id"])
    if "productGroupId" in call.fields:
        _the_group(call, call.fields["productGroupId"])
    fields = {**call.fields, "id": product["id"], "updatedAt": call.books.stamp()}
    return _shown(call, call.books["products"].change(product, **fields))


@answers("Delete a product")
def delete_product(call: Call) -> None:
    product = the_product(call, call.path[0])
    prices = prices_of(call.books, product["id"])
    if any(is_in_use(call.books, price["id"]) for price in prices):
        raise broken("A locked product cannot be deleted")
    for price in prices:
        call.books["prices"].remove(price["id"])
    call.books["products"].remove(product["id"])
