"""What an editor offers where a value is typed, asked of pyright's language server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SERVER = Path(sys.executable).with_name("pyright-langserver")
IMPORTS = """
from ledgerbee_client import LedgerBee
from ledgerbee_client.models import PublicSendInvoice, SplitEntryLine

bee = LedgerBee.from_env()
"""
PLACES = {
    'bee.invoices.list(status="': [
        "draft", "scheduled", "sending", "sent", "paid", "partially_paid", "cancelled", "uncollectible"
    ],
    'PublicSendInvoice(delivery_type="': ["Email", "Sproom", "Manual"],
    'SplitEntryLine(type_="': ["debit", "credit"],
}  # fmt: skip


class LanguageServer:
    """Speaks JSON-RPC with a language server over its standard input and output."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._in, self._out = process.stdin, process.stdout
        self._folder, self._number = folder, 0
        self.request(
            "initialize",
            processId=None,
            rootUri=folder.as_uri(),
            workspaceFolders=[{"uri": folder.as_uri(), "name": "program"}],
            capabilities={"workspace": {"configuration": True}},
        )
        self._send(method="initialized", params={})

    def completions(self, text: str) -> list[str]:
        """Return what is offered at the end of a program."""
        uri = (self._folder / "program.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self._send(method="textDocument/didOpen", params={"textDocument": document})
        lines = text.split("\n")
        place = {"line": len(lines) - 1, "character": len(lines[-1])}
        found = self.request("textDocument/completion", textDocument={"uri": uri}, position=place)
        self._send(method="textDocument/didClose", params={"textDocument": {"uri": uri}})
        return [item["label"] for item in (found or {"items": []})["items"]]

    def request(self, method: str, **params: Any) -> Any:
        """Send a request and return its result; what the server asks meanwhile is answered."""
        self._number += 1
        self._send(id=self._number, method=method, params=params)
        while True:
            message = self._receive()
            if "method" not in message and message.get("id") == self._number:
                return message["result"]
            if "method" in message and "id" in message:
                asked = message["method"] == "workspace/configuration"
                self._send(id=message["id"], result=[{"pythonPath": sys.executable}] * 9 if asked else None)

    def _send(self, **message: Any) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._in
        self._in.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        self._in.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._out
        size = 0
        while line := self._out.readline().strip():
            name, _, value = line.partition(b":")
            size = int(value) if name.lower() == b"content-length" else size
        content: dict[str, Any] = json.loads(self._out.read(size))
        return content


@contextmanager
def language_server(folder: Path) -> Iterator[LanguageServer]:
    """Start one, and end it."""
    (folder / "pyrightconfig.json").write_text(json.dumps({"extraPaths": [str(ROOT)]}))
    command = [str(SERVER), "--stdio"]
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield LanguageServer(process, folder)
        process.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """One for all questions."""
    with language_server(tmp_path_factory.mktemp("program")) as server:
        yield server


@pytest.mark.parametrize("place", PLACES)
def test_an_editor_offers_the_known_values(place: str, server: LanguageServer) -> None:
    """Of arguments and of fields, though any other text is taken too."""
    offered = [label for label in server.completions(IMPORTS + place) if label.startswith('"')]

    assert {f'"{value}"' for value in PLACES[place]} == {*offered}
