"""The tables, on a terminal and in docs/performance.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.lines import Line, Section

INTRODUCTION = """# How fast it is

`make bench` writes this page. Every figure is the median of one column over the median of another, run in turn in the
same run: machines differ, and so does one machine from minute to minute, by a factor of two; ratios by about a tenth.
[benchmarks/README.md](../benchmarks/README.md) says how to read it and how to add a peer.

On asyncio, `LedgerBee(..., transport="aiohttp")` (the extra `ledgerbee-client[aiohttp]`) sends over aiohttp, with
the same promises and half of the CPU per request: take it where a service makes many calls. The default is httpcore,
the engine of httpx, which has trio too.
"""


def table(section: Section) -> str:
    """Write a section as Markdown."""
    rows = ["| what | 1 = | goal | ledgerbee | | beside it |", "| --- | --- | --- | --- | --- | --- |"]
    rows += [_row(line) for line in section.lines]
    missed = [
        f"- **{line.what}**: {line.cause or 'the cause is not known yet'}{_floor(line)}"
        for line in section.lines
        if not line.met
    ]
    text = f"## {section.title}\n\n{section.how}\n\n" + "\n".join(rows) + "\n"
    return text + ("\nMissed, and why:\n\n" + "\n".join(missed) + "\n" if missed else "")


def _row(line: Line) -> str:
    beside = [f"{name} {value:.2f}" for name, value in line.figures.items() if name not in {line.ours, line.base}]
    beside += [f"*{line.floor}*"] if line.floor else []
    goal = "" if line.goal is None else f"{'≤' if line.sense == 'at most' else '≥'} {line.goal:g}{line.unit}"
    mark = "" if line.goal is None else ("met" if line.met else "**missed**")
    return f"| {line.what} | {line.base} | {goal} | **{line.figure:.2f}{line.unit}** | {mark} | {', '.join(beside)} |"


def _floor(line: Line) -> str:
    return f" (floor: {line.floor})" if line.floor else "."


def machine(versions: Mapping[str, str]) -> str:
    """Say where and with what it ran."""
    names = ", ".join(f"{name} {version}" for name, version in versions.items())
    cores = os.cpu_count()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {platform.system()} on {platform.machine()}, {cores} cores. {names}."


def write(path: Path, sections: Sequence[Section], versions: Mapping[str, str]) -> None:
    """Write the page."""
    lines = [line for section in sections for line in section.lines if line.goal is not None]
    met = sum(line.met for line in lines)
    head = f"{INTRODUCTION}\n{met} of {len(lines)} goals are met in this run. Measured with {machine(versions)}\n"
    path.write_text(head + "\n" + "\n".join(table(section) for section in sections), encoding="utf-8")
