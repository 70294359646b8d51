"""The arguments of a method: their types, defaults and texts, and how they are handed to the runtime."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.string import StringProperty

from regen.codegen.errors import GenerationError
from regen.codegen.render_text import Code, blocks, identifier, literal, one_line, sentence
from regen.codegen.render_types import Speller, known_values, or_none, visible

Facts = dict[str, Any]

TIMEOUT = "Seconds for the whole call, every try included. None: what the client was made with."
EACH_TIMEOUT = "Seconds for each request, every try included. None: what the client was made with."
PAGE_TIMEOUT = (
    "Seconds for each page, every try included. None: what the client was made with. `.collect(timeout=...)` limits "
    "the whole walk."
)
EXTRA_HEADERS = "Headers for this request alone; credentials cannot be given here."
UNDOCUMENTED_BODY = "What it takes is not documented: give a mapping of the API's own names."
KEY = (
    "Key by which the API knows a call that it has had before. None: one fresh UUID per call, the same on every try, "
    "and on the error."
)


@frozen
class Argument:
    """
    One argument of a method.

    Attributes:
        name: Name in Python.
        annotation: Its type.
        text: What is to be said of it.
        default: Source of the default; None where the caller must give a value.
    """

    name: Code
    annotation: Code
    text: str
    default: str | None = None

    def declared(self, hidden: Iterable[str]) -> str:
        """Return it as it stands in a signature."""
        annotation = visible(self.annotation, hidden)
        return f"{self.name}: {annotation}" + ("" if self.default is None else f" = {self.default}")


class Arguments:
    """Gathers the arguments of one method, in the order of its signature."""

    def __init__(self, endpoint: Any, facts: Facts, speller: Speller) -> None:
        """Begin with the places of the path, then the query and the headers."""
        self.positional: list[Argument] = []
        self.keywords: list[Argument] = []
        self.passed: list[str] = []
        self._facts, self._speller = facts, speller
        given = facts["arguments"]
        self._add_path(endpoint.path_parameters, given["path"])
        self._add_named("query", endpoint.query_parameters, given["query"])
        key = (facts.get("idempotency") or {}).get("header", "").lower()
        headers = [prop for prop in endpoint.header_parameters if prop.name.get_untrusted_value().lower() != key]
        self._add_named("headers", headers, [fact for fact in given["header"] if fact["wire"].lower() != key])

    def _add_path(self, props: list[Any], given: list[Facts]) -> None:
        filled: list[str] = []
        for prop, fact in self._matching(props, given):
            plain = isinstance(prop, StringProperty | EnumProperty | IntProperty)
            annotation = self._speller.annotation(prop) if plain else Code("str")
            name = identifier(fact["python"])
            self.positional.append(Argument(name, annotation, _described(fact, prop)))
            filled.append(name if annotation == "str" else f"str({name})")
        if filled:
            self.passed.append(f"path=({', '.join(filled)},)")

    def _add_named(self, place: str, props: list[Any], given: list[Facts]) -> None:
        pairs: list[str] = []
        for prop, fact in self._matching(props, given):
            annotation = self._speller.annotation(prop, given=True)
            name, text = identifier(fact["python"]), _described(fact, prop)
            # A query and headers carry no null, so that None can mean: not sent.
            optional = annotation if prop.required else or_none(annotation)
            self.keywords.append(Argument(name, optional, text, None if prop.required else "None"))
            pairs.append(f"{literal(fact['wire'])}: {name}")
        if pairs:
            self.passed.append(f"{place}={{{', '.join(pairs)}}}")

    def _matching(self, props: list[Any], given: list[Facts]) -> list[tuple[Any, Facts]]:
        """Return each parameter with what the normaliser says of it, in the generator's order."""
        known = {fact["wire"]: fact for fact in given}
        wires = [prop.name.get_untrusted_value() for prop in props]
        if sorted(wires) != sorted(known):
            name = self._facts["name"]
            raise GenerationError([f"{name}: the document has the arguments {wires}, the facts have {list(known)}."])
        return [(prop, known[wire]) for prop, wire in zip(props, wires, strict=True)]

    def add_body(self, endpoint: Any, models: Facts) -> None:
        """Add the body, positional, under the name `body`; `models` say what it is where nothing else does."""
        if not endpoint.bodies:
            return
        prop = endpoint.bodies[0].prop
        facts = self._facts.get("body") or {}
        about = models.get(prop.class_info.name, {}) if isinstance(prop, ModelProperty) else {}
        text = sentence(facts.get("description")) or sentence(" ".join(blocks(about.get("description"))))
        if not facts.get("documented", True):
            text = f"{text} {UNDOCUMENTED_BODY}".strip()
        elif isinstance(prop, ModelProperty):
            text = f"{text} A mapping of wire names may stand for it.".strip()
        annotation = self._speller.annotation(prop, given=True)
        optional = annotation if prop.required else or_none(annotation)
        self.positional.append(Argument(Code("body"), optional, text, None if prop.required else "None"))
        self.passed += ["body=body", f"body_codec={self._speller.codec(prop, by_name=False)}"]
        if not prop.required:
            self.passed.append("body_optional=True")

    def add_idempotency_key(self) -> None:
        """Add the key by which the API knows a repeated call, where it takes one."""
        if self._facts.get("idempotency"):
            self.add("idempotency_key", "str | None", KEY)

    def add(self, name: str, annotation: str, text: str, default: str = "None") -> None:
        """Add a keyword of the SDK's own, which the runtime takes under the same name."""
        self.keywords.append(Argument(Code(name), Code(annotation), text, default))
        self.passed.append(f"{name}={name}")

    def close(self, timeout: str = TIMEOUT) -> None:
        """Add what every method takes, see that no two have one name, and put first what must be given."""
        self.add("timeout", "float | None", timeout)
        self.add("extra_headers", "Mapping[str, str] | None", EXTRA_HEADERS)
        self.keywords.sort(key=lambda argument: argument.default is not None)
        no_twins(self._facts["name"], [argument.name for argument in (*self.positional, *self.keywords)])


def _described(fact: Facts, prop: Any) -> str:
    known = ", ".join(f"`{one_line(value)}`" for value in known_values(prop))
    return " ".join(filter(None, [sentence(fact.get("description")), known and f"Known values: {known}."]))


def no_twins(owner: str, names: list[Code]) -> None:
    """Refuse two of one name."""
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise GenerationError([f"{owner}: two would be called {', '.join(twins)}."])
