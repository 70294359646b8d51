"""Real servers on loopback: started here on a free port as an unprivileged user, stopped here."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from servers.programs import ROOT, free_port

UNPRIVILEGED = "nobody"


def _postgres_program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs, which Debian keeps beside each other by version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else name


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this session's own, in a folder that goes with it."""
    port, user = free_port(), None if os.geteuid() else UNPRIVILEGED
    with tempfile.TemporaryDirectory() as name:
        if user is not None:
            shutil.chown(name, user)
        data = f"{name}/data"
        command = [_postgres_program("initdb"), "--pgdata", data, "--username", "ledgerbee", "--auth", "trust"]
        subprocess.run([*command, "--no-sync"], check=True, capture_output=True, user=user, cwd="/")
        command = [_postgres_program("postgres"), "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", ""]
        with (Path(name) / "log").open("w+") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, user=user, cwd="/")
            try:
                url = f"postgresql://ledgerbee@127.0.0.1:{port}/postgres"
                for _ in range(600):
                    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=1):
                        break
                    assert server.poll() is None, (Path(name) / "log").read_text()
                    time.sleep(0.05)
                yield url
            finally:
                server.terminate()
                server.wait()


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
