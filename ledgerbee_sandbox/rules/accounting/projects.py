"""Projects and their subprojects. The fields of the answers are documented, those of the bodies hardly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.books.money import decimal
from ledgerbee_sandbox.rules.accounting.company import company_currency
from ledgerbee_sandbox.rules.accounting.dimensions import new_dimension
from ledgerbee_sandbox.rules.call import Answer, Call, broken, found, invalid
from ledgerbee_sandbox.rules.dates import with_days
from ledgerbee_sandbox.rules.registry import FieldsOf, answers

_DAYS = ("startDate", "endDate")
_OPTIONAL = ("customerId", "budgetHours", "budgetAmount", "startDate", "endDate", "externalReference", "color")


def _the_project(call: Call) -> Record:
    return found(call.books["projects"].get(call.path[0]), "Project")


def _writable(call: Call) -> Record:
    project = _the_project(call)
    if project["isArchived"]:
        raise broken("An archived project is read-only")
    return project


def _shown(call: Call, project: Record) -> Record:
    parts = call.books["subprojects"].where(projectId=project["id"])
    return {**project, "subprojects": sorted(parts, key=lambda part: part.get("sortOrder") or 0)}


def _new_project(call: Call) -> Record:
    """Add a project with its dimension and its default subproject."""
    books, stamp = call.books, call.books.stamp()
    project_id = books.new_id()
    name = str(call.fields.get("name") or call.fields.get("externalReference") or "Project")
    part = books["subprojects"].put(
        {"id": books.new_id(), "projectId": project_id, "name": name, "sortOrder": 0, "isDefault": True}
    )
    dimension = books["dimensions"].first(name=name) or new_dimension(books, name, unique=True)
    record: Record = {
        "isArchived": False,
        "currency": company_currency(call),
        **dict.fromkeys(_OPTIONAL),
        **with_days(call.fields, *_DAYS),
        "id": project_id,
        "name": name,
        "dimensionId": dimension["id"],
        "defaultSubprojectId": part["id"],
        "createdAt": stamp,
        "updatedAt": stamp,
    }
    return _shown(call, books["projects"].put(record))


def _changed(call: Call, project: Record) -> Record:
    kept = {name: project[name] for name in ("id", "dimensionId", "defaultSubprojectId", "createdAt")}
    fields = {**with_days(call.fields, *_DAYS), **kept, "updatedAt": call.books.stamp()}
    return _shown(call, call.books["projects"].change(project, **fields))


@answers("List all projects")
def list_projects(call: Call) -> list[Record]:
    everything = call.query.get("includeArchived") is True
    return [_shown(call, project) for project in call.books["projects"] if everything or not project["isArchived"]]


@answers("Idempotent project upsert", fields_of=FieldsOf("Get a project"))
def upsert_project(call: Call) -> Answer:
    """201 when created, 200 when updated in place; the key is externalReference."""
    project = call.books["projects"].first(externalReference=call.fields["externalReference"])
    if project is None:
        return Answer(201, _new_project(call))
    if project["isArchived"]:
        raise broken("An archived project is read-only")
    return Answer(200, _changed(call, project))


@answers("Create a project", fields_of=FieldsOf("Get a project"))
def create_project(call: Call) -> Record:
    reference = call.fields.get("externalReference")
    if reference is not None and call.books["projects"].first(externalReference=reference):
        raise broken("A project with this externalReference already exists")
    return _new_project(call)


@answers("Get a project")
def get_project(call: Call) -> Record:
    return _shown(call, _the_project(call))


@answers("Update a project", fields_of=FieldsOf("Get a project"))
def update_project(call: Call) -> Record:
    project = _the_project(call)
    if project["isArchived"] and call.fields.get("isArchived") is not False:
        raise broken("An archived project is read-only")
    return _changed(call, project)


@answers("Get project profit")
def profit(call: Call) -> Record:
    """The shape is not documented: revenue and cost of the profit-and-loss lines that are tagged with the project."""
    project = _the_project(call)
    tags = {project["dimensionId"], project["defaultSubprojectId"]}
    totals = {"debit": Decimal(0), "credit": Decimal(0)}
    for entry in call.books["journal_entries"]:
        for line in entry["lines"]:
            account = call.books["accounts"].get(line["accountId"]) or {}
            if account.get("ledgerType") == "PROFIT_AND_LOSS" and tags & set(_tags(entry) + _tags(line)):
                totals[line["type"]] += line["amount"]
    revenue, cost = totals["credit"], totals["debit"]
    return {
        "projectId": project["id"],
        "currency": project["currency"],
        "revenue": revenue,
        "cost": cost,
        "profit": revenue - cost,
    }


def _tags(record: Record) -> list[Any]:
    return list(record.get("tagIds") or [])


@answers("Add a subproject")
def add_subproject(call: Call) -> Record:
    project = _writable(call)
    _need_order(call)
    place = len(call.books["subprojects"].where(projectId=project["id"]))
    record = {
        "sortOrder": place,
        **with_days(call.fields, *_DAYS),
        "id": call.books.new_id(),
        "projectId": project["id"],
        "isDefault": False,
    }
    return call.books["subprojects"].put(record)


def _need_order(call: Call) -> None:
    """The one field of a subproject that is documented is a number."""
    order = call.fields.get("sortOrder", 0)
    if decimal(order) is None or isinstance(order, str):
        raise invalid("sortOrder", "isNumber", "sortOrder must be a number")


def _the_part(call: Call) -> Record:
    _writable(call)
    part = call.books["subprojects"].get(call.path[1])
    return found(part if part and part["projectId"] == call.path[0] else None, "Subproject")


@answers("Update a subproject")
def update_subproject(call: Call) -> Record:
    part = _the_part(call)
    _need_order(call)
    kept = {name: part[name] for name in ("id", "projectId", "isDefault")}
    return call.books["subprojects"].change(part, **{**call.fields, **kept})


@answers("Delete a subproject")
def delete_subproject(call: Call) -> None:
    part = _the_part(call)
    if part["isDefault"]:
        raise broken("The default subproject cannot be deleted")
    call.books["subprojects"].remove(part["id"])
