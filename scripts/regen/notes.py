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
        """Remember that something was mended, and where it stands in the document: a JSON pointer."""
        say(self.repairs, f"{place(where)}: {what}")


def place(pointer: str) -> str:
    """
    Return the place of a JSON pointer in the words of the API; a pointer to anything else stays as it is.

    `GET /v1/invoices, answer.lines[]`, `PATCH /v1/things/{id}, parameter Accept`, `Invoice.dueDate`.
    """
    match [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]:
        case ["paths", path]:
            return path
        case ["paths", path, method, *inner]:
            return f"{method.upper()} {path}{_within(inner)}"
        case ["components", "schemas", name, *inner]:
            return f"{name}{_within(inner)}"
        case _:
            return pointer


def _within(parts: list[str]) -> str:
    said, rest = "", list[str]()
    match parts:
        case ["parameters", name, *rest]:
            said = f", parameter {name}"
        case ["requestBody", *rest]:
            said = ", body"
        case ["responses", code, *rest] if code.isdigit() or code == "default":
            said = f", answer {code}"
        case ["responses", *rest]:
            said = ", answer"
        case ["content", _, "schema", *rest]:
            said = ""
        case ["properties", name, *rest]:
            said = f".{name}"
        case ["items", *rest]:
            said = "[]"
        case ["additionalProperties", *rest]:
            said = "{}"
        case [("oneOf" | "anyOf" | "allOf") as key, number, *rest]:
            said = f" ({key} {number})"
        case [other, *rest]:
            said = f".{other}"
        case _:
            pass
    return said + _within(rest) if parts else ""


def say(section: list[str], line: str) -> None:
    """Add a line to a section unless it is already there."""
    line = shortened(line)
    if line not in section:
        section.append(line)


def shortened(line: str) -> str:
    """One printable line of bounded length, whatever the document put into it."""
    flat = "".join(character if character.isprintable() else " " for character in line)
    return flat if len(flat) <= LONGEST_LINE else flat[: LONGEST_LINE - 3] + "..."
