"""Python names for path, query and header arguments: curated, remembered by place, or made from the wire name."""

from __future__ import annotations

import re
from typing import Any

from regen.calls import Call
from regen.lock import Lock
from regen.words import argument_name, singular, snake

Argument = dict[str, Any]


def name_arguments(call: Call, lock: Lock, curated: dict[str, str]) -> dict[str, str]:
    """The Python name of every argument of an operation by its place, remembered in the lock."""
    taken: set[str] = {"limit"} if call.paging else set()
    named: dict[str, str] = {}
    for place, _ in sites_of(call):
        known = curated.get(f"{call.name}:{place}") or lock.arguments.get(f"{call.name}:{place}")
        if known is not None and known not in taken:
            named[place] = known
            taken.add(known)
    for place, parameter in sites_of(call):
        if place not in named:
            wire = parameter["name"]
            text = path_argument(call.operation.path, int(place[5:])) if place.startswith("path.") else wire
            named[place] = argument_name(text, taken)
            taken.add(named[place])
        lock.arguments.setdefault(f"{call.name}:{place}", named[place])
    return named


def sites_of(call: Call) -> list[tuple[str, Argument]]:
    """The arguments with their places: `path.0`, `query.status`, `header.x-trace`."""
    found: list[tuple[str, Argument]] = []
    for parameter in call.parameters:
        if parameter["in"] == "path":
            found.append((f"path.{sum(place.startswith('path.') for place, _ in found)}", parameter))
        else:
            found.append((f"{parameter['in']}.{parameter['name']}", parameter))
    return found


def path_argument(path: str, number: int) -> str:
    """`{id}` after `/invoices/` is an invoice_id; a place with a name of its own keeps it."""
    parts = path.split("/")
    places = [i for i, part in enumerate(parts) if "{" in part]
    at = places[number] if number < len(places) else places[-1]
    wire: str = re.findall(r"{([^{}]*)}", path)[number]
    if not re.fullmatch(r"(id|uuid|key|identifier)\d*", wire, re.IGNORECASE):
        return wire
    before = next((part for part in reversed(parts[:at]) if part and "{" not in part), "")
    noun = singular(snake(before))
    return f"{noun}_{re.sub(r'[0-9]+$', '', snake(wire))}" if noun and not re.fullmatch(r"v\d+", noun) else wire
