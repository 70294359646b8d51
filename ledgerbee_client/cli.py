"""The command `ledgerbee`: one subcommand for now, which starts the offline LedgerBee in a process of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence

from ._version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; return what the shell is told."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="ledgerbee", description="Tools for the LedgerBee API.")
    parser.add_argument("--version", action="version", version=f"ledgerbee-client {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("sandbox", help="start an offline LedgerBee; `ledgerbee sandbox --help` tells more")
    parser.parse_args(given[:1])
    try:
        return subprocess.call([sys.executable, "-m", "ledgerbee_sandbox", *given[1:]])  # noqa: S603
    except KeyboardInterrupt:  # The sandbox was told as well, and ends by itself.
        return 130
