"""The report: what changed for users, then what the pipeline mended, derived and could not place. Markdown."""

from __future__ import annotations

import re
from typing import Any

from regen.changes import Change
from regen.normalise import Normalised
from regen.notes import Notes, say
from regen.overlay import NOTHING

MONEY_NAME = re.compile(r"(amount|price|total|subtotal|vat|balance|fee|cost|rate|budget)$", re.IGNORECASE)
DATE_NAME = re.compile(r"(date|At|until|expires|timestamp|deadline)$|^(from|to)Date$|^date$")
MONEY_TEXT = re.compile(r"^-?\d+\.\d{2,4}$")
DATE_TEXT = re.compile(r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$")


def find_candidates(result: Normalised, notes: Notes) -> None:
    """Strings that look like money or dates and have no conversion."""
    for name, schema in result.document["components"]["schemas"].items():
        for field, child in schema.get("properties", {}).items():
            _candidate(f"$.models.{name}.properties.{field}", field, child, notes)
    for call in result.calls:
        written = result.document["paths"][call.operation.path][call.operation.method.lower()]
        for parameter in written["parameters"]:
            target = f"$.operations['{call.name}'].parameters[?(@.name=='{parameter['name']}')].schema"
            _candidate(target, parameter["name"], parameter["schema"], notes)


def _candidate(target: str, name: str, schema: dict[str, Any], notes: Notes) -> None:
    if schema.get("type") != "string" or "format" in schema or "const" in schema:
        return
    example = schema.get("example")
    sample = example if isinstance(example, str) else ""
    if MONEY_TEXT.match(sample) or (not sample and MONEY_NAME.search(name)):
        say(notes.candidates, f"{target}: looks like money{f' ({sample})' if sample else ''}")
    elif DATE_TEXT.match(sample) or (not sample and DATE_NAME.search(name)):
        say(notes.candidates, f"{target}: looks like a date{f' ({sample})' if sample else ''}")


def report_text(changes: list[Change], notes: Notes, result: Normalised, *, first: bool, files: list[str]) -> str:
    """The whole report."""
    breaking = [change.text for change in changes if change.breaking]
    others = [change.text for change in changes if not change.breaking]
    derived = sum(call.named.derived for call in result.calls)
    lines = [
        "# Regeneration report",
        "",
        f"{len(result.calls)} operations, {len(result.facts['models'])} models, {derived} names derived. "
        + (
            "This is the first accepted document."
            if first
            else f"{len(breaking)} breaking changes, {len(others)} others."
        ),
        "",
    ]
    lines += _section("Breaking changes", breaking)
    lines += _section("Other changes", others)
    lines += _section("Names", notes.names)
    lines += _section("Names derived from METHOD and path", notes.derived)
    lines += _section("Lines of names.toml that match nothing", notes.unmatched)
    lines += _section("Repairs of the document", notes.repairs)
    lines += _section("Actions of the overlay that match nothing", [line for line in notes.overlay if NOTHING in line])
    lines += _section("Actions of the overlay", [line for line in notes.overlay if NOTHING not in line])
    lines += _section("Candidates for a conversion", notes.candidates)
    lines += _section("Warnings of the validator about the document as it came", notes.warnings)
    lines += _section("Files changed", files)
    return "\n".join(lines).rstrip() + "\n"


def _section(title: str, entries: list[str]) -> list[str]:
    if not entries:
        return []
    return [f"## {title} ({len(entries)})", "", *(f"- {escaped(entry)}" for entry in entries), ""]


def escaped(text: str) -> str:
    """Text of the document as Markdown that shows it and does nothing else."""
    return re.sub(r"([\\`*<>\[\]|!#])", r"\\\1", text).replace("@", "@\u200b")
