"""From the API to the sources of `api/` and `models/`: openapi-python-client parses, our templates print."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from regen.codegen.parse import Parsed, parse
from regen.codegen.render_calls import Resources
from regen.codegen.render_models import EnumView, ModelView, enum_view, model_view
from regen.codegen.render_text import Code, identifier, only_code
from regen.codegen.render_types import TypeRenderer
from regen.codegen.render_views import ResourceView
from regen.model.api import Api, Enum, Model
from regen.notes import RefusedError

UNDOCUMENTED = "_undocumented"
TEMPLATES = Path(__file__).resolve().parent.parent.parent.parent / "openapi" / "templates"


@dataclass
class Generated:
    """
    What was printed, and what it was printed from.

    Attributes:
        files: Sources by path below the package, not formatted yet.
        resources: The resource classes.
        models: The models.
        enums: The enums.
    """

    files: dict[str, str] = field(default_factory=dict)
    resources: dict[str, ResourceView] = field(default_factory=dict)
    models: dict[str, ModelView] = field(default_factory=dict)
    enums: dict[str, EnumView] = field(default_factory=dict)


def generate(api: Api) -> Generated:
    """Print everything; raises RefusedError where that cannot be done."""
    parsed = parse(api)
    made = Generated()
    write = _writer(made.files)
    types = TypeRenderer.for_external(api.external)
    _write_models(api, parsed, made, types, write)
    resources = Resources(types, api.classes)
    for name, resource in api.resources.items():
        view = resources.view(resource, [(one, parsed.endpoints[one.name]) for one in api.of(name)])
        made.resources[name] = view
        write(f"api/{view.name}.py", "resource.py.jinja", resource=view)
    write("api/__init__.py", "api_init.py.jinja", resources=list(made.resources.values()))
    return made


def _writer(files: dict[str, str]) -> Any:
    """A function that prints a template into a file; nothing that passed no filter is printed."""
    environment = Environment(  # noqa: S701  Python is printed, not HTML.
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=only_code,
        keep_trailing_newline=True,
    )

    def write(path: str, template: str, **values: Any) -> None:
        if path in files:
            raise RefusedError(f"Two things would be written to {path}.")
        files[path] = environment.get_template(template).render(**values)

    return write


def _write_models(api: Api, parsed: Parsed, made: Generated, types: TypeRenderer, write: Any) -> None:
    """Print `models/`, a module for each class, and one for all whose fields nobody has documented."""
    classes = {name: one for name, one in sorted(api.classes.items()) if name not in api.external}
    modules = {
        name: UNDOCUMENTED if isinstance(one, Model) and not one.fields else parsed.classes[name].class_info.module_name
        for name, one in classes.items()
    }
    for name, one in classes.items():
        if isinstance(one, Enum):
            made.enums[name] = enum_view(one)
            write(f"models/{modules[name]}.py", "str_enum.py.jinja", enum=made.enums[name])
        else:
            made.models[name] = model_view(one, parsed.classes[name], modules, types)
            if one.fields:
                write(f"models/{modules[name]}.py", "model.py.jinja", model=made.models[name])
    if undocumented := [model for model in made.models.values() if not model.fields]:
        write(f"models/{UNDOCUMENTED}.py", "undocumented.py.jinja", models=undocumented)
    external = sorted((Code(one.module), Code(one.name), identifier(name)) for name, one in types.externals.items())
    write(
        "models/__init__.py",
        "models_init.py.jinja",
        classes=[(identifier(module), identifier(name)) for name, module in modules.items()],
        externals=external,
        aliases=[(identifier(old), identifier(new)) for old, new in sorted(api.aliases.items())],
        names=_sorted([*modules, *api.external]),
    )


def _sorted(names: Iterable[str]) -> list[Code]:
    return sorted(identifier(name) for name in names)
