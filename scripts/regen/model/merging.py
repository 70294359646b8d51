"""Classes that share a name become one: an enum takes all values, an object all fields."""

from __future__ import annotations

from regen.model.sites import Spot
from regen.notes import Notes, say


def own_values(spots: list[Spot]) -> list[dict[str, list[str]]]:
    """The values of each enum at its sites, before others that share its name add theirs."""
    return [{site: list(spot.schema["enum"]) for site in spot.sites} for spot in spots if spot.is_enum]


def shared_values(own: list[dict[str, list[str]]], names: dict[str, str]) -> dict[str, list[str]]:
    """Each site's own values, where enums written out in several places share a name in the end."""
    groups: dict[str, list[dict[str, list[str]]]] = {}
    for values in own:
        groups.setdefault(names.get(next(iter(values)), ""), []).append(values)
    return {
        site: listed for group in groups.values() if len(group) > 1 for one in group for site, listed in one.items()
    }


def merge_namesakes(spots: list[Spot], notes: Notes) -> None:
    """Make all spots of one name hold the same schema, in place."""
    groups: dict[str, list[Spot]] = {}
    for spot in spots:
        groups.setdefault(spot.name, []).append(spot)
    for name, group in groups.items():
        first, others = group[0], group[1:]
        if not others:
            continue
        if first.is_enum:
            _merge_enums(name, first, others, notes)
        else:
            _merge_objects(name, first, others, notes)


def _merge_enums(name: str, first: Spot, others: list[Spot], notes: Notes) -> None:
    values = list(first.schema["enum"])
    for spot in others:
        added = [value for value in spot.schema["enum"] if value not in values]
        if added:
            say(notes.names, f"{name}: {spot.sites[0]} adds {', '.join(added)}")
        values += added
    for spot in (first, *others):
        spot.schema["enum"] = values


def _merge_objects(name: str, first: Spot, others: list[Spot], notes: Notes) -> None:
    properties = dict(first.schema.get("properties", {}))
    described = [spot for spot in (first, *others) if spot.schema.get("properties")]
    required = set(described[0].schema.get("required", [])) if described else set()
    for spot in others:
        fields = spot.schema.get("properties", {})
        added = [key for key in fields if key not in properties]
        if added and spot is not described[0]:
            say(notes.names, f"{name}: {spot.sites[0]} adds the fields {', '.join(added)}")
        properties.update((key, fields[key]) for key in added)
        if fields:
            required &= set(spot.schema.get("required", []))
    for spot in (first, *others):
        if properties:
            spot.schema["properties"] = properties
            spot.schema.pop("x-undocumented", None)
        if required or "required" in spot.schema:
            spot.schema["required"] = [key for key in properties if key in required]
        if "description" not in spot.schema and first.schema.get("description"):
            spot.schema["description"] = first.schema["description"]
