"""What the tests here start: programs of npm, in the versions of node/package-lock.json, and servers on free ports."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "tests" / "servers" / "node"
MODULES = ROOT / "build" / "node" / "node_modules"
SCHEMA = ROOT / "openapi" / "ledgerbee.json"
# Neither telemetry nor a look for newer versions: nothing here leaves the machine.
ENVIRONMENT = {
    **os.environ,
    "NO_COLOR": "1",
    "NO_UPDATE_NOTIFIER": "1",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "REDOCLY_TELEMETRY": "off",
}


def tool(name: str) -> str:
    """The path of an installed program."""
    return str(MODULES / ".bin" / name)


def run(folder: Path, *command: str) -> str:
    """What a command prints; it must end well."""
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
