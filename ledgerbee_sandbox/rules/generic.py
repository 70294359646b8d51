"""Operations of which only a title is known: create, read, update, delete, and answers in the shape of the schema."""

from __future__ import annotations

from typing import Any

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.json_types import is_array, is_object, objects
from ledgerbee_sandbox.rules.call import Call, found
from ledgerbee_sandbox.rules.paging import page_of
from ledgerbee_sandbox.rules.registry import Rule
from ledgerbee_sandbox.schema.document import Json, Operation, deref

_PLAIN: dict[str, Any] = {"string": "", "number": 0, "integer": 0, "boolean": False, "array": [], "object": {}}


class Generic:
    """Rules made from method and path alone, for operations that no rule knows by title."""

    def __init__(self, document: Json) -> None:
        self._document = document

    def rule(self, operation: Operation) -> Rule:
        """Choose by the shape of the path: `/things`, `/things/{id}`, `/things/{id}/action`."""
        segments = operation.path.strip("/").split("/")
        on_item = segments[-1].startswith("{")
        table = "generic:" + "/".join(
            part for part in (segments[:-1] if on_item else segments) if not part.startswith("{")
        )
        if on_item:
            return {"GET": _read, "DELETE": _delete}.get(operation.method, _update)(table)
        if operation.method == "GET":
            return self._list(table, operation)
        return _delete_all(table) if operation.method == "DELETE" else _create(table)

    def described(self, operation: Operation, of: str) -> Json:
        """The schema of an operation's body, or of its answer; of a list, that of one row."""
        node = self._flat((operation.body if of == "body" else operation.answers.get(operation.success)) or {})
        data = self._flat(_properties(node).get("data") or {})
        rows = data if data.get("type") == "array" else node
        return self._flat(rows["items"]) if rows.get("type") == "array" else node

    def completed(self, schema: Json | None, value: Any) -> Any:
        """The value with every required field that it lacks, by example, default, first choice or an empty value."""
        if schema is None:
            return value
        node = self._flat(schema)
        if is_array(value):
            return [self.completed(node.get("items") or {}, item) for item in value]
        if not is_object(value):
            return value
        properties = _properties(node)
        known: Json = {name: self.completed(properties.get(name), item) for name, item in value.items()}
        for name in _required(node):
            if name not in known or (known[name] is None and not self._flat(properties.get(name, {})).get("nullable")):
                known[name] = self._value(properties.get(name, {}))
        return known

    def _flat(self, schema: Json) -> Json:
        """The schema without references, the parts of `allOf` laid together."""
        node = deref(self._document, schema)
        for part in objects(node.get("allOf")):
            inner = self._flat(part)
            whole: Json = {**inner, **{name: value for name, value in node.items() if name != "allOf"}}
            whole["properties"] = {**_properties(inner), **_properties(node)}
            whole["required"] = [*_required(inner), *_required(node)]
            node = whole
        return node

    def _value(self, schema: Json) -> Any:
        node = self._flat(schema)
        if node.get("nullable"):
            return None
        for keyword in ("example", "default"):
            if keyword in node:
                return node[keyword]
        if node.get("enum"):
            return node["enum"][0]
        kind = str(node.get("type", "string"))
        return self.completed(node, {}) if kind == "object" else _PLAIN.get(kind, "")

    def _list(self, table: str, operation: Operation) -> Rule:
        node = self._flat(operation.answers.get(operation.success) or {})
        properties = _properties(node)
        arrays = [n for n, s in properties.items() if self._flat(s).get("type") == "array"]

        def rule(call: Call) -> Any:
            records = call.books[table].where(**_parents(call))
            if "data" in arrays:
                return page_of(call, records)
            return {arrays[0]: records} if len(arrays) == 1 else list(records)

        return rule


def _properties(node: Json) -> Json:
    return node.get("properties") or {}


def _required(node: Json) -> list[str]:
    return node.get("required") or []


def _parents(call: Call, last: int | None = None) -> Record:
    """The ids of the things above, kept on each record, so that one parent does not see another's children."""
    return {f"parent{place}": value for place, value in enumerate(call.path[:last])}


def _create(table: str) -> Rule:
    def rule(call: Call) -> Record:
        stamp = call.books.stamp()
        made = {"id": call.books.new_id(), "createdAt": stamp, "updatedAt": stamp}
        return call.books[table].put({**call.fields, **_parents(call), **made})

    return rule


def _read(table: str) -> Rule:
    return lambda call: found(call.books[table].get(call.path[-1]), "Resource")


def _update(table: str) -> Rule:
    def rule(call: Call) -> Record:
        record = found(call.books[table].get(call.path[-1]), "Resource")
        return call.books[table].change(record, **{**call.fields, "id": record["id"], "updatedAt": call.books.stamp()})

    return rule


def _delete(table: str) -> Rule:
    def rule(call: Call) -> None:
        call.books[table].remove(found(call.books[table].get(call.path[-1]), "Resource")["id"])

    return rule


def _delete_all(table: str) -> Rule:
    def rule(call: Call) -> None:
        for record in call.books[table].where(**_parents(call)):
            call.books[table].remove(record["id"])

    return rule
