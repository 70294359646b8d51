"""Pages of the reference, in reStructuredText: what they say comes from the docstrings."""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module

from docsite.names import Name, errors, model_names, modules, package, resources, shown
from ledgerbee_client._models.model import Model

OPTIONS = {
    "class": ("members", "undoc-members"),
    "exception": ("members", "undoc-members", "show-inheritance"),
    "function": (),
    "data": ("no-value",),
}


def reference() -> dict[str, str]:
    """Return the text of each page by its name."""
    owned = models_by_resource()
    listed = [*resources(), "shared-models"]
    pages = {f"reference/{name}.rst": _resource(name, found, owned[name]) for name, found in resources().items()}
    pages["reference/resources.rst"] = _list_of_resources(listed)
    base = f".. autoclass:: {Model.__module__}.Model\n   :members:\n"
    pages["reference/shared-models.rst"] = _page(
        "Shared models", f"What all models can, and those that several resources use.\n\n{base}", owned["shared-models"]
    )
    pages["reference/client.rst"] = _page("``ledgerbee_client``", _docstring("ledgerbee_client"), package())
    pages["reference/errors.rst"] = _errors()
    for module in modules():
        pages[f"reference/{module.rpartition('.')[2]}.rst"] = _page(f"``{module}``", _docstring(module), shown(module))
    return pages


def listing() -> list[str]:
    """Return the pages in the order of the navigation, those below others left out."""
    return [
        "reference/client",
        "reference/resources",
        "reference/errors",
        *(f"reference/{module.rpartition('.')[2]}" for module in modules()),
    ]


def models_by_resource() -> dict[str, list[Name]]:
    """Give each model to the resource that uses it, and those of several to `shared-models`."""
    every = {name.name: name for name in model_names()}
    users: dict[str, set[str]] = defaultdict(set)
    for resource, found in resources().items():
        waiting = _named_in(found, every)
        while waiting:
            name = waiting.pop()
            if resource not in users[name]:
                users[name].add(resource)
                waiting |= _named_in(_model(name), every)
    owned: dict[str, list[Name]] = defaultdict(list)
    for short, model in every.items():
        owned[next(iter(users[short])) if len(users[short]) == 1 else "shared-models"].append(model)
    return owned


def _model(name: str) -> type:
    return getattr(import_module("ledgerbee_client.models"), name)  # type: ignore[no-any-return]


def _named_in(found: type, known: Iterable[str]) -> set[str]:
    """Return the models that stand in the annotations of a class."""
    return set(re.findall(r"\w+", inspect.getsource(found))) & set(known)


def _docstring(module: str) -> str:
    return f".. automodule:: {module}\n   :no-members:"


def _title(text: str, line: str = "=") -> str:
    return f"{text}\n{line * len(text)}\n"


def _documented(name: Name) -> str:
    options = list(OPTIONS[name.kind])
    value = getattr(import_module(name.module), name.name)
    if name.name == "LedgerBee":
        options.append("inherited-members")  # Its resources come from a base class that is generated.
    elif inspect.isclass(value) and (said := _inherited(value)):
        options.append(f"exclude-members: {', '.join(sorted(said))}")
    lines = (f"   :{option}" + ("" if ":" in option else ":") for option in options)
    return "\n".join([f".. auto{name.kind}:: {name.target}", *lines, ""])


def _inherited(value: type) -> set[str]:
    """Return the attributes that a class has from its bases, whose own entries say them."""
    own = vars(value).get("__annotations__", {})
    return {name for base in value.__mro__[1:] for name in vars(base).get("__annotations__", {})} - set(own)


def _page(title: str, introduction: str, names: Iterable[Name]) -> str:
    return "\n".join([_title(title), introduction, "", *map(_documented, names)])


def _resource(name: str, found: type, owned: list[Name]) -> str:
    # The class is named after the attribute that everybody types; how it is made is nobody's business.
    body = f".. autoclass:: {found.__module__}.{found.__name__}\n   :members:\n   :member-order: bysource\n"
    models = [_title("Models", "-"), *map(_documented, owned)] if owned else []
    return "\n".join([_title(f"``bee.{name}``"), body, *models])


def _list_of_resources(listed: list[str]) -> str:
    introduction = "One page for each attribute of :py:class:`~ledgerbee_client.LedgerBee`, with its models."
    entries = "\n".join(f"   {name}" for name in listed)
    return f"{_title('Resources')}\n{introduction}\n\n.. toctree::\n\n{entries}\n"


def _errors() -> str:
    tree = list(errors())

    def nested() -> Iterator[str]:
        for depth, name in tree:
            yield "  " * depth + f"* :py:exc:`~{name.target}`"
            yield ""

    introduction = "Every failure of the client is one of these; :doc:`/errors-and-retries` says what to do about them."
    return "\n".join(
        [
            _title("Errors"),
            introduction,
            "",
            *nested(),
            _title("Each of them", "-"),
            *(_documented(n) for _, n in tree if n.module == "ledgerbee_client"),
        ]
    )
