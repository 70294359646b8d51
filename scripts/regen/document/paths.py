"""Paths as the SDK asks for them: below the base URL, without what some documents write in front or behind."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from regen.document.reading import KEEP, pointer_to
from regen.notes import Notes, RefusedError

Node = dict[str, Any]


def clean_path(path: str, notes: Notes) -> str:
    """Read `/invoices/:id?x` as `/invoices/{id}`."""
    clean = re.sub(r"/:([A-Za-z_][A-Za-z0-9_.-]*)", r"/{\1}", re.split(r"[?#]", path, maxsplit=1)[0])
    clean = clean if clean.startswith("/") else f"/{clean}"
    if clean != path:
        notes.repair(pointer_to("paths", path), f"read as {clean}")
    return clean


def common_prefix(document: Node, base_path: str, notes: Notes) -> str:
    """The base path, where the document writes it before every path instead of into the server's URL."""
    paths = [path for path in document["paths"] if not path.startswith("x-")]
    if not base_path or served_path(document).endswith(base_path):
        return ""
    if not any(path.startswith(f"{base_path}/") for path in paths):
        return ""
    outside = [path for path in paths if not path.startswith(f"{base_path}/")]
    which = "the other paths begin" if outside else "every path begins"
    notes.repair("/paths", f"{which} with {base_path}, which is part of the base URL here")
    for path in outside:
        notes.repair(pointer_to("paths", path), f"does not begin with {base_path}; asked for below the base URL too")
    return base_path


def served_path(document: Node) -> str:
    """The path of the first server's URL, its variables filled in; empty where there is none."""
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    url = first.get("url") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(url, str):
        return ""
    for name, variable in (first.get("variables") or {}).items():
        url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError as error:
        raise RefusedError(f"/servers/0/url: {url!r:.80} is no URL: {error}.", KEEP) from None


def version_in_server(document: Node, base_path: str, notes: Notes) -> str:
    """What stands behind the base path in the server's URL, such as `/v1`: it belongs to every path."""
    served = served_path(document)
    found = re.search(rf"{re.escape(base_path)}(/[^{{}}]+)$", served) if base_path else None
    if found is None:
        if base_path and served and not served.endswith(base_path):
            raise RefusedError(
                f"/servers/0/url: its path is {served}, and {base_path} is the base path of this client.",
                "Calls would go elsewhere. Set base_path in generator-config.yaml; nothing was changed.",
            )
        return ""
    notes.repair("/servers/0/url", f"ends in {found[1]}, which is put in front of every path that has it not")
    return found[1]


def below(prefix: str, path: str) -> str:
    """Return a path without the prefix, where it has it."""
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path
