"""One method per operation: its signature, its docstring, and how it reaches the runtime."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty

from regen.codegen.parse import fields_of
from regen.codegen.render_arguments import Parameter, Signature, refuse_duplicates
from regen.codegen.render_docs import EACH_METHOD, method_docstring, resource_docstring
from regen.codegen.render_text import Code, identifier, literal
from regen.codegen.render_types import TypeRenderer, names_in
from regen.codegen.render_views import CallView, OperationView, ResourceView
from regen.model.api import Batch, Class, Endpoint, Model, Resource
from regen.notes import RefusedError

PDF = "application/pdf"
ENTRIES = "entries; a mapping of wire names may stand for one."
REFUSED = (
    "What a refused entry does. `stop`: nothing more is sent. `isolate`: the rest is sent; a batch whose refusal names "
    "no entry is sent again in halves until each bad entry is alone, in at most some 70 requests for 100 entries. "
    "`set_aside`: the rest is sent, but a batch whose refusal names no entry is left out whole. The report says which "
    "entries were refused, and why."
)


class Resources:
    """Makes the views out of what the generator parsed and what is known of each operation."""

    def __init__(self, types: TypeRenderer, classes: Mapping[str, Class]) -> None:
        self._types = types
        self._classes = classes
        self._entries: dict[str, Code] = {}

    def view(self, resource: Resource, endpoints: Iterable[tuple[Endpoint, Any]]) -> ResourceView:
        """Return what the template prints; `endpoints` are its operations, each as the generator parsed it."""
        listed = [(endpoint, self._methods(endpoint, parsed)) for endpoint, parsed in endpoints]
        plain = [call for _, calls in listed for call in calls]
        refuse_duplicates(resource.name, [call.name for call in plain])
        hidden = frozenset(str(call.name) for call in plain)
        calls = tuple(evolve(call, hidden=hidden) for call in plain)
        bounds = tuple(dict.fromkeys(bound for call in calls for bound in call.bounds))
        bound_names = {name for _, bound in bounds for name in {"TypeVar", *names_in([bound])}}
        typed = names_in(text for call in calls for text in (call.signature, call.returns)) | bound_names
        needed = names_in(call.runtime_call for call in calls) | {"Operation", "Resource"}
        return ResourceView(
            name=identifier(resource.name),
            class_name=identifier(resource.class_name),
            mixin=_mixin(resource.mixin),
            docstring=resource_docstring(resource, 4, each=EACH_METHOD),
            property_docstring=resource_docstring(resource, 8),
            imports=self._types.imports(needed),
            typing_imports=self._types.imports(typed - needed),
            typing_models=self._models_in(typed),
            bounds=bounds,
            operations=tuple(
                OperationView(constant=_constant(endpoint), values=tuple(_operation(endpoint)))
                for endpoint, _ in listed
            ),
            calls=calls,
        )

    def _models_in(self, used: set[str]) -> tuple[Code, ...]:
        return tuple(identifier(name) for name in sorted(used & self._classes.keys() - self._types.externals.keys()))

    def _methods(self, endpoint: Endpoint, parsed: Any) -> list[CallView]:
        signature = Signature(endpoint, parsed, self._types)
        match endpoint.kind:
            case "one":
                return [self._one(parsed, endpoint, signature)]
            case "list":
                return [self._list(parsed, endpoint, signature)]
            case "file":
                return [self._file(parsed, endpoint, signature)]
            case "batch":
                return self._batch(parsed, endpoint, signature)
            case other:
                raise RefusedError(f"{endpoint.name}: there is no kind {other!r}.")

    def _one(self, parsed: Any, endpoint: Endpoint, signature: Signature) -> CallView:
        signature.add_body(parsed, self._classes)
        signature.add_idempotency_key()
        if endpoint.answer is None:
            return self._call(signature, endpoint, "one", ["NOTHING"], returns="None", waits=True)
        if endpoint.media:
            return self._call(signature, endpoint, "text", [], returns="str", waits=True)
        prop = _response(parsed)
        returns = self._types.annotation(prop)
        codec = self._types.codec(prop, by_name=False)
        # Of an answer nobody described, it is not even known whether there is one.
        known = "Any | None" if returns == "Any" else returns
        return self._call(signature, endpoint, "one", [codec], returns=known, waits=True)

    def _file(self, parsed: Any, endpoint: Endpoint, signature: Signature) -> CallView:
        signature.add_body(parsed, self._classes)
        signature.add_idempotency_key()
        first = [] if endpoint.media == PDF else [f"media={literal(endpoint.media)}"]
        return self._call(signature, endpoint, "download", first, returns="Download", waits=False)

    def _list(self, parsed: Any, endpoint: Endpoint, signature: Signature) -> CallView:
        response = _response(parsed)
        if not isinstance(response, ListProperty):
            raise RefusedError(f"{endpoint.name}: a list needs an array as its answer.")
        signature.add_body(parsed, self._classes)
        if endpoint.paged:
            most = endpoint.limit_max or 100
            signature.add("limit", "int | None", f"Items per request, 1 to {most}. None: {most}.")
            if most != 100:
                signature.passed.append(f"most={most}")
        item = response.inner_property
        codec = self._types.codec(item, by_name=False)
        returns = f"Pages[{self._types.annotation(item)}]"
        return self._call(signature, endpoint, "pages", [codec], returns=returns, waits=False)

    def _batch(self, parsed: Any, endpoint: Endpoint, signature: Signature) -> list[CallView]:
        batch, response = endpoint.batch, _response(parsed)
        entries = self._field_of(parsed.bodies[0].prop, batch.field) if batch and endpoint.body else None
        if batch is None or not isinstance(entries, ListProperty) or response is None or endpoint.at("path"):
            raise RefusedError(f"{endpoint.name}: a batch needs a body with one array, and no places in its path.")
        entry = self._types.annotation(entries.inner_property, from_caller=True)
        codec = self._types.codec(entries.inner_property, by_name=False)
        more = f" For more, `{endpoint.many}()`, which is not one transaction." if endpoint.many else ""
        text = f"{batch.minimum} to {batch.maximum} {ENTRIES}{more}"
        signature.positional.append(Parameter(Code("entries"), Code(f"Sequence[{entry}]"), text))
        common = [f"field={literal(batch.field)}", f"entry_codec={codec}", f"maximum={batch.maximum}"]
        signature.passed += [*common, f"minimum={batch.minimum}"]
        first = [self._types.codec(response, by_name=False), "entries"]
        returns = self._types.annotation(response)
        calls = [self._call(signature, endpoint, "batch", first, returns=returns, waits=True)]
        if endpoint.many:
            calls.append(self._many(parsed, endpoint, batch, entry, common))
        return calls

    def _many(self, parsed: Any, endpoint: Endpoint, batch: Batch, entry: Code, common: list[str]) -> CallView:
        answers = batch.answers or batch.field
        booked = self._field_of(_response(parsed), answers)
        inner = booked.inner_property if isinstance(booked, ListProperty) else None
        kind = self._types.annotation(inner) if inner else "Any"
        codec = self._types.codec(inner, by_name=False) if inner else "ANY"

        signature = Signature(endpoint, parsed, self._types)
        text = (
            f"Any number, read as they are needed and sent by {batch.maximum} or fewer at a time. After a stop the "
            "rest is read for the report; an async iterable keeps what it has not given."
        )
        # A variable, so that the report holds the caller's own objects in the caller's own type.
        own = self._entry_variable(endpoint.resource, entry)
        either = Code(f"Iterable[{own}] | AsyncIterable[{own}]")
        signature.positional.append(Parameter(Code("entries"), either, text))
        signature.passed += [*common, f"answers={literal(answers)}", f"booked={codec}"]
        signature.add("concurrency", "int", "Requests that may be under way at the same time.", "1")
        signature.add("refused", 'Literal["stop", "set_aside", "isolate"]', REFUSED, '"stop"')
        progress = "Called after every batch with how far it is."
        signature.add("on_progress", "Callable[[BatchProgress], None] | None", progress)
        returns = f"BatchReport[{own}, {kind}]"
        call = self._call(signature, endpoint, "batch_many", ["entries"], returns=returns, waits=True, many=True)
        return evolve(call, bounds=((own, entry),))

    def _entry_variable(self, resource: str, entry: Code) -> Code:
        """Name the type variable of entries; a second kind of entry in one resource is named after its own type."""
        if "Entry" not in self._classes and self._entries.setdefault(resource, entry) == entry:
            return Code("Entry")
        named = re.match(r"[A-Za-z_]\w*(?= |$)", entry)
        return Code(f"{named[0] if named else 'Entry'}T")

    def _field_of(self, prop: Any, wire: str) -> Any:
        """The property of one field of a model."""
        model = self._classes[prop.class_info.name] if isinstance(prop, ModelProperty) else None
        fields = zip(model.fields, fields_of(prop), strict=True) if isinstance(model, Model) else ()
        return next((inner for field, inner in fields if field.wire == wire), None)

    def _call(
        self,
        signature: Signature,
        endpoint: Endpoint,
        runtime_method: str,
        first: list[str],
        *,
        returns: str,
        waits: bool,
        many: bool = False,
    ) -> CallView:
        """Close the signature and return the whole; `runtime_method` is the method of the runtime's `Calls`."""
        signature.close()
        passed = ", ".join([_constant(endpoint), *first, *signature.passed])
        texts = [(one.name, one.text) for one in (*signature.positional, *signature.keywords)]
        return CallView(
            name=identifier(endpoint.many if many and endpoint.many else endpoint.method),
            positional=tuple(signature.positional),
            keywords=tuple(signature.keywords),
            answers=Code(returns),
            waits=waits,
            runtime_call=Code(f"{runtime_method}({passed})"),
            models=self._models_in(names_in([passed])),
            docstring=method_docstring(endpoint, texts, many=many),
        )


def _constant(endpoint: Endpoint) -> Code:
    return identifier(f"_{endpoint.method.upper()}")


def _response(parsed: Any) -> Any:
    return parsed.responses.patterns[0].prop if parsed.responses.patterns else None


def _mixin(target: str | None) -> tuple[Code, Code] | None:
    if not target:
        return None
    module, _, name = target.partition(":")
    return Code(".".join(identifier(part) for part in module.split("."))), identifier(name)


def _operation(endpoint: Endpoint) -> Iterable[tuple[Code, Code]]:
    """Yield what is not as by default, as arguments of `Operation`."""
    values: dict[str, Any] = {
        "name": endpoint.name,
        "method": endpoint.http_method,
        "path": endpoint.path,
        "security": None if endpoint.security == "any" else endpoint.security,
        "repeatable": endpoint.repeatable or None,
        "deprecated": endpoint.deprecation is not None or None,
        "successor": endpoint.deprecation.successor if endpoint.deprecation else None,
        "docs_url": endpoint.docs_url or None,
        "idempotency_header": endpoint.idempotency_header,
        "paged": endpoint.paged or None,
        "first_page": None if endpoint.first_page == 1 else endpoint.first_page,
    }
    for name, value in values.items():
        if value is not None:
            yield Code(name), literal(value)
    if endpoint.scopes:
        yield Code("scopes"), Code(f"({', '.join(map(literal, endpoint.scopes))},)")
    if names := [literal(argument.name) for argument in endpoint.at("path")]:
        yield Code("path_arguments"), Code(f"({', '.join(names)},)")
    if joined := [argument.wire for argument in endpoint.arguments if argument.comma_joined]:
        yield Code("comma_joined"), Code(f"frozenset({{{', '.join(map(literal, joined))}}})")
