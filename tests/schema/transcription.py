"""The transcription, loaded once, and ways to find one's way in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOM = Path(__file__).resolve().parents[2] / "openapi"


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object without repeated keys."""
    assert len(pairs) == len({key for key, _ in pairs}), [key for key, _ in pairs]
    return dict(pairs)


TEXT = (ROOM / "ledgerbee.json").read_text(encoding="utf-8")
SCHEMA: dict[str, Any] = json.loads(TEXT, object_pairs_hook=unique)
MODELS: dict[str, Any] = SCHEMA["components"]["schemas"]
OPERATIONS: list[dict[str, Any]] = [
    {**operation, "path": path, "method": method}
    for path, item in SCHEMA["paths"].items()
    for method, operation in item.items()
]


def the(method: str, path: str) -> dict[str, Any]:
    """The operation at a place."""
    (found,) = [one for one in OPERATIONS if (one["method"], one["path"]) == (method.lower(), path)]
    return found


def parameter(operation: dict[str, Any], name: str) -> dict[str, Any]:
    """A parameter by its wire name."""
    (found,) = [one for one in operation["parameters"] if one["name"] == name]
    return dict(found)


def answer(operation: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of the first good answer."""
    for status in ("200", "201"):
        content = operation["responses"].get(status, {}).get("content", {})
        if "application/json" in content:
            return dict(content["application/json"]["schema"])
    return {}
