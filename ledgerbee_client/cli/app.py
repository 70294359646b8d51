"""The subcommands and their options; what they do stands in the modules beside this one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import anyio
import typer

from ..errors import ConfigurationError, LedgerBeeError, RequestRefusedError
from ..posting import JournalError
from .account import whoami
from .exporting import export
from .journals import outcomes, status
from .posting import BROKEN_OFF, post
from .rows import OPTIONAL, REQUIRED, BadRowsError

USAGE = 2
Journal = Annotated[str, typer.Argument(help="SQLite file, or a postgresql:// URL without a password (PGPASSWORD).")]
Name = Annotated[str, typer.Option(help="Name of the journal in a PostgreSQL database.")]

_MORE_COLUMNS = ", ".join(name for name in OPTIONAL if name not in {"debit", "credit"})
POST_HELP = (
    "Book entries from a file, each once, however often this is run.\n\n"
    f"A .csv file has a row for each line of an entry, with the columns {', '.join(REQUIRED)}, and debit or credit. "
    "Rows that follow each other with one reference are one entry; what is of the entry stands in its first row. "
    f"There may be {_MORE_COLUMNS}. A .jsonl file has an entry a line, as the API takes it.\n\n"
    "Exit codes: 0 all are booked, 1 some are refused, 3 some are unknown, 2 a row, an option or the journal is wrong "
    "and nothing was sent, 4 the run broke off (run it again)."
)

app: typer.Typer = typer.Typer(
    name="ledgerbee",
    help="Tools for the LedgerBee API. Credentials come from the environment: LEDGERBEE_API_KEY, or LEDGERBEE_CLIENT_ID"
    " and LEDGERBEE_CLIENT_SECRET.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def run(arguments: Sequence[str]) -> int:
    """Run a subcommand; return the exit code."""
    try:
        app(args=list(arguments), prog_name="ledgerbee")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def _end(work: Callable[[], Coroutine[Any, Any, int]]) -> None:
    """Run async work to its end, and end the process with its exit code, or that of its error."""
    try:
        code = anyio.run(work)
    except BadRowsError as error:
        print(error, file=sys.stderr)
        code = USAGE
    except (ConfigurationError, JournalError, RequestRefusedError) as error:
        print(f"Error: {error}", file=sys.stderr)
        code = USAGE
    except LedgerBeeError as error:
        print(f"Error: {error}", file=sys.stderr)
        code = BROKEN_OFF
    raise typer.Exit(code)


def _checked(journal: str) -> str:
    if "://" in journal and urlsplit(journal).password:
        raise typer.BadParameter("a password in an argument is seen by every user of the machine; set PGPASSWORD.")
    return journal


@app.command("post", help=POST_HELP)
def post_command(  # noqa: PLR0917
    entries: Annotated[Path, typer.Argument(help="Entries to book: .csv or .jsonl.", exists=True, dir_okay=False)],
    run: Annotated[str, typer.Option(help="The journal: an SQLite file, made if missing, or a postgresql:// URL.")],
    name: Name = "default",
    concurrency: Annotated[int, typer.Option(min=1, help="Requests under way at the same time.")] = 4,
    settling: Annotated[float, typer.Option(min=0.1, help="Seconds until the server has dropped a lost request.")] = 30,
    resend_unknown: Annotated[bool, typer.Option(help="Send again what is known not to be booked.")] = True,
    company: Annotated[str | None, typer.Option(help="Id of the company, where the key may not read it.")] = None,
) -> None:
    journal = _checked(run)
    _end(
        lambda: post(
            entries,
            journal,
            name=name,
            concurrency=concurrency,
            settling=settling,
            resend_unknown=resend_unknown,
            company=company,
        )
    )


@app.command("status")
def status_command(journal: Journal, name: Name = "default") -> None:
    """Count the entries of a journal by state."""
    checked = _checked(journal)
    _end(lambda: status(checked, name))


@app.command("outcomes")
def outcomes_command(
    journal: Journal,
    name: Name = "default",
    state: Annotated[str | None, typer.Option(help="planned, sending, booked, refused or unknown.")] = None,
    to: Annotated[Path | None, typer.Option(help="Write them to a .csv or .jsonl file instead.")] = None,
) -> None:
    """List what became of each entry of a journal, as lines of JSON."""
    checked = _checked(journal)
    _end(lambda: outcomes(checked, name, state, to))


@app.command("whoami")
def whoami_command() -> None:
    """Show the company, the scopes and the end of the credential in the environment."""
    _end(whoami)


@app.command("export")
def export_command(
    resource: Annotated[str, typer.Argument(help="A list: invoices, customers, journal_entries, ...")],
    to: Annotated[Path, typer.Option(help="A .csv, .jsonl or .parquet file; replaced as a whole.")],
    where: Annotated[list[str] | None, typer.Option(help="A filter of that list: --where status=sent")] = None,
) -> None:
    """Write a whole list of the API to a file, amounts exact."""
    _end(lambda: export(resource, to, where or []))


@app.command("sandbox", context_settings={"ignore_unknown_options": True, "help_option_names": []})
def sandbox_command(arguments: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Start an offline LedgerBee; `ledgerbee sandbox --help` tells more."""
