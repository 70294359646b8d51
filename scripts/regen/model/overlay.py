"""
openapi/overlay.yaml: corrections as data, in the form of the OpenAPI Overlay Specification 1.0.

Targets are JSONPath over operations and models by name: `$.operations['invoices.list']`, `$.models.PublicInvoice`. A
model is found under every name it ever had, so an entry survives the day its published name becomes known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import jsonpath
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from regen.notes import Notes, RefusedError, say


@dataclass(frozen=True)
class Action:
    """One correction: where, why, and what to write or take away."""

    target: str
    path: jsonpath.JSONPath | jsonpath.CompoundJSONPath
    description: str = ""
    update: Any = None
    remove: bool = False


def read_overlay(text: str | None) -> list[Action]:
    """Parse the file; raises RefusedError where an action would be silently ignored."""
    if text is None:
        return []
    try:
        data = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise RefusedError(f"openapi/overlay.yaml: {' '.join(str(error).split())}", "Nothing was changed.") from None
    if not isinstance(data, dict) or not str(data.get("overlay", "")).startswith("1."):
        raise RefusedError("openapi/overlay.yaml: `overlay: 1.0.0` is missing.", "Nothing was changed.")
    actions, wrong = [], []
    for number, raw in enumerate(data.get("actions") or [], 1):
        if not isinstance(raw, dict) or not isinstance(raw.get("target"), str):
            wrong.append(f"action {number}: no target")
            continue
        unknown = sorted(set(raw) - {"target", "description", "update", "remove"})
        if unknown or ("update" not in raw and raw.get("remove") is not True):
            what = f"unknown key {unknown[0]!r}" if unknown else "neither update nor remove"
            wrong.append(f"action {number} ({raw['target']}): {what}")
            continue
        try:
            path = jsonpath.compile(raw["target"])
        except jsonpath.JSONPathError as error:
            wrong.append(f"action {number} ({raw['target']}): {error}")
            continue
        actions.append(
            Action(raw["target"], path, str(raw.get("description", "")), raw.get("update"), raw.get("remove") is True)
        )
    if wrong:
        raise RefusedError("openapi/overlay.yaml cannot be used:", *wrong, "Nothing was changed.")
    return actions


@dataclass(frozen=True)
class Applied:
    """How often each target matched, and which operations and models are no longer what they were."""

    matched: dict[str, int] = field(default_factory=dict)
    changed: set[tuple[str, str]] = field(default_factory=set)


def apply_overlay(
    actions: list[Action], operations: dict[str, Any], models: dict[str, list[Any]], notes: Notes
) -> Applied:
    """
    Apply every action in place.

    Args:
        actions: What is to be corrected.
        operations: The operations by name; one that is removed is taken out.
        models: The schemas that have a name, most often one.
        notes: Where it is said how often each target matched.
    """
    views: list[dict[str, Any]] = []
    for number in range(max((len(schemas) for schemas in models.values()), default=1)):
        named = {name: schemas[number] for name, schemas in models.items() if number < len(schemas)}
        views.append({"operations": {} if views else operations, "models": named})
    applied = Applied()
    for action in actions:
        matches = {id(match.obj): match for view in views for match in action.path.finditer(view)}
        count = len(matches)
        for match in matches.values():
            if action.remove:
                _remove(match)
            elif isinstance(match.obj, dict) and isinstance(action.update, dict):
                _merge(match.obj, action.update)
            elif isinstance(match.obj, list):
                match.obj.append(_copied(action.update))
            else:
                say(notes.ineffective, f"{action.target}: matches a plain value, which an update cannot change")
                count = 0
            applied.changed.add((str(match.parts[0]), str(match.parts[1])) if len(match.parts) > 1 else ("", ""))
        applied.matched[action.target] = max(applied.matched.get(action.target, 0), count)
        times = "1 match" if count == 1 else f"{count} matches" if count else "matches NOTHING"
        say(
            notes.overlay if count else notes.ineffective,
            f"{action.target}: {times}" + (f" ({action.description})" if action.description else ""),
        )
    return applied


def _remove(match: jsonpath.JSONPathMatch) -> None:
    if len(match.parts) < 2 or (match.parts[0] == "models" and len(match.parts) == 2):
        raise RefusedError(
            f"openapi/overlay.yaml: {match.path} cannot be removed as a whole.",
            "Remove the fields that hold it, or an operation by its name; nothing was changed.",
        )
    holder = match.parent.obj if match.parent is not None else None
    key = match.parts[-1] if match.parts else None
    if isinstance(holder, dict) and key in holder:
        del holder[key]
        listed = match.parent.parent.obj if match.parent is not None and match.parent.parent is not None else None
        if isinstance(listed, dict) and isinstance(listed.get("required"), list) and key in listed["required"]:
            listed["required"].remove(key)
    elif isinstance(holder, list):
        holder[:] = [item for item in holder if item is not match.obj]


def _merge(node: dict[str, Any], update: dict[str, Any]) -> None:
    for key, value in update.items():
        if isinstance(value, dict) and isinstance(node.get(key), dict):
            _merge(node[key], value)
        elif isinstance(value, list) and isinstance(node.get(key), list):
            node[key] = [*node[key], *(item for item in value if item not in node[key])]
        else:
            node[key] = _copied(value)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(child) for key, child in value.items()}
    return [_copied(child) for child in value] if isinstance(value, list) else value
