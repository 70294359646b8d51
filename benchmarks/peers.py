"""
Whoever stands beside us in the tables.

A peer is a column: a name and a callable or a program. To add one to the cold start, add it to `COLD` and its package
to `PEERS` in the Makefile, which installs them in a virtual environment of their own.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attrs import frozen

ROOT = Path(__file__).parent.parent
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
STOCK = "stock_client"
"""What plain openapi-python-client makes of our schema, without our templates."""

HEADERS = {"x-api-key": "benchmark", "accept": "application/json"}
INVOICES = "/v1/invoices?page=1&limit=100"


@frozen(kw_only=True)
class Cold:
    """A peer's programs: importing it, and making its client."""

    module: str
    client: str


COLD: Mapping[str, Cold] = {
    "openai": Cold(module="openai", client="import openai; openai.AsyncOpenAI(api_key='x')"),
    "stripe": Cold(
        module="stripe", client="import stripe; stripe.StripeClient('sk_x', http_client=stripe.HTTPXClient())"
    ),
    "githubkit": Cold(module="githubkit", client="import githubkit; githubkit.GitHub('x')"),
}


def cold_peers() -> dict[str, Cold]:
    """Return the peers that are installed; none where `make bench` has not made their environment."""
    if not PEERS_PYTHON.exists():
        return {}
    found = "import importlib.util as u; print(*[n for n in {names!r} if u.find_spec(n)])"
    source = found.format(names=[cold.module for cold in COLD.values()])
    names = subprocess.run([PEERS_PYTHON, "-c", source], capture_output=True, text=True, check=True).stdout.split()
    return {name: cold for name, cold in COLD.items() if cold.module in names}


@contextmanager
def stock_folder() -> Iterator[Path]:
    """Generate the stock client in a folder that goes away."""
    with TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).with_name("openapi-python-client")), "generate", "--meta", "none"]
        command += ["--path", str(ROOT / "openapi" / "ledgerbee.json"), "--output-path", str(Path(folder) / STOCK)]
        (config := Path(folder) / "config.yaml").write_text("post_hooks: []")
        command += ["--config", str(config)]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        yield Path(folder)


def stock(module: str) -> Any:
    """Import a module of the stock client, whose folder is on the path."""
    return importlib.import_module(f"{STOCK}.{module}")


def versions() -> dict[str, str]:
    """Return the versions of everything that is compared."""
    from importlib.metadata import PackageNotFoundError, version

    names = [
        "httpx",
        "httpcore",
        "anyio",
        "attrs",
        "msgspec",
        "orjson",
        "pydantic",
        "aiohttp",
        "httpx-aiohttp",
        "openapi-python-client",
    ]
    found: dict[str, str] = {}
    for name in ["ledgerbee-client", *names]:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    if PEERS_PYTHON.exists():
        source = "from importlib.metadata import version; [print(n, version(n)) for n in {!r}]"
        command = [str(PEERS_PYTHON), "-c", source.format(list(cold_peers()))]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        found |= dict(line.split(" ", 1) for line in lines)
    return found
