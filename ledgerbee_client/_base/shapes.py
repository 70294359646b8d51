"""JSON of unknown shape: a value, or a field of an object, where it is of the wanted type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard


def is_object(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Return True for what can stand for a JSON object."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Return True for what can stand for a JSON array."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview)


def as_object(value: object) -> Mapping[str, Any]:
    """Return a JSON object, an empty one in place of anything else."""
    return value if is_object(value) else {}


def list_at(owner: Mapping[str, Any], name: str) -> Sequence[Any]:
    """Return a field that is an array, an empty one in place of anything else."""
    value = owner.get(name)
    return value if is_list(value) else []


def text_at(owner: Mapping[str, Any], name: str) -> str | None:
    """Return a field that is text, None in place of anything else."""
    value = owner.get(name)
    return value if isinstance(value, str) else None
