"""The API through openapi-python-client's parser, which gives for every schema the property that is rendered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.properties import ModelProperty

from regen.codegen.culprits import culprits
from regen.codegen.patches import apply_patches
from regen.codegen.render_text import identifier, one_line
from regen.model.api import Api, Enum, Schema
from regen.notes import RefusedError

JSON = "application/json"


@dataclass(frozen=True)
class Parsed:
    """The parser's classes and endpoints, by the names that the API has for them."""

    classes: dict[str, Any]
    endpoints: dict[str, Any]


def parse(api: Api) -> Parsed:
    """Let the generator parse everything; raises RefusedError where it leaves something out."""
    apply_patches(identifier(name) for name in api.classes)
    data = _data(api)
    if _refusals(data):
        lines = culprits(api, lambda part: _refusals(_data(part))) or _refusals(data)
        raise RefusedError(*lines, "Write these lines into openapi/overlay.yaml, with a description each.")
    assert not isinstance(data, GeneratorError)
    found = {str(one.class_info.name): one for one in [*data.models, *data.enums]}
    unnamed = sorted(found.keys() - api.classes.keys())
    if unnamed:
        raise RefusedError(*(f"A schema without a name of its own would be called {name}." for name in unnamed))
    endpoints = {str(one.name): one for tag in data.endpoint_collections_by_tag.values() for one in tag.endpoints}
    return Parsed(found, {name: endpoints[f"operation{number}"] for number, name in enumerate(api.endpoints)})


def document_of(api: Api) -> Schema:
    """
    The API as an OpenAPI document for the parser.

    Operations, arguments and fields have numbers for names, so that names which would clash there leave nothing out,
    and every argument stands in the query, where the parser takes any type.
    """
    schemas: Schema = {}
    for name, one in api.classes.items():
        if isinstance(one, Enum):
            schemas[name] = {"type": "string", "enum": list(one.members)}
            schemas[name]["x-enum-varnames"] = list(one.members.values())
        else:
            fields = {f"field{n}": field for n, field in enumerate(one.fields)}
            schemas[name] = {"type": "object", "properties": {key: field.schema for key, field in fields.items()}}
            schemas[name]["required"] = [key for key, field in fields.items() if field.required]
    paths: Schema = {}
    for number, endpoint in enumerate(api.endpoints.values()):
        success: Schema = {"description": "Success"}
        if endpoint.answer is not None:
            success["content"] = {JSON: {"schema": endpoint.answer}}
        operation: Schema = {
            "operationId": f"operation{number}",
            "tags": ["all"],
            "parameters": [
                {"name": f"argument{n}", "in": "query", "required": one.required, "schema": one.schema}
                for n, one in enumerate(endpoint.arguments)
            ],
            "responses": {"200": success},
        }
        if endpoint.body is not None:
            content = {JSON: {"schema": endpoint.body.schema}}
            operation["requestBody"] = {"required": endpoint.body.required, "content": content}
        paths[f"/operation{number}"] = {"post": operation}
    return {
        "openapi": "3.0.3",
        "info": {"title": "LedgerBee Public API", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def fields_of(prop: ModelProperty) -> list[Any]:
    """The properties of a model's fields, in the order of its fields."""
    props = [*(prop.required_properties or []), *(prop.optional_properties or [])]
    return sorted(props, key=_number)


def arguments_of(parsed: Any) -> list[Any]:
    """The properties of an operation's arguments, in the order of its arguments."""
    return sorted(parsed.query_parameters, key=_number)


def _number(prop: Any) -> int:
    return int(prop.name.get_untrusted_value().removeprefix("field").removeprefix("argument"))


def _data(api: Api) -> GeneratorData | GeneratorError:
    config = Config.from_sources(
        ConfigFile(post_hooks=[]), MetaType.NONE, Path("api.json"), "utf-8", overwrite=True, output_path=None
    )
    return GeneratorData.from_dict(document_of(api), config=config)


def _refusals(data: GeneratorData | GeneratorError) -> list[str]:
    """What was left out: a warning of the generator's is an endpoint or a class that is missing."""
    if isinstance(data, GeneratorError):
        return [data.header, *_lines(data.detail)]
    errors = [*data.errors, *(error for tag in data.endpoint_collections_by_tag.values() for error in tag.parse_errors)]
    return [line for error in errors for line in _reasons(error)]


def _reasons(error: GeneratorError) -> list[str]:
    """What an error says, and the reference that it is about."""
    about = getattr(getattr(error, "data", None), "ref", None)
    place = _lines(about.get_untrusted_value()) if about is not None else []
    why = [*_lines(error.header), *_lines(error.detail)]
    return [*why[:-1], " ".join([*why[-1:], *place])] if why else place


def _lines(text: object) -> list[str]:
    """Return what the generator says, as lines that can be shown."""
    shown = re.sub(r"<\S+ object at 0x[0-9a-f]+>", "...", text if isinstance(text, str) else "")
    return [line[:200] for part in shown.splitlines() if (line := one_line(part))]
