"""
From a normalised document to `api/` and `models/`: openapi-python-client parses, our templates print.

Run in a process of its own, since the generator is changed while it runs:

    python -m regen.codegen.generate NORMALISED FACTS OUTDIR
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError

from regen.codegen.errors import GenerationError
from regen.codegen.patches import teach
from regen.codegen.render_calls import Endpoints
from regen.codegen.render_models import enum_view, model_view
from regen.codegen.render_text import Code, identifier, one_line, only_code
from regen.codegen.render_types import Speller
from regen.codegen.render_views import EndpointView, ResourceView

TEMPLATES = Path(__file__).resolve().parent.parent.parent.parent / "openapi" / "templates"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
MOST_LINES = 15


def generate(document: dict[str, Any], facts: dict[str, Any], out: Path) -> None:
    """
    Write `api/` and `models/` into a directory that has neither.

    Args:
        document: OpenAPI 3.0, normalised: every class named, every operation `resource__method`.
        facts: What the normaliser knows beside it.
        out: Where to; not formatted yet.

    Raises:
        GenerationError: nothing usable was written.
    """
    components = document.get("components", {}).get("schemas", {})
    teach(identifier(name) for name in components)
    numbered, names = _numbered(document)
    config = Config.from_sources(
        ConfigFile.model_validate({**facts.get("generator", {}), "post_hooks": []}),
        MetaType.NONE,
        Path("normalised.json"),
        "utf-8",
        overwrite=True,
        output_path=out,
    )
    data = GeneratorData.from_dict(numbered, config=config)
    if isinstance(data, GeneratorError):
        raise GenerationError([data.header, *_lines(data.detail)])
    _refuse(data)
    writer = _Writer(Project(openapi=data, config=config, custom_template_path=TEMPLATES), out)
    speller = Speller.from_facts(facts.get("external_types", {}))
    modules = _write_models(writer, data, components, facts, speller)
    views = Endpoints(speller, modules, facts.get("models", {}))
    found = _endpoints(data, document, names, facts, views)
    _write_api(writer, facts, found, views)


class _Writer:
    """Prints templates into files; nothing that passed no filter is printed."""

    def __init__(self, project: Project, out: Path) -> None:
        self._env = project.env
        self._env.finalize = only_code
        self._out = out

    def write(self, path: str, template: str, **values: Any) -> None:
        target = self._out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            raise GenerationError([f"Two things would be written to {path}."])
        text = self._env.get_template(template).render(**values)
        target.write_text(text, encoding="utf-8", newline="\n")


def _numbered(document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Give operations ids and a tag that the generator leaves as they are; return the real ids by the new ones."""
    numbered, names = copy.deepcopy(document), dict[str, str]()
    for item in numbered["paths"].values():
        for method in METHODS:
            if method in item:
                number = f"operation{len(names)}"
                names[number] = item[method]["operationId"]
                item[method] |= {"operationId": number, "tags": ["all"]}
    return numbered, names


def _refuse(data: GeneratorData) -> None:
    """Raise if anything was left out: a warning of the generator's is an endpoint or a class that is missing."""
    errors = [*data.errors, *(error for tag in data.endpoint_collections_by_tag.values() for error in tag.parse_errors)]
    lines = [line for error in errors for line in _told(error)]
    if lines:
        more = [f"... and {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
        raise GenerationError([*lines[:MOST_LINES], *more])


def _told(error: GeneratorError) -> list[str]:
    """Return what an error says, and the reference that it is about."""
    about = getattr(getattr(error, "data", None), "ref", None)
    place = _lines(about.get_untrusted_value()) if about is not None else []
    return [*_lines(error.header), *_lines(error.detail), *place]


def _lines(text: object) -> list[str]:
    """Return what the generator says, as lines that can be shown."""
    shown = re.sub(r"<\S+ object at 0x[0-9a-f]+>", "...", text if isinstance(text, str) else "")
    return [line[:200] for part in shown.splitlines() if (line := one_line(part))]


def _write_models(
    writer: _Writer, data: GeneratorData, components: dict[str, Any], facts: dict[str, Any], speller: Speller
) -> dict[str, str]:
    """Write `models/` and return the module of each class."""
    classes = {prop.class_info.name: prop.class_info.module_name for prop in [*data.models, *data.enums]}
    unnamed = sorted(classes.keys() - components.keys())
    if unnamed:
        raise GenerationError([f"A schema without a name of its own would be called {name}." for name in unnamed])
    numbers = {one.class_info.name for one in data.enums if one.value_type is not str}
    unwritten = numbers | speller.externals.keys()
    modules = {str(name): str(module) for name, module in sorted(classes.items()) if name not in unwritten}
    told = facts.get("models", {})
    for prop in data.models:
        name = prop.class_info.name
        if name in modules:
            view = model_view(prop, components[name], told.get(name, {}), modules, speller)
            writer.write(f"models/{view.module}.py", "model.py.jinja", model=view)
    for one in data.enums:
        if one.class_info.name in modules:
            enum = enum_view(one, components[one.class_info.name], told.get(one.class_info.name, {}))
            writer.write(f"models/{enum.module}.py", "str_enum.py.jinja", enum=enum)
    externals = sorted((Code(one.module), Code(one.name), identifier(name)) for name, one in speller.externals.items())
    known = {old: new for old, new in facts.get("aliases", {}).items() if new in classes}
    aliases = [(identifier(old), identifier(new)) for old, new in sorted(known.items())]
    writer.write(
        "models/__init__.py",
        "models_init.py.jinja",
        classes=[(identifier(module), identifier(name)) for name, module in modules.items()],
        externals=externals,
        aliases=aliases,
        names=sorted([*(identifier(name) for name in modules), *(component for _, _, component in externals)]),
    )
    return modules


def _endpoints(
    data: GeneratorData, document: dict[str, Any], names: dict[str, str], facts: dict[str, Any], views: Endpoints
) -> dict[str, EndpointView]:
    """Return the view of every operation, by its id."""
    answers = {
        operation["operationId"]: operation.get("responses", {}).get("200", {}).get("description")
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "operationId" in operation
    }
    told, found = facts["operations"], dict[str, EndpointView]()
    parsed = [endpoint for tag in data.endpoint_collections_by_tag.values() for endpoint in tag.endpoints]
    _same([names[endpoint.name] for endpoint in parsed], told, "the document", "the facts")
    for endpoint in parsed:
        name = names[endpoint.name]
        found[name] = views.endpoint(endpoint, told[name], answers[name] or "")
    return found


def _write_api(writer: _Writer, facts: dict[str, Any], found: dict[str, EndpointView], views: Endpoints) -> None:
    """Write `api/`, and see that no operation is missing."""
    listed = [name for resource in facts["resources"].values() for name in resource["methods"]]
    _same(found, listed, "the operations", "the resources")
    resources: list[ResourceView] = []
    for name, resource in facts["resources"].items():
        endpoints = [found[method] for method in resource["methods"]]
        view = views.resource(name, resource, endpoints)
        resources.append(view)
        writer.write(f"api/{view.name}/__init__.py", "endpoint_init.py.jinja", resource=view)
        for endpoint in endpoints:
            writer.write(f"api/{view.name}/{endpoint.module}.py", "endpoint_module.py.jinja", endpoint=endpoint)
    writer.write("api/__init__.py", "api_init.py.jinja", resources=resources)


def _same(these: Iterable[str], those: Iterable[str], here: str, there: str) -> None:
    lost = sorted({*these} ^ {*those})
    if lost:
        raise GenerationError([f"{name}: not both in {here} and in {there}." for name in lost[:MOST_LINES]])


def main(arguments: list[str]) -> int:
    """Run as a command; 2 with the reasons on stderr where it cannot be done."""
    normalised, facts, out = map(Path, arguments)
    try:
        generate(json.loads(normalised.read_bytes()), json.loads(facts.read_bytes()), out)
    except GenerationError as error:
        print("\n".join(error.lines), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
