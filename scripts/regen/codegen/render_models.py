"""What the templates of models and enums print."""

from __future__ import annotations

import re
from typing import Any

from attrs import frozen

from regen.codegen.errors import GenerationError
from regen.codegen.render_arguments import no_twins
from regen.codegen.render_text import Code, blocks, docstring, identifier, literal, section, sentence, wrap
from regen.codegen.render_types import Speller, names_in
from regen.naming.words import attribute_name

SECRET = re.compile(r"secret|token|passw|passphrase|credential|api_?key|private_?key|(^|handoff_?)ref$", re.IGNORECASE)
UNDOCUMENTED = (
    'Its fields are not documented. Read them by their names on the wire, `thing["name"]`; a mapping of wire names '
    "may be sent. Once `scripts/regen.py --download` has fetched the published schema, they may be attributes."
)
LEFT_OUT = "An optional field that the API leaves out is `UNSET`."
NULLS = "A null is `None`, also where the schema promises a value."
OPEN = "Values the API knows; others are kept as text."


@frozen
class FieldView:
    """One attribute of a model."""

    name: Code
    wire: str
    annotation: Code
    codec: Code
    required: bool
    secret: bool
    text: str

    @property
    def line(self) -> Code:
        """Its line in the model's table."""
        flags = ("" if self.required else ", required=False") + (", secret=True" if self.secret else "")
        return Code(f"Field({literal(self.name)}, {literal(self.wire)}, {self.codec}{flags})")


@frozen
class ModelView:
    """One model class."""

    name: Code
    module: Code
    docstring: Code
    fields: tuple[FieldView, ...]
    imports: tuple[Code, ...]
    models: tuple[tuple[Code, Code], ...]


@frozen
class EnumView:
    """One enum class; members are pairs of name and value."""

    name: Code
    module: Code
    docstring: Code
    members: tuple[tuple[Code, Code], ...]


def model_view(
    prop: Any, schema: dict[str, Any], facts: dict[str, Any], modules: dict[str, str], speller: Speller
) -> ModelView:
    """
    Return what the model template prints.

    Args:
        prop: The generator's ModelProperty.
        schema: The component as it stands in the document.
        facts: What is said of the model beside the document.
        modules: Module of every class in `models/`.
        speller: Spells types.
    """
    name = identifier(prop.class_info.name)
    given = [*(prop.required_properties or []), *(prop.optional_properties or [])]
    schemas = schema.get("properties", {})
    names = facts.get("attributes", {})
    fields = tuple(_field(one, schemas.get(one.name.get_untrusted_value(), {}), names, speller) for one in given)
    no_twins(name, [field.name for field in fields])
    texts = [text for field in fields for text in (field.annotation, field.codec)]
    used = names_in(texts) | {"Model", "unknown_last"} | ({"Field"} if fields else set())
    used |= set() if all(field.required for field in fields) else {"UNSET", "Unset"}
    others = sorted((used & modules.keys()) - {name})
    return ModelView(
        name=name,
        module=identifier(prop.class_info.module_name),
        docstring=_docstring(name, facts, fields),
        fields=fields,
        imports=speller.imports(used),
        models=tuple((identifier(modules[other]), identifier(other)) for other in others),
    )


def _field(prop: Any, schema: dict[str, Any], names: dict[str, str], speller: Speller) -> FieldView:
    wire = prop.name.get_untrusted_value()
    annotation = speller.annotation(prop)
    return FieldView(
        name=identifier(names.get(wire) or attribute_name(wire)),
        wire=wire,
        annotation=Code(annotation if prop.required else f"{annotation} | Unset"),
        # What tells one kind from another is read strictly, although it is one of a class of words.
        codec=Code(f"literal({literal(schema['x-only'])})")
        if "x-only" in schema
        else speller.codec(prop, by_name=True),
        required=prop.required,
        secret=bool(SECRET.search(wire)) and "str" in names_in([annotation]),
        text=field_text(schema),
    )


def field_text(schema: dict[str, Any]) -> str:
    """Return what is to be said of a field: its description, and a short example of a text."""
    text = sentence(" ".join(blocks(schema.get("description"))))
    example = schema.get("example")
    if not isinstance(example, str) or not 0 < len(example) <= 40 or not example.isprintable() or "`" in example:
        return text
    return text if example in text else f"{text} Example: `{example}`.".strip()


def _docstring(name: str, facts: dict[str, Any], fields: tuple[FieldView, ...]) -> Code:
    described = blocks(facts.get("description"))
    default = f"`{name}`, as the API {'takes' if facts.get('request_only') else 'sends'} it."
    first, *rest = described or [default]
    paragraphs = [wrap(sentence(first), 4), *(wrap(text, 4, 2 if text[:2] == "- " else 0) for text in rest)]
    if not fields:
        paragraphs.append(wrap(UNDOCUMENTED, 4))
    elif not facts.get("request_only"):
        paragraphs.append(wrap(NULLS if all(field.required for field in fields) else f"{LEFT_OUT} {NULLS}", 4))
    paragraphs.append(section("Attributes", [(field.name, field.text) for field in fields if field.text], 4))
    return docstring(paragraphs, 4)


def enum_view(prop: Any, schema: dict[str, Any], facts: dict[str, Any]) -> EnumView:
    """Return what the enum template prints: values from the document itself, exactly as they stand there."""
    name = identifier(prop.class_info.name)
    values, names = schema["enum"], schema.get("x-enum-varnames") or []
    if not len(names) == len(values) == len(set(names)) or not all(isinstance(value, str) for value in values):
        raise GenerationError([f"{name}: each value needs its own member name (x-enum-varnames), and is a text."])
    first, *rest = blocks(facts.get("description") or schema.get("description")) or [OPEN]
    return EnumView(
        name=name,
        module=identifier(prop.class_info.module_name),
        docstring=docstring([wrap(sentence(first), 4), *(wrap(text, 4) for text in rest)], 4),
        members=tuple((_member(name, member), literal(value)) for member, value in zip(names, values, strict=True)),
    )


def _member(enum: str, member: str) -> Code:
    if not isinstance(member, str) or member != member.upper() or member.startswith("_"):
        raise GenerationError([f"{enum}: {member!r} is no name for a member."])
    return identifier(member)
