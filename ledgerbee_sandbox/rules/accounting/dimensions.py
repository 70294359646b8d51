"""Dimension categories and their trees of values. Beyond creation and listing only titles are documented."""

from __future__ import annotations

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.rules.call import Call, broken, found
from ledgerbee_sandbox.rules.registry import FieldsOf, answers


def _the_dimension(call: Call) -> Record:
    """The dimension of the path; the paths are inferred, so its id may turn out to travel in the body."""
    dimension_id = call.path[0] if call.path else call.fields.get("dimensionId")
    return found(call.books["dimensions"].get(dimension_id), "Dimension")


def _the_value(call: Call) -> Record:
    *dimension_id, value_id = call.path
    value = call.books["dimension_values"].get(value_id)
    return found(value if value and dimension_id in ([], [value["dimensionId"]]) else None, "Dimension value")


def _tree(values: list[Record], parent: str | None) -> list[Record]:
    return [
        {
            **{name: field for name, field in value.items() if name != "dimensionId"},
            "children": _tree(values, value["id"]),
        }
        for value in values
        if value["parentId"] == parent
    ]


def shown(books: Books, dimension: Record) -> Record:
    return {**dimension, "values": _tree(books["dimension_values"].where(dimensionId=dimension["id"]), None)}


def new_dimension(books: Books, name: str, *, unique: bool) -> Record:
    if books["dimensions"].first(name=name):
        raise broken("A dimension with this name already exists")
    return books["dimensions"].put({"id": books.new_id(), "name": name, "isUnique": unique})


@answers("List all dimensions")
def list_dimensions(call: Call) -> list[Record]:
    return [shown(call.books, dimension) for dimension in call.books["dimensions"]]


@answers("Create a new dimension category")
def create_dimension(call: Call) -> Record:
    return shown(call.books, new_dimension(call.books, call.fields["name"], unique=call.fields["isUnique"]))


@answers("Get a single dimension by ID")
def get_dimension(call: Call) -> Record:
    return shown(call.books, _the_dimension(call))


@answers("Update a dimension category", fields_of=FieldsOf("List all dimensions"))
def update_dimension(call: Call) -> Record:
    dimension = _the_dimension(call)
    return shown(call.books, call.books["dimensions"].change(dimension, **{**call.fields, "id": dimension["id"]}))


@answers("Delete a dimension category")
def delete_dimension(call: Call) -> None:
    dimension = _the_dimension(call)
    for value in call.books["dimension_values"].where(dimensionId=dimension["id"]):
        call.books["dimension_values"].remove(value["id"])
    call.books["dimensions"].remove(dimension["id"])


@answers("Create a new dimension value")
def create_value(call: Call) -> Record:
    dimension = _the_dimension(call)
    parent = call.fields.get("parentId")
    if parent is not None:
        above = call.books["dimension_values"].get(parent)
        found(above if above and above["dimensionId"] == dimension["id"] else None, "Parent value")
    record = {"parentId": None, **call.fields, "id": call.books.new_id(), "dimensionId": dimension["id"]}
    return call.books["dimension_values"].put(record)


@answers("Update a dimension value")
def update_value(call: Call) -> Record:
    value = _the_value(call)
    kept = {"id": value["id"], "dimensionId": value["dimensionId"]}
    return call.books["dimension_values"].change(value, **{**call.fields, **kept})


@answers("Delete a dimension value")
def delete_value(call: Call) -> None:
    value = _the_value(call)
    for child in call.books["dimension_values"].where(parentId=value["id"]):
        call.books["dimension_values"].change(child, parentId=value["parentId"])
    call.books["dimension_values"].remove(value["id"])
