"""The command `ledgerbee`, as a shell runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ledgerbee_client

ROOT = Path(__file__).parent.parent
LEDGERBEE = [sys.executable, "-c", "import sys; from ledgerbee_client.cli import main; sys.exit(main())"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run([*LEDGERBEE, *arguments], capture_output=True, text=True, check=False)


def test_the_sandbox_runs_a_command_against_itself() -> None:
    """The client's command starts the sandbox's module, and ends with what the command returned."""
    program = "import os, sys; print(os.environ['LEDGERBEE_BASE_URL']); sys.exit(7)"

    done = run("sandbox", "--seed", "1", "--", sys.executable, "-c", program)

    assert 7 == done.returncode
    assert "http://127.0.0.1:" in done.stdout.splitlines()[-1]


def test_the_version_is_the_package_s() -> None:
    """One number, in one place."""
    assert f"ledgerbee-client {ledgerbee_client.__version__}" == run("--version").stdout.strip()


def test_without_its_extra_the_sandbox_says_what_to_install() -> None:
    """One line, and no traceback; -S leaves out everything that was installed."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "ledgerbee_sandbox"], capture_output=True, text=True, check=False, cwd=ROOT
    )

    assert 1 == done.returncode
    assert "which is not installed: pip install 'ledgerbee-client[sandbox]'\n" == done.stderr.partition(", ")[2]


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_one_of_its_libraries_the_sandbox_says_so(missing: str) -> None:
    """The client's own libraries are there, and the extra's are not: what a plain install has."""
    program = (
        f"import sys; sys.modules[{missing!r}] = None; from ledgerbee_sandbox.__main__ import main; sys.exit(main([]))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)

    assert 1 == done.returncode
    assert (
        f"The sandbox needs {missing}, which is not installed: pip install 'ledgerbee-client[sandbox]'\n" == done.stderr
    )


def test_no_command_says_which_there_are() -> None:
    """A usage line, and no traceback."""
    done = run()

    said = done.stdout + done.stderr
    assert 2 == done.returncode
    assert "Usage: ledgerbee" in said
    assert all(name in said for name in ("post", "status", "outcomes", "whoami", "export", "sandbox"))
    assert "Traceback" not in said


def test_without_the_extra_it_says_what_to_install() -> None:
    """One line, and no traceback; what needs no extra works all the same."""
    program = (
        "import sys; sys.modules['typer'] = None; from ledgerbee_client.cli import main; sys.exit(main(['whoami']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert 2 == done.returncode
    assert "pip install 'ledgerbee-client[cli]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_help_of_post_lists_the_columns_of_a_file() -> None:
    """Nobody has to read the source, or to find out by refusals."""
    said = " ".join(run("post", "--help").stdout.split())

    assert "with the columns reference, date, amount, account, and debit or credit." in said
    assert "There may be description, currency, entry_type, customer_id, vendor_id, file, line_description," in said
