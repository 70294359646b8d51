"""An example of each call for docs/resources: what has to be given, with the schema's own example values."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping

from regen.codegen.generate import Generated
from regen.codegen.render_arguments import Parameter
from regen.codegen.render_models import FieldView
from regen.codegen.render_views import CallView

WIDTH = 88
PLAIN = {
    "datetime.date": "datetime.date(2026, 11, 20)",
    "datetime.datetime": "datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)",
    "bool": "True",
    "dict": '{"key": "value"}',
    "Attachment": 'Attachment.from_bytes(b"%PDF-1.4 ...", filename="receipt.pdf")',
}
EXAMPLE = re.compile(r"Example: `([^`]+)`")
FOR_INSTANCE = re.compile(r"e\.g\. (\w{2,})(?=[.,;])")
FIRST_OF_SOME = re.compile(r": `?(\w+)`?, `?\w+`?(,| or) ")
NEEDED = re.compile(r"eeded (on|unless|for flat rate)\b")
BY_NAME = {"url": "https://example.com/...", "email": "jane.doe@example.com"}
OPTIONAL = re.compile(r" \| (None|Unset)\b")


class Examples:
    """Writes examples; knows the models that their values are made of."""

    def __init__(self, generated: Generated) -> None:
        self._models, self._enums = generated.models, generated.enums

    def lines(self, name: str, call: CallView) -> list[str]:
        """Return a call as one would write it; arguments that every method takes are left out."""
        needed = [self._argument(one) for one in call.positional if one.default is None or one.name == "body"]
        needed += [f"{one.name}={self._argument(one)}" for one in call.keywords if one.default is None]
        code = _laid_out(f"bee.{name}(", needed, ")")
        if call.waits:
            return _prefixed("await ", code)
        if call.returns == "Download":
            return [*_prefixed("await ", code)[:-1], f'{_prefixed("await ", code)[-1]}.save("document.pdf")']
        chosen = next((one for one in call.keywords if self._first_value(one.annotation)), None)
        if chosen is not None:
            needed.append(f"{chosen.name}={self._value(chosen.annotation)}")
        return [*_prefixed("async for item in ", _laid_out(f"bee.{name}(", needed, "):")), "    print(item)"]

    def _argument(self, parameter: Parameter) -> str:
        """Return a value for a model, and the parameter's own name for what a program has in a variable."""
        model = self._model_in(parameter.annotation)
        if model is None:
            return str(parameter.name)
        value = self._value(model)
        many = parameter.annotation.startswith(("Sequence[", "list[", "Iterable[", "AsyncIterable["))
        return _listed([value]) if many else value

    def _model_in(self, annotation: str) -> str | None:
        found = [name for name in re.findall(r"\w+", annotation) if name in self._models]
        return found[0] if found and self._models[found[0]].fields else None

    def _first_value(self, annotation: str) -> str | None:
        """Return the first value of an enum; None for what is none, or has several at a time."""
        name = annotation.partition(" | ")[0]
        return _text(ast.literal_eval(self._enums[name].members[0][1])) if name in self._enums else None

    def _value(self, annotation: str, text: str = "", name: str = "") -> str:
        kind = OPTIONAL.sub("", annotation)
        if kind.startswith("list["):
            return self._list(kind.removeprefix("list[").removesuffix("]"), text)
        kind = kind.partition(" | ")[0]
        return self._model(kind) if kind in self._models else self._first_value(kind) or _plain(kind, text, name)

    def _list(self, item: str, text: str) -> str:
        sides = [field for field in self._fields(item) if FOR_INSTANCE.findall(field.text) == ["debit"]]
        if not sides:
            return _listed([self._value(item, text)])
        # An entry balances: a line on each side.
        return _listed([self._model(item, {str(sides[0].name): _text(side)}) for side in ("debit", "credit")])

    def _fields(self, model: str) -> Iterable[FieldView]:
        """Return the fields that an example has: those that are needed, else one with models, else the first three."""
        fields = self._models[model].fields if model in self._models else ()
        needed = [field for field in fields if field.required or NEEDED.search(field.text)]
        # Of several that may be given, the first will do.
        needed += [field for field in fields if "Give this or" in field.text][:1]
        models = [field for field in fields if self._model_in(field.annotation)]
        return needed or models[:1] or fields[:3]

    def _model(self, model: str, given: Mapping[str, str] | None = None) -> str:
        values = {
            str(field.name): self._value(field.annotation, field.text, field.name) for field in self._fields(model)
        }
        arguments = [f"{name}={value}" for name, value in {**values, **(given or {})}.items()]
        return "\n".join(_laid_out(f"{model}(", arguments, ")"))


def _plain(kind: str, text: str, name: str) -> str:
    """Return a value that holds no others: the example in its text, else a usual one."""
    if (always := PLAIN.get(kind.partition("[")[0])) is not None:
        return always
    example = EXAMPLE.search(text) or FOR_INSTANCE.search(text) or FIRST_OF_SOME.search(text)
    said = example[1] if example else ""
    if kind == "Decimal":
        usual = "1" if "quantity" in name else "125.50"
        return f'Decimal("{said if re.fullmatch(r"[0-9]+([.][0-9]+)?", said) else usual}")'
    if kind == "int":
        return said if said.isdecimal() else "1"
    return _text(said or next((value for end, value in BY_NAME.items() if name.endswith(end)), "..."))


def _text(text: str) -> str:
    """Return a literal in the quotes that formatters use."""
    return json.dumps(text, ensure_ascii=False)


def _listed(items: list[str]) -> str:
    return "\n".join(_laid_out("[", items, "]"))


def _laid_out(start: str, parts: list[str], end: str) -> list[str]:
    """Return it in one line where that fits, else a line for each part."""
    line = f"{start}{', '.join(parts)}{end}"
    if len(line) <= WIDTH - 8 and "\n" not in line:
        return [line]
    indented = [f"    {line}" for part in parts for line in f"{part},".split("\n")]
    return [start, *indented, end]


def _prefixed(prefix: str, lines: list[str]) -> list[str]:
    return [f"{prefix}{lines[0]}", *lines[1:]]
