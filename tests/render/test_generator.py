"""What we lean on in openapi-python-client, so that an upgrade that changes it fails here by name."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.union import UnionProperty
from regen.codegen import patches
from regen.codegen.generate import generate
from regen.model.api import Api, Enum, Model
from regen.notes import RefusedError

from .describing import Node, ref
from .describing import thing as model
from .small_api import small_api
from .workshop import Package


def thing(properties: Node, required: list[str] | None = None) -> Node:
    """Describe an object."""
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


ROOT = Path(__file__).parent.parent.parent


def parsed(schemas: Node) -> dict[str, Any]:
    """Let the generator parse some components; return their properties by name."""
    patches.apply_patches(schemas)
    document = {
        "openapi": "3.0.0",
        "info": {"title": "a", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    config = Config.from_sources(
        ConfigFile(post_hooks=[]), MetaType.NONE, Path("x"), "utf-8", overwrite=True, output_path=None
    )
    data = GeneratorData.from_dict(document, config=config)
    assert isinstance(data, GeneratorData)
    assert [] == data.errors
    return {str(prop.class_info.name): prop for prop in [*data.models, *data.enums]}


def fields(prop: ModelProperty) -> dict[str, Any]:
    """Return a model's properties by wire name."""
    return {
        one.name.get_untrusted_value(): one
        for one in [*(prop.required_properties or []), *(prop.optional_properties or [])]
    }


def test_the_version_is_the_pinned_one() -> None:
    """The generator calls its own parser private; only the exact version is known to behave like this."""
    pins = re.findall(r'"openapi-python-client(.*)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert [f"=={importlib.metadata.version('openapi-python-client')}"] == pins


def test_a_moved_function_is_named() -> None:
    """An upgrade that takes other arguments is not guessed at."""
    with pytest.raises(RefusedError, match=r"openapi-python-client 0\.29\.1: a\.b takes"):
        patches._expect("a.b", lambda new: new, ("old",))


def test_nullable_becomes_a_union_with_none() -> None:
    """For plain types, references and objects alike; this is how we know that null may be sent."""
    model = parsed(
        {
            "M": thing(
                {
                    "a": {"type": "string", "nullable": True},
                    "b": ref("N", nullable=True),
                    "c": {"type": "object", "additionalProperties": True, "x-free-form": True, "nullable": True},
                    "d": {"type": "array", "items": {"type": "string"}, "nullable": True},
                }
            ),
            "N": thing({"x": {"type": "string"}}),
        }
    )["M"]

    for prop in fields(model).values():
        assert isinstance(prop, UnionProperty)
        assert 2 == len(prop.inner_properties)


def test_a_single_reference_is_the_class_itself() -> None:
    """With or without words beside it."""
    model = parsed(
        {"M": thing({"a": ref("N"), "b": ref("N", description="x")}), "N": thing({"x": {"type": "string"}})}
    )["M"]

    assert ["N", "N"] == [prop.class_info.name for prop in fields(model).values()]


def test_required_and_optional_are_told_apart() -> None:
    """And python names are snake case, with an underscore where Python has the word."""
    model = parsed({"M": thing({"dueDate": {"type": "string"}, "type": {"type": "string"}}, ["type"])})["M"]

    assert ["type"] == [prop.name.get_untrusted_value() for prop in model.required_properties]
    assert ["due_date"] == [prop.python_name for prop in model.optional_properties]
    assert "type_" == fields(model)["type"].python_name


def test_decimals_maps_and_free_forms_are_what_we_taught() -> None:
    """The generator alone would make texts and empty classes of them."""
    model = parsed(
        {
            "M": thing(
                {
                    "a": {"type": "string", "format": "decimal"},
                    "b": {"type": "object", "additionalProperties": True, "x-free-form": True},
                    "c": {"type": "object", "additionalProperties": ref("N")},
                }
            ),
            "N": thing({"x": {"type": "string"}}),
        }
    )["M"]

    assert ["DecimalTextProperty", "FreeFormProperty", "MappingProperty"] == [
        type(p).__name__ for p in fields(model).values()
    ]


def test_models_may_refer_to_each_other_in_a_circle() -> None:
    """And an enum is a class of its own."""
    found = parsed(
        {
            "A": thing({"b": ref("B"), "e": ref("E")}),
            "B": thing({"a": {"type": "array", "items": ref("A")}}),
            "E": {"type": "string", "enum": ["x"], "x-enum-varnames": ["X"]},
        }
    )

    assert {"A", "B", "E"} == found.keys()
    assert isinstance(found["E"], EnumProperty)


def with_endpoint(name: str, **changes: Any) -> Api:
    """The small API with one operation changed."""
    api = small_api()
    return replace(api, endpoints={**api.endpoints, name: replace(api.endpoints[name], **changes)})


def with_class(one: Model | Enum) -> Api:
    """The small API with one class changed."""
    api = small_api()
    return replace(api, classes={**api.classes, one.name: one})


STATUS = small_api().endpoints["invoices.list"].arguments[0]


@pytest.mark.parametrize(
    ("api", "message"),
    [
        (with_class(model("Line", {"x": ref("Missing")})), "Could not find reference"),
        (with_class(model("Line", {"x": thing({"a": {"type": "string"}})})), "A schema without a name of its own"),
        (with_endpoint("invoices.get", kind="many"), "there is no kind 'many'"),
        (with_endpoint("invoices.get", kind="list"), "a list needs an array"),
        (with_endpoint("invoices.create", kind="batch"), "a batch needs a body"),
        (with_endpoint("invoices.list", arguments=(replace(STATUS, name="timeout"),)), "two would be called timeout"),
        (with_class(Enum(name="InvoiceStatus", members={"sent": "sent"})), "'sent' is no name for a member"),
        (with_class(model("a_1", {"b": {"type": "string"}})), r"Two things would be written to models/a_1\.py"),
    ],
)
def test_what_cannot_be_generated_is_an_error(api: Api, message: str) -> None:
    """Nothing is left out silently: what the generator would warn of stops it; two classes never share a module."""
    with pytest.raises(RefusedError, match=message) as caught:
        generate(api)

    assert len(caught.value.lines) <= 15
    assert " object at 0x" not in str(caught.value)


def test_the_output_is_the_same_whatever_the_hash_seed() -> None:
    """Byte by byte, in processes of their own."""
    script = "import json; from regen.codegen.generate import generate; from render.small_api import small_api\n"
    script += "print(json.dumps(generate(small_api()).files))"
    path = os.pathsep.join([str(ROOT / "scripts"), str(ROOT / "tests")])
    texts = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }

    assert 1 == len(texts)


def test_generating_again_in_the_same_process_gives_the_same(fresh: Path, package: Package) -> None:
    """The generator is changed once, however often it runs."""
    assert package.sources() == Package(fresh).sources()
