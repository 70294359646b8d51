"""Saved payment methods of a customer."""

from __future__ import annotations

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.rules.call import Call, broken, found, invalid
from ledgerbee_sandbox.rules.paging import matching
from ledgerbee_sandbox.rules.partners.customers import the_customer
from ledgerbee_sandbox.rules.registry import answers
from ledgerbee_sandbox.rules.subscriptions.lifecycle import settle

_APPLIES_TO = {"active", "trial", "scheduled"}


def _the_method(call: Call, method_id: object) -> Record:
    method = call.books["payment_methods"].get(method_id)
    return found(method if method and method["customerId"] == call.path[0] else None, "Payment method")


@answers("List saved payment methods for a customer")
def list_methods(call: Call) -> list[Record]:
    customer = the_customer(call, call.path[0])
    return matching(call, call.books["payment_methods"].where(customerId=customer["id"]), "provider")


@answers("Apply a payment method to all active subscriptions for a customer")
def apply(call: Call) -> Record:
    """Active, trial and scheduled subscriptions get the card, whatever they had; none where the parent pays."""
    customer, method = the_customer(call, call.path[0]), _the_method(call, call.path[1])
    if method["status"] != "active":
        raise broken("The payment method is cancelled")
    settle(call.books)
    touched = []
    if customer["billingRelationship"] != "parent_pays":
        owned = call.books["subscriptions"].where(customerId=customer["id"])
        touched = [subscription for subscription in owned if subscription["lastStatus"] in _APPLIES_TO]
    more = {"automaticBilling": True} if call.fields.get("enableAutomaticBilling") else {}
    for subscription in touched:
        call.books["subscriptions"].change(subscription, paymentMethodId=method["id"], **more)
    return {"updated": len(touched)}


@answers("Cancel a saved card on the payment provider")
def cancel(call: Call) -> None:
    call.books["payment_methods"].change(_the_method(call, call.path[1]), status="cancelled", isDefault=False)


@answers("Unassign a payment method from a customer")
def unassign(call: Call) -> None:
    """The customer loses it; the card stays alive at the provider."""
    call.books["payment_methods"].remove(_the_method(call, call.path[1])["id"])


@answers("Generate a link for the customer to save a card for future payments")
def card_link(call: Call) -> Record:
    customer = the_customer(call, call.path[0])
    return {"url": f"https://payments.example/save-card/{customer['id']}/{call.books.new_id()}"}


@answers("Set a saved payment method as the customer default")
def set_default(call: Call) -> Record:
    """Where the id travels is not documented: in the path, or as any text in the body."""
    sent = [*call.path[1:], *(value for value in call.fields.values() if isinstance(value, str))]
    if not sent:
        raise invalid("paymentMethodId", "isNotEmpty", "paymentMethodId should not be empty")
    method = _the_method(call, sent[0])
    for other in call.books["payment_methods"].where(customerId=call.path[0], isDefault=True):
        call.books["payment_methods"].change(other, isDefault=False)
    return call.books["payment_methods"].change(_the_method(call, method["id"]), isDefault=True)
