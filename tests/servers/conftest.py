"""Real servers on loopback: started here on a free port as an unprivileged user, stopped here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.programs import ROOT, free_port

UNPRIVILEGED = "nobody"


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A redis-server of this session's own, with nothing on disk."""
    port = free_port()
    folder: Path = tmp_path_factory.mktemp("redis")
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen(
        [*command, "--dir", str(folder) if os.geteuid() else "/"],
        stdout=subprocess.PIPE,
        text=True,
        user=None if os.geteuid() else UNPRIVILEGED,
    )
    try:
        assert server.stdout is not None
        for line in server.stdout:  # its own word that it listens; ends with the process
            if "Ready to accept connections" in line:
                break
        assert server.poll() is None, "redis-server stopped before it was ready"
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.communicate()


@pytest.fixture
def sandbox_url() -> Iterator[str]:
    """The base URL of a sandbox in a process of its own, with 60 invoices."""
    command = [sys.executable, "-m", "ledgerbee_sandbox", "--seed", "60"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().split()[-1]
    finally:
        server.terminate()
        server.communicate()
