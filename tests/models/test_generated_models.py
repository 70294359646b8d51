"""What holds for every generated model and enum."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import attrs
import pytest

from ledgerbee_client import models
from ledgerbee_client._models.model import Model
from ledgerbee_client.types import UNSET, OpenStrEnum

CLASSES: dict[str, Any] = {name: getattr(models, name) for name in models.__all__}
MODELS = {name: found for name, found in CLASSES.items() if issubclass(found, Model)}
ENUMS = {name: found for name, found in CLASSES.items() if issubclass(found, OpenStrEnum)}


def made(cls: Any) -> Any:
    """Make a model of which only the required fields are there, and null."""
    return cls.from_dict({field.wire: None for field in cls._wire if field.required})


@pytest.mark.parametrize("cls", MODELS.values(), ids=MODELS)
def test_a_model_survives_being_copied(cls: Any) -> None:
    """By pickle, deepcopy and evolve, with UNSET, null and unknown fields in it."""
    thing = attrs.evolve(made(cls), _unknown={"laterAddition": 1})

    for other in (pickle.loads(pickle.dumps(thing)), copy.deepcopy(thing), attrs.evolve(thing)):
        assert thing == other
        assert thing.to_dict() == other.to_dict()
        assert 1 == other["laterAddition"]


@pytest.mark.parametrize("cls", MODELS.values(), ids=MODELS)
def test_a_signature_begins_with_the_fields_of_the_schema(cls: Any) -> None:
    """What is kept of unknown fields comes last, in help() and in editors."""
    assert "_unknown" == list(inspect.signature(cls).parameters)[-1]


def test_what_null_and_nothing_read_as_is_said() -> None:
    """In the docstring of each model that the API sends."""
    said = " ".join((inspect.getdoc(models.PublicInvoice) or "").split())

    assert "An optional field that the API leaves out is `UNSET`." in said
    assert "A null is `None`, also where the schema promises a value." in said


@pytest.mark.parametrize("cls", MODELS.values(), ids=MODELS)
def test_a_table_is_about_the_attributes_of_its_class(cls: Any) -> None:
    """One line per attribute, required without a default, optional UNSET; no wire name twice."""
    attributes = {a.name: a for a in attrs.fields(cls) if a.name != "_unknown"}

    assert [field.name for field in cls._wire] == list(attributes)
    assert len(cls._wire) == len({field.wire for field in cls._wire})
    for field in cls._wire:
        assert (attrs.NOTHING if field.required else UNSET) is attributes[field.name].default


@pytest.mark.parametrize("cls", MODELS.values(), ids=MODELS)
def test_a_class_that_a_table_names_can_be_imported(cls: Any) -> None:
    """Names are resolved when the first value comes, so a wrong one would be found late."""
    for field in cls._wire:
        codec = field.codec
        while hasattr(codec, "item"):
            codec = codec.item
        for part in getattr(codec, "codecs", (codec,)):
            if hasattr(part, "cls"):
                assert part.cls.__name__ == part.expected


@pytest.mark.parametrize("cls", ENUMS.values(), ids=ENUMS)
def test_an_enum_is_open(cls: Any) -> None:
    """Members are themselves again after a pickle; others are kept."""
    for member in cls:
        assert pickle.loads(pickle.dumps(member)) is cls(member.value) is member
    assert not cls("a value of tomorrow").is_known


@pytest.mark.parametrize("cls", CLASSES.values(), ids=CLASSES)
def test_a_class_says_what_it_is(cls: Any) -> None:
    """In its docstring, which editors show."""
    assert (cls.__doc__ or "").strip()


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """As with any module."""
    with pytest.raises(AttributeError, match="NoSuchModel"):
        models.NoSuchModel  # noqa: B018


def test_the_published_name_of_a_handwritten_class_is_its_alias() -> None:
    """Generated models take the runtime's Attachment."""
    from ledgerbee_client._helpers.attachments import Attachment

    assert models.AttachmentRequest is Attachment


def test_all_names_are_listed() -> None:
    """For editors and consoles."""
    assert set(models.__all__) <= set(dir(models))
