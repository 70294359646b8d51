"""What the templates of models and enums print."""

from __future__ import annotations

import re
from typing import Any

from attrs import frozen

from regen.codegen.parse import fields_of
from regen.codegen.render_arguments import refuse_duplicates
from regen.codegen.render_text import Code, blocks, docstring, identifier, literal, section, sentence, wrap
from regen.codegen.render_types import TypeRenderer, names_in
from regen.model.api import Enum, Field, Model
from regen.model.python_words import kinds_of
from regen.notes import RefusedError

SECRET = re.compile(r"secret|token|passw|passphrase|credential|api_?key|private_?key|(^|handoff_?)ref$", re.IGNORECASE)
UNDOCUMENTED = (
    'Its fields are not documented. Read them by their names on the wire, `thing["name"]`; a mapping of wire names '
    "may be sent."
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
    about: str
    docstring: Code
    fields: tuple[FieldView, ...]
    imports: tuple[Code, ...]
    models: tuple[tuple[Code, Code], ...]


@frozen
class EnumView:
    """One enum class; members are pairs of name and value."""

    name: Code
    about: str
    docstring: Code
    members: tuple[tuple[Code, Code], ...]


def model_view(model: Model, prop: Any, modules: dict[str, str], types: TypeRenderer) -> ModelView:
    """
    Return what the model template prints.

    Args:
        model: The model.
        prop: The generator's ModelProperty of it.
        modules: Module of every class in `models/`.
        types: Renders types.
    """
    name = identifier(model.name)
    rendered = [_field(field, one, types) for field, one in zip(model.fields, fields_of(prop), strict=True)]
    fields = tuple(sorted(rendered, key=lambda field: not field.required))
    refuse_duplicates(name, [field.name for field in fields])
    texts = [text for field in fields for text in (field.annotation, field.codec)]
    used = names_in(texts) | {"Model", "unknown_last"} | ({"Field"} if fields else set())
    used |= {"UNSET", "Unset"} if fields and not fields[-1].required else set()
    return ModelView(
        name=name,
        about=sentence(_about(model)[0]),
        docstring=_docstring(model, fields),
        fields=fields,
        imports=types.imports(used),
        models=tuple((identifier(modules[one]), identifier(one)) for one in sorted((used & modules.keys()) - {name})),
    )


def _field(field: Field, prop: Any, types: TypeRenderer) -> FieldView:
    annotation = types.annotation(prop)
    # What tells one kind from another is read strictly, although it is one of a class of words.
    only = field.schema.get("x-only")
    return FieldView(
        name=identifier(field.name),
        wire=field.wire,
        annotation=Code(annotation if field.required else f"{annotation} | Unset"),
        codec=types.codec(prop, by_name=True) if only is None else Code(f"literal({literal(only)})"),
        required=field.required,
        secret=bool(SECRET.search(field.wire)) and "str" in names_in([annotation]),
        text=field_text(field.schema),
    )


def field_text(schema: dict[str, Any]) -> str:
    """Return the text of a field: its description, and a short example."""
    text = sentence(" ".join(blocks(schema.get("description"))))
    example = schema.get("example")
    if not isinstance(example, str) or not 0 < len(example) <= 40 or not example.isprintable() or "`" in example:
        return text
    where = " in JSON" if kinds_of(schema) & {"date", "date-time"} else ""
    return text if example in text else f"{text} Example{where}: `{example}`.".strip()


def _docstring(model: Model, fields: tuple[FieldView, ...]) -> Code:
    first, *rest = _about(model)
    paragraphs = [wrap(sentence(first), 4), *(wrap(text, 4, 2 if text[:2] == "- " else 0) for text in rest)]
    if not fields:
        paragraphs.append(wrap(UNDOCUMENTED, 4))
    elif model.sides != ("request",):
        paragraphs.append(wrap(NULLS if all(field.required for field in fields) else f"{LEFT_OUT} {NULLS}", 4))
    paragraphs.append(section("Attributes", [(field.name, field.text) for field in fields if field.text], 4))
    return docstring(paragraphs, 4)


def _about(model: Model) -> list[str]:
    default = f"`{model.name}`, as the API {'takes' if model.sides == ('request',) else 'sends'} it."
    return blocks(model.description) or [default]


def enum_view(enum: Enum) -> EnumView:
    """Return what the enum template prints: values from the document itself, exactly as they stand there."""
    first, *rest = blocks(enum.description) or [OPEN]
    return EnumView(
        name=identifier(enum.name),
        about=sentence(first),
        docstring=docstring([wrap(sentence(first), 4), *(wrap(text, 4) for text in rest)], 4),
        members=tuple((_member(enum.name, member), literal(value)) for value, member in enum.members.items()),
    )


def _member(enum: str, member: str) -> Code:
    if not isinstance(member, str) or member != member.upper() or member.startswith("_"):
        raise RefusedError(f"{enum}: {member!r} is no name for a member.")
    return identifier(member)
