"""Vendors, their contacts, departments and groups."""

from __future__ import annotations

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.rules.call import Call, broken, found, need
from ledgerbee_sandbox.rules.registry import FieldsOf, answers


def the_vendor(call: Call, vendor_id: object) -> Record:
    return found(call.books["vendors"].get(vendor_id), "Vendor")


@answers("List vendors")
def list_vendors(call: Call) -> list[Record]:
    return sorted(call.books["vendors"], key=lambda vendor: str(vendor["vendorNumber"]))


@answers("Create a vendor", fields_of=FieldsOf("List vendors"))
def create_vendor(call: Call) -> Record:
    """Add a vendor; the answer holds only its id and number, as documented."""
    fields, books = call.fields, call.books
    need(fields, "vendorNumber", "name", "vendorGroupId", "currency")
    number = str(fields["vendorNumber"]).strip()
    if books["vendors"].first(vendorNumber=number):
        raise broken("The vendor number is taken", "VENDOR_NUMBER_ALREADY_EXISTS")
    contacts = _contacts(fields.get("contacts") or [])
    group = found(books["vendor_groups"].get(fields["vendorGroupId"]), "Vendor group", "VENDOR_GROUP_NOT_FOUND")
    if fields.get("defaultAccountId") is not None:
        found(books["accounts"].get(fields["defaultAccountId"]), "Ledger account", "LEDGER_NOT_FOUND")
    known = {name: value for name, value in fields.items() if name not in {"contacts", "defaultAccountId"}}
    vendor = books["vendors"].put(
        {**known, "id": books.new_id(), "vendorNumber": number, "vendorGroupName": group["name"], "status": "ACTIVE"}
    )
    for contact in contacts:
        books["contacts"].put({**contact, "id": books.new_id(), "ownerId": vendor["id"]})
    return {"id": vendor["id"], "vendorNumber": number}


def _contacts(contacts: list[Record]) -> list[Record]:
    """Exactly one default; a single contact becomes it."""
    if len(contacts) == 1:
        return [{**contacts[0], "isDefault": True}]
    defaults = sum(1 for contact in contacts if contact.get("isDefault") is True)
    if defaults == 0:
        raise broken("One contact must be the default", "CONTACT_DEFAULT_REQUIRED")
    if defaults > 1:
        raise broken("Only one contact can be the default", "CONTACT_MULTIPLE_DEFAULTS")
    return contacts


@answers("List vendor contacts")
def contacts(call: Call) -> list[Record]:
    return _owned(call, "contacts")


@answers("List vendor departments")
def departments(call: Call) -> list[Record]:
    return _owned(call, "departments")


def _owned(call: Call, table: str) -> list[Record]:
    """What belongs to the vendor of the path, or, should the path turn out to have none, to any vendor."""
    if call.path:
        return call.books[table].where(ownerId=the_vendor(call, call.path[0])["id"])
    return [record for record in call.books[table] if record["ownerId"] in call.books["vendors"]]


@answers("List vendor groups")
def groups(call: Call) -> list[Record]:
    return list(call.books["vendor_groups"])
