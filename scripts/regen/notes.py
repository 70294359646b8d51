"""What the pipeline has to say: a refusal, or the lines of the report."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_LINES = 15
LONGEST_LINE = 240


class RefusedError(Exception):
    """The document or its tables cannot be used: what is wrong, where, and what to do. The tree is untouched."""

    def __init__(self, *lines: str) -> None:
        shown = [shortened(line) for line in lines]
        if len(shown) > MOST_LINES:
            # The last line says what to do.
            left = MOST_LINES - 2
            shown = [*shown[:left], f"... and {len(shown) - left - 1} more lines like these.", shown[-1]]
        self.lines: list[str] = shown
        super().__init__("\n".join(shown))


@dataclass
class Notes:
    """Lines for the report, by section. The same line is kept once."""

    warnings: list[str] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    derived: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    overlay: list[str] = field(default_factory=list)
    ineffective: list[str] = field(default_factory=list)
    candidates: list[str] = field(default_factory=list)

    def repair(self, where: str, what: str) -> None:
        """Remember that something was mended, and where it stands in the document."""
        say(self.repairs, f"{where}: {what}")


def say(section: list[str], line: str) -> None:
    """Add a line to a section unless it is already there."""
    line = shortened(line)
    if line not in section:
        section.append(line)


def shortened(line: str) -> str:
    """One printable line of bounded length, whatever the document put into it."""
    flat = "".join(character if character.isprintable() else " " for character in line)
    return flat if len(flat) <= LONGEST_LINE else flat[: LONGEST_LINE - 3] + "..."
