"""The public names of both packages, and the one name under which the site shows each."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType

from attrs import frozen
from sphinx.pycode import ModuleAnalyzer

import ledgerbee_client
from ledgerbee_client import ApiKey, LedgerBee, LedgerBeeError
from ledgerbee_client.api import Resources

NOT_MODULES = {"api", "cli", "client", "errors", "models"}
"""What is public of these is shown elsewhere: by resource, or as a name of the package."""


@frozen
class Name:
    """A public name: where it is imported from, and what kind of thing it is in Sphinx's words."""

    module: str
    name: str
    kind: str

    @property
    def target(self) -> str:
        """Return the full name."""
        return f"{self.module}.{self.name}"


def modules() -> list[str]:
    """Return the public modules below the client, and the sandbox."""
    below = [found.name for found in pkgutil.iter_modules(ledgerbee_client.__path__)]
    public = [name for name in below if not name.startswith("_") and name not in NOT_MODULES]
    return [*(f"ledgerbee_client.{name}" for name in public), "ledgerbee_sandbox"]


def named(module: str) -> list[Name]:
    """Return the public names of a module, in the order of its source."""
    home = import_module(module)
    documented = [name for _, name in ModuleAnalyzer.for_module(module).find_attr_docs()]
    own = getattr(home, "__all__", None) or [
        name for name, value in vars(home).items() if getattr(value, "__module__", None) == module or name in documented
    ]
    return [Name(module, name, _kind(home, name)) for name in own if not name.startswith("_")]


def _kind(home: ModuleType, name: str) -> str:
    value = getattr(home, name)
    if inspect.isclass(value):
        return "exception" if issubclass(value, BaseException) else "class"
    return "function" if inspect.isroutine(value) else "data"


def package() -> list[Name]:
    """Return the names of `ledgerbee_client` that are no errors."""
    return [name for name in named("ledgerbee_client") if name.kind != "exception"]


def errors() -> Iterator[tuple[int, Name]]:
    """Yield each error with its depth in the tree, parents first."""
    names = [name for module in modules() for name in named(module) if name.kind == "exception"]
    public = {getattr(import_module(name.module), name.name): name for name in names}
    public |= {
        getattr(ledgerbee_client, name.name): name for name in named("ledgerbee_client") if name.kind == "exception"
    }

    def below(error: type[BaseException], depth: int) -> Iterator[tuple[int, Name]]:
        yield depth, public[error]
        for child in sorted(error.__subclasses__(), key=lambda child: child.__name__):
            if child in public:
                yield from below(child, depth + 1)

    return below(LedgerBeeError, 0)


def resources() -> dict[str, type]:
    """Return the class of each attribute of a client, `invoices` and the like."""
    bee = LedgerBee(ApiKey("none"))
    public = (name for name, value in vars(Resources).items() if isinstance(value, property) and name[0] != "_")
    return {name: type(getattr(bee, name)) for name in public}


def model_names() -> list[Name]:
    """Return all models and enums."""
    return [name for name in named("ledgerbee_client.models") if name.kind == "class"]


@cache
def everything() -> tuple[Name, ...]:
    """Return every public name once: what two modules have, as the package has it."""
    found: dict[tuple[str, int], Name] = {}
    below = [name for module in modules() for name in named(module)]
    for name in (*package(), *(name for _, name in errors()), *model_names(), *below):
        found.setdefault((name.name, id(getattr(import_module(name.module), name.name))), name)
    return tuple(found.values())


def shown(module: str) -> list[Name]:
    """Return the names that a module's own page documents."""
    return [name for name in everything() if name.module == module]


def find(short: str, module: str = "") -> Name | None:
    """Return the public name that is written so; of two, the one of this module."""
    found = [name for name in everything() if name.name == short]
    return next((name for name in found if name.module == module), found[0] if found else None)
