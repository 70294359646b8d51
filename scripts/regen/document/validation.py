"""openapi-spec-validator's opinion of a document, in short lines."""

from __future__ import annotations

import re
from typing import Any

from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from regen.document.reading import pointer_to

MOST = 40


def complaints(document: dict[str, Any]) -> list[str]:
    """What the validator says, one line each, where and what."""
    version = str(document.get("openapi", ""))
    validator = OpenAPIV31SpecValidator if version.startswith("3.1") else OpenAPIV30SpecValidator
    lines: list[str] = []
    try:
        for error in validator(document).iter_errors():
            deepest = _deepest(error)
            where = pointer_to(*deepest.absolute_path)
            lines.append(f"{where or '/'}: {_said(str(deepest.message))}")
            if len(lines) == MOST:
                lines.append("... and more")
                break
    except Exception as error:  # noqa: BLE001  The validator raises whatever its libraries raise; the document decides which.
        lines.append(f"the validator gave up: {type(error).__name__}: {str(error)[:120]}")
    return lines


def _said(message: str) -> str:
    """The complaint without the text of the schema that it is about."""
    return re.sub(r"^[\[{].*[\]}] (?=(is|has|does|was|should)\b)", "this ", message, flags=re.DOTALL)[:160]


def _deepest(error: Any) -> Any:
    """The complaint inside an `anyOf` complaint that is nearest to the cause."""
    while getattr(error, "context", None):
        error = max(error.context, key=lambda inner: len(inner.absolute_path))
    return error
