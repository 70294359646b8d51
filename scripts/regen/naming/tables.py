"""openapi/names.toml: which operation is which method, by tag and published title, and of which kind."""

from __future__ import annotations

import keyword
import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

from regen.naming.words import folded
from regen.notes import RefusedError

KINDS = ("one", "list", "batch", "file")
SPECIAL = ("models", "arguments")
# Keys of a resource's table that are no method of it.
KEYS = ("tag", "mixin")


@dataclass(frozen=True)
class Entry:
    """One line of the table."""

    name: str
    resource: str
    method: str
    tag: str
    title: str
    kind: str = "one"
    many: str | None = None
    request: str | None = None


@dataclass(frozen=True)
class Table:
    """What openapi/names.toml says."""

    entries: dict[str, Entry] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    own_tags: dict[str, str] = field(default_factory=dict)
    mixins: dict[str, str] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)


def read_table(text: str) -> Table:
    """Parse names.toml; raises RefusedError where a line cannot be meant."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RefusedError(f"openapi/names.toml: {error}", "Mend the line; nothing was changed.") from None
    table = Table(models=_strings(data.get("models")), arguments=_strings(data.get("arguments")))
    wrong: list[str] = []
    for resource, section in data.items():
        if resource not in SPECIAL:
            if not isinstance(section, dict) or not isinstance(section.get("tag"), str):
                wrong.append(f'[{resource}] needs tag = "...", the published tag.')
                continue
            _read_resource(resource, section, table, wrong)
    claimed: dict[tuple[str, str, str], str] = {}
    for entry in table.entries.values():
        claim = (folded(entry.tag), folded(entry.title), entry.request or "")
        if claim in claimed:
            wrong.append(f"{entry.name} and {claimed[claim]} claim the same title {entry.title!r} of {entry.tag!r}.")
        claimed[claim] = entry.name
    if wrong:
        raise RefusedError("openapi/names.toml cannot be used:", *wrong, "Mend these lines; nothing was changed.")
    return table


def _read_resource(resource: str, section: dict[str, Any], table: Table, wrong: list[str]) -> None:
    tag = section["tag"]
    if not _good(resource):
        wrong.append(f"[{resource}] is no good name for an attribute.")
    if isinstance(section.get("mixin"), str):
        table.mixins[resource] = section["mixin"]
    for method, value in section.items():
        if method in KEYS:
            continue
        line = {"title": value} if isinstance(value, str) else value
        name = f"{resource}.{method}"
        if not isinstance(line, dict) or not isinstance(line.get("title"), str):
            wrong.append(f"{name} needs a title.")
            continue
        unknown = sorted(set(line) - {"title", "tag", "kind", "many", "request"})
        kind = line.get("kind", "one")
        if unknown:
            wrong.append(f"{name}: unknown key {unknown[0]!r}; known are title, tag, kind, many, request.")
        request = line.get("request")
        if request is not None and not (isinstance(request, str) and re.fullmatch(r"[A-Z]+ /\S*", request)):
            wrong.append(f"{name}: request is METHOD and path, as the report says it.")
            continue
        if kind not in KINDS:
            wrong.append(f"{name}: kind {kind!r}; known are {', '.join(KINDS)}.")
        if not _good(method) or method.startswith("test_"):
            wrong.append(f"{name} is no good name for a method (an identifier, no keyword, not beginning with test_).")
        many = line.get("many")
        if many is not None and not (isinstance(many, str) and _good(many) and many not in section and kind == "batch"):
            wrong.append(f"{name}: many is the name of a second method, beside one of the kind batch.")
        entry = Entry(name, resource, method, line.get("tag", tag), line["title"], kind, many, request)
        table.entries[name] = entry
        table.tags.setdefault(folded(entry.tag), resource)
    table.tags[folded(tag)] = resource
    table.own_tags[resource] = tag


def _good(name: str) -> bool:
    return name.isidentifier() and name.islower() and not keyword.iskeyword(name) and not name.startswith("_")


def _strings(section: Any) -> dict[str, str]:
    return {key: value for key, value in section.items() if isinstance(value, str)} if isinstance(section, dict) else {}
