"""The command `ledgerbee`: posting a file, reading a journal, exporting a list, asking who a key is."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import polars
import pytest

from benchmarks.chaos import Server
from ledgerbee_client.cli import main
from ledgerbee_sandbox import API_KEY

HEADER = "reference,date,amount,account,debit,credit,description\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A sandbox in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), latency=0.0, faults=0.0, search=False)
        try:
            server.start(seed=1)
            yield server
        finally:
            server.stop(signal.SIGKILL)


@pytest.fixture(autouse=True)
def environment(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials, which come from there only; and a company founded anew."""
    monkeypatch.setenv("LEDGERBEE_API_KEY", API_KEY)
    monkeypatch.setenv("LEDGERBEE_BASE_URL", f"{server.url}/api")
    monkeypatch.chdir(tmp_path)
    httpx.post(f"{server.url}/_sandbox/reset", json={"invoices": 30}, timeout=30).raise_for_status()


def rows(*numbers: int, credit: str = "125.50") -> str:
    """Return CSV text of two lines for each entry."""
    return HEADER + "".join(
        f"ROW-{number:04},2026-11-20,125.50,2010,125.50,,Rent\nROW-{number:04},2026-11-20,,5820,,{credit},\n"
        for number in numbers
    )


def booked(server: Server) -> Counter[str]:
    """Return how often each reference of these tests stands in the books."""
    found = (str(record.get("reference")) for record in server.books())
    return Counter(reference for reference in found if reference.startswith("ROW-"))


def test_a_csv_file_is_booked_once_however_often_it_is_posted(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows that follow each other with one reference are one entry; 0 says that all are booked."""
    Path("november.csv").write_text(rows(*range(150)))

    for _ in range(2):
        assert 0 == main(["post", "november.csv", "--run", "november.db"])
        assert "150 booked, 0 refused, 0 unknown" == capsys.readouterr().out.strip()
    assert ({1}, 150) == ({*booked(server).values()}, len(booked(server)))


def test_refused_entries_end_in_1_and_are_named(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are booked."""
    Path("november.csv").write_text(rows(1, 2) + rows(3, credit="1.00").removeprefix(HEADER))

    assert 1 == main(["post", "november.csv", "--run", "november.db"])
    said = capsys.readouterr()
    assert "2 booked, 1 refused, 0 unknown" == said.out.strip()
    assert "refused ROW-0003:" in said.err
    assert "does not balance" in said.err


def test_unknown_entries_end_in_3(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """Looked for within the settling time, and left to a person where that was asked for."""
    Path("november.csv").write_text(rows(1))
    wish = {"kind": "status", "operation": "Create journal entries in batch (v2)"}
    httpx.post(f"{server.url}/_sandbox/faults", json=wish).raise_for_status()

    command = ["post", "november.csv", "--run", "november.db", "--settling", "0.2", "--no-resend-unknown"]
    assert 3 == main(command)
    assert "0 booked, 0 refused, 1 unknown" == capsys.readouterr().out.strip()
    assert 3 == main(["status", "november.db"])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ROW-9,2026-11-31,1.00,2010,1.00,,", "column date: expected a day such as 2026-11-20, got '2026-11-31'"),
        ("ROW-9,2026-11-20,one,2010,1.00,,", "column amount: expected an amount such as 125.50, got 'one'"),
        ("ROW-9,2026-11-20,1.00,9999,1.00,,", "column account: expected the number of an account, got '9999'"),
        ("ROW-9,2026-11-20,1.00,2010,1.00,1.00,", "column debit: expected an amount in one of debit and credit"),
        ('ROW-9,2026-11-20,1.00,2010,"1,00",,', "column debit: expected an amount such as 125.50, got '1,00'"),
        (",2026-11-20,1.00,2010,1.00,,", "column reference: expected a text that no other entry has"),
        (
            "ROW-9,2026-11-20,1.00,2010,1.00,,\nROW-0001,2026-11-20,1.00,2010,1.00,,",
            "column reference: expected a text that no other entry has, got 'ROW-0001': an earlier entry has it",
        ),
        ("ROW-9,2026-11-20,1.00,2010,1.00,,,more", "column 8: the row has more columns than the first one"),
    ],
)
def test_a_bad_row_is_named_by_file_line_and_column(
    server: Server, capsys: pytest.CaptureFixture[str], line: str, words: str
) -> None:
    """Before anything is sent; 2 is a mistake of the caller."""
    Path("november.csv").write_text(rows(1) + line + "\n")

    assert 2 == main(["post", "november.csv", "--run", "november.db"])
    assert f"november.csv:{4 + line.count(chr(10))}: {words}" in capsys.readouterr().err
    assert {} == booked(server)


def test_missing_and_unknown_columns_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelled header is said once, and not in every row."""
    Path("november.csv").write_text("reference,date,amount\n")
    assert 2 == main(["post", "november.csv", "--run", "november.db"])
    assert "the columns account are missing" in capsys.readouterr().err

    Path("november.csv").write_text("reference;date;amount;account\n")
    assert 2 == main(["post", "november.csv", "--run", "november.db"])
    assert "found are reference;date;amount;account; known are reference, date, amount" in capsys.readouterr().err

    Path("november.csv").write_text("reference,date,amount,account,debt\n")
    assert 2 == main(["post", "november.csv", "--run", "november.db"])
    assert "unknown columns debt" in capsys.readouterr().err


def test_lines_of_json_are_booked_as_the_api_takes_them(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """By wire names, with every digit; a line that is none is named."""
    expense, bank = server.accounts()
    entry: dict[str, Any] = {
        "entryType": "journal",
        "date": "2026-11-20",
        "originalAmount": 0.3,
        "reference": "ROW-0001",
        "lines": [
            {"accountId": expense, "type": "debit", "amount": 0.3},
            {"accountId": bank, "type": "credit", "amount": 0.3},
        ],
    }
    Path("november.jsonl").write_text(json.dumps(entry) + "\n\n")
    assert 0 == main(["post", "november.jsonl", "--run", "november.db"])
    assert {"ROW-0001": 1} == booked(server)

    bad = [{**entry, "reference": "ROW-0002", "date": 5}, {**entry, "reference": "ROW-0003", "debit": 1}]
    Path("bad.jsonl").write_text("\n".join([*map(json.dumps, bad), "{"]))
    capsys.readouterr()
    assert 2 == main(["post", "bad.jsonl", "--run", "november.db"])
    said = capsys.readouterr().err
    assert "bad.jsonl:1: column date: expected" in said
    assert "bad.jsonl:2: column debit: the API takes no field of this name" in said
    assert "bad.jsonl:3: column 2:" in said
    assert {"ROW-0001": 1} == booked(server)


def test_a_journal_is_read_back(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """Counted, listed, and written to a file."""
    Path("november.csv").write_text(rows(1, 2) + rows(3, credit="1.00").removeprefix(HEADER))
    main(["post", "november.csv", "--run", "november.db"])
    capsys.readouterr()

    assert 1 == main(["status", "november.db"])
    counted = dict(line.split() for line in capsys.readouterr().out.splitlines())
    assert ("2", "1", "3") == (counted["booked"], counted["refused"], counted["total"])
    assert 0 == main(["outcomes", "november.db", "--state", "refused"])
    assert ("ROW-0003", "refused") == (*map(json.loads(capsys.readouterr().out).get, ("key", "state")),)
    assert 0 == main(["outcomes", "november.db", "--to", "all.csv"])
    with Path("all.csv").open(newline="") as file:
        assert ["ROW-0001", "ROW-0002", "ROW-0003"] == [row["key"] for row in csv.DictReader(file)]


def test_a_list_is_exported_with_exact_amounts(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """As CSV, lines of JSON and Parquet, which hold the same."""
    for name in ("invoices.csv", "invoices.jsonl", "invoices.parquet"):
        assert 0 == main(["export", "invoices", "--to", name])
    assert "30 invoices written to invoices.csv" in capsys.readouterr().out

    frame = polars.read_parquet("invoices.parquet")
    assert polars.Decimal(38, 2) == frame.schema["amount"]
    assert polars.Date == frame.schema["date"]
    amounts = {row["id"]: row["amount"] for row in frame.iter_rows(named=True)}
    with Path("invoices.csv").open(newline="") as file:
        assert amounts == {row["id"]: Decimal(row["amount"]) for row in csv.DictReader(file)}
    lines = [json.loads(text) for text in Path("invoices.jsonl").read_text().splitlines()]
    assert amounts == {line["id"]: Decimal(line["amount"]) for line in lines}


def test_a_filter_is_passed_on_and_a_wrong_one_named(capsys: pytest.CaptureFixture[str]) -> None:
    """By the names of the list's own arguments."""
    assert 0 == main(["export", "invoices", "--to", "paid.jsonl", "--where", "status=paid"])
    assert {"paid"} >= {json.loads(text)["status"] for text in Path("paid.jsonl").read_text().splitlines()}
    capsys.readouterr()

    assert 2 == main(["export", "invoices", "--to", "paid.jsonl", "--where", "colour=red"])
    assert "not 'colour'" in capsys.readouterr().err
    assert 2 == main(["export", "letters", "--to", "letters.jsonl"])
    assert "there is no list 'letters'" in capsys.readouterr().err


def test_whoami_says_what_the_key_may(capsys: pytest.CaptureFixture[str]) -> None:
    """Company, scopes, end; and nothing of the key itself."""
    assert 0 == main(["whoami"])
    said = capsys.readouterr()
    assert {"company", "scopes", "expires", "addresses"} == {line.split()[0] for line in said.out.splitlines()}
    assert API_KEY not in said.out + said.err


def test_credentials_are_no_arguments(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A password in a URL is refused, and without credentials it says which variables to set."""
    Path("november.csv").write_text(rows(1))
    assert 2 == main(["post", "november.csv", "--run", "postgresql://books:secret@127.0.0.1/ledger"])
    said = capsys.readouterr().err
    assert "PGPASSWORD" in said
    assert "secret" not in said

    monkeypatch.delenv("LEDGERBEE_API_KEY")
    assert 2 == main(["whoami"])
    assert "LEDGERBEE_API_KEY" in capsys.readouterr().err


def test_a_run_that_breaks_off_ends_in_4(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """The credential was refused: no row is to blame, and the next run goes on."""
    Path("november.csv").write_text(rows(1))
    wish = {"kind": "status", "operation": "Create journal entries in batch (v2)", "status": 401}
    httpx.post(f"{server.url}/_sandbox/faults", json=wish).raise_for_status()

    assert 4 == main(["post", "november.csv", "--run", "november.db"])
    assert "refused with 401" in capsys.readouterr().err
    assert 0 == main(["post", "november.csv", "--run", "november.db"])


def test_a_journal_that_is_not_there_is_not_made_by_reading(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelled name is said."""
    assert 2 == main(["status", "octobre.db"])
    assert "octobre.db does not exist" in capsys.readouterr().err
    assert not Path("octobre.db").exists()


def test_a_disk_that_becomes_full_ends_in_4(server: Server) -> None:
    """Nothing is wrong with the file; the next run goes on."""
    Path("november.csv").write_text(rows(*range(900)))
    command = ["post", "november.csv", "--run", "november.db", "--concurrency", "1"]
    program = "import resource, sys; from ledgerbee_client.cli import main\n"
    program += f"resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000)); sys.exit(main({command}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert 4 == done.returncode, done.stderr
    assert "booked, 0 refused, 0 unknown" in done.stdout
    assert "november.db: disk I/O error. The disk is full, or fails. Make room, and run again." in done.stderr
    assert 0 == main([*command, "--settling", "0.2"])
    assert ({1}, 900) == ({*booked(server).values()}, len(booked(server)))
