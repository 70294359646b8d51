"""What changed between two surfaces, in the words of the SDK, each change marked breaking or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from regen.report.change import Change

Node = dict[str, Any]
LOWER = ("minimum", "minLength", "minItems")
UPPER = ("maximum", "maxLength", "maxItems")
PAGE = 100
"""The page that the client asks for where the document names no largest one."""


def compare(old: Node, new: Node) -> list[Change]:
    """Every change users could notice, the breaking ones first."""
    if not old:
        return []
    renamed = {name: now for name, now in new["aliases"].items() if now not in old["models"]}
    old = _under_new_names(old, renamed)
    enums = {name for side in (old, new) for name, model in side["models"].items() if "values" in model}
    found = [
        *_operations(old, new),
        *_models(old, new),
        *_aliases(old, new),
        *_conversions(old, new),
        *_site_values(old, new),
    ]
    unique = list(dict.fromkeys(soften_open_enum(change, enums) for change in found))
    return sorted(unique, key=lambda change: not change.breaking)


def soften_open_enum(change: Change, enums: set[str]) -> Change:
    """A text that turns out to be one of some words, or of others, stays a text: enums are open, and strings."""
    if change.kind != "changed" or (_names(change.before) & enums and not _names(change.after) & enums):
        return change
    before, after = (
        re.sub(r"\w+", lambda word: "str" if word[0] in enums else word[0], text)
        for text in (change.before, change.after)
    )
    return replace(change, breaking=False) if before == after else change


def _names(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _under_new_names(node: Any, aliases: dict[str, str], key: str = "") -> Any:
    """The old surface with the types it mentions under their present names: a renamed class is no other type."""
    if isinstance(node, dict):
        return {name: _under_new_names(value, aliases, name) for name, value in node.items()}
    if isinstance(node, str) and key in ("type", "answer"):
        return re.sub(r"\w+", lambda match: aliases.get(match[0], match[0]), node)
    return node


def _operations(old: Node, new: Node) -> Iterator[Change]:
    before, after = old["operations"], new["operations"]
    for name in before:
        if name not in after:
            yield Change("removed", name, f"{before[name]['request']} is gone", breaking=True)
    for name in after:
        if name in before:
            yield from _operation(name, before[name], after[name])
        else:
            yield Change("new", name, after=after[name]["request"])


def _operation(name: str, old: Node, new: Node) -> Iterator[Change]:
    def changed(noun: str, key: str, breaking: bool) -> Iterator[Change]:
        if old.get(key) != new.get(key):
            yield Change("changed", name, str(old.get(key)), str(new.get(key)), breaking, noun)

    yield from changed("kind of call", "kind", True)
    yield from changed("credentials", "security", new["security"] not in ("any", "none"))
    yield from changed("the method for many", "many", True)
    if old["repeatable"] != new["repeatable"]:
        yield Change("repeated", name, after="now" if new["repeatable"] else "no longer", breaking=True)
    yield from changed("", "request", False)
    if old["deprecated"] != new["deprecated"]:
        yield Change("deprecated", name, after="deprecated" if new["deprecated"] else "no longer deprecated")
    for key, argument in (("paged", "limit"), ("idempotency", "idempotency_key")):
        if old[key] != new[key]:
            needed = "" if old[key] else "optional"
            yield Change("lost" if old[key] else "added", name, "", needed, bool(old[key]), "argument", (argument,))
    if old["paged"] and new["page_limit"] is not None and new["page_limit"] < (old["page_limit"] or PAGE):
        yield Change("changed", name, str(old["page_limit"] or PAGE), str(new["page_limit"]), True, noun="largest page")
    yield from _batch(name, old.get("batch"), new.get("batch"))
    yield from _arguments(name, old["arguments"], new["arguments"])
    yield from _body(name, old["body"], new["body"])
    # What nobody described was Any: whatever it is, it was before.
    yield from changed("answers", "answer", old["answer"] != "Any")


def _batch(name: str, old: Node | None, new: Node | None) -> Iterator[Change]:
    if old and new:
        if old["field"] != new["field"]:
            yield Change("sent as", name, old["field"], new["field"], noun="the array")
        tighter = new["maximum"] < old["maximum"] or new["minimum"] > old["minimum"]
        was, now = (f"{limits['minimum']} to {limits['maximum']}" for limits in (old, new))
        if was != now:
            yield Change("changed", name, was, now, tighter, "entries per request")


def _arguments(name: str, old: Node, new: Node) -> Iterator[Change]:
    for python in old:
        if python not in new:
            yield Change("lost", name, breaking=True, noun="argument", parts=(python,))
    for python, argument in new.items():
        subject = Change("changed", name, noun="argument", parts=(python,))
        was = old.get(python)
        if was is None:
            needed = argument["required"]
            yield replace(subject, kind="added", after="required" if needed else "optional", breaking=needed)
            continue
        if was["place"] != argument["place"]:
            yield replace(subject, kind="moved", before=was["place"], after=argument["place"], breaking=True)
        if was["wire"] != argument["wire"] and not was["place"].startswith("path"):
            yield replace(subject, kind="sent as", before=was["wire"], after=argument["wire"])
        yield from _value(subject, was, argument, ["request"])


def _body(name: str, old: Node | None, new: Node | None) -> Iterator[Change]:
    if old is None and new is not None:
        optional = "" if new["required"] else ", optional"
        yield Change("body added", name, after=f"{new['type']}{optional}", breaking=new["required"])
    elif old is not None and new is None:
        yield Change("body removed", name, breaking=True)
    elif old is not None and new is not None:
        if old["type"] != new["type"]:
            yield Change("changed", name, old["type"], new["type"], True, "body")
        if old["required"] != new["required"]:
            yield _needed(Change("needed", name, noun="the body"), new["required"], ["request"])


def _needed(subject: Change, required: bool, sides: list[str]) -> Change:
    """A value that is required now, or optional now."""
    hurts = "request" if required else "response"
    return replace(subject, kind="needed", after="required" if required else "optional", breaking=hurts in sides)


def _models(old: Node, new: Node) -> Iterator[Change]:
    before, after = old["models"], new["models"]
    for name, model in before.items():
        target = new["aliases"].get(name)
        if name not in after and target is None:
            yield Change("removed", name, _users(model), breaking=True)
        elif name not in after and target in before:
            yield Change("class taken over", name, after=target)
        elif name not in after:
            yield Change("class renamed", name, after=target)
            yield from _model(model, after[target])
    for name, model in after.items():
        if name in before:
            yield from _model(before[name], model)
        elif name not in new["aliases"].values():
            yield Change("new", name, after=_users(model), noun="class")


def _model(old: Node, new: Node) -> Iterator[Change]:
    users, sides = _users(new), new["sides"]
    if ("values" in old) != ("values" in new):
        yield Change("no longer words", users, breaking=True)
        return
    if "values" in new:
        yield from _values(users, old["values"], new["values"])
        return
    first: str = new["sites"][0].partition(":")[2] if new["sites"] else ""
    if new["fields"] and not old["fields"]:
        needed = [name for name, field in new["fields"].items() if field["required"] and "request" in sides]
        more = f"; required: {', '.join(map(repr, needed))}" if needed else ""
        yield Change("described", users, after=f"with {len(new['fields'])} fields{more}", noun=first)
        return
    prefix = first.partition(".")[2]
    for name in [*(name for name in old["fields"] if name not in new["fields"]), *new["fields"]]:
        was, field = old["fields"].get(name), new["fields"].get(name)
        subject = Change("changed", users, noun="field", parts=(f"{prefix}.{name}" if prefix else name,))
        if field is None:
            yield replace(subject, kind="lost", breaking=True)
        elif was is None:
            needs = "required" if field["required"] else "optional"
            yield replace(subject, kind="added", after=needs, breaking=field["required"] and "request" in sides)
        else:
            yield from _value(subject, was, field, sides)


def _values(users: str, old: Node, new: Node) -> Iterator[Change]:
    for value, member in old.items():
        subject = Change("lost", users, f"({member})", breaking=True, noun="value", parts=(value,))
        if value not in new:
            yield subject
        elif new[value] != member:
            yield replace(subject, kind="renamed", before=member, after=new[value])
    for value in new:
        if value not in old:
            yield Change("added", users, noun="value", parts=(value,))


def _value(subject: Change, old: Node, new: Node, sides: list[str]) -> Iterator[Change]:
    was, now = old["type"], new["type"]
    if was != now:
        gained = set(was.split(" | ")) < set(now.split(" | ")) and sides == ["request"]
        lost = was in {f"{now} | None", "Any"} and sides == ["response"]
        yield replace(subject, before=was, after=now, breaking=not (gained or lost))
    if old["required"] != new["required"]:
        yield _needed(subject, new["required"], sides)
    for key in sorted({*old["limits"], *new["limits"]}):
        yield from _limit(subject, key, old["limits"].get(key), new["limits"].get(key), sides)
    if old.get("default") != new.get("default") and "request" in sides:
        # What is not sent means something else from now on. A default that was silent until now is only better known.
        before, after = (value.get("default", "none") for value in (old, new))
        yield replace(subject, kind="default", before=before, after=after, breaking="default" in old)


def _limit(subject: Change, key: str, was: Any, now: Any, sides: list[str]) -> Iterator[Change]:
    if was == now:
        return
    plain = key.rsplit(".", 1)[-1]
    tighter = was is None or now is not None
    if isinstance(was, int | float) and isinstance(now, int | float):
        tighter = (plain in LOWER and now > was) or (plain in UPPER and now < was) or plain not in (*LOWER, *UPPER)
    # Nothing is checked before sending, and the server has refused such texts all along.
    tighter = tighter and not (was is None and plain in ("pattern", "minLength", "maxLength"))
    before, after = ("none" if limit is None else str(limit) for limit in (was, now))
    yield replace(subject, before=f"{plain} {before}", after=after, breaking=bool(tighter) and "request" in sides)


def _aliases(old: Node, new: Node) -> Iterator[Change]:
    for name in old.get("aliases", {}):
        if name not in new["aliases"] and name not in new["models"]:
            yield Change("alias lost", name, breaking=True)


def _conversions(old: Node, new: Node) -> Iterator[Change]:
    for target, count in old.get("conversions", {}).items():
        if count and new["conversions"].get(target) == 0:
            yield Change("conversion lost", "openapi/overlay.yaml", breaking=True, noun=target)


def _site_values(old: Node, new: Node) -> Iterator[Change]:
    """A value lost at one place, although the shared enum still has it."""
    for site, values in old.get("site_values", {}).items():
        now = new["site_values"].get(site)
        lost = [value for value in values if now is not None and value not in now]
        call, _, place = site.partition(":")
        if lost:
            request = not place.startswith("answer")
            part = place.partition(".")[2] or place
            verb = "takes" if request else "answers"
            yield Change("narrowed", call, ", ".join(lost), verb, request, parts=(part,))


def _users(model: Node) -> str:
    calls = list(dict.fromkeys(site.partition(":")[0] for site in model["sites"]))
    more = f" and {len(calls) - 3} more" if len(calls) > 3 else ""
    return ", ".join(calls[:3]) + more
