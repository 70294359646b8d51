"""What the templates of endpoints and resources print: signatures, and how they reach the runtime."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import evolve, frozen
from openapi_python_client.parser.properties import EnumProperty, IntProperty, ListProperty, ModelProperty, StringProperty

from regen.generate_errors import GenerationError
from regen.render_docs import method_docstring, resource_docstring
from regen.render_text import Code, docstring, identifier, literal, sentence, wrap
from regen.render_types import Speller, names_in, visible

TIMEOUT = "Seconds for the whole call, every try included. None: what the client was made with."
EXTRA_HEADERS = "Headers for this request alone; credentials cannot be given here."


@frozen
class Argument:
    """One argument of a method."""

    name: Code
    annotation: Code
    text: str
    default: str | None = None
    """Source of the default; None where the caller must give a value."""

    def declared(self, hidden: Iterable[str]) -> str:
        """Return it as it stands in a signature."""
        annotation = visible(self.annotation, hidden)
        return f"{self.name}: {annotation}" + ("" if self.default is None else f" = {self.default}")


@frozen
class CallView:
    """One way to call an operation: its method, or `create_many()` beside `create_batch()`."""

    name: Code
    function: Code
    positional: tuple[Argument, ...]
    keywords: tuple[Argument, ...]
    returns: Code
    waits: bool
    door: Code
    """The expression that reaches the runtime."""

    facts: dict[str, Any]
    answer_text: str

    def signature(self, first: str, hidden: Iterable[str] = ()) -> Code:
        """Return what stands between the parentheses of the definition."""
        positional = [argument.declared(hidden) for argument in self.positional]
        return Code(", ".join([first, *positional, "*", *(argument.declared(hidden) for argument in self.keywords)]))

    @property
    def endpoint_signature(self) -> Code:
        """The same for the function of the endpoint's module."""
        return self.signature("calls: Calls")

    @property
    def returns_something(self) -> bool:
        """Whether there is anything to return."""
        return self.returns != "None"

    @property
    def docstring(self) -> Code:
        """The method's docstring."""
        arguments = [(argument.name, argument.text) for argument in (*self.positional, *self.keywords)]
        return method_docstring(self.facts, self.function == "call_many", arguments, self.answer_text)

    @property
    def short_docstring(self) -> Code:
        """The endpoint function's docstring, which points at the method's."""
        text = f"Call `{self.facts['resource']}.{self.name}()`, where all of it is explained, on a client's `calls`."
        return docstring([wrap(text, 4)], 4)


@frozen
class EndpointView:
    """One module of `api/<resource>/`."""

    module: Code
    title: Code
    calls: tuple[CallView, ...]
    operation: tuple[tuple[Code, Code], ...]
    imports: tuple[Code, ...]
    models: tuple[tuple[Code, Code], ...]


@frozen
class MethodView:
    """One method of a resource class."""

    name: Code
    module: Code
    function: Code
    signature: Code
    returns: Code
    returns_something: bool
    waits: bool
    forwarded: Code
    docstring: Code


@frozen
class ResourceView:
    """One resource class, and the property that leads to it."""

    name: Code
    class_name: Code
    mixin: tuple[Code, Code] | None
    docstring: Code
    property_docstring: Code
    imports: tuple[Code, ...]
    models: tuple[tuple[Code, Code], ...]
    methods: tuple[MethodView, ...]


class Endpoints:
    """Makes the views of endpoints out of what the generator parsed and what the normaliser knows."""

    def __init__(self, speller: Speller, modules: dict[str, str]) -> None:
        self._speller = speller
        self._modules = modules

    def view(self, endpoint: Any, facts: dict[str, Any], answer_text: str) -> EndpointView:
        """Return what the endpoint template prints."""
        maker = {"one": self._one, "list": self._list, "file": self._file, "batch": self._batch}.get(facts["kind"])
        if maker is None:
            raise GenerationError([f"{facts['name']}: there is no kind {facts['kind']!r}."])
        calls = tuple(evolve(call, facts=facts, answer_text=answer_text) for call in maker(endpoint, facts))
        for call in calls:
            _no_twins(facts["name"], [argument.name for argument in (*call.positional, *call.keywords)])
        texts = [call.signature("calls: Calls") + call.returns + call.door for call in calls]
        return EndpointView(
            module=identifier(facts["method"]),
            title=docstring([wrap(sentence(f"{facts['http_method']} {facts['path']}"), 0)], 0),
            calls=calls,
            operation=tuple(_operation(facts)),
            imports=tuple(Code(line) for line in self._speller.imports([*texts, "Operation"])),
            models=self.models_in(texts),
        )

    def resource(self, name: str, facts: dict[str, Any], endpoints: Iterable[EndpointView]) -> ResourceView:
        """Return what the resource template prints."""
        calls = [(endpoint.module, call) for endpoint in endpoints for call in endpoint.calls]
        hidden = {str(call.name) for _, call in calls}
        _no_twins(name, [call.name for _, call in calls])
        methods = tuple(_method(module, call, hidden) for module, call in calls)
        texts = [method.signature + " " + method.returns for method in methods]
        module, _, mixin = (facts.get("mixin") or "").partition(":")
        return ResourceView(
            name=identifier(name),
            class_name=identifier(facts["class"]),
            mixin=(Code(".".join(identifier(part) for part in module.split("."))), identifier(mixin)) if mixin else None,
            docstring=resource_docstring(facts, 4),
            property_docstring=resource_docstring(facts, 8),
            imports=tuple(Code(line) for line in self._speller.imports([*texts, "Calls"])),
            models=self.models_in(texts),
            methods=methods,
        )

    def models_in(self, texts: Iterable[str]) -> tuple[tuple[Code, Code], ...]:
        """Return module and name of the generated classes that some source uses."""
        used = (names_in(texts) & self._modules.keys()) - self._speller.externals.keys()
        return tuple((identifier(self._modules[name]), identifier(name)) for name in sorted(used))

    def _one(self, endpoint: Any, facts: dict[str, Any]) -> Iterable[CallView]:
        arguments = _Arguments(endpoint, facts, self._speller)
        arguments.add_body()
        arguments.add_idempotency_key()
        answer = endpoint.responses.patterns[0] if endpoint.responses.patterns else None
        empty = answer is None or not getattr(answer.data, "content", None)
        returns = "None" if empty else self._speller.annotation(answer.prop)
        codec = "NOTHING" if empty else self._speller.codec(answer.prop, by_name=False)
        returns = "Any | None" if returns == "Any" else returns
        yield arguments.call("one", [codec], returns=returns, waits=True)

    def _list(self, endpoint: Any, facts: dict[str, Any]) -> Iterable[CallView]:
        prop = endpoint.responses.patterns[0].prop
        if not isinstance(prop, ListProperty):
            raise GenerationError([f"{facts['name']}: a list needs an array as its answer."])
        arguments = _Arguments(endpoint, facts, self._speller)
        arguments.add_body()
        if facts.get("paged"):
            text = f"Items per request, 1 to {facts.get('limit_max') or 100}. None: 100."
            arguments.add_keyword("limit", "int | None", text, "None")
        codec = self._speller.codec(prop.inner_property, by_name=False)
        returns = f"Pages[{self._speller.annotation(prop.inner_property)}]"
        yield arguments.call("pages", [codec], returns=returns, waits=False)

    def _file(self, endpoint: Any, facts: dict[str, Any]) -> Iterable[CallView]:
        yield _Arguments(endpoint, facts, self._speller).call("download", [], returns="Download", waits=False)

    def _batch(self, endpoint: Any, facts: dict[str, Any]) -> Iterable[CallView]:
        batch = facts.get("batch")
        body = endpoint.bodies[0].prop if endpoint.bodies else None
        entries = _field_of(body, batch["field"]) if batch else None
        if batch is None or not isinstance(entries, ListProperty) or endpoint.path_parameters:
            raise GenerationError([f"{facts['name']}: a batch needs a body with one array of entries, and a path without places."])
        entry = self._speller.annotation(entries.inner_property, given=True)
        entry_codec = self._speller.codec(entries.inner_property, by_name=False)
        answer = endpoint.responses.patterns[0].prop
        maximum = int(batch["maximum"])
        minimum = int(batch.get("minimum") or 1)
        common = [f"field={literal(batch['field'])}", f"entry_codec={entry_codec}"]

        one = _Arguments(endpoint, facts, self._speller)
        count = f"{minimum} to {maximum} entries; a mapping of wire names may stand for one."
        more = f" For more, `{facts['many']}()`, which is not one transaction." if facts.get("many") else ""
        one.positional.append(Argument(Code("entries"), Code(f"Sequence[{entry}]"), f"{count}{more}"))
        codec = self._speller.codec(answer, by_name=False)
        bounds = [*common, f"minimum={minimum}", f"maximum={maximum}"]
        yield one.call("batch", [codec, "entries"], bounds, returns=self._speller.annotation(answer), waits=True)
        if facts.get("many"):
            yield self._many(endpoint, facts, entry, [*common, f"maximum={maximum}"])

    def _many(self, endpoint: Any, facts: dict[str, Any], entry: str, common: list[str]) -> CallView:
        batch = facts["batch"]
        booked = _field_of(endpoint.responses.patterns[0].prop, batch["answers"]) if batch.get("answers") else None
        inner = booked.inner_property if isinstance(booked, ListProperty) else None
        kind = self._speller.annotation(inner) if inner else "Any"
        codec = self._speller.codec(inner, by_name=False) if inner else "ANY"
        many = _Arguments(endpoint, facts, self._speller)
        entries = f"Iterable[{entry}] | AsyncIterable[{entry}]"
        text = f"Any number, read as they are needed and sent by {batch['maximum']} or fewer at a time."
        many.positional.append(Argument(Code("entries"), Code(entries), text))
        many.add_keyword("concurrency", "int", "Requests that may be under way at the same time.", "1")
        text = (
            "What a refused batch does. `stop`: nothing more is sent, and the report is raised with the error. `set_aside`: the rest "
            "is sent, and the report says which entries were refused."
        )
        many.add_keyword("refused", 'Literal["stop", "set_aside"]', text, '"stop"')
        text = "Called after every batch with how far it is."
        many.add_keyword("on_progress", "Callable[[BatchProgress], None] | None", text, "None")
        given = ["concurrency=concurrency", "refused=refused", "on_progress=on_progress"]
        answers = literal(batch.get("answers") or batch["field"])
        view = many.call(
            "batch_many",
            ["entries"],
            [*common, f"answers={answers}", f"booked={codec}", *given],
            returns=f"BatchReport[{entry}, {kind}]",
            waits=True,
        )
        return evolve(view, name=identifier(facts["many"]), function=Code("call_many"))


class _Arguments:
    """Gathers the arguments of one method, in the order of its signature."""

    def __init__(self, endpoint: Any, facts: dict[str, Any], speller: Speller) -> None:
        self._endpoint, self._facts, self._speller = endpoint, facts, speller
        self.positional: list[Argument] = []
        self.keywords: list[Argument] = []
        self._passed: list[str] = []
        self._path: list[str] = []
        given = facts["arguments"]
        for prop, fact in zip(endpoint.path_parameters, _matching(endpoint.path_parameters, given["path"], facts), strict=True):
            annotation = speller.annotation(prop) if isinstance(prop, StringProperty | EnumProperty | IntProperty) else "str"
            name = identifier(fact["python"])
            self.positional.append(Argument(name, Code(annotation), sentence(fact.get("description"))))
            self._path.append(name if annotation == "str" else f"str({name})")
        self._add_named("query", endpoint.query_parameters, given["query"])
        key = (facts.get("idempotency") or {}).get("header", "").lower()
        headers = [one for one in endpoint.header_parameters if one.name.get_untrusted_value().lower() != key]
        self._add_named("headers", headers, [fact for fact in given["header"] if fact["wire"].lower() != key])

    def _add_named(self, place: str, props: list[Any], given: list[dict[str, Any]]) -> None:
        pairs: list[str] = []
        for prop, fact in zip(props, _matching(props, given, self._facts), strict=True):
            annotation = self._speller.annotation(prop, given=True)
            name = identifier(fact["python"])
            text = sentence(fact.get("description"))
            if prop.required:
                self.keywords.append(Argument(name, annotation, text))
            else:
                self.keywords.append(Argument(name, Code(f"{annotation} | Unset"), text, "UNSET"))
            pairs.append(f"{literal(fact['wire'])}: {name}")
        if pairs:
            self._passed.append(f"{place}={{{', '.join(pairs)}}}")

    def add_body(self) -> None:
        """Add the body, positional, under the name `body`."""
        if not self._endpoint.bodies:
            return
        prop = self._endpoint.bodies[0].prop
        facts = self._facts.get("body") or {}
        annotation = self._speller.annotation(prop, given=True)
        text = sentence(facts.get("description"))
        if not facts.get("documented", True):
            text = f"{text} What it takes is not documented: a mapping of the API's own names.".strip()
        elif isinstance(prop, ModelProperty):
            text = f"{text} A mapping of wire names may stand for it.".strip()
        default = None if prop.required else "None"
        optional = "" if prop.required or annotation == "Any" or annotation.endswith("| None") else " | None"
        self.positional.append(Argument(Code("body"), Code(f"{annotation}{optional}"), text, default))
        self._passed.append(f"body=body, body_codec={self._speller.codec(prop, by_name=False)}")

    def add_idempotency_key(self) -> None:
        """Add the key by which the API knows a repeated call, where it takes one."""
        if self._facts.get("idempotency"):
            text = (
                "Key by which the API knows a call that it has had before. None: one fresh UUID per call, the same on every try, "
                "and on the error."
            )
            self.add_keyword("idempotency_key", "str | None", text, "None")

    def add_keyword(self, name: str, annotation: str, text: str, default: str) -> None:
        """Add an argument of the SDK's own."""
        self.keywords.append(Argument(Code(name), Code(annotation), text, default))
        if name in ("limit", "idempotency_key"):
            self._passed.append(f"{name}={name}")

    def call(self, door: str, first: list[str], more: Iterable[str] = (), *, returns: str, waits: bool) -> CallView:
        """Close the signature and return the whole."""
        self.keywords.append(Argument(Code("timeout"), Code("float | None"), TIMEOUT, "None"))
        self.keywords.append(Argument(Code("extra_headers"), Code("Mapping[str, str] | None"), EXTRA_HEADERS, "None"))
        path = [f"path=({', '.join(self._path)},)"] if self._path else []
        given = ["OPERATION", *first, *path, *self._passed, *more, "timeout=timeout", "extra_headers=extra_headers"]
        return CallView(
            name=identifier(self._facts["method"]),
            function=Code("call"),
            positional=tuple(self.positional),
            keywords=tuple(sorted(self.keywords, key=lambda argument: argument.default is not None)),
            returns=Code(returns),
            waits=waits,
            door=Code(f"calls.{door}({', '.join(given)})"),
            facts=self._facts,
            answer_text="",
        )


def _method(module: Code, call: CallView, hidden: set[str]) -> MethodView:
    passed = [*(argument.name for argument in call.positional), *(f"{a.name}={a.name}" for a in call.keywords)]
    return MethodView(
        name=call.name,
        module=module,
        function=call.function,
        signature=call.signature("self", hidden),
        returns=visible(call.returns, hidden),
        returns_something=call.returns_something,
        waits=call.waits,
        forwarded=Code(", ".join(["self._calls", *passed])),
        docstring=call.docstring,
    )


def _matching(props: list[Any], given: list[dict[str, Any]], facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the normaliser says of each parameter, in the generator's order."""
    known = {fact["wire"]: fact for fact in given}
    wires = [prop.name.get_untrusted_value() for prop in props]
    if sorted(wires) != sorted(known):
        raise GenerationError([f"{facts['name']}: the document has the arguments {wires}, the facts have {list(known)}."])
    return [known[wire] for wire in wires]


def _field_of(prop: Any, wire: str) -> Any:
    if not isinstance(prop, ModelProperty):
        return None
    fields = [*(prop.required_properties or []), *(prop.optional_properties or [])]
    return next((field for field in fields if field.name.get_untrusted_value() == wire), None)


def _operation(facts: dict[str, Any]) -> Iterable[tuple[Code, Code]]:
    """Return the facts that are not as by default, as arguments of `Operation`."""
    yield Code("name"), literal(facts["name"])
    yield Code("method"), literal(facts["http_method"])
    yield Code("path"), literal(facts["path"])
    if facts.get("security", "any") != "any":
        yield Code("security"), literal(facts["security"])
    if facts.get("repeatable"):
        yield Code("repeatable"), literal(True)
    if facts.get("scopes"):
        yield Code("scopes"), Code(f"({', '.join(literal(scope) for scope in facts['scopes'])},)")
    if facts.get("deprecated"):
        yield Code("deprecated"), literal(True)
        if facts["deprecated"].get("successor"):
            yield Code("successor"), literal(facts["deprecated"]["successor"])
    yield Code("docs_url"), literal(facts.get("docs_url") or "")
    if facts.get("idempotency"):
        yield Code("idempotency_header"), literal(facts["idempotency"]["header"])
    if facts.get("paged"):
        yield Code("paged"), literal(True)
    if facts.get("comma_joined"):
        yield Code("comma_joined"), Code(f"frozenset({{{', '.join(literal(one) for one in facts['comma_joined'])}}})")


def _no_twins(owner: str, names: list[str]) -> None:
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise GenerationError([f"{owner}: two arguments would be called {', '.join(twins)}."])
