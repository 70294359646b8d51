"""The arguments of a method: their types, defaults and texts, and how they are handed to the runtime."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen
from openapi_python_client.parser.properties import ModelProperty

from regen.codegen.parse import arguments_of
from regen.codegen.render_text import Code, blocks, identifier, literal, one_line, sentence
from regen.codegen.render_types import TypeRenderer, known_values, or_none, visible
from regen.model.api import Argument, Class, Endpoint
from regen.notes import RefusedError

EVERYWHERE = {"timeout": "float | None", "extra_headers": "Mapping[str, str] | None"}
"""What every method takes; explained once, on the resource class."""
UNDOCUMENTED_BODY = "What it takes is not documented: give a mapping of the API's own names."
KEY = (
    "Key by which the API knows a call that it has had before. None: one fresh UUID per call, the same on every try, "
    "and on the error."
)


@frozen
class Parameter:
    """
    One parameter of a method, as its signature declares it.

    Attributes:
        name: Name in Python.
        annotation: Its type.
        text: Its text in the docstring.
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


class Signature:
    """Gathers the parameters of one method, in the order of its signature."""

    def __init__(self, endpoint: Endpoint, parsed: Any, types: TypeRenderer) -> None:
        """Begin with the places of the path, then the query and the headers."""
        self.positional: list[Parameter] = []
        self.keywords: list[Parameter] = []
        self.passed: list[str] = []
        self._endpoint, self._types = endpoint, types
        props = list(zip(endpoint.arguments, arguments_of(parsed), strict=True))
        self._add_path([(argument, prop) for argument, prop in props if argument.place == "path"])
        self._add_named("query", [(argument, prop) for argument, prop in props if argument.place == "query"])
        self._add_named("headers", [(argument, prop) for argument, prop in props if argument.place == "header"])

    def _add_path(self, arguments: list[tuple[Argument, Any]]) -> None:
        filled: list[str] = []
        for argument, prop in arguments:
            name = identifier(argument.name)
            self.positional.append(Parameter(name, self._types.annotation(prop), _described(argument, prop)))
            filled.append(name)
        if filled:
            self.passed.append(f"path=({', '.join(filled)},)")

    def _add_named(self, place: str, arguments: list[tuple[Argument, Any]]) -> None:
        pairs: list[str] = []
        for argument, prop in arguments:
            annotation = self._types.annotation(prop, from_caller=True)
            name, text = identifier(argument.name), _described(argument, prop)
            # A query and headers carry no null, so that None can mean: not sent.
            optional = annotation if argument.required else or_none(annotation)
            self.keywords.append(Parameter(name, optional, text, None if argument.required else "None"))
            pairs.append(f"{literal(argument.wire)}: {name}")
        if pairs:
            self.passed.append(f"{place}={{{', '.join(pairs)}}}")

    def add_body(self, parsed: Any, classes: Mapping[str, Class]) -> None:
        """Add the body, positional, under the name `body`; its class says what it is where nothing else does."""
        body = self._endpoint.body
        if body is None:
            return
        prop = parsed.bodies[0].prop
        about = classes[prop.class_info.name].description if isinstance(prop, ModelProperty) else ""
        text = sentence(body.description) or sentence(" ".join(blocks(about)))
        if not body.documented:
            text = f"{text} {UNDOCUMENTED_BODY}".strip()
        elif isinstance(prop, ModelProperty):
            text = f"{text} A mapping of wire names may stand for it.".strip()
        annotation = self._types.annotation(prop, from_caller=True)
        optional = annotation if body.required else or_none(annotation)
        self.positional.append(Parameter(Code("body"), optional, text, None if body.required else "None"))
        self.passed += ["body=body", f"body_codec={self._types.codec(prop, by_name=False)}"]
        if not body.required:
            self.passed.append("body_optional=True")
        if body.form:
            self.passed.append("form=True")

    def add_idempotency_key(self) -> None:
        """Add the key by which the API knows a repeated call, where it takes one."""
        if self._endpoint.idempotency_header:
            self.add("idempotency_key", "str | None", KEY)

    def add(self, name: str, annotation: str, text: str, default: str = "None") -> None:
        """Add a keyword of the SDK's own, which the runtime takes under the same name."""
        self.keywords.append(Parameter(Code(name), Code(annotation), text, default))
        self.passed.append(f"{name}={name}")

    def close(self) -> None:
        """Add what every method takes, see that no two have one name, and put first what must be given."""
        for name, annotation in EVERYWHERE.items():
            self.add(name, annotation, "")
        self.keywords.sort(key=lambda parameter: parameter.default is not None)
        refuse_duplicates(self._endpoint.name, [parameter.name for parameter in (*self.positional, *self.keywords)])


def _described(argument: Argument, prop: Any) -> str:
    known = ", ".join(f"`{one_line(value)}`" for value in known_values(prop))
    return " ".join(filter(None, [sentence(argument.description), known and f"Known values: {known}."]))


def refuse_duplicates(owner: str, names: list[Code]) -> None:
    """Refuse two of one name."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RefusedError(f"{owner}: two would be called {', '.join(twice)}.")
