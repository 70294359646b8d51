"""What the template of resources is given: ready source, and nothing to decide."""

from __future__ import annotations

from attrs import frozen

from regen.codegen.render_arguments import Parameter
from regen.codegen.render_text import Code
from regen.codegen.render_types import visible


@frozen(kw_only=True)
class CallView:
    """
    One method: of an operation, or `create_many()` beside `create_batch()`.

    Attributes:
        name: Its name.
        positional: Parameters that may be given by position.
        keywords: Parameters that are given by name.
        answers: What it returns.
        waits: Whether it is awaited.
        runtime_call: How it calls the runtime.
        models: Classes that this needs.
        docstring: Its docstring, quotes included.
        bounds: Type variables, with what they are bound to.
        hidden: Builtins that the resource's methods hide, `list` most often.
    """

    name: Code
    positional: tuple[Parameter, ...]
    keywords: tuple[Parameter, ...]
    answers: Code
    waits: bool
    runtime_call: Code
    models: tuple[Code, ...]
    docstring: Code
    bounds: tuple[tuple[Code, Code], ...] = ()
    hidden: frozenset[str] = frozenset()

    @property
    def signature(self) -> Code:
        """What stands between the parentheses of the definition."""
        positional = [parameter.declared(self.hidden) for parameter in self.positional]
        keywords = [parameter.declared(self.hidden) for parameter in self.keywords]
        return Code(", ".join(["self", *positional, "*", *keywords]))

    @property
    def returns(self) -> Code:
        """The annotation of what it returns."""
        return visible(self.answers, self.hidden)

    @property
    def head(self) -> Code:
        """How its definition begins."""
        return Code("async def" if self.waits else "def")

    @property
    def result(self) -> Code:
        """What stands before the call inside."""
        return Code(("" if self.answers == "None" else "return ") + ("await " if self.waits else ""))


@frozen(kw_only=True)
class OperationView:
    """What the runtime knows of an operation: a constant, and the arguments of `Operation`."""

    constant: Code
    values: tuple[tuple[Code, Code], ...]


@frozen(kw_only=True)
class ResourceView:
    """One resource class, and the property that leads to it."""

    name: Code
    class_name: Code
    mixin: tuple[Code, Code] | None
    docstring: Code
    property_docstring: Code
    imports: tuple[Code, ...]
    typing_imports: tuple[Code, ...]
    typing_models: tuple[Code, ...]
    bounds: tuple[tuple[Code, Code], ...]
    operations: tuple[OperationView, ...]
    calls: tuple[CallView, ...]
