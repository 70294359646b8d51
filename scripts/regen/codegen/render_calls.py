"""One method per operation: its signature, its docstring, and how it reaches the runtime."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from attrs import evolve
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty

from regen.codegen.errors import GenerationError
from regen.codegen.render_arguments import EACH_TIMEOUT, PAGE_TIMEOUT, TIMEOUT, Argument, Arguments, Facts, no_twins
from regen.codegen.render_docs import method_docstring, resource_docstring
from regen.codegen.render_text import Code, docstring, identifier, literal, sentence, wrap
from regen.codegen.render_types import Speller, names_in, visible
from regen.codegen.render_views import CallView, EndpointView, MethodView, Models, ResourceView

ENTRIES = "entries; a mapping of wire names may stand for one."
REFUSED = (
    "What a refused entry does. `stop`: nothing more is sent. `isolate`: the rest is sent; a batch whose refusal names "
    "no entry is sent again in halves until the guilty are alone, in at most some 70 requests for 100 entries. "
    "`set_aside`: the rest is sent, but a batch whose refusal names no entry is left out whole. The report says which "
    "entries were refused, and why."
)


class Endpoints:
    """Makes the views out of what the generator parsed and what the normaliser knows."""

    def __init__(self, speller: Speller, modules: dict[str, str], models: Facts) -> None:
        """
        Args:
            speller: Spells types.
            modules: Module of every class in `models/`.
            models: What is said of each model.
        """
        self._speller = speller
        self._modules = modules
        self._models = models

    def endpoint(self, endpoint: Any, facts: Facts, answer: str) -> EndpointView:
        """Return what the endpoint template prints; `answer` is what the document says of the answer."""
        match facts["kind"]:
            case "one":
                calls = [self._one(endpoint, facts, answer)]
            case "list":
                calls = [self._list(endpoint, facts, answer)]
            case "file":
                arguments = Arguments(endpoint, facts, self._speller)
                calls = [_call(arguments, facts, "download", [], returns="Download", waits=False, answer=answer)]
            case "batch":
                calls = self._batch(endpoint, facts, answer)
            case other:
                raise GenerationError([f"{facts['name']}: there is no kind {other!r}."])
        bounds = _bounds(calls)
        typed = names_in(text for call in calls for text in (call.endpoint_signature, call.returns)) | _named_in(bounds)
        needed = names_in(call.door for call in calls) | {"Operation"}
        return EndpointView(
            module=identifier(facts["method"]),
            title=docstring([wrap(sentence(f"{facts['http_method']} {facts['path']}"), 0)], 0),
            calls=tuple(calls),
            operation=tuple(_operation(facts)),
            imports=self._speller.imports(needed),
            models=self._models_in(needed),
            typing_imports=self._speller.imports(typed - needed),
            typing_models=self._models_in(typed - needed),
            bounds=bounds,
        )

    def resource(self, name: str, facts: Facts, endpoints: Iterable[EndpointView]) -> ResourceView:
        """Return what the resource template prints."""
        calls = [(endpoint.module, call) for endpoint in endpoints for call in endpoint.calls]
        no_twins(name, [call.name for _, call in calls])
        hidden = {str(call.name) for _, call in calls}
        methods = tuple(_method(module, call, hidden) for module, call in calls)
        bounds = _bounds(call for _, call in calls)
        used = names_in(text for method in methods for text in (method.signature, method.returns)) | _named_in(bounds)
        return ResourceView(
            name=identifier(name),
            class_name=identifier(facts["class"]),
            mixin=_mixin(facts.get("mixin")),
            docstring=resource_docstring(facts, 4),
            property_docstring=resource_docstring(facts, 8),
            typing_imports=self._speller.imports(used | {"Calls"}),
            typing_models=self._models_in(used),
            bounds=bounds,
            methods=methods,
        )

    def _models_in(self, used: set[str]) -> Models:
        names = sorted(used & self._modules.keys())
        return tuple((identifier(self._modules[name]), identifier(name)) for name in names)

    def _one(self, endpoint: Any, facts: Facts, answer: str) -> CallView:
        arguments = Arguments(endpoint, facts, self._speller)
        arguments.add_body(endpoint, self._models)
        arguments.add_idempotency_key()
        response = _response(endpoint)
        if response is None or not getattr(response.data, "content", None):
            return _call(arguments, facts, "one", ["NOTHING"], returns="None", waits=True, answer=answer)
        returns = self._speller.annotation(response.prop)
        codec = self._speller.codec(response.prop, by_name=False)
        # Of an answer nobody described, it is not even known whether there is one.
        known = "Any | None" if returns == "Any" else returns
        return _call(arguments, facts, "one", [codec], returns=known, waits=True, answer=answer)

    def _list(self, endpoint: Any, facts: Facts, answer: str) -> CallView:
        response = _response(endpoint)
        if response is None or not isinstance(response.prop, ListProperty):
            raise GenerationError([f"{facts['name']}: a list needs an array as its answer."])
        arguments = Arguments(endpoint, facts, self._speller)
        arguments.add_body(endpoint, self._models)
        if facts.get("paged"):
            most = facts.get("limit_max") or 100
            arguments.add("limit", "int | None", f"Items per request, 1 to {most}. None: {most}.")
        item = response.prop.inner_property
        codec = self._speller.codec(item, by_name=False)
        returns = f"Pages[{self._speller.annotation(item)}]"
        return _call(arguments, facts, "pages", [codec], returns=returns, waits=False, answer=answer)

    def _batch(self, endpoint: Any, facts: Facts, answer: str) -> list[CallView]:
        batch, response = facts.get("batch"), _response(endpoint)
        entries = _field_of(endpoint.bodies[0].prop, batch["field"]) if batch and endpoint.bodies else None
        if not isinstance(entries, ListProperty) or response is None or endpoint.path_parameters:
            raise GenerationError([f"{facts['name']}: a batch needs a body with one array, and no places in its path."])
        batch = facts["batch"]
        entry = self._speller.annotation(entries.inner_property, given=True)
        codec = self._speller.codec(entries.inner_property, by_name=False)
        least, most = int(batch.get("minimum") or 1), int(batch["maximum"])

        arguments = Arguments(endpoint, facts, self._speller)
        more = f" For more, `{facts['many']}()`, which is not one transaction." if facts.get("many") else ""
        arguments.positional.append(
            Argument(Code("entries"), Code(f"Sequence[{entry}]"), f"{least} to {most} {ENTRIES}{more}")
        )
        common = [f"field={literal(batch['field'])}", f"entry_codec={codec}", f"maximum={most}"]
        arguments.passed += [*common, f"minimum={least}"]
        first = [self._speller.codec(response.prop, by_name=False), "entries"]
        returns = self._speller.annotation(response.prop)
        calls = [_call(arguments, facts, "batch", first, returns=returns, waits=True, answer=answer)]
        if facts.get("many"):
            calls.append(self._many(endpoint, facts, entry, common))
        return calls

    def _many(self, endpoint: Any, facts: Facts, entry: Code, common: list[str]) -> CallView:
        batch = facts["batch"]
        answers = batch.get("answers") or batch["field"]
        booked = _field_of(_response(endpoint).prop, answers)
        inner = booked.inner_property if isinstance(booked, ListProperty) else None
        kind = self._speller.annotation(inner) if inner else "Any"
        codec = self._speller.codec(inner, by_name=False) if inner else "ANY"

        arguments = Arguments(endpoint, facts, self._speller)
        text = (
            f"Any number, read as they are needed and sent by {batch['maximum']} or fewer at a time. After a stop the "
            "rest is read for the report; an async iterable keeps what it has not given."
        )
        # A variable, so that the report holds the caller's own objects in the caller's own type.
        named = re.match(r"[A-Za-z_]\w*(?= |$)", entry)
        own = Code(f"{named[0] if named else 'Entry'}T")
        either = Code(f"Iterable[{own}] | AsyncIterable[{own}]")
        arguments.positional.append(Argument(Code("entries"), either, text))
        arguments.passed += [*common, f"answers={literal(answers)}", f"booked={codec}"]
        arguments.add("concurrency", "int", "Requests that may be under way at the same time.", "1")
        arguments.add("refused", 'Literal["stop", "set_aside", "isolate"]', REFUSED, '"stop"')
        progress = "Called after every batch with how far it is."
        arguments.add("on_progress", "Callable[[BatchProgress], None] | None", progress)
        returns = f"BatchReport[{own}, {kind}]"
        call = _call(arguments, facts, "batch_many", ["entries"], returns=returns, waits=True, many=True)
        return evolve(call, bounds=((own, entry),))


def _call(
    arguments: Arguments,
    facts: Facts,
    door: str,
    first: list[str],
    *,
    returns: str,
    waits: bool,
    answer: str = "",
    many: bool = False,
) -> CallView:
    """Close the signature and return the whole; `door` is the method of the runtime's `Calls`."""
    arguments.close(EACH_TIMEOUT if many else PAGE_TIMEOUT if facts["kind"] == "list" else TIMEOUT)
    name = identifier(facts["many"] if many else facts["method"])
    said = [(argument.name, argument.text) for argument in (*arguments.positional, *arguments.keywords)]
    short = f"Call `{facts['resource']}.{name}()`, whose docstring explains it, with a client's `_calls`."
    return CallView(
        name=name,
        function=Code("call_many" if many else "call"),
        positional=tuple(arguments.positional),
        keywords=tuple(arguments.keywords),
        returns=Code(returns),
        waits=waits,
        door=Code(f"calls.{door}({', '.join(['OPERATION', *first, *arguments.passed])})"),
        docstring=method_docstring(facts, said, answer, many=many),
        short_docstring=docstring([wrap(short, 4)], 4),
    )


def _bounds(calls: Iterable[CallView]) -> tuple[tuple[Code, Code], ...]:
    """Return the type variables of some calls, each once, with what they are bound to."""
    return tuple(dict.fromkeys(bound for call in calls for bound in call.bounds))


def _named_in(bounds: Iterable[tuple[Code, Code]]) -> set[str]:
    return {name for _, bound in bounds for name in {"TypeVar", *names_in([bound])}}


def _method(module: Code, call: CallView, hidden: set[str]) -> MethodView:
    passed = [*(argument.name for argument in call.positional), *(f"{a.name}={a.name}" for a in call.keywords)]
    return MethodView(
        name=call.name,
        module=module,
        function=call.function,
        signature=call.signature("self", hidden),
        returns=visible(call.returns, hidden),
        head=call.head,
        result=call.result,
        forwarded=Code(", ".join(["self._calls", *passed])),
        docstring=call.docstring,
    )


def _response(endpoint: Any) -> Any:
    return endpoint.responses.patterns[0] if endpoint.responses.patterns else None


def _field_of(prop: Any, wire: str) -> Any:
    if not isinstance(prop, ModelProperty):
        return None
    fields = [*(prop.required_properties or []), *(prop.optional_properties or [])]
    return next((field for field in fields if field.name.get_untrusted_value() == wire), None)


def _mixin(target: str | None) -> tuple[Code, Code] | None:
    if not target:
        return None
    module, _, name = target.partition(":")
    return Code(".".join(identifier(part) for part in module.split("."))), identifier(name)


def _operation(facts: Facts) -> Iterable[tuple[Code, Code]]:
    """Yield what is not as by default, as arguments of `Operation`."""
    deprecated = facts.get("deprecated") or {}
    given: dict[str, Any] = {
        "name": facts["name"],
        "method": facts["http_method"],
        "path": facts["path"],
        "security": None if facts.get("security", "any") == "any" else facts["security"],
        "repeatable": bool(facts.get("repeatable")) or None,
        "deprecated": bool(facts.get("deprecated")) or None,
        "successor": deprecated.get("successor"),
        "docs_url": facts.get("docs_url") or None,
        "idempotency_header": (facts.get("idempotency") or {}).get("header"),
        "paged": bool(facts.get("paged")) or None,
    }
    for name, value in given.items():
        if value is not None:
            yield Code(name), literal(value)
    if facts.get("scopes"):
        yield Code("scopes"), Code(f"({', '.join(literal(scope) for scope in facts['scopes'])},)")
    if facts.get("comma_joined"):
        yield Code("comma_joined"), Code(f"frozenset({{{', '.join(map(literal, facts['comma_joined']))}}})")
