"""Posted journal entries, v1 and v2: balanced or refused, one by one or as a batch that is one transaction."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.books.money import decimal
from ledgerbee_sandbox.json_types import is_array, is_object, objects
from ledgerbee_sandbox.rules.accounting.attachments import keep_attachments
from ledgerbee_sandbox.rules.accounting.attachments import shown as attachment_shown
from ledgerbee_sandbox.rules.accounting.company import company_currency
from ledgerbee_sandbox.rules.accounting.ledger import (
    JOURNAL_TYPES,
    LEG_SIDE,
    checked_lines,
    need_balance,
    other,
    partner_leg,
    post,
)
from ledgerbee_sandbox.rules.batches import make_all
from ledgerbee_sandbox.rules.call import Call, broken, found, invalid, need_objects
from ledgerbee_sandbox.rules.dates import need_day
from ledgerbee_sandbox.rules.paging import containing, matching, page_of
from ledgerbee_sandbox.rules.registry import FieldsOf, answers

_V2 = FieldsOf("Create a journal entry (v2)", of="body")
_V2_BATCH = FieldsOf("Create journal entries in batch (v2)", of="body")
_SHOWN = [
    "id",
    "entryNumber",
    "date",
    "documentDate",
    "currency",
    "description",
    "reference",
    "externalSystemId",
    "type",
    "status",
    "accountId",
    "contraAccountId",
    "customerId",
    "vendorId",
    "vatCodeId",
    "tagIds",
    "documentRefs",
    "createdAt",
]


def shown(entry: Record) -> Record:
    """The entry as the API writes it; what is not set is left out."""
    answer = {name: entry[name] for name in _SHOWN if entry.get(name) is not None}
    answer["amount"] = entry["originalAmount"]
    answer["journalType"] = JOURNAL_TYPES[entry["entryType"]]
    return answer


def need_category(books: Books, category_id: object) -> Record:
    """The category asked for, else the default one."""
    categories = books["journal_categories"]
    if category_id is None:
        return next(category for category in categories if category["isDefault"])
    category = categories.get(category_id)
    if category is None:
        raise broken("The journal category does not exist", "JOURNAL_CATEGORY_NOT_FOUND")
    return category


def book(call: Call, fields: Record, *, version: int, place: str = "") -> Record:
    """
    Post one entry. In v2 the receivable or payable line of customer and supplier types is added; in v1 it is sent.

    Raises:
        Refusal: not balanced, not postable, an unknown category, an invalid attachment.
    """
    books = call.books
    entry_type = str(fields.get("entryType", "journal"))
    if entry_type not in JOURNAL_TYPES:
        raise invalid(f"{place}entryType", "isEnum", f"entryType must be one of: {', '.join(JOURNAL_TYPES)}")
    date = need_day(fields.get("date"), f"{place}date").isoformat()
    amount = decimal(fields.get("originalAmount"))
    if amount is None and fields.get("originalAmount") is not None:
        raise invalid(f"{place}originalAmount", "isNumber", "originalAmount must be a number")
    category = need_category(books, fields.get("journalCategoryId"))
    lines = _read_lines(books, {**fields, "entryType": entry_type}, version, place)
    if amount is None:
        amount = sum((line["amount"] for line in lines if line["type"] == "debit"), Decimal(0))
    kept = {name: value for name, value in fields.items() if name not in {"lines", "attachments"}}
    kept |= {
        "entryType": entry_type,
        "date": date,
        "documentDate": date,
        "originalAmount": amount,
    }
    kept |= {"currency": fields.get("currency") or company_currency(call), "journalCategoryId": category["id"]}
    vat_code = next((line["vatCodeId"] for line in lines if line.get("vatCodeId")), None)
    entry = post(books, kept, lines, vatCodeId=vat_code)
    documents = keep_attachments(books, fields.get("attachments") or [], entry["id"], place)
    return books["journal_entries"].change(entry, documentRefs=documents) if documents else entry


def _read_lines(books: Books, fields: Record, version: int, place: str) -> list[Record]:
    sent = need_objects(fields.get("lines"), f"{place}lines")
    if not sent:
        raise invalid(f"{place}lines", "arrayNotEmpty", "lines should not be empty")
    if version == 2 and fields["entryType"] in LEG_SIDE:
        leg = partner_leg(books, fields, sent, place)
        lines = [leg, *checked_lines(books, fields, sent, place)]
    else:
        lines = checked_lines(books, fields, sent, place)
    need_balance(lines)
    return lines


@answers("Create a journal entry (v2)")
def create_v2(call: Call) -> Record:
    return shown(book(call, call.fields, version=2))


@answers("Create a single journal entry (DEPRECATED — use POST /api/v2/journal-entries)", fields_of=_V2)
def create_v1(call: Call) -> Record:
    return shown(book(call, call.fields, version=1))


def _batch(call: Call, version: int) -> Record:
    """All or nothing, in the order given; one transaction around the call undoes what a refusal leaves half done."""
    sent = need_objects(call.fields.get("entries"), "entries")
    if not 1 <= len(sent) <= 100:
        raise invalid("entries", "arrayMaxSize", "entries must contain 1 to 100 elements")
    entries = make_all(sent, lambda fields, place: shown(book(call, fields, version=version, place=place)))
    return {"totalCreated": len(entries), "entries": entries}


@answers("Create journal entries in batch (v2)")
def create_batch_v2(call: Call) -> Record:
    return _batch(call, 2)


@answers("Create multiple journal entries in batch (DEPRECATED — migrate to v2)", fields_of=_V2_BATCH)
def create_batch_v1(call: Call) -> Record:
    return _batch(call, 1)


@answers("List journal entries")
def list_entries(call: Call) -> Record:
    entries = with_account(call, call.books["journal_entries"].newest_first())
    entries = matching(call, entries, "customerId", "vendorId", "externalSystemId", "reference")
    return page_of(call, containing(call, entries, "description", "reference", "entryNumber"), shown)


def with_account(call: Call, records: list[Record]) -> list[Record]:
    """Keep the records with a line on the account asked for."""
    account = call.query.get("accountId")
    return [record for record in records if account is None or account in _accounts(record)]


def _accounts(record: Record) -> set[Any]:
    return {line.get("accountId") for line in objects(record.get("lines"))}


def _the_entry(call: Call, entry_id: object) -> Record:
    return found(call.books["journal_entries"].get(entry_id), "Journal entry")


@answers("Get a single journal entry")
def get_entry(call: Call) -> Record:
    entry = _the_entry(call, call.path[0])
    return {**shown(entry), "lines": entry["lines"]}


@answers("Update a journal entry — correct the reference and/or set your external system id")
def update_entry(call: Call) -> Record:
    entry = _the_entry(call, call.path[0])
    for name, value in call.fields.items():
        if name not in {"reference", "externalSystemId"}:
            raise invalid(name, "whitelistValidation", f"property {name} should not exist")
        if value is not None and not isinstance(value, str):
            raise invalid(name, "isString", f"{name} must be a string")
    return shown(call.books["journal_entries"].change(entry, **call.fields))


@answers("Get attachments for a journal entry")
def attachments(call: Call) -> list[Record]:
    entry = _the_entry(call, call.path[0])
    return [attachment_shown(document) for document in call.books["documents"].where(journalEntryId=entry["id"])]


def _reverse(call: Call, entry_id: object) -> Record:
    entry = _the_entry(call, entry_id)
    if entry.get("reversedBy") or entry.get("reverses"):
        raise broken("The entry is reversed already, or is a reversal")
    lines = [{**line, "type": other(line["type"])} for line in entry["lines"]]
    kept = {name: entry.get(name) for name in ("entryType", "date", "currency", "reference", "customerId", "vendorId")}
    kept |= {"originalAmount": -entry["originalAmount"], "journalCategoryId": entry.get("journalCategoryId")}
    kept["description"] = f"Reversal of {entry['entryNumber']}"
    reversal = post(call.books, kept, lines, reverses=entry["id"], documentDate=entry["date"])
    call.books["journal_entries"].change(entry, reversedBy=reversal["id"])
    return shown(reversal)


@answers("Reverse a posted journal entry")
def reverse(call: Call) -> Record:
    """Undocumented beyond its title: an entry with the sides turned round is posted and answered."""
    return _reverse(call, call.path[0] if call.path else _ids(call.fields)[0])


@answers("Reverse posted journal entries in batch")
def reverse_batch(call: Call) -> Record:
    """The body is not documented: ids are taken from the one array in it, bare or as `id` of objects."""
    entries = [_reverse(call, entry_id) for entry_id in _ids(call.fields)]
    return {"totalReversed": len(entries), "entries": entries}


def _ids(fields: Record) -> list[str]:
    for value in fields.values():
        if is_array(value) and value:
            return [str(item.get("id") if is_object(item) else item) for item in value]
        if isinstance(value, str):
            return [value]
    raise invalid("ids", "arrayNotEmpty", "the ids of the entries to reverse are missing")
