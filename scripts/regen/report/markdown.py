"""The report: what changed for users, then what the pipeline mended, derived and could not place. Markdown."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from regen.model.api import Api, Model, Value
from regen.naming.words import title_key
from regen.notes import Notes, say
from regen.report.change import Change

MONEY_NAME = re.compile(r"(amount|price|total|subtotal|vat|balance|fee|cost|rate|budget)$", re.IGNORECASE)
DATE_NAME = re.compile(r"(date|At|until|expires|timestamp|deadline)$|^(from|to)Date$|^date$")
MONEY_TEXT = re.compile(r"^-?\d+\.\d{2,4}$")
SAME_AT_LEAST, FEW_FILES = 4, 10
DATE_TEXT = re.compile(r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$")


def find_candidates(api: Api, notes: Notes) -> None:
    """Strings that look like money or dates and have no conversion."""
    for name, one in api.classes.items():
        for field in one.fields if isinstance(one, Model) else ():
            _candidate(f"$.models.{name}.properties.{field.wire}", field, notes)
    for name, endpoint in api.endpoints.items():
        for argument in endpoint.arguments:
            target = f"$.operations['{name}'].parameters[?(@.name=='{argument.wire}')].schema"
            _candidate(target, argument, notes)


def _candidate(target: str, value: Value, notes: Notes) -> None:
    name, schema = value.wire, value.schema
    if schema.get("type") != "string" or "format" in schema or "const" in schema:
        return
    example = schema.get("example")
    sample = example if isinstance(example, str) else ""
    if MONEY_TEXT.match(sample) or (not sample and MONEY_NAME.search(name)):
        say(notes.candidates, f"{target}: looks like money{f' ({sample})' if sample else ''}")
    elif DATE_TEXT.match(sample) or (not sample and DATE_NAME.search(name)):
        say(notes.candidates, f"{target}: looks like a date{f' ({sample})' if sample else ''}")


def report_text(changes: list[Change], notes: Notes, api: Api, *, first: bool, files: list[str]) -> str:
    """Return the report: what users notice, what a maintainer decides, and last, folded, what explains the rest."""
    breaking = [change for change in changes if change.breaking]
    others = [change for change in changes if not change.breaking]
    derived = sum(endpoint.derived for endpoint in api.endpoints.values())
    lines = [
        "# Regeneration report",
        "",
        f"{len(api.endpoints)} operations, {len(api.classes)} models, {derived} names derived. "
        + (
            "This is the first accepted document."
            if first
            else f"{len(breaking)} breaking changes, {len(others)} others."
        ),
        "",
    ]
    lines += _section("Breaking changes", grouped(breaking), len(breaking))
    lines += _section("Other changes", grouped(others), len(others))
    lines += _section("Names derived from METHOD and path", notes.derived)
    lines += _toml(api, notes)
    lines += _section("Operations left out", notes.left_out)
    lines += _section("Lines of names.toml that match nothing", notes.unmatched)
    lines += _section("Actions of the overlay that match nothing", notes.ineffective)
    lines += _section("Candidates for a conversion", notes.candidates)
    lines += _section("Names", [*notes.names, *(notes.aliases if first else ())])
    lines += _section("Repairs of the document", notes.repairs)
    lines += _folded("Actions of the overlay", notes.overlay)
    lines += _folded("Warnings of the validator about the document as it came", notes.warnings)
    lines += _folded("Files changed", by_folder(files), len(files))
    return "\n".join(lines).rstrip() + "\n"


def _section(title: str, entries: list[str], count: int | None = None) -> list[str]:
    if not entries:
        return []
    number = len(entries) if count is None else count
    return [f"## {title} ({number})", "", *(f"- {escaped(entry)}" for entry in entries), ""]


def _folded(title: str, entries: list[str], count: int | None = None) -> list[str]:
    if not entries:
        return []
    heading, _, *rest = _section(title, entries, count)
    return [heading, "", "<details>", "", *rest, "</details>", ""]


def _toml(api: Api, notes: Notes) -> list[str]:
    """The derived names as lines of names.toml: once released they stay, so this is the time to choose better ones."""
    if not notes.derived:
        return []
    tables: dict[str, list[str]] = {}
    known = {endpoint.resource for endpoint in api.endpoints.values() if not endpoint.derived}
    titles = [title_key(endpoint.tag, endpoint.title) for endpoint in api.endpoints.values()]
    for one in api.endpoints.values():
        if one.derived:
            if one.resource not in known:
                tables.setdefault(one.resource, [f"tag = {_quoted(one.tag)}"])
            kind = f"kind = {_quoted(one.kind)}, " if one.kind != "one" else ""
            alone = one.title and titles.count(title_key(one.tag, one.title)) == 1
            request = "" if alone else f", request = {_quoted(one.request)}"
            line = f"{one.method} = {{ {kind}tag = {_quoted(one.tag)}, title = {_quoted(one.title)}{request} }}"
            tables.setdefault(one.resource, []).append(line)
    lines = [line for resource, listed in tables.items() for line in (f"[{resource}]", *listed)]
    return ["As lines of openapi/names.toml; once released, these names stay:", "", "```toml", *lines, "```", ""]


def _quoted(text: str) -> str:
    """A TOML string in one line that ends no block of code; titles are matched without telling quotes apart."""
    plain = json.dumps(text.replace("`", "'"), ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in plain)


def grouped(changes: list[Change]) -> list[str]:
    """One line where several say the same: of many fields of one call, of many calls, of many new classes."""
    alike: dict[Change, list[str]] = {}
    for change in changes:
        together = change.kind in ("added", "lost", "needed") and change.noun in ("field", "argument")
        alike.setdefault(replace(change, parts=()) if together else change, []).extend(change.parts)
    owners: dict[str, list[str]] = {}
    for change, parts in alike.items():
        new_class = (change.kind, change.noun) == ("new", "class")
        owners.setdefault("" if new_class else replace(change, parts=tuple(parts)).said, []).append(change.name)
    lines = []
    for said, names in owners.items():
        if not said:
            lines.append(f"{len(names)} new classes: {', '.join(names)}")
        elif len(names) >= SAME_AT_LEAST:
            lines.append(f"{', '.join(names[:3])} and {len(names) - 3} more: {said}")
        else:
            lines += [f"{name}: {said}" for name in names]
    return lines


def by_folder(files: list[str]) -> list[str]:
    """Files where they are few in a folder, numbers where they are many."""
    folders: dict[str, list[str]] = {}
    for path in files:
        parts = path.split("/")
        folders.setdefault("/".join(parts[: 2 if len(parts) > 2 else 1]), []).append(path)
    return [
        line
        for folder, listed in folders.items()
        for line in (listed if len(listed) <= FEW_FILES else [f"{folder}: {len(listed)} files"])
    ]


def escaped(text: str) -> str:
    """Text of the document as Markdown that shows it and does nothing else."""
    return re.sub(r"([\\`*<>\[\]|!#])", r"\\\1", text).replace("@", "@\u200b")
