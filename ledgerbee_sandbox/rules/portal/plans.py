"""The plan catalogue of the portal."""

from __future__ import annotations

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.rules.call import Call, found, need_licence
from ledgerbee_sandbox.rules.partners.customers import the_customer
from ledgerbee_sandbox.rules.portal.sso import new_reference
from ledgerbee_sandbox.rules.registry import answers


def _entry(plan: Record) -> Record:
    """A plan as a catalogue entry. Few of its fields are documented; `displayOrder` stands on two levels."""
    inner = {name: plan[name] for name in ("id", "name", "vanity", "displayOrder")}
    return {"plan": inner, "displayOrder": plan["displayOrder"]}


def _published(call: Call) -> list[Record]:
    plans = [plan for plan in call.books["plans"] if plan["published"] and plan["status"] == "ACTIVE"]
    return sorted(plans, key=lambda plan: int(plan["displayOrder"]))


@answers("List the full plan catalogue")
def list_plans(call: Call) -> Record:
    need_licence(call, "CustomerPortal")
    return {"plans": [_entry(plan) for plan in _published(call)]}


@answers("Get one plan by id")
def get_plan(call: Call) -> Record:
    need_licence(call, "CustomerPortal")
    plan = next((plan for plan in _published(call) if plan["id"] == call.path[0]), None)
    return {"plan": _entry(found(plan, "Portal plan", "PORTAL_PLAN_NOT_FOUND"))}


@answers("Resolve the gated pricing catalogue for an identified buyer (partner display)")
def resolve(call: Call) -> Record:
    """The rules of a plan are not documented: every buyer matches every plan. A token is minted, as the page says."""
    need_licence(call, "CustomerPortal")
    if call.fields.get("customerId") is not None:
        the_customer(call, call.fields["customerId"])
    token = new_reference(call.books, "catalogue", dict(call.fields))
    return {"plans": [_entry(plan) for plan in _published(call)], "token": token["id"], "expiresAt": token["expiresAt"]}
