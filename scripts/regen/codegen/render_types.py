"""The generator's properties as Python: what an annotation says, and which codec reads and writes the value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from attrs import frozen
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty

from regen.codegen.patches import DecimalTextProperty, FreeFormProperty, MappingProperty
from regen.codegen.render_text import Code, identifier, literal
from regen.notes import RefusedError

SCALARS: dict[type, tuple[str, str]] = {
    DecimalTextProperty: ("Decimal", "DECIMAL_TEXT"),
    StringProperty: ("str", "TEXT"),
    UuidProperty: ("str", "TEXT"),
    FileProperty: ("Attachment", "FILE"),
    BooleanProperty: ("bool", "BOOLEAN"),
    IntProperty: ("int", "INTEGER"),
    FloatProperty: ("Decimal", "NUMBER"),
    DateProperty: ("datetime.date", "DATE"),
    DateTimeProperty: ("datetime.datetime", "INSTANT"),
    NoneProperty: ("None", "NOTHING"),
    AnyProperty: ("Any", "ANY"),
}
BUILTINS = ("bool", "bytes", "dict", "float", "int", "list", "object", "str", "tuple", "type")
RUNTIME = "ledgerbee_client"

# Where the names in annotations and codecs come from. Runtime modules are imported by their full name: they are not
# generated, so a tree generated elsewhere runs on the same ones.
ORIGINS = {
    "Any": "typing",
    "Literal": "typing",
    "TypeVar": "typing",
    "Decimal": "decimal",
    "AsyncIterable": "collections.abc",
    "Callable": "collections.abc",
    "Iterable": "collections.abc",
    "Mapping": "collections.abc",
    "Sequence": "collections.abc",
    "UNSET": f"{RUNTIME}.types",
    "Unset": f"{RUNTIME}.types",
    "Pages": f"{RUNTIME}._helpers.pages",
    "Download": f"{RUNTIME}._helpers.downloads",
    "Attachment": f"{RUNTIME}._helpers.attachments",
    "FILE": f"{RUNTIME}._helpers.attachments",
    "BatchProgress": f"{RUNTIME}._helpers.batch_report",
    "BatchReport": f"{RUNTIME}._helpers.batch_report",
    "Operation": f"{RUNTIME}._base.operations",
    "Resource": f"{RUNTIME}._calls.resource",
}
for _name in (
    *("ANY", "BOOLEAN", "DATE", "DECIMAL_TEXT", "FREE_FORM", "INSTANT", "INTEGER", "NOTHING", "NUMBER", "TEXT"),
    *("Field", "Model", "array", "enum", "literal", "mapping", "model", "nullable", "one_of", "unknown_last"),
):
    ORIGINS[_name] = f"{RUNTIME}._models.model"
MODULES = ("builtins", "datetime")
_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""


@frozen
class External:
    """A handwritten class that stands for a component, with its codec beside it."""

    module: str
    name: str

    @property
    def codec(self) -> str:
        """Name of the codec: the class's, in capitals."""
        return self.name.upper()


@frozen
class TypeRenderer:
    """Renders properties as annotations and codecs; knows which models are handwritten."""

    externals: dict[str, External]

    @classmethod
    def for_external(cls, external: dict[str, str]) -> TypeRenderer:
        """Read `{"AttachmentRequest": "ledgerbee_client._helpers.attachments:Attachment"}`."""
        found: dict[str, External] = {}
        for component, target in external.items():
            module, _, name = target.partition(":")
            found[component] = External(".".join(identifier(part) for part in module.split(".")), identifier(name))
        return cls(found)

    def annotation(self, prop: Any, *, from_caller: bool = False, hidden: Iterable[str] = ()) -> Code:
        """
        Return the type of a value.

        Args:
            prop: A property of the generator.
            from_caller: Whether callers give it, so that any sequence and any mapping will do.
            hidden: Builtins that mean something else where the annotation stands, like `list` beside a method `list`.
        """
        parts = list(dict.fromkeys(self._parts(prop, from_caller)))
        if "None" in parts:
            parts = [*(part for part in parts if part != "None"), "None"]
        return visible("Any" if "Any" in parts else " | ".join(parts), hidden)

    def _parts(self, prop: Any, from_caller: bool) -> list[str]:
        mapping, sequence = ("Mapping", "Sequence") if from_caller else ("dict", "list")
        match prop:
            case UnionProperty():
                parts = [part for inner in prop.inner_properties for part in self._parts(inner, from_caller)]
            case EnumProperty():
                # The literals are for editors, which complete them where a bare text is typed.
                values = ", ".join(map(literal, known_values(prop)))
                parts = [prop.class_info.name, f"Literal[{values}]", "str"] if values else ["int"]
            case FreeFormProperty():
                parts = [f"{mapping}[str, Any]"]
            case MappingProperty():
                parts = [f"{mapping}[str, {self.annotation(prop.inner_property, from_caller=from_caller)}]"]
            case ListProperty():
                parts = [f"{sequence}[{self.annotation(prop.inner_property, from_caller=from_caller)}]"]
            case ModelProperty() if prop.class_info.name in self.externals:
                parts = [self.externals[prop.class_info.name].name]
            case ModelProperty():
                parts = [prop.class_info.name, *(["Mapping[str, Any]"] if from_caller else [])]
            case ConstProperty():
                parts = [type(prop.value.raw_value).__name__]
            case _:
                parts = [self._scalar(prop)[0]]
        return parts

    def codec(self, prop: Any, *, by_name: bool) -> Code:
        """
        Return the codec of a value.

        Args:
            prop: A property of the generator.
            by_name: Whether classes are named and imported later, as models do among each other.
        """
        match prop:
            case UnionProperty():
                inner = [one for one in prop.inner_properties if not isinstance(one, NoneProperty)]
                arms = list(dict.fromkeys(self.codec(one, by_name=by_name) for one in inner))
                text = arms[0] if len(arms) == 1 else f"one_of({', '.join(arms)})"
                text = f"nullable({text})" if len(inner) < len(prop.inner_properties) else text
            case EnumProperty():
                text = self._named("enum", prop, by_name) if prop.value_type is str else "INTEGER"
            case FreeFormProperty():
                text = "FREE_FORM"
            case MappingProperty():
                text = f"mapping({self.codec(prop.inner_property, by_name=by_name)})"
            case ListProperty():
                text = f"array({self.codec(prop.inner_property, by_name=by_name)})"
            case ModelProperty():
                external = self.externals.get(prop.class_info.name)
                text = external.codec if external else self._named("model", prop, by_name)
            case ConstProperty():
                text = f"literal({literal(prop.value.raw_value)})"
            case _:
                text = self._scalar(prop)[1]
        return Code(text)

    @staticmethod
    def _named(function: str, prop: Any, by_name: bool) -> str:
        name = identifier(prop.class_info.name)
        return f"{function}({literal(name)}, __name__)" if by_name else f"{function}({name})"

    @staticmethod
    def _scalar(prop: Any) -> tuple[str, str]:
        try:
            return SCALARS[type(prop)]
        except KeyError:
            raise RefusedError(f"The generator gives a {type(prop).__name__}, which has no codec.") from None

    def imports(self, used: set[str]) -> tuple[Code, ...]:
        """Return the import lines for the names that are not generated; `used` may hold any others."""
        found: dict[str, set[str]] = {}
        for name in used & ORIGINS.keys():
            found.setdefault(ORIGINS[name], set()).add(name)
        for external in self.externals.values():
            for name in used & {external.name, external.codec}:
                found.setdefault(external.module, set()).add(name)
        lines = [f"import {module}" for module in MODULES if module in used]
        lines += [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(found.items())]
        return tuple(Code(line) for line in lines)


def visible(annotation: str, hidden: Iterable[str]) -> Code:
    """Write `builtins.list` where `list` would be a method."""
    for name in sorted(set(hidden) & set(BUILTINS)):
        outside_quotes = rf"{_QUOTED}|((?<![\w.]){name}\b)"
        annotation = re.sub(outside_quotes, lambda found: f"builtins.{found[1]}" if found[1] else found[0], annotation)
    return Code(annotation)


def names_in(texts: Iterable[str]) -> set[str]:
    """Return the names that some source uses, without what stands in quotes."""
    return {name for text in texts for name in re.findall(r"[A-Za-z_]\w*", re.sub(_QUOTED, "", text))}


def or_none(annotation: Code) -> Code:
    """Return the type of a value, or None."""
    return annotation if annotation == "Any" or annotation.endswith("| None") else Code(f"{annotation} | None")


def known_values(prop: Any) -> list[str]:
    """Return the texts that the document lists for a value, or for the items of a list."""
    match prop:
        case EnumProperty() if prop.value_type is str:
            return list(map(str, prop.values.values()))
        case UnionProperty():
            return [value for inner in prop.inner_properties for value in known_values(inner)]
        case ListProperty():
            return known_values(prop.inner_property)
        case _:
            return []
