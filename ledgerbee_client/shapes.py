"""JSON of unknown shape, taken for what it should be; on the ground floor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


def object_of(value: Any) -> dict[str, Any]:
    """Return a JSON object, an empty one in place of anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def listing(owner: Mapping[str, Any], name: str) -> list[Any]:
    """Return a field that is an array, an empty one in place of anything else."""
    value = owner.get(name)
    return cast("list[Any]", value) if isinstance(value, list) else []


def text_of(owner: Mapping[str, Any], name: str) -> str | None:
    """Return a field that is text, None in place of anything else."""
    value = owner.get(name)
    return value if isinstance(value, str) else None
