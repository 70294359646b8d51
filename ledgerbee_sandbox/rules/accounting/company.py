"""The company and what its bookkeeping rests on: accounts, VAT codes, categories, templates, the calling key."""

from __future__ import annotations

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.rules.call import Call, key_required
from ledgerbee_sandbox.rules.paging import containing, matching, ordered, page_of
from ledgerbee_sandbox.rules.registry import answers

_HIDDEN = {"licences", "currency", "vatCodeId", "portalSlug", "vatCodeUse"}


def shown(record: Record) -> Record:
    """A record without what only the rules need."""
    return {name: value for name, value in record.items() if name not in _HIDDEN}


@answers("Get company details")
def company(call: Call) -> Record:
    return shown(next(iter(call.books["company"])))


@answers("List accounts")
def accounts(call: Call) -> list[Record]:
    ranked = sorted(call.books["accounts"], key=lambda a: (a["publicAccountId"], a["accountNumber"]))
    return [shown(account) for account in ranked]


@answers("List VAT codes")
def vat_codes(call: Call) -> list[Record]:
    return [shown(code) for code in sorted(call.books["vat_codes"], key=lambda code: str(code["vatCode"]))]


@answers("List journal categories")
def journal_categories(call: Call) -> list[Record]:
    return sorted(call.books["journal_categories"], key=lambda category: not category["isDefault"])


@answers("List document templates")
def document_templates(call: Call) -> Record:
    records = matching(call, list(call.books["document_templates"]), "documentType")
    records = containing(call, records, "name")
    names = {name: name for name in ("name", "documentType", "createdAt")}
    return page_of(call, ordered(call, records, names, "createdAt", "DESC"))


@answers("Get current API key")
def api_key(call: Call) -> Record:
    """The facts of the key that calls; an OAuth token is refused, as documented."""
    if not call.caller.is_key:
        raise key_required()
    facts: Record = {"rateLimitTiers": [{"name": "default", "ttl": 0, "limit": -1}]}
    facts["scopes"] = sorted(call.caller.scopes)
    facts["ipWhitelist"] = list(call.caller.record.get("ipWhitelist") or [])
    if call.caller.expires_at:
        facts["expiresAt"] = call.caller.expires_at
    return facts


def company_currency(call: Call) -> str:
    return str(next(iter(call.books["company"]))["currency"])
