"""
Run the benchmarks: all of them, which writes docs/performance.md, or those named.

    python -m benchmarks
    python -m benchmarks decode encode
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import report
from benchmarks.lines import Section
from benchmarks.peers import ROOT, stock_folder, versions
from benchmarks.server import Addresses, running

SECTIONS = (
    "cold_start",
    "decode",
    "encode",
    "attachments",
    "batches",
    "calls",
    "walks",
    "stalls",
    "memory",
    "tail",
    "regeneration",
)


def main() -> None:
    """Run each section in a process of its own, so that none inherits another's memory or imports."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.strip().splitlines()[0] if __doc__ else None
    )
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="which; all of them unless given")
    parser.add_argument("--inside", nargs=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        name, http, https, certificates, folder = arguments.inside
        sys.path.insert(0, folder)
        section = importlib.import_module(f"benchmarks.{name}").measure(
            Addresses(http=http, https=https, certificates=certificates), Path(folder)
        )
        json.dump(section.to_dict(), sys.stdout)
        return
    found: list[Section] = []
    print(report.machine(versions()), flush=True)
    with running() as at, stock_folder() as folder:
        for name in arguments.sections or SECTIONS:
            began = time.monotonic()
            command = [
                sys.executable,
                "-m",
                "benchmarks",
                "--inside",
                name,
                at.http,
                at.https,
                at.certificates,
                str(folder),
            ]
            done = subprocess.run(
                command, stdout=subprocess.PIPE, text=True, check=False, env={**os.environ, "PYTHONHASHSEED": "0"}
            )
            if done.returncode:
                sys.exit(f"benchmarks/{name}.py failed")
            found.append(Section.from_dict(json.loads(done.stdout)))
            print(f"\n{report.table(found[-1])}({time.monotonic() - began:.0f} s)", flush=True)
    if not arguments.sections:
        report.write(ROOT / "docs" / "performance.md", found, versions())


if __name__ == "__main__":
    main()
