"""The generated code read back: signatures, fields, and what their docstrings say of them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 100
COMMON = ("timeout", "extra_headers")
Method = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Field:
    """A field of a model: its name and type as they are read, whether it may be left out, and what is said of it."""

    text: str
    optional: bool
    told: str


def methods_of(source: bytes) -> dict[str, Method]:
    """The methods of a resource class by name."""
    owner = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    return {node.name: node for node in owner.body if isinstance(node, Method)}


def bounds_of(source: bytes) -> dict[str, str]:
    """The type variables of a module, with what they are bound to."""
    return {
        node.targets[0].id: ast.unparse(node.value.keywords[0].value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if isinstance(node.value, ast.Call) and node.value.keywords
    }


def signature(name: str, method: Method) -> list[str]:
    """A call with its types, without what every method takes; in one line where that fits."""
    given = method.args
    missing = len(given.args) - len(given.defaults)
    parts = [
        _argument(arg, given.defaults[place - missing] if place >= missing else None)
        for place, arg in enumerate(given.args)
    ][1:]
    keywords = [
        _argument(arg, default)
        for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
        if arg.arg not in COMMON
    ]
    parts += ["*", *keywords] if keywords else []
    answer = ast.unparse(method.returns) if method.returns else "None"
    call = f"{'await ' if isinstance(method, ast.AsyncFunctionDef) else ''}bee.{name}"
    line = f"{call}({', '.join(parts)}) -> {answer}"
    return [line] if len(line) <= WIDTH else [f"{call}(", *(f"    {part}," for part in parts), f") -> {answer}"]


def arguments(method: Method) -> dict[str, str]:
    """What is said of each argument, without what every method takes."""
    return {name: text for name, text in told(method, "Args").items() if name not in COMMON}


def told(node: Method | ast.ClassDef, title: str) -> dict[str, str]:
    """Names and texts of one section of a docstring."""
    text = inspect.cleandoc(ast.get_docstring(node) or "")
    section = re.search(rf"^{title}:\n((?: {{4}}.*\n?)+)", text, re.MULTILINE)
    found: dict[str, str] = {}
    name = ""
    for line in section[1].splitlines() if section else []:
        if entry := re.match(r" {4}(\w+): (.*)", line):
            name = entry[1]
            found[name] = entry[2]
        elif name:
            found[name] += f" {line.strip()}"
    return found


class Models:
    """The generated model classes."""

    def __init__(self, built: dict[str, bytes]) -> None:
        trees = [ast.parse(content) for path, content in built.items() if path.startswith("models/")]
        self._classes = {node.name: node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)}

    def named_in(self, node: ast.AST) -> list[str]:
        """Models whose names stand in an annotation of this node."""
        return [name.id for name in ast.walk(node) if isinstance(name, ast.Name) and name.id in self._classes]

    def reached_from(self, names: Iterable[str]) -> list[str]:
        """These, and what their fields hold."""
        found: dict[str, None] = {}
        waiting = list(names)
        while waiting:
            if (name := waiting.pop(0)) not in found:
                found[name] = None
                fields = [node for node in self._classes[name].body if isinstance(node, ast.AnnAssign)]
                waiting += [inner for field in fields for inner in self.named_in(field.annotation)]
        return list(found)

    def first_line(self, name: str) -> str:
        """What a model is."""
        return (ast.get_docstring(self._classes[name]) or "").split("\n\n")[0]

    def values(self, name: str) -> list[str]:
        """The values of an enum, as literals."""
        return [ast.unparse(node.value) for node in self._classes[name].body if isinstance(node, ast.Assign)]

    def fields(self, name: str) -> list[Field]:
        """The fields of a model."""
        node = self._classes[name]
        texts = told(node, "Attributes")
        return [
            Field(f"{item.target.id}: {_type(item.annotation)}", item.value is not None, texts.get(item.target.id, ""))
            for item in node.body
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.target.id != "_wire"
        ]


def _argument(arg: ast.arg, default: ast.expr | None) -> str:
    kind = f": {_type(arg.annotation)}" if arg.annotation else ""
    return f"{arg.arg}{kind}" + (f" = {ast.unparse(default)}" if default is not None else "")


def _type(annotation: ast.expr) -> str:
    return ast.unparse(annotation).removesuffix(" | Unset")
