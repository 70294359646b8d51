"""
The command `ledgerbee`: post entries from a file, read a journal, export a list, ask who a key is, start the sandbox.

What it needs besides the client is imported when a command is run: typer and rich, of the extra `[cli]`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from .._version import __version__

_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; return what the shell is told."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["--version"]:
        print(f"ledgerbee-client {__version__}")
        return 0
    if given[:1] == ["sandbox"]:
        return _sandbox(given[1:])
    try:
        from .app import run
    except ModuleNotFoundError as missing:
        if missing.name not in ("typer", "rich"):
            raise
        words = f"ledgerbee needs {missing.name}, which is not installed: pip install 'ledgerbee-client[cli]'"
        print(f"{words}. Without it there are `ledgerbee sandbox` and `ledgerbee --version`.", file=sys.stderr)
        return _USAGE
    return run(given)


def _sandbox(arguments: Sequence[str]) -> int:
    """Start the offline LedgerBee in a process of its own, which may have other dependencies."""
    try:
        return subprocess.call([sys.executable, "-m", "ledgerbee_sandbox", *arguments])  # noqa: S603
    except KeyboardInterrupt:  # The sandbox was told as well, and ends by itself.
        return 130
