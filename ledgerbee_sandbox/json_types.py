"""Telling JSON values apart, in a way that type checkers follow."""

from __future__ import annotations

from typing import Any, TypeGuard


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of an array; nothing where it is none."""
    return [item for item in value if is_object(item)] if is_array(value) else []
