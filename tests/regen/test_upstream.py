"""What we lean on in the generator's parser. An upgrade that changes it fails here, by name."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_python_client import schema as oai
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.strings import ClassName, PythonIdentifier
from regen.codegen.parse import document_of
from regen.document.validation import complaints
from regen.naming.words import TAKEN_ATTRIBUTES, attribute_name, class_name
from rows import everything
from small import Node, normalised, ref, schemas_of
from trials import published, real
from vendor import AWKWARD

from ledgerbee_client._models.model import Model

NAMES = [
    "PublicInvoice", "CreateJournalEntryV2Dto", "PublicPortalSsoJwks", "VATCode", "invoice_dto", "invoiceDto",
    "OAuthClient", "2FA", "list", "Warning", "A", "B2B", "PublicJwk", "X509Data", "HTTPError", "APIKey", "ABCdef",
    "Thing-With.Dots", "\u00d8l", "datetime", "None", "self",
]  # fmt: skip


def parsed(raw: Node) -> GeneratorData:
    """A normalised document as the generator reads it."""
    config = Config.from_sources(ConfigFile(), MetaType.NONE, "x", "utf-8", overwrite=True, output_path=None)
    data = GeneratorData.from_dict(raw, config=config)
    assert not isinstance(data, GeneratorError), data
    return data


def minimal(schemas: Node) -> Node:
    """Components alone."""
    return {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {}, "components": {"schemas": schemas}}


def attribute(schema: Node, name: str, **more: Any) -> Any:
    """A property of a class with one field, as the parser sees it."""
    data = parsed(
        minimal({"Thing": {"type": "object", "properties": {"field": schema}, **more}, "Other": {"type": "object"}})
    )
    (thing,) = (model for model in data.models if model.class_info.name == "Thing")
    return getattr((thing.optional_properties or [])[0], name)


@pytest.mark.parametrize(
    "name",
    NAMES,
)
def test_the_generator_leaves_our_class_names_alone(name: str) -> None:
    """strings.ClassName: what we call a class is what it is called."""
    ours = class_name(name)

    assert ours == str(ClassName(ours, "Model"))
    assert ours == class_name(ours)


def test_all_our_classes_keep_their_names() -> None:
    """The same over the whole real document and every odd construct."""
    for result in (real(published()), normalised(everything())):
        data = parsed(document_of(result.api))
        made = {str(one.class_info.name) for one in [*data.models, *data.enums]}
        assert {*result.api.classes} <= made


def test_the_generator_accepts_everything_we_give_it() -> None:
    """parser.errors: no component is left out."""
    assert [] == parsed(document_of(real(published()).api)).errors
    assert [] == parsed(document_of(normalised(everything()).api)).errors


def test_names_of_enum_members_are_taken_from_the_document() -> None:
    """x-enum-varnames, honoured since 0.28.4."""
    enum = {"type": "string", "enum": ["a", "A"], "x-enum-varnames": ["FIRST", "SECOND_2"]}

    assert {"FIRST": "a", "SECOND_2": "A"} == parsed(minimal({"Word": enum})).enums[0].values


def test_a_nullable_reference_is_written_with_allof() -> None:
    """handle_nullable: `nullable` beside one allOf arm is a union with null."""
    kind = attribute({"nullable": True, "allOf": [ref("Other")]}, "inner_properties")

    assert ["NoneProperty", "ModelProperty"] == sorted((type(one).__name__ for one in kind), reverse=True)


def test_a_lone_allof_is_the_class_it_refers_to() -> None:
    """property_from_data: no copy of the class is made."""
    assert "Other" == str(attribute({"allOf": [ref("Other")], "description": "d"}, "class_info").name)


def test_a_const_is_read_in_openapi_3_0() -> None:
    """ConstProperty: the version of the document does not matter."""
    assert "one" == attribute({"type": "string", "const": "one"}, "value").raw_value


def test_unknown_keywords_reach_the_templates() -> None:
    """Schema.model_extra: x-free-form and x-undocumented survive parsing."""
    assert {"x-free-form": True} == oai.Schema.model_validate({"type": "object", "x-free-form": True}).model_extra


def test_the_validator_may_give_up_without_taking_us_along() -> None:
    """It raises whatever its libraries raise."""
    circle: Node = {"openapi": "3.0.0", "info": {}, "paths": {"/a": {"$ref": "#/nowhere"}}}

    assert any("gave up" in line or "/" in line for line in complaints(circle))


def test_what_the_validator_says_is_told_with_its_place() -> None:
    """The deepest complaint, not `is not valid under any of the given schemas`."""
    bad = {
        "openapi": "3.0.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": {}}}}},
    }

    assert any(line.startswith("/paths/~1a/get") for line in complaints(bad))


def test_attributes_are_called_as_the_generator_would_call_them() -> None:
    """PythonIdentifier: our rule is its rule, so that no name that was ever generated changes."""
    models = schemas_of(real(published())).values()
    wires = {wire for model in models for wire in model.get("properties", {})} | {
        name for name in AWKWARD if name.isascii()
    }
    ours = {wire: attribute_name(wire) for wire in wires}

    assert len(wires) > 250
    for wire, name in ours.items():
        stock = str(PythonIdentifier(wire, "field_"))
        assert name == (f"{stock}_" if stock in TAKEN_ATTRIBUTES else stock)
    assert ["beloeb", "maegler_id", "field_"] == [attribute_name(wire) for wire in ("beløb", "mæglerId", "\U0001f41d")]


def test_no_attribute_hides_what_every_model_has() -> None:
    """A field `check` becomes `check_`."""
    assert TAKEN_ATTRIBUTES == {name for name in dir(Model) if not name.startswith("_")}
