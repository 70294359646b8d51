"""
Entries that were written for the first version of the journal endpoints, sent to the second.

The second adds the receivable or payable line of customer and supplier entries itself, and refuses one that is given:
`v2_entry()` takes it out. Run it offline, where it books an invoice both ways and shows that the lines are the same:

    ledgerbee sandbox -- python examples/journal_v1_to_v2.py
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerbee_client import LedgerBee

CONTROL = {"customer": "ACCOUNTS_RECEIVABLE", "supplier": "ACCOUNTS_PAYABLE"}
SIDE = {
    "customer_invoice": "debit",
    "customer_payment": "credit",
    "supplier_invoice": "credit",
    "supplier_payment": "debit",
}
"""The side of the added line where the amount is positive; a negative one is a refund, on the other side."""


def v2_entry(entry: Mapping[str, Any], control_accounts: Mapping[str, str]) -> dict[str, Any]:
    """
    Return an entry of the first version as the second takes it.

    Args:
        entry: The body that was sent until now, by wire names.
        control_accounts: The kind of each control account, by its id.

    Raises:
        ValueError: it has no line for the customer or supplier, or several, where the second version adds just one.
    """
    kind = str(entry["entryType"])
    if kind not in SIDE:
        return dict(entry)  # All other types are booked as they are given, in both versions.
    control = CONTROL[kind.partition("_")[0]]
    added = [line for line in entry["lines"] if control_accounts.get(line["accountId"]) == control]
    if len(added) != 1:
        raise ValueError(f"{entry.get('reference')}: {len(added)} lines on {control}, and version 2 adds exactly one.")
    [line] = added
    amount = Decimal(line["amount"])
    return {
        **entry,
        "originalAmount": amount if line["type"] == SIDE[kind] else -amount,
        "lines": [line for line in entry["lines"] if line is not added[0]],
    }


async def control_accounts(bee: LedgerBee) -> dict[str, str]:
    """Return the kind of each control account by its id; ordinary accounts have none."""
    return {a.id: a.control_account_type async for a in bee.accounts.list() if a.control_account_type}


async def main() -> None:
    async with LedgerBee.from_env() as bee:
        accounts = {account.account_number: account.id async for account in bee.accounts.list()}
        customer = await bee.customers.list().first()
        group = await bee.customers.groups().first()
        assert customer, "make a customer in LedgerBee first"
        assert group, "make a customer group in LedgerBee first"
        entry = {
            "entryType": "customer_invoice",
            "date": "2026-11-20",
            "customerId": customer.id,
            "reference": "INV-1042",
            "lines": [
                {"accountId": group.account_id, "type": "debit", "amount": Decimal("125.50")},
                {"accountId": accounts[1010], "type": "credit", "amount": Decimal("125.50")},
            ],
        }
        before = await bee.journal_entries.create_v1(entry)
        after = await bee.journal_entries.create(v2_entry(entry, await control_accounts(bee)))
        for booked in (before["id"], after.id):
            found = await bee.journal_entries.get(booked)
            print([(line["accountId"], line["type"], str(line["amount"])) for line in found["lines"]])


if __name__ == "__main__":
    asyncio.run(main())
