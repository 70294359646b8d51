"""The table in README.md names tests that exist, and leaves out no row."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent


def test_every_row_of_the_table_is_held_by_tests_that_exist() -> None:
    """What is not tested is not handled."""
    table = (HERE / "README.md").read_text(encoding="utf-8").partition("What bites")[2]
    rows = [line.split("|") for line in table.splitlines() if re.match(r"\| (\d+|\+) ", line)]
    named = {name for row in rows for name in re.findall(r"`(test_\w+)`", row[3])}
    written = {
        name
        for path in HERE.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M)
    }

    assert set() == named - written
    assert [str(number) for number in range(1, 22)] == [row[1].strip() for row in rows if row[1].strip() != "+"]
    assert all("`test_" in row[3] for row in rows)
