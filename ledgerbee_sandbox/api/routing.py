"""Paths to operations: a tree by segment, in which a literal segment wins over a placeholder."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from ledgerbee_sandbox.schema.document import Operation


class _Node:
    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.placeholder: _Node | None = None
        self.operations: dict[str, Operation] = {}


class Router:
    """Finds the operation of a method and path, and the values of the placeholders in the path's order."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            node = self._root
            for segment in operation.path.strip("/").split("/"):
                if segment.startswith("{"):
                    node.placeholder = node.placeholder or _Node()
                    node = node.placeholder
                else:
                    node = node.literal.setdefault(segment, _Node())
            node.operations[operation.method] = operation

    def find(self, method: str, raw_path: str) -> tuple[Operation, tuple[str, ...]] | None:
        """The operation and its path values, percent-decoded; None where there is no such route."""
        return self._find(self._root, method, raw_path.strip("/").split("/"), ())

    def _find(
        self, node: _Node, method: str, segments: list[str], values: tuple[str, ...]
    ) -> tuple[Operation, tuple[str, ...]] | None:
        if not segments:
            operation = node.operations.get(method)
            return (operation, values) if operation else None
        first, rest = unquote(segments[0]), segments[1:]
        if first in node.literal and (found := self._find(node.literal[first], method, rest, values)):
            return found
        if node.placeholder and first:
            return self._find(node.placeholder, method, rest, (*values, first))
        return None
