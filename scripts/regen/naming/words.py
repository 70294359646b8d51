"""Turning the API's words into Python's: folding titles, class names, argument names, singulars."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata

QUOTES = dict.fromkeys(map(ord, '\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u00b4`"'), "'")
DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")

# What generated modules import or define: a model of that name would hide it.
TAKEN_CLASSES = frozenset({
    "ANY", "ATTACHMENT", "Any", "AsyncIterable", "Attachment", "BOOLEAN", "BatchProgress", "BatchReport", "Callable",
    "Calls", "ClassVar", "Codec", "DATE", "DECIMAL_TEXT", "Decimal", "Download", "Enum", "FREE_FORM", "Field",
    "INSTANT", "INTEGER", "Iterable", "LedgerBee", "Literal", "Mapping", "Model", "NOTHING", "NUMBER", "OPERATION",
    "OpenStrEnum", "Operation", "Pages", "Resource", "Resources", "Sequence", "TEXT", "TypeVar", "UNSET", "Union",
    "Unset",
})  # fmt: skip

# What `Model` defines: an attribute of that name would hide it.
TAKEN_ATTRIBUTES = frozenset(
    {"check", "from_dict", "from_json", "get", "to_dict", "to_json", "to_wire", "unknown_fields"}
)
RESERVED = frozenset({*dir(builtins), "self", "true", "false", "datetime"}) - {"id"}
LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "Æ": "Ae", "Ø": "Oe", "Å": "Aa", "ß": "ss"})

# What generated functions have as arguments or use inside.
TAKEN_ARGUMENTS = frozenset({
    "array", "body", "call", "call_many", "calls", "cls", "concurrency", "datetime", "entries", "enum", "extra_headers",
    "headers", "idempotency_key", "literal", "mapping", "model", "nullable", "on_progress", "one_of", "path", "query",
    "refused", "self", "timeout",
})  # fmt: skip


def folded(title: str) -> str:
    """A title without what editors change: quotes, dashes, spaces, case."""
    text = unicodedata.normalize("NFKC", title).translate(QUOTES).translate(DASHES).casefold()
    text = re.sub(r"\s*-+\s*", "-", text)
    return " ".join(text.split()).rstrip(".")


def title_key(tag: str, title: str) -> tuple[str, str]:
    """What a title is compared by."""
    return folded(tag), folded(title)


def words(text: str) -> list[str]:
    """Split `customerId`, `VAT Codes`, `private_key-jwt` into words, keeping runs of capitals together."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])", r"\1\3 \2\4", plain)
    return re.findall(r"[A-Za-z0-9]+", spaced)


def snake(text: str) -> str:
    """`customerId` -> `customer_id`; an empty result stays empty."""
    return "_".join(word.lower() for word in words(text))


def pascal(text: str) -> str:
    """`journal_entries` -> `JournalEntries`."""
    return "".join(word[:1].upper() + word[1:] for word in words(text))


def class_name(published: str) -> str:
    """
    The Python class for a published schema name: unchanged where it already is a good one.

    Written so that the generator's own rule leaves it alone, which a test holds.
    """
    plain = unicodedata.normalize("NFKD", published).encode("ascii", "ignore").decode()
    spaced = " ".join(re.split("([A-Z]?[a-z]+)", plain)) if any(c.isupper() for c in plain) else plain
    parts = re.findall(r"[A-Za-z0-9]+", spaced)
    name = "".join(part if part.isupper() else part.capitalize() for part in parts)
    if not name or not name[0].isalpha():
        name = f"Model{name}"
    if name in TAKEN_CLASSES or hasattr(builtins, name) or keyword.iskeyword(name):
        name = f"{name}Model"
    return name


def module_key(name: str) -> str:
    """Two classes with the same key would share a module."""
    return name.replace("_", "").lower()


def argument_name(wire: str, taken: set[str]) -> str:
    """A Python argument for a wire name: no keyword, no builtin, no local of the generated code, not taken already."""
    name = snake(wire) or "value"
    if name[0].isdigit():
        name = f"value_{name}"
    builtin = name in dir(builtins) and name != "id"
    if keyword.iskeyword(name) or builtin or name in TAKEN_ARGUMENTS or name in taken:
        name = f"{name}_"
    number = 2
    candidate = name
    while candidate in taken:
        candidate = f"{name}{number}"
        number += 1
    return candidate


def attribute_name(wire: str) -> str:
    """
    The attribute of a model for a field: `unitPrice` -> `unit_price`, `class` -> `class_`, `_id` -> `field_id`.

    Public for every field there is, so the rule never changes: it is the generator's own, which a test holds.
    """
    plain = unicodedata.normalize("NFKD", wire.translate(LETTERS)).encode("ascii", "ignore").decode()
    safe = "".join(c for c in plain if c.isidentifier() or c.isdecimal() or c in "\\. _-")
    spaced = " ".join(re.split("([A-Z]?[a-z]+)", safe)) if any(c.isupper() for c in safe) else safe
    name = "_".join(re.findall(r"[^\\. _-]+", spaced)).lower()
    name = f"{name}_" if name in RESERVED or keyword.iskeyword(name) else name
    name = name if name.isidentifier() and not safe.startswith("_") else f"field_{name}"
    return f"{name}_" if name in TAKEN_ATTRIBUTES else name


def method_name(text: str) -> str:
    """A method and module name: an identifier that is no keyword and that pytest does not take for a test."""
    name = snake(text) or "call"
    if name[0].isdigit():
        name = f"call_{name}"
    if name.startswith("test_"):
        name = f"check_{name.removeprefix('test_')}"
    if name.endswith("_test"):
        name = f"{name}_run"
    return f"{name}_" if keyword.iskeyword(name) or name in {"calls", "mro"} else name


def singular(plural: str) -> str:
    """The singular of an English plural, in the last word: `draft_journal_entries` -> `draft_journal_entry`."""
    if re.search(r"(ss|us|is|series|species|news|sso)$", plural):
        return plural
    if plural.endswith("ies") and len(plural) > 4:
        return plural[:-3] + "y"
    if re.search(r"(ss|x|ch|sh|us)es$", plural):
        return plural[:-2]
    return plural.removesuffix("s")


def tag_slug(tag: str) -> str:
    """The page of a tag in the published reference: `Journal Entries (v2)` -> `journal-entries-v2`."""
    return "-".join(re.findall(r"[a-z0-9]+", tag.lower()))


def enum_member(value: str) -> str:
    """The member for an enum value: `end-of-cycle` -> `END_OF_CYCLE`."""
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", plain)
    name = re.sub(r"[^A-Za-z0-9]+", "_", spaced).strip("_").upper()
    if not name:
        name = "EMPTY" if not value else "VALUE_" + "_".join(f"{ord(character):X}" for character in value[:8])
    return name if name[0].isalpha() else f"VALUE_{name}"


def first_sentence(title: str) -> str:
    """A title as the first line of a docstring: without `(v2)` and `(DEPRECATED ...)`, with a full stop."""
    text = " ".join(re.sub(r"\s*\((?:v\d+|deprecated[^)]*)\)", "", title, flags=re.IGNORECASE).split())
    return text if not text or text[-1] in ".!?" else f"{text}."
