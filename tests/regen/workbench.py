"""Build a package from a small document and use it in an interpreter of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regen.codegen.build import build, import_all
from regen.model.describe import Described
from trials import ROOT

PRELUDE = """
import asyncio, copy, datetime, importlib, json, pickle
from decimal import Decimal
import ledgerbee_client.models as models

class Calls:
    '''Takes the place of the client: remembers what was asked, reads what it is told to answer.'''
    def __init__(self, answer=None):
        self.answer, self.given, self.operation = answer, {}, None
    async def one(self, operation, codec, **given):
        self.operation, self.given = operation, given
        return codec.read(self.answer, "answer")
    def pages(self, operation, codec, **given):
        self.operation, self.given = operation, given
        return [codec.read(item, "answer") for item in self.answer or []]
    def download(self, operation, **given):
        self.operation, self.given = operation, given
        return "a file"

def resource(name, answer=None):
    module = importlib.import_module(f"ledgerbee_client.api.{name}")
    calls = Calls(answer)
    made = next(v for k, v in vars(module).items() if k.endswith("Resource") and k != "Resource")(calls)
    return made, calls

def sent(calls):
    return {k: v for k, v in (calls.given.get("query") or {}).items() if v is not None}

def body(calls):
    return calls.given["body_codec"].write(calls.given["body"], "")
"""


@dataclass(frozen=True)
class Package:
    """A built package."""

    directory: Path

    def run(self, script: str) -> Any:
        """Run lines of Python that leave something in `result`; returns it, through JSON."""
        source = f"{PRELUDE}\n{script}\nprint(json.dumps(result, default=str))"
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", source],
            cwd=self.directory,
            env={"PYTHONPATH": str(self.directory), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def source(self, name: str) -> str:
        """The text of a generated file."""
        return (self.directory / "ledgerbee_client" / name).read_text(encoding="utf-8")


def built(result: Described, directory: Path) -> Package:
    """Generate, verify, format and import an API, with the project's own runtime."""
    import_all(build(result.api).files, ROOT / "ledgerbee_client", directory)
    return Package(directory)
