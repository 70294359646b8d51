"""
What is done with the table of entries: each step as a row of a view, whose trigger carries it out.

However many steps are written at once, they are one statement and one transaction: Python gives up the interpreter's
lock for it once. A commit of several statements would wait for its turn after each of them, behind a busy event loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

COLUMNS = "key, digest, state, chunk, id, error"
_VIEW = "CREATE TEMP VIEW IF NOT EXISTS steps AS SELECT NULL AS kind, NULL AS chunk, NULL AS pass, NULL AS rows"
_KINDS = {
    # By digest: {"key": "digest", ...}. Fails where one of them is known.
    "begin": """
        INSERT INTO entries (key, digest, state, chunk, pass)
        SELECT key, value, 'sending', new.chunk, new.pass FROM json_each(new.rows)
    """,
    "again": """
        UPDATE entries SET digest = given.value, state = 'sending', chunk = new.chunk, error = NULL, pass = new.pass
        FROM (SELECT key, value FROM json_each(new.rows)) AS given WHERE entries.key = given.key
    """,
    # By id: {"key": "id", ...}.
    "booked": """
        UPDATE entries SET state = 'booked', id = given.value
        FROM (SELECT key, value FROM json_each(new.rows)) AS given WHERE entries.key = given.key
    """,
    # As lists: [["key", "state", "id", "error", "digest"], ...].
    "finish": """
        INSERT INTO entries (key, digest, state, chunk, id, error, pass)
        SELECT json_extract(value, '$[0]'), json_extract(value, '$[4]'), json_extract(value, '$[1]'), new.chunk,
            json_extract(value, '$[2]'), json_extract(value, '$[3]'), new.pass
        FROM json_each(new.rows) WHERE true
        ON CONFLICT (key) DO UPDATE SET
            state = excluded.state, chunk = excluded.chunk, id = excluded.id, error = excluded.error,
            digest = iif(excluded.chunk IS NULL, excluded.digest, entries.digest)
    """,
}
SET_UP = (
    _VIEW,
    *(
        f"CREATE TEMP TRIGGER IF NOT EXISTS step_{kind} INSTEAD OF INSERT ON steps WHEN new.kind = '{kind}'"
        f" BEGIN {statement.strip()}; END"
        for kind, statement in _KINDS.items()
    ),
)
"""For a connection that writes; kept in memory, and not in the file."""
MET = f"""
SELECT {COLUMNS}, pass = ? FROM entries WHERE key IN (SELECT value FROM json_each(?))
"""  # noqa: S608
MEET = "UPDATE entries SET pass = ? WHERE key IN (SELECT value FROM json_each(?))"
UNSETTLED = f"""
SELECT {COLUMNS} FROM entries WHERE state IN ('sending', 'unknown') AND chunk <= ?
ORDER BY chunk, key
"""  # noqa: S608
PAGE_OF_ROWS = f"""
SELECT {COLUMNS} FROM entries WHERE key > ? AND (? IS NULL OR state = ?) ORDER BY key LIMIT ?
"""  # noqa: S608

StepRow = tuple[str, int | None, int, str]
"""Kind, number of the request, number of the pass, and JSON of the entries."""


def steps(rows: Sequence[StepRow]) -> tuple[str, list[Any]]:
    """Return the statement that carries out steps, and its values."""
    places = ", ".join(["(?, ?, ?, ?)"] * len(rows))
    return f"INSERT INTO steps VALUES {places}", [one for row in rows for one in row]  # noqa: S608
