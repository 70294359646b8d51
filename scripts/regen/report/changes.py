"""What changed between two surfaces, in the words of the SDK, each change marked breaking or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Node = dict[str, Any]
LOWER = ("minimum", "minLength", "minItems")
TEXT_TO_WORD = re.compile(r" (?P<a>list\[)?str\]?(?P<b> \| None)? -> (?P<c>list\[)?(?P<enum>\w+)\]?(?P<d> \| None)?$")
PAGE = 100
"""The page that the client asks for where the document names no largest one."""
UPPER = ("maximum", "maxLength", "maxItems")


@dataclass(frozen=True)
class Change:
    """One line of the report."""

    breaking: bool
    text: str


def compare(old: Node, new: Node) -> list[Change]:
    """Every change users could notice, the breaking ones first."""
    if not old:
        return []
    renamed = {name: now for name, now in new["aliases"].items() if now not in old["models"]}
    old = _under_new_names(old, renamed)
    changes = [
        *_operations(old, new),
        *_models(old, new),
        *_aliases(old, new),
        *_conversions(old, new),
        *_site_values(old, new),
    ]
    enums = {name for name, model in new["models"].items() if "values" in model}
    unique = list(dict.fromkeys(_weighed(change, enums) for change in changes))
    return [change for change in unique if change.breaking] + [change for change in unique if not change.breaking]


def _weighed(change: Change, enums: set[str]) -> Change:
    """A text that turns out to be one of some words stays a text for users: enums are open, and strings."""
    types = TEXT_TO_WORD.search(change.text)
    if types and types["enum"] in enums and (types["a"], types["b"]) == (types["c"], types["d"]):
        return Change(False, change.text)
    return change


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
            yield Change(True, f"{name}: removed ({before[name]['request']} is gone)")
    for name in after:
        if name not in before:
            yield Change(False, f"{name}: new ({after[name]['request']})")
        else:
            yield from _operation(name, before[name], after[name])


def _operation(name: str, old: Node, new: Node) -> Iterator[Change]:
    for key, what in (("kind", "kind of call"), ("security", "credentials"), ("many", "the method for many")):
        if old.get(key) != new.get(key):
            looser = key == "security" and (new[key] == "any" or (new[key] == "none"))
            yield Change(not looser, f"{name}: {what} {old.get(key)} -> {new.get(key)}")
    if old["repeatable"] != new["repeatable"]:
        yield Change(
            True, f"{name}: {'now repeated' if new['repeatable'] else 'no longer repeated'} after an unknown outcome"
        )
    if old["request"] != new["request"]:
        yield Change(False, f"{name}: {old['request']} -> {new['request']}")
    if old["deprecated"] != new["deprecated"]:
        yield Change(False, f"{name}: {'deprecated' if new['deprecated'] else 'no longer deprecated'}")
    for key, what in (("paged", "argument 'limit' (pages)"), ("idempotency", "argument 'idempotency_key'")):
        if old[key] != new[key]:
            yield Change(bool(old[key]), f"{name}: {what} {'removed' if old[key] else 'added'}")
    if old["paged"] and new["page_limit"] is not None and new["page_limit"] < (old["page_limit"] or PAGE):
        yield Change(True, f"{name}: largest page {old['page_limit'] or PAGE} -> {new['page_limit']}")
    yield from _batch(name, old.get("batch"), new.get("batch"))
    yield from _arguments(name, old["arguments"], new["arguments"])
    yield from _body(name, old["body"], new["body"])
    if old["answer"] != new["answer"]:
        # What nobody described was Any: whatever it is, it was before.
        yield Change(old["answer"] != "Any", f"{name}: answers {old['answer']} -> {new['answer']}")


def _batch(name: str, old: Node | None, new: Node | None) -> Iterator[Change]:
    if old and new:
        if old["field"] != new["field"]:
            yield Change(False, f"{name}: entries are sent as '{new['field']}', not '{old['field']}'")
        tighter = new["maximum"] < old["maximum"] or new["minimum"] > old["minimum"]
        if (old["minimum"], old["maximum"]) != (new["minimum"], new["maximum"]):
            limits = f"{old['minimum']} to {old['maximum']} -> {new['minimum']} to {new['maximum']}"
            yield Change(tighter, f"{name}: entries per request {limits}")


def _arguments(name: str, old: Node, new: Node) -> Iterator[Change]:
    for python in old:
        if python not in new:
            yield Change(True, f"{name}: argument '{python}' removed")
    for python, argument in new.items():
        if python not in old:
            need = "required" if argument["required"] else "optional"
            yield Change(argument["required"], f"{name}: new {need} argument '{python}'")
            continue
        was = old[python]
        if was["place"] != argument["place"]:
            yield Change(True, f"{name}: argument '{python}' moved from {was['place']} to {argument['place']}")
        if was["wire"] != argument["wire"] and not was["place"].startswith("path"):
            yield Change(False, f"{name}: argument '{python}' is sent as '{argument['wire']}', not '{was['wire']}'")
        yield from _value(f"{name}: argument '{python}'", was, argument, ["request"])


def _body(name: str, old: Node | None, new: Node | None) -> Iterator[Change]:
    if old is None and new is not None:
        yield Change(
            new["required"], f"{name}: takes a body now ({new['type']}{'' if new['required'] else ', optional'})"
        )
    elif old is not None and new is None:
        yield Change(True, f"{name}: takes no body any more")
    elif old is not None and new is not None:
        if old["type"] != new["type"]:
            yield Change(True, f"{name}: body {old['type']} -> {new['type']}")
        if old["required"] != new["required"]:
            yield Change(new["required"], f"{name}: the body is {'required' if new['required'] else 'optional'} now")


def _models(old: Node, new: Node) -> Iterator[Change]:
    before, after = old["models"], new["models"]
    for name, model in before.items():
        target = new["aliases"].get(name)
        if name not in after and target is None:
            yield Change(True, f"{name}: removed ({_users(model)})")
        elif name not in after:
            taken_over = target in before
            yield Change(
                False, f"{name}: {'taken over by' if taken_over else 'called'} {target} now; the old name warns"
            )
            if not taken_over:
                yield from _model(after[target], model, after[target])
    for name, model in after.items():
        if name not in before and name not in new["aliases"].values():
            yield Change(False, f"{name}: new ({_users(model)})")
        elif name in before:
            yield from _model(model, before[name], model)


def _model(model: Node, old: Node, new: Node) -> Iterator[Change]:
    if ("values" in old) != ("values" in new):
        yield Change(True, f"{_users(model)}: a list of words became an object, or the other way round")
        return
    if "values" in new:
        yield from _values(model, old["values"], new["values"])
        return
    place = _place(model)
    sides = model["sides"]
    if new["fields"] and not old["fields"]:
        needed = [name for name, field in new["fields"].items() if field["required"] and "request" in sides]
        more = f"; required: {', '.join(map(repr, needed))}" if needed else ""
        where = model["sites"][0].partition(":")[2]
        yield Change(False, f"{_users(model)}: {where} is described now, with {len(new['fields'])} fields{more}")
        return
    for name in old["fields"]:
        if name not in new["fields"]:
            yield Change(True, f"{place(name)} removed")
    for name, field in new["fields"].items():
        if name not in old["fields"]:
            required = field["required"] and "request" in sides
            need = "required" if field["required"] else "optional"
            yield Change(required, f"{place(name, f'new {need} field')}")
        else:
            yield from _value(place(name, "field"), old["fields"][name], field, sides)


def _values(model: Node, old: Node, new: Node) -> Iterator[Change]:
    users = _users(model)
    for value, member in old.items():
        if value not in new:
            yield Change(True, f"{users}: value '{value}' ({member}) removed")
        elif new[value] != member:
            yield Change(True, f"{users}: value '{value}' is called {new[value]}, not {member}")
    for value in new:
        if value not in old:
            yield Change(False, f"{users}: new value '{value}'")


def _value(where: str, old: Node, new: Node, sides: list[str]) -> Iterator[Change]:
    if old["type"] != new["type"]:
        gained = new["type"] == f"{old['type']} | None"
        lost = old["type"] == f"{new['type']} | None"
        harmless = (gained and sides == ["request"]) or ((lost or old["type"] == "Any") and sides == ["response"])
        yield Change(not harmless, f"{where} {old['type']} -> {new['type']}")
    if old["required"] != new["required"]:
        if new["required"]:
            yield Change("request" in sides, f"{where} is required now")
        else:
            yield Change("response" in sides, f"{where} is optional now")
    yield from _limits(where, old["limits"], new["limits"], sides)
    was, now = old.get("default"), new.get("default")
    if was != now and "request" in sides:
        # What is not sent means something else from now on. A default that was silent until now is only better known.
        shown = f"{'none' if was is None else was} -> {'none' if now is None else now}"
        yield Change(was is not None, f"{where}: default of the server {shown}")


def _limits(where: str, old: Node, new: Node, sides: list[str]) -> Iterator[Change]:
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        plain = key.rsplit(".", 1)[-1]
        tighter = was is None or now is not None
        if isinstance(was, int | float) and isinstance(now, int | float):
            tighter = (plain in LOWER and now > was) or (plain in UPPER and now < was) or plain not in (*LOWER, *UPPER)
        shown = f"{'none' if was is None else was} -> {'none' if now is None else now}"
        yield Change(bool(tighter) and "request" in sides, f"{where} {plain} {shown}")


def _aliases(old: Node, new: Node) -> Iterator[Change]:
    for name in old.get("aliases", {}):
        if name not in new["aliases"] and name not in new["models"]:
            yield Change(True, f"{name}: the old name is gone with its class")


def _conversions(old: Node, new: Node) -> Iterator[Change]:
    for target, count in old.get("conversions", {}).items():
        if count and new["conversions"].get(target) == 0:
            yield Change(True, f"openapi/overlay.yaml: {target} matched until now and matches nothing any more")


def _site_values(old: Node, new: Node) -> Iterator[Change]:
    """A value lost at one place, although the shared enum still has it."""
    for site, values in old.get("site_values", {}).items():
        now = new["site_values"].get(site)
        lost = [value for value in values if now is not None and value not in now]
        call, _, place = site.partition(":")
        if lost:
            request = not place.startswith("answer")
            yield Change(
                request, f"{call}: '{_short(place)}' {'takes' if request else 'answers'} {', '.join(lost)} no longer"
            )


def _short(place: str) -> str:
    """`body.lines[].status` -> `lines[].status`; `query.status` -> `status`."""
    _, _, rest = place.partition(".")
    return rest or place


def _users(model: Node) -> str:
    calls = list(dict.fromkeys(site.partition(":")[0] for site in model["sites"]))
    more = f" and {len(calls) - 3} more" if len(calls) > 3 else ""
    return ", ".join(calls[:3]) + more


def _place(model: Node) -> Any:
    """Says a field of this model in the words of the calls that use it."""
    users = _users(model)
    first = model["sites"][0].partition(":")[2] if model["sites"] else ""
    prefix = first.partition(".")[2]

    def said(name: str, what: str = "field") -> str:
        return f"{users}: {what} '{f'{prefix}.{name}' if prefix else name}'"

    return said
