"""Python names for path, query and header arguments: curated, remembered by place, or made from the wire name."""

from __future__ import annotations

import re
from typing import Any

from regen.model.calls import Call
from regen.naming.lock import Lock
from regen.naming.words import argument_name, singular, snake

Argument = dict[str, Any]


def name_arguments(call: Call, lock: Lock, curated: dict[str, str], before: Argument | None = None) -> dict[str, str]:
    """
    The Python name of every argument of an operation by its place, remembered in the lock.

    `before` is what the lock knew of the operation until now.
    """
    taken: set[str] = {"limit"} if call.paging else set()
    named: dict[str, str] = {}
    memory = _numbered(call.name, {**lock.arguments, **curated})
    standing = _standing(call.operation.path, before, memory)
    for place, _ in sites_of(call):
        if place.startswith("path."):
            known = standing.get(int(place[5:]))
        else:
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
    places = [named[place] for place, _ in sites_of(call) if place.startswith("path.")]
    # The lock keeps the first name of each number for ever, so where they no longer fit the operation says its own.
    moved = places[: len(memory)] != memory[: len(places)]
    if moved:
        lock.operations[call.name]["places"] = places
    for place, name in named.items():
        if not (moved and place.startswith("path.")):
            lock.arguments.setdefault(f"{call.name}:{place}", name)
    return named


def _numbered(call: str, known: dict[str, str]) -> list[str]:
    """What the places of an operation's path were called first, by their number."""
    names: list[str] = []
    while (place := f"{call}:path.{len(names)}") in known:
        names.append(known[place])
    return names


def _standing(path: str, before: Argument | None, memory: list[str]) -> dict[int, str]:
    """
    The remembered names by the places where they stand in this path.

    A place is the one of its number, whatever it is called now: `{id}`, `{customerId}`. But where one has come, gone or
    changed sides, `/dimensions/{id}/values/{valueId}` being `/dimensions/values/{valueId}`, it is the one of its name,
    or else the one after the same word.
    """
    old = before["path"] if before is not None and "{" in before["path"] else None
    names: list[str] = before.get("places", memory) if before is not None and old is not None else memory
    found: dict[int, int] = {}  # The number of a place now, and the number that it had then.
    for called in (_called, _words_before):
        now, then = called(path), called(old) if old is not None else [""] * len(memory)
        free = [word for number, word in enumerate(now) if number not in found]
        known = [word for number, word in enumerate(then) if number not in found.values()]
        for number, word in enumerate(now):
            if number not in found and known.count(word) == free.count(word) == 1:
                found[number] = next(i for i, one in enumerate(then) if one == word and i not in found.values())
    if len(now) == len(then):
        numbers = [number for number in range(len(then)) if number not in found.values()]
        found |= dict(zip([number for number in range(len(now)) if number not in found], numbers, strict=True))
    return {number: names[at] for number, at in found.items() if at < len(names)}


def _called(path: str) -> list[str]:
    """The names of a path's places, in order."""
    return [snake(path_argument(path, number)) for number in range(len(re.findall(r"{[^{}]*}", path)))]


def _words_before(path: str) -> list[str]:
    """The word before each place of a path, in order: `values` of `/values/{id}`."""
    parts = re.split(r"{[^{}]*}", path)[:-1]
    return [next((word for word in reversed(part.split("/")) if word), "") for part in parts]


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
