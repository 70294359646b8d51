"""Draft journal entries, v1 and v2: stored as sent, checked like a posting when booked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.books.money import decimal
from ledgerbee_sandbox.rules.accounting.attachments import keep_attachments
from ledgerbee_sandbox.rules.accounting.journal_entries import book, need_category, with_account
from ledgerbee_sandbox.rules.accounting.journal_entries import shown as entry_shown
from ledgerbee_sandbox.rules.accounting.ledger import JOURNAL_TYPES, LEG_SIDE, partner_leg
from ledgerbee_sandbox.rules.batches import make_all
from ledgerbee_sandbox.rules.call import Call, found, invalid
from ledgerbee_sandbox.rules.dates import with_days
from ledgerbee_sandbox.rules.paging import containing, matching, page_of
from ledgerbee_sandbox.rules.registry import FieldsOf, Rule, answers

_ENTRY = FieldsOf("Create a journal entry (v2)", of="body")
_ENTRIES = FieldsOf("Create journal entries in batch (v2)", of="body")
_SUFFIX = {1: "", 2: " (v2)"}
_INTERNAL = {"version"}


def shown(draft: Record) -> Record:
    answer = {name: value for name, value in draft.items() if name not in _INTERNAL}
    if draft.get("entryType") in JOURNAL_TYPES:
        answer["journalType"] = JOURNAL_TYPES[draft["entryType"]]
    return answer


def _need_own(call: Call, fields: Record, place: str, version: int) -> None:
    """Ids of another company refuse the draft; so does the line the server adds itself."""
    books = call.books
    need_category(books, fields.get("journalCategoryId"))
    for name, table in (("customerId", "customers"), ("vendorId", "vendors")):
        if fields.get(name) is not None and fields[name] not in books[table]:
            raise invalid(f"{place}{name}", "exists", f"{name} does not exist in the company")
    lines: Any = fields.get("lines") or []
    for number, line in enumerate(lines):
        if line.get("accountId") is not None and line["accountId"] not in books["accounts"]:
            raise invalid(f"{place}lines.{number}.accountId", "exists", "accountId must be an account of the company")
    if version == 2 and fields.get("entryType") in LEG_SIDE:
        partner_leg(books, {"originalAmount": 0, **fields}, lines, place)


def _new_draft(call: Call, fields: Record, version: int, place: str = "") -> Record:
    _need_own(call, fields, place, version)
    stamp, draft_id = call.books.stamp(), call.books.new_id()
    documents = keep_attachments(call.books, fields.get("attachments") or [], draft_id, place)
    fields = with_days(fields, "date", place=place)
    stamps = {"id": draft_id, "status": "DRAFT", "createdAt": stamp, "updatedAt": stamp, "version": version}
    refs = {"documentRefs": documents} if documents else {}
    return call.books["drafts"].put({**_without_files(fields), **stamps, **refs})


def _without_files(fields: Record) -> Record:
    return {name: value for name, value in fields.items() if name != "attachments"}


def _create(call: Call, version: int) -> Record:
    return shown(_new_draft(call, call.fields, version))


def _create_batch(call: Call, version: int) -> Record:
    sent: list[Record] = call.fields["entries"]
    drafts = make_all(sent, lambda fields, place: shown(_new_draft(call, fields, version, place)))
    return {"totalCreated": len(drafts), "entries": drafts}


def _list(call: Call, _version: int) -> Record:
    query = with_days(dict(call.query), "fromDate", "toDate")
    drafts = with_account(call, call.books["drafts"].newest_first())
    drafts = matching(call, drafts, "customerId", "vendorId", "externalSystemId")
    drafts = containing(call, drafts, "description", "reference")
    return page_of(call, [draft for draft in drafts if _fits(draft, query)], shown)


def _fits(draft: Record, query: Any) -> bool:
    """Whether the draft is within the days, the amounts and the kind asked for, all inclusive."""
    date, amount = str(draft.get("date") or ""), decimal(draft.get("originalAmount"))
    if query.get("fromDate") and date < query["fromDate"]:
        return False
    if query.get("toDate") and not (date and date <= query["toDate"]):
        return False
    if query.get("minAmount") is not None and (amount is None or amount < query["minAmount"]):
        return False
    if query.get("maxAmount") is not None and (amount is None or amount > query["maxAmount"]):
        return False
    kind = str(query.get("journalType") or "").upper()
    return not kind or kind in {JOURNAL_TYPES.get(str(draft.get("entryType"))), str(draft.get("entryType")).upper()}


def _the_draft(call: Call) -> Record:
    return found(call.books["drafts"].get(call.path[0]), "Draft journal entry")


def _get(call: Call, _version: int) -> Record:
    return shown(_the_draft(call))


def _delete(call: Call, _version: int) -> None:
    draft = _the_draft(call)
    for document in call.books["documents"].where(journalEntryId=draft["id"]):
        call.books["documents"].remove(document["id"])
    call.books["drafts"].remove(draft["id"])


def _book(call: Call, _version: int) -> Record:
    """Post the draft by the rules of the version it was made with; it is gone afterwards, its files move along."""
    draft = _the_draft(call)
    own = {"id", "status", "createdAt", "updatedAt", "version", "documentRefs"}
    fields = {name: value for name, value in draft.items() if name not in own}
    entry = book(call, fields, version=draft["version"])
    documents = call.books["documents"].where(journalEntryId=draft["id"])
    for document in documents:
        call.books["documents"].change(document, journalEntryId=entry["id"])
    if documents:
        entry = call.books["journal_entries"].change(entry, documentRefs=[d["id"] for d in documents])
    call.books["drafts"].remove(draft["id"])
    return entry_shown(entry)


@answers("Update a draft journal entry (v2)", fields_of=_ENTRY)
def update(call: Call) -> Record:
    draft = _the_draft(call)
    changed = {**draft, **with_days(_without_files(call.fields), "date")}
    _need_own(call, changed, "", draft["version"])
    kept = {name: draft[name] for name in ("id", "status", "createdAt", "version")}
    documents = keep_attachments(call.books, call.fields.get("attachments") or [], draft["id"])
    more: Record = {"documentRefs": [*(draft.get("documentRefs") or []), *documents]} if documents else {}
    return shown(call.books["drafts"].put({**changed, **kept, **more, "updatedAt": call.books.stamp()}))


def _register() -> None:
    titles: dict[str, tuple[int, Callable[[Call, int], Any]]] = {
        "Create multiple draft journal entries in batch": (1, _create_batch),
        "Create draft journal entries in batch (v2)": (2, _create_batch),
    }
    for version, suffix in _SUFFIX.items():
        titles |= {
            f"List draft journal entries{suffix}": (version, _list),
            f"Create a draft journal entry{suffix}": (version, _create),
            f"Get a single draft journal entry{suffix}": (version, _get),
            f"Delete a draft journal entry{suffix}": (version, _delete),
            f"Book a draft journal entry{suffix}": (version, _book),
        }
    for title, (version, rule) in titles.items():
        like = _ENTRY if rule is _create else _ENTRIES if rule is _create_batch else None
        answers(title, fields_of=like)(_with_version(rule, version))


def _with_version(rule: Callable[[Call, int], Any], version: int) -> Rule:
    return lambda call: rule(call, version)


_register()
