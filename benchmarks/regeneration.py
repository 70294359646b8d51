"""Regeneration: the whole pipeline on our schema, and on ten times as many operations."""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.lines import Line, Section
from benchmarks.peers import ROOT
from benchmarks.server import Addresses

TITLE = "Regeneration"
HOW = (
    "Wall time of `scripts/regen.py` in a copy of the tree; then with every path nine times more under another "
    "prefix, as one document of 1,350 operations."
)
CAUSE = "the machine had other work to do: compare the CPU seconds."
COPIED = ("scripts", "openapi", "ledgerbee_client", "docs", "generator-config.yaml", "pyproject.toml")


def measure(addresses: Addresses, folder: Path) -> Section:
    """Regenerate thrice, then the large schema once."""
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name)
        for part in COPIED:
            source = ROOT / part
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, tree / part)
        own = min(_regenerate(tree) for _ in range(3))
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = (used.ru_utime + used.ru_stime) / 3
        document = json.loads((tree / "openapi" / "ledgerbee.json").read_text(encoding="utf-8"))
        count = _operations(document)
        large = tree / "large.json"
        large.write_text(json.dumps(_ten_times(document)), encoding="utf-8")
        ten = _regenerate(tree, "--schema", str(large))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return Section(
        title=TITLE,
        how=HOW,
        lines=[
            Line(
                what=f"{count} operations",
                base="s",
                goal=5,
                figures={"ledgerbee": own, "CPU": cpu},
                unit=" s",
                cause=CAUSE,
            ),
            Line(
                what=f"{count * 10:,} operations",
                base="s",
                goal=50,
                figures={"ledgerbee": ten},
                unit=" s",
                floor=f"peak memory: {peak:,.0f} MiB",
            ),
            Line(
                what="Cost per operation, ten times as many",
                base="the same at our size",
                goal=1.05,
                figures={"ledgerbee": ten / 10 / own},
            ),
        ],
    )


def _regenerate(tree: Path, *arguments: str) -> float:
    began = time.perf_counter()
    command = [sys.executable, str(tree / "scripts" / "regen.py"), *arguments]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"regen.py failed in a copy of the tree:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - began


def _operations(document: dict[str, Any]) -> int:
    return sum(
        method in {"get", "post", "put", "patch", "delete"} for item in document["paths"].values() for method in item
    )


def _ten_times(document: dict[str, Any]) -> dict[str, Any]:
    paths, schemas = dict(document["paths"]), dict(document["components"]["schemas"])
    for copy in range(2, 11):
        text = re.sub(r'("#/components/schemas/\w+)"', rf'\1Copy{copy}"', json.dumps(document))
        again: dict[str, Any] = json.loads(text)
        schemas |= {f"{name}Copy{copy}": schema for name, schema in again["components"]["schemas"].items()}
        for path, item in again["paths"].items():
            for operation in item.values():
                if isinstance(operation, dict):
                    operation["operationId"] = f"{operation.get('operationId', '')}_copy{copy}"
                    operation["summary"] = f"{operation.get('summary', '')} copy {copy}"
            paths[f"/copy{copy}{path}"] = item
    return {**document, "paths": paths, "components": {**document["components"], "schemas": schemas}}
