"""What an operation takes and what it answers: one body, one answer, and its documented refusals."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from regen.document.dialect import listed
from regen.document.operations import Node, Operation
from regen.document.reading import KEEP, followed
from regen.notes import Notes, RefusedError

JSON_TYPE = re.compile(r"^(application/json|[\w.+-]+/[\w.+-]*\+json)\s*(;.*)?$", re.IGNORECASE)
BINARY_TYPE = re.compile(
    r"^(application/(pdf|octet-stream|zip|xml|gzip|vnd\.)|image/|text/(csv|xml|calendar|tab-separated-values))",
    re.IGNORECASE,
)
FORM_TYPE = "multipart/form-data"
UPLOAD_TYPE = re.compile(r"^(multipart/|application/(octet-stream|pdf|zip)|image/)", re.IGNORECASE)


def body_of(operation: Operation, document: Node, notes: Notes) -> Node | None:
    """The request body: `required`, `description` and one schema."""
    body = followed(document, operation.raw.get("requestBody"))
    if not isinstance(body, dict):
        return None
    where = f"{operation.where}/requestBody"
    kinds = _content(body, where)
    chosen = next((kind for kind in kinds if JSON_TYPE.match(kind)), None)
    chosen = chosen or next((kind for kind in kinds if kind.lower().startswith(FORM_TYPE)), next(iter(kinds), None))
    form = chosen is not None and chosen.lower().startswith(FORM_TYPE)
    if chosen is not None and not form and not JSON_TYPE.match(chosen):
        notes.repair(where, f"the body is {chosen}; this client sends JSON")
    elif len(kinds) > 1:
        notes.repair(where, f"several media types; {chosen} is used")
    media = kinds[chosen] if chosen is not None else None
    schema = media.get("schema") if isinstance(media, dict) else None
    return {
        "required": body.get("required") is True,
        "form": form,
        "description": body.get("description") if isinstance(body.get("description"), str) else "",
        "schema": schema if schema is not None else {"type": "object", "x-undocumented": True},
        "where": where,
    }


def _content(holder: Node, where: str) -> Node:
    """The media types of a body or an answer."""
    content = holder.get("content") or {}
    if not isinstance(content, dict):
        raise RefusedError(f"{where}/content: not an object of media types.", KEEP)
    return content


def uploads(operation: Operation, document: Node) -> str | None:
    """The media type of a body that is neither JSON nor a form, such as a bare file."""
    body = followed(document, operation.raw.get("requestBody"))
    kinds = body.get("content") if isinstance(body, dict) else None
    if not isinstance(kinds, dict) or not kinds:
        return None
    if any(JSON_TYPE.match(kind) or kind.lower().startswith(FORM_TYPE) for kind in kinds):
        return None
    first = str(next(iter(kinds)))
    return first if UPLOAD_TYPE.match(first) else None


class Answered(NamedTuple):
    """What a success answers: `json` or `text` with a schema, a `file`, something `unknown`, or `nothing`."""

    kind: str
    schema: Node | None = None
    media: str = ""


def answer_of(operation: Operation, document: Node, notes: Notes) -> Answered:
    """What a success answers. Where no success is described, `default` is one."""
    responses = operation.raw.get("responses")
    known = {str(k): followed(document, v) for k, v in responses.items()} if isinstance(responses, dict) else {}
    good = [code for code in sorted(known, key=_rank) if re.fullmatch(r"2(\d\d|XX|xx)", code)]
    good = good or [code for code in known if code == "default"]
    described = [code for code in good if isinstance(known[code], dict) and known[code].get("content")]
    if not described:
        # What a deletion answers is of no use to anybody while nobody describes it.
        if good and (operation.method.upper() == "DELETE" or all(code in ("204", "205") for code in good)):
            return Answered("nothing")
        return Answered("unknown")
    if len({json.dumps(known[code]["content"], sort_keys=True) for code in described}) > 1:
        notes.repair(
            f"{operation.where}/responses", f"answers for {', '.join(described)}; the one of {described[0]} is used"
        )
    kinds = _content(known[described[0]], f"{operation.where}/responses/{described[0]}")
    chosen = next((kind for kind in kinds if JSON_TYPE.match(kind)), next(iter(kinds)))
    media = kinds[chosen]
    schema = media.get("schema") if isinstance(media, dict) else None
    reads_json = isinstance(schema, dict) and ("$ref" in schema or "properties" in schema)
    if is_binary(schema) or (BINARY_TYPE.match(chosen) and not reads_json):
        return Answered("file", media="*/*" if JSON_TYPE.match(chosen) else chosen.partition(";")[0].strip().lower())
    if chosen.lower().startswith("text/plain") and not reads_json:
        return Answered("text", {"type": "string"}, "text/plain")
    if schema is None:
        return Answered("unknown")
    if not JSON_TYPE.match(chosen):
        notes.repair(f"{operation.where}/responses/{described[0]}", f"the answer is {chosen}; read as JSON")
    return Answered("json", schema)


def is_binary(schema: Any) -> bool:
    """Bytes, as OpenAPI 3.0 and 3.1 and the reflection of a StreamableFile say it."""
    return isinstance(schema, dict) and (
        schema.get("format") == "binary"
        or schema.get("contentEncoding") == "binary"
        or (schema.get("type") == "string" and "contentMediaType" in schema and "contentEncoding" not in schema)
        or str(schema.get("$ref", "")).endswith("/StreamableFile")
    )


def shape_of(operation: Operation, document: Node) -> str:
    """What is answered: `file`, `list`, `one` thing, one thing `with lists` in it, or nothing that is described."""
    answered = answer_of(operation, document, Notes())
    if operation.path.endswith("/pdf") or answered.kind == "file":
        return "file"
    opened = followed(document, answered.schema) if answered.kind == "json" else None
    if not isinstance(opened, dict) or not ({"type", "properties", "items", "allOf", "oneOf", "anyOf"} & set(opened)):
        return ""
    if "items" in opened or opened.get("type") == "array":
        return "list"
    parts = [opened, *(followed(document, arm) for arm in listed(opened.get("allOf")))]
    fields: Node = {}
    for part in parts:
        properties = part.get("properties") if isinstance(part, dict) else None
        fields.update(properties if isinstance(properties, dict) else {})
    data = followed(document, fields.get("data"))
    inner = data.get("properties") if isinstance(data, dict) else None
    rows = inner.get("items") if isinstance(inner, dict) else data
    if isinstance(rows, dict) and rows.get("type") == "array":
        return "list"
    arrays = any(isinstance(one, dict) and one.get("type") == "array" for one in fields.values())
    return "with lists" if arrays or not fields else "one"


def errors_of(responses: Any, document: Node) -> list[tuple[int, str | None, str]]:
    """The documented refusals: status, code and when."""
    errors: list[tuple[int, str | None, str]] = []
    for code, one in responses.items() if isinstance(responses, dict) else []:
        response = followed(document, one)
        if not re.fullmatch(r"[45]\d\d", str(code)) or not isinstance(response, dict):
            continue
        codes = [item for item in listed(response.get("x-error-codes")) if isinstance(item, dict)]
        for item in codes or [{"when": response.get("description")}]:
            when, word = item.get("when"), item.get("code")
            error = (int(code), word if isinstance(word, str) else None, when if isinstance(when, str) else "")
            if any(error[1:]):
                errors.append(error)
    return errors


def _rank(code: str) -> tuple[int, str]:
    return (0 if code.isdigit() else 1, code)
