"""`python -m ledgerbee_sandbox`: listen, say where, and run until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence


def _needs(missing: ModuleNotFoundError) -> str:
    library = str(missing.name).partition(".")[0]
    return f"The sandbox needs {library}, which is not installed: pip install 'ledgerbee-client[sandbox]'"


try:
    from ledgerbee_sandbox.demo import API_KEY
    from ledgerbee_sandbox.schema.document import SchemaFileError
except ModuleNotFoundError as missing:
    sys.exit(_needs(missing))

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0")
    return int(text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ledgerbee sandbox",
        description="An offline LedgerBee on a loopback socket.",
        epilog="With -- COMMAND it runs the command, LEDGERBEE_BASE_URL and LEDGERBEE_API_KEY set, and ends with it.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s, this machine only)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--db", metavar="FILE", help="keep the books in this SQLite file")
    parser.add_argument(
        "--seed", type=_count, default=30, metavar="N", help="invoices of the demo company (default: %(default)s)"
    )
    parser.add_argument(
        "--entries", type=_count, default=0, metavar="N", help="journal entries besides those of its invoices"
    )
    parser.add_argument(
        "--schema", metavar="FILE", help="OpenAPI file to route from (default: the one that was shipped)"
    )
    parser.add_argument("command", nargs="*", help="a command to run against the sandbox, after --")
    return parser.parse_args(arguments)


async def _run(options: argparse.Namespace) -> int:
    from ledgerbee_sandbox.sandbox import Sandbox

    if options.host not in _LOOPBACK:
        print(f"Warning: {options.host} lets other machines reach the sandbox.", file=sys.stderr)
    async with Sandbox(
        serve=True,
        host=options.host,
        port=options.port,
        db=options.db,
        schema=options.schema,
        invoices=options.seed,
        entries=options.entries,
    ) as sandbox:
        print(f"LedgerBee sandbox on {sandbox.base_url}", flush=True)
        if options.command:
            return await _command(options.command, sandbox.base_url)
        print(f"API key: {API_KEY}   Status page: {sandbox.url}/   Stop with Ctrl-C", file=sys.stderr, flush=True)
        await _until_stopped()
    return 0


async def _command(command: list[str], base_url: str) -> int:
    environment = {**os.environ, "LEDGERBEE_BASE_URL": base_url, "LEDGERBEE_API_KEY": API_KEY}
    stop = asyncio.Event()
    _on_signals(stop.set, signal.SIGTERM)  # Else the command would be left behind. Ctrl-C reaches it by itself.
    try:
        process = await asyncio.create_subprocess_exec(*command, env=environment)
    except OSError as error:
        print(f"The command {command[0]!r} cannot be run: {error.strerror}", file=sys.stderr)
        return 127
    ended, asked = asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())
    await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
    if not ended.done():
        process.terminate()
    asked.cancel()
    return await ended


async def _until_stopped() -> None:
    stop = asyncio.Event()
    _on_signals(stop.set, signal.SIGINT, signal.SIGTERM)
    await stop.wait()


def _on_signals(act: Callable[[], None], *numbers: signal.Signals) -> None:
    for number in numbers:
        try:
            asyncio.get_running_loop().add_signal_handler(number, act)
        except NotImplementedError:  # Windows has no such handlers; Ctrl-C raises KeyboardInterrupt there.
            break


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        return asyncio.run(_run(options))
    except KeyboardInterrupt:
        return 0
    except ModuleNotFoundError as missing:  # What serves is imported late, so that --help comes at once.
        print(_needs(missing), file=sys.stderr)
        return 1
    except (SchemaFileError, OSError, OverflowError, sqlite3.Error) as error:
        print(f"The sandbox cannot start: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
