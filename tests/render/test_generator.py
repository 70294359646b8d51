"""What we lean on in openapi-python-client, so that an upgrade that changes it fails here by name."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.union import UnionProperty
from regen.codegen import patches
from regen.codegen.errors import GenerationError
from regen.codegen.generate import generate

from .describing import Node, ref, thing
from .small_api import small_document, small_facts
from .workshop import Package

ROOT = Path(__file__).parent.parent.parent


def parsed(schemas: Node) -> dict[str, Any]:
    """Let the generator parse some components; return their properties by name."""
    patches.teach(schemas)
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
    with pytest.raises(GenerationError, match=r"openapi-python-client has changed: a\.b takes"):
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


def test_names_that_fold_into_one_are_kept_apart() -> None:
    """`a_b` beside `aB`: the generator leaves them alone, what they are called stands in the facts."""
    model = parsed({"M": thing({"a_b": {"type": "string"}, "aB": {"type": "string"}})})["M"]

    assert ["aB", "a_b"] == sorted(fields(model))


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d, f: d["components"]["schemas"]["Invoice"]["properties"].update(x=ref("Missing")),
            "Could not find reference",
        ),
        (
            lambda d, f: d["components"]["schemas"]["Invoice"]["properties"].update(x=thing({"a": {"type": "string"}})),
            "A schema without a name of its own",
        ),
        (lambda d, f: f["operations"].pop("invoices__get"), "invoices__get: not both in the document and in the facts"),
        (lambda d, f: f["resources"]["invoices"]["methods"].pop(), "not both in the operations and in the resources"),
        (lambda d, f: f["operations"]["invoices__get"].update(kind="many"), "there is no kind 'many'"),
        (lambda d, f: f["operations"]["invoices__get"].update(kind="list"), "a list needs an array"),
        (lambda d, f: f["operations"]["invoices__create"].update(kind="batch"), "a batch needs a body"),
        (lambda d, f: f["operations"]["invoices__get"]["arguments"].update(path=[]), "the document has the arguments"),
        (
            lambda d, f: f["operations"]["invoices__list"]["arguments"]["query"][0].update(python="timeout"),
            "two would be called timeout",
        ),
        (lambda d, f: d["components"]["schemas"]["InvoiceStatus"].pop("x-enum-varnames"), "its own member name"),
        (
            lambda d, f: d["components"]["schemas"]["InvoiceStatus"].update({"x-enum-varnames": ["DRAFT", "sent"]}),
            "'sent' is no name for a member",
        ),
        (lambda d, f: d.pop("info"), "Failed to parse OpenAPI document"),
    ],
)
def test_what_cannot_be_generated_is_an_error(tmp_path: Path, change: Any, message: str) -> None:
    """Nothing is left out silently: what the generator would warn of stops it."""
    document, facts = small_document(), small_facts()
    change(document, facts)
    with pytest.raises(GenerationError, match=message) as caught:
        generate(document, facts, tmp_path / "out")

    assert len(caught.value.lines) <= 16
    assert " object at 0x" not in str(caught.value)


def test_the_command_says_why_on_stderr(tmp_path: Path) -> None:
    """And exits with 2."""
    document = small_document()
    document["components"]["schemas"].pop("Line")
    done = run(tmp_path, document, "0")

    assert 2 == done.returncode
    assert "Line" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_output_is_the_same_whatever_the_hash_seed(tmp_path: Path) -> None:
    """Byte by byte, in processes of their own."""
    trees = []
    for seed in ("0", "1", "4711"):
        out = tmp_path / seed
        out.mkdir()
        assert 0 == run(out, small_document(), seed).returncode
        trees.append({path.relative_to(out): path.read_bytes() for path in sorted(out.rglob("*.py"))})

    assert len(trees[0]) > 20
    assert trees[0] == trees[1] == trees[2]


def test_no_file_is_written_twice(tmp_path: Path) -> None:
    """Two classes in one module would lose one of them."""
    document = small_document()
    document["components"]["schemas"]["a_1"] = thing({"b": {"type": "string"}})
    with pytest.raises(GenerationError, match=r"Two things would be written to models/a_1\.py"):
        generate(document, small_facts(), tmp_path / "out")


def test_generating_again_in_the_same_process_gives_the_same(fresh: Path, package: Package) -> None:
    """The generator is changed once, however often it runs."""
    assert package.sources() == Package(fresh).sources()


def run(directory: Path, document: Node, seed: str) -> subprocess.CompletedProcess[str]:
    """Run the command as the pipeline does."""
    normalised, facts = directory / "normalised.json", directory / "facts.json"
    normalised.write_text(json.dumps(document), encoding="utf-8")
    facts.write_text(json.dumps(small_facts()), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "PYTHONHASHSEED": seed}
    command = [sys.executable, "-m", "regen.codegen.generate", str(normalised), str(facts), str(directory / "out")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
