"""Packages generated from small documents, and a scripted API to use them on."""

from __future__ import annotations

import importlib
import itertools
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
from regen.codegen.generate import generate
from regen.model.api import Api

from ledgerbee_client import ApiKey, LedgerBee

from .small_api import small_api

_numbers = itertools.count()


class Package:
    """A generated package under a name of its own; it leans on the real runtime."""

    def __init__(self, directory: Path, api: Api | None = None) -> None:
        self.name = f"generated_{next(_numbers)}"
        self.root = directory / self.name
        for path, source in {**generate(api or small_api()).files, "__init__.py": ""}.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(source, encoding="utf-8", newline="\n")
        sys.path.insert(0, str(directory))
        importlib.invalidate_caches()

    def module(self, name: str) -> ModuleType:
        """Import one of its modules."""
        return importlib.import_module(f"{self.name}.{name}")

    @property
    def models(self) -> Any:
        """Its models."""
        return self.module("models")

    def source(self, name: str) -> str:
        """Return the source of a file."""
        return (self.root / name).read_text(encoding="utf-8")

    def sources(self) -> dict[str, str]:
        """Return every file, by path."""
        return {
            path.relative_to(self.root).as_posix(): path.read_text("utf-8") for path in sorted(self.root.rglob("*.py"))
        }

    def resources(self, server: Server) -> Any:
        """Return its resources, on a real client that talks to a scripted API."""
        calls = LedgerBee(ApiKey("key"), transport=httpx.MockTransport(server.answer), max_retries=0)._calls
        base = self.module("api").Resources
        return type("Client", (base,), {"_calls": property(lambda self: calls)})()


class Server:
    """Answers the same to everything, and remembers what it was asked."""

    def __init__(self, answer: object = None, *, status: int = 200, content: bytes | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self._content = json.dumps(answer).encode() if content is None else content
        self._status = status

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.requests.append(request)
        kind = "application/pdf" if self._content.startswith(b"%PDF-") else "application/json"
        return httpx.Response(self._status, content=self._content, headers={"content-type": kind})

    @property
    def target(self) -> str:
        """Method and target of the last request, below the base URL."""
        request = self.requests[-1]
        return f"{request.method} {request.url.raw_path.decode().removeprefix('/api')}"

    @property
    def body(self) -> Any:
        """Body of the last request."""
        return json.loads(self.requests[-1].content)
