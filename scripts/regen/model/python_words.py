"""
What a description says of a value in JSON, where the value is another thing in Python.

The words of the document stay, marked as those of JSON: users meet "a decimal string" as a `Decimal`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from regen.model.api import Schema

NAMES = {"decimal": "a `Decimal`", "date": "a `date`", "date-time": "an aware `datetime`"}
_WORDS = {
    "decimal": r"strings?|JSON numbers?|floats?|floating|doubles?",
    "date": r"YYYY-MM-DD|ISO|RFC ?3339|strings?",
    "date-time": r"ISO|RFC ?3339|strings?",
}
_IN_CLASSES = r"(?:decimal|numeric) strings?|JSON numbers?"
# A clause reaches to the end of its sentence or bracket; a full stop within a number ends neither.
_INSIDE = r"(?:[^.;:()\n]|[.;:](?=\S))"


def in_python(description: str, schema: Schema) -> str:
    """Return the description of a value, its last schema given, with the type that the value has in Python."""
    kinds = kinds_of(schema)
    if not kinds or not kinds <= NAMES.keys():
        return description
    return _marked(
        description,
        "|".join(_WORDS[kind] for kind in sorted(kinds)),
        " or ".join(NAMES[kind] for kind in sorted(kinds)),
    )


def class_in_python(description: str, fields: Iterable[Schema]) -> str:
    """Return the description of a class, with what its amounts are in Python."""
    if not any("decimal" in kinds_of(field) for field in fields):
        return description
    return _marked(description, _IN_CLASSES, "`Decimal`")


def kinds_of(schema: Schema) -> set[str]:
    """Return what a value may be: the format where it decides the type, else the type; numbers are decimals."""
    if "oneOf" in schema:
        return set().union(*map(kinds_of, schema["oneOf"]))
    kind = schema.get("format", schema.get("type", "any"))
    return {"decimal" if kind == "number" else str(kind)}


def _marked(description: str, words: str, name: str) -> str:
    clause = re.compile(rf"(^|[.;:]\s+|,\s+|\()((?:[^.;:(),\n]|[.;:,](?=\S))*\b(?:{words})\b{_INSIDE}*)", re.MULTILINE)

    def mark(found: re.Match[str]) -> str:
        lead, said = found[1], found[2]
        if lead.startswith(","):
            return f"{lead}{name} (in JSON: {said})"
        if lead == "(":
            return f"({name}; in JSON: {said}"
        if said[1:2].islower():
            said = said[0].lower() + said[1:]
        return f"{lead}{'in' if lead[:1] in {';', ':'} else 'In'} JSON, {said}; in Python, {name}"

    return clause.sub(mark, description)
