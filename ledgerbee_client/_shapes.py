"""JSON of unknown shape, taken for what it should be; on the ground floor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a value is a JSON object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether a value is a JSON array."""
    return isinstance(value, list)


def object_of(value: object) -> dict[str, Any]:
    """Return a JSON object, an empty one in place of anything else."""
    return value if is_object(value) else {}


def listing(owner: Mapping[str, Any], name: str) -> list[Any]:
    """Return a field that is an array, an empty one in place of anything else."""
    value = owner.get(name)
    return value if is_array(value) else []


def text_of(owner: Mapping[str, Any], name: str) -> str | None:
    """Return a field that is text, None in place of anything else."""
    value = owner.get(name)
    return value if isinstance(value, str) else None
