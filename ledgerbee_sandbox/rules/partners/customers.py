"""Customers, their contacts, departments and groups."""

from __future__ import annotations

import re
from typing import Any

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.json_types import is_object
from ledgerbee_sandbox.rules.call import Call, broken, found, invalid
from ledgerbee_sandbox.rules.registry import FieldsOf, answers

VAT_ZONES = ("domestic", "eu", "abroad", "domestic_without_vat")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_INTERNAL = {"defaultContact"}


def shown(customer: Record) -> Record:
    return {name: value for name, value in customer.items() if name not in _INTERNAL}


def need_email(fields: Record, prefix: str = "") -> None:
    """Refuse an address that is none, the way the errors guide shows it."""
    address = fields.get("email")
    if address is not None and not (isinstance(address, str) and _EMAIL.fullmatch(address)):
        raise invalid(f"{prefix}email", "isEmail", "email must be an email")


def the_customer(call: Call, customer_id: object) -> Record:
    return found(call.books["customers"].get(customer_id), "Customer", "CUSTOMER_NOT_FOUND")


@answers("List customers")
def list_customers(call: Call) -> list[Record]:
    """All of them, sorted by number; the filters are exact, metadata pairs are ANDed."""
    pairs: dict[str, Any] = call.query.get("metadata") or {}
    if len(pairs) > 10:
        raise invalid("metadata", "maxProperties", "metadata must not have more than 10 pairs")
    wanted = {n: call.query[n] for n in ("customerNumber", "externalSystemId") if call.query.get(n) is not None}
    records = [
        customer
        for customer in call.books["customers"].where(**wanted)
        if all(_metadata(customer).get(key) == value for key, value in pairs.items())
    ]
    return [shown(customer) for customer in sorted(records, key=lambda c: str(c["customerNumber"]))]


def _metadata(customer: Record) -> Record:
    metadata = customer.get("metadata")
    return metadata if is_object(metadata) else {}


@answers("Create a customer", fields_of=FieldsOf("List customers"))
def create_customer(call: Call) -> Record:
    return shown(new_customer(call, call.fields))


def new_customer(call: Call, fields: Record, prefix: str = "") -> Record:
    """
    Add a customer. The body of the operation is not documented, so what is missing gets a plain value.

    Raises:
        Refusal: the e-mail, the VAT zone or the group is none, or the number or external id is taken.
    """
    books = call.books
    need_email(fields, prefix)
    if fields.get("vatZone", "domestic") not in VAT_ZONES:
        raise invalid(f"{prefix}vatZone", "isEnum", f"vatZone must be one of: {', '.join(VAT_ZONES)}")
    _need_unique(call, fields, None)
    record: Record = {
        "id": books.new_id(),
        "customerNumber": fields.get("customerNumber") or _free_number(call),
        "customerType": "BUSINESS",
        "name": "",
        "vatZone": "domestic",
        "isActive": True,
        "billingRelationship": "self",
        "includeChildDetailsPdf": False,
        **fields,
        **_in_group(call, fields.get("customerGroupId", next(iter(books["customer_groups"]))["id"])),
    }
    books["customers"].put(record)
    contact = fields.get("defaultContact") or (
        {"name": record["name"], "email": fields["email"]} if fields.get("email") else None
    )
    if isinstance(contact, dict):
        books["contacts"].put({"id": books.new_id(), "ownerId": record["id"], "isDefault": True, **contact})
    return record


def _in_group(call: Call, group_id: object) -> Record:
    """What a customer says of its group, which has the account that its invoices are booked on."""
    group = call.books["customer_groups"].get(group_id)
    if group is None:
        raise broken("The customer group does not exist")
    return {
        "customerGroupId": group["id"],
        "customerGroupNumber": group["number"],
        "customerGroupName": group["name"],
    }


def _free_number(call: Call) -> str:
    while call.books["customers"].first(customerNumber=(number := f"C{call.books.next_number('customers'):04}")):
        pass
    return number


def _need_unique(call: Call, fields: Record, own_id: str | None) -> None:
    for name in ("customerNumber", "externalSystemId"):
        if fields.get(name) is not None:
            other = call.books["customers"].first(**{name: fields[name]})
            if other and other["id"] != own_id:
                raise broken(f"A customer with this {name} already exists")


@answers("Get a single customer")
def get_customer(call: Call) -> Record:
    return shown(the_customer(call, call.path[0]))


@answers("Update a customer", fields_of=FieldsOf("List customers"))
def update_customer(call: Call) -> Record:
    customer = the_customer(call, call.path[0])
    need_email(call.fields)
    _need_unique(call, call.fields, customer["id"])
    fields = {**call.fields, "id": customer["id"]}
    fields |= _in_group(call, fields.get("customerGroupId", customer["customerGroupId"]))
    return shown(call.books["customers"].change(customer, **fields))


@answers("List a customer's contacts")
def contacts(call: Call) -> list[Record]:
    return call.books["contacts"].where(ownerId=the_customer(call, call.path[0])["id"])


@answers("List a customer's departments")
def departments(call: Call) -> list[Record]:
    records = call.books["departments"].where(ownerId=the_customer(call, call.path[0])["id"])
    return [{name: value for name, value in record.items() if name != "ownerId"} for record in records]


@answers("List customer groups")
def groups(call: Call) -> list[Record]:
    return [_group_shown(call, group) for group in call.books["customer_groups"]]


def _group_shown(call: Call, group: Record) -> Record:
    """The group with the account that its customers are booked on; discounts are not imitated."""
    account = call.books["accounts"].get(group["defaultAccountId"]) or {}
    fields = {"accountId": account["id"], "accountNumber": account["accountNumber"], "accountName": account["name"]}
    return {"id": group["id"], "number": group["number"], "name": group["name"], **fields}
