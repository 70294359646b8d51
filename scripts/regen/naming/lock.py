"""
openapi/names.lock.json: every name users type, remembered by the place it stands for.

Entries are never taken away: a name that was published once stays in the file, as a name or as an alias. An operation
has `places` where those of its path have moved, and `named_since` where openapi/names.toml now calls it otherwise.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from regen.notes import RefusedError


@dataclass
class Lock:
    """The remembered names."""

    operations: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    members: dict[str, dict[str, str]] = field(default_factory=dict)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)

    def text(self) -> str:
        """The text of openapi/names.lock.json, sorted, so that its history reads well."""
        ordered = {
            "operations": dict(sorted(self.operations.items())),
            "models": dict(sorted(self.models.items())),
            "arguments": dict(sorted(self.arguments.items())),
            "aliases": dict(sorted(self.aliases.items())),
            "members": {name: dict(sorted(values.items())) for name, values in sorted(self.members.items())},
            "attributes": {name: dict(sorted(fields.items())) for name, fields in sorted(self.attributes.items())},
        }
        return json.dumps(ordered, indent=1, ensure_ascii=False) + "\n"

    def copy(self) -> Lock:
        """A lock of its own to add to."""
        return read_lock(self.text())

    def model_names(self) -> set[str]:
        """Every model name that was ever public."""
        return {entry["name"] for entry in self.models.values()} | set(self.aliases)

    def model_at(self, site: str) -> dict[str, Any] | None:
        """What is remembered of a place; an argument is at the same place as the items of a list that it became."""
        if site not in self.models and re.search(r":(query|header)\.", site):
            site = site.removesuffix("[]") if site.endswith("[]") else f"{site}[]"
        return self.models.get(site)

    def names_of(self, model: str) -> list[str]:
        """A model's name, then those it had before."""
        return [model, *(old for old in self.aliases if old != model and self.final_name(old) == model)]

    def final_name(self, name: str) -> str:
        """Follow the aliases from an old name to the one it has now."""
        seen: set[str] = set()
        while name in self.aliases and name not in seen:
            seen.add(name)
            name = self.aliases[name]
        return name


def read_lock(text: str | None) -> Lock:
    """Parse the lock; no file is an empty lock."""
    if text is None:
        return Lock()
    try:
        data = json.loads(text)
        lock = Lock(
            operations=dict(data.get("operations", {})),
            models={
                site: {"name": str(e["name"]), "working": bool(e.get("working"))}
                for site, e in data.get("models", {}).items()
            },
            arguments={site: str(name) for site, name in data.get("arguments", {}).items()},
            aliases={str(old): str(new) for old, new in data.get("aliases", {}).items()},
            members={name: dict(values) for name, values in data.get("members", {}).items()},
            attributes={name: dict(fields) for name, fields in data.get("attributes", {}).items()},
        )
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise RefusedError(
            f"openapi/names.lock.json cannot be read: {error}", "Restore it from version control; nothing was changed."
        ) from None
    return lock


def lost_names(old: Lock, new: Lock) -> list[str]:
    """Whatever the new lock forgot; an empty list is the promise."""
    lost = [f"operation {name}" for name in old.operations if name not in new.operations]
    lost += [f"model {name}" for name in sorted(old.model_names() - new.model_names())]
    lost += [f"site {site}" for site in old.models if site not in new.models]
    lost += [f"argument {site}" for site, name in old.arguments.items() if new.arguments.get(site) != name]
    for enum, values in old.members.items():
        lost += [f"member {enum}.{m}" for value, m in values.items() if new.members.get(enum, {}).get(value) != m]
    for model, fields in old.attributes.items():
        now = new.attributes.get(new.final_name(model), {})
        lost += [f"attribute {model}.{name}" for wire, name in fields.items() if now.get(wire) != name]
    return lost
