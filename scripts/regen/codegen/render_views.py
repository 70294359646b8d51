"""What the templates of endpoints and resources are given: ready source, and nothing to decide."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from regen.codegen.render_arguments import Parameter
from regen.codegen.render_text import Code

Imports = tuple[Code, ...]
Models = tuple[tuple[Code, Code], ...]


@frozen(kw_only=True)
class CallView:
    """One way to call an operation: its method, or `create_many()` beside `create_batch()`."""

    name: Code
    function: Code
    positional: tuple[Parameter, ...]
    keywords: tuple[Parameter, ...]
    returns: Code
    waits: bool
    runtime_call: Code
    docstring: Code
    short_docstring: Code
    bounds: tuple[tuple[Code, Code], ...] = ()

    def signature(self, first: str, hidden: Iterable[str]) -> Code:
        """Return what stands between the parentheses of the definition."""
        positional = [parameter.declared(hidden) for parameter in self.positional]
        return Code(", ".join([first, *positional, "*", *(parameter.declared(hidden) for parameter in self.keywords)]))

    @property
    def endpoint_signature(self) -> Code:
        """The signature of the function in the endpoint's module."""
        return self.signature("calls: Calls", ())

    @property
    def head(self) -> Code:
        """How its definition begins."""
        return Code("async def" if self.waits else "def")

    @property
    def result(self) -> Code:
        """What stands before the call inside."""
        return Code(("" if self.returns == "None" else "return ") + ("await " if self.waits else ""))


@frozen(kw_only=True)
class EndpointView:
    """One module of `api/<resource>/`."""

    module: Code
    title: Code
    calls: tuple[CallView, ...]
    operation: tuple[tuple[Code, Code], ...]
    imports: Imports
    models: Models
    typing_imports: Imports
    typing_models: Models
    bounds: tuple[tuple[Code, Code], ...]


@frozen(kw_only=True)
class MethodView:
    """One method of a resource class."""

    name: Code
    module: Code
    function: Code
    signature: Code
    returns: Code
    head: Code
    result: Code
    forwarded: Code
    docstring: Code


@frozen(kw_only=True)
class ResourceView:
    """One resource class, and the property that leads to it."""

    name: Code
    class_name: Code
    mixin: tuple[Code, Code] | None
    docstring: Code
    property_docstring: Code
    typing_imports: Imports
    typing_models: Models
    bounds: tuple[tuple[Code, Code], ...]
    methods: tuple[MethodView, ...]
    calls: tuple[CallView, ...]
