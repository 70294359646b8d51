"""Classes that share a name become one: an enum takes all values, an object all fields."""

from __future__ import annotations

from regen.model.sites import SchemaUse
from regen.notes import Notes, say


def own_values(uses: list[SchemaUse]) -> list[dict[str, list[str]]]:
    """The values of each enum at its sites, before others that share its name add theirs."""
    return [{site: list(use.schema["enum"]) for site in use.sites} for use in uses if use.is_enum]


def shared_values(own: list[dict[str, list[str]]], names: dict[str, str]) -> dict[str, list[str]]:
    """Each site's own values, where enums written out in several places share a name in the end."""
    groups: dict[str, list[dict[str, list[str]]]] = {}
    for values in own:
        groups.setdefault(names.get(next(iter(values)), ""), []).append(values)
    return {
        site: listed for group in groups.values() if len(group) > 1 for one in group for site, listed in one.items()
    }


def merge_namesakes(uses: list[SchemaUse], notes: Notes) -> None:
    """Make all uses of one name hold the same schema, in place."""
    groups: dict[str, list[SchemaUse]] = {}
    for use in uses:
        groups.setdefault(use.name, []).append(use)
    for name, group in groups.items():
        # What the document says of a class, here or elsewhere, stands over what was known of it.
        told = [use for use in group if use.known is None and (use.is_enum or use.schema.get("properties"))]
        for use in group if told else []:
            if use.known is not None:
                use.schema.clear()
                use.schema.update(told[0].schema)
        first, *others = sorted(group, key=lambda use: use.known is not None)
        if not others:
            continue
        if first.is_enum:
            _merge_enums(name, first, others, notes)
        else:
            _merge_objects(name, first, others, notes)


def _merge_enums(name: str, first: SchemaUse, others: list[SchemaUse], notes: Notes) -> None:
    values = list(first.schema["enum"])
    for use in others:
        added = [value for value in use.schema["enum"] if value not in values]
        if added:
            say(notes.names, f"{name}: {use.sites[0]} adds {', '.join(added)}")
        values += added
    for use in (first, *others):
        use.schema["enum"] = values


def _merge_objects(name: str, first: SchemaUse, others: list[SchemaUse], notes: Notes) -> None:
    properties = dict(first.schema.get("properties", {}))
    described = [use for use in (first, *others) if use.schema.get("properties")]
    required = set(described[0].schema.get("required", [])) if described else set()
    for use in others:
        fields = use.schema.get("properties", {})
        added = [key for key in fields if key not in properties]
        if added and use is not described[0]:
            say(notes.names, f"{name}: {use.sites[0]} adds the fields {', '.join(added)}")
        properties.update((key, fields[key]) for key in added)
        if fields:
            required &= set(use.schema.get("required", []))
    for use in (first, *others):
        if properties:
            use.schema["properties"] = properties
            use.schema.pop("x-undocumented", None)
        if required or "required" in use.schema:
            use.schema["required"] = [key for key in properties if key in required]
        if "description" not in use.schema and first.schema.get("description"):
            use.schema["description"] = first.schema["description"]
