"""The SQLite file of a journal: opened, checked before anything is done with it, locked, and its errors in words."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from .errors import JournalError
from .journal import SCHEMA, check_schema, row_of
from .sqlite_statements import COLUMNS

_TABLES = (
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE entries (
        key TEXT PRIMARY KEY, digest TEXT NOT NULL, state TEXT NOT NULL, chunk INTEGER, id TEXT, error TEXT,
        pass INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    f"INSERT INTO facts VALUES ('schema', '{SCHEMA}')",  # noqa: S608
)
_NAMES = {"facts": {"name key", "value"}, "entries": {"key key", *COLUMNS.split(", ")[1:], "pass"}}
"""Columns of the tables; without its primary key a table would take an entry twice."""
_STRANGE = """
typeof(key) <> 'text' OR typeof(digest) <> 'text' OR typeof(id) NOT IN ('text', 'null')
OR NOT CASE
    WHEN state IN ('sending', 'unknown') THEN typeof(chunk) = 'integer'
    WHEN state IN ('planned', 'booked', 'refused') THEN typeof(chunk) IN ('integer', 'null')
    ELSE false
END
OR abs(ifnull(chunk, 0)) > 1000000000000 OR typeof(pass) <> 'integer' OR abs(pass) > 1000000000000
"""
"""Rows that this library does not write."""
_LAST = f"SELECT max(pass), max(chunk), max({_STRANGE}) FROM entries"  # noqa: S608
_STRANGE_ROW = f"SELECT {COLUMNS} FROM entries WHERE {_STRANGE} LIMIT 1"  # noqa: S608
_CACHE_KIB = 8_192
_BUSY, _FULL = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED), (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_CLOSED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_ADVICE = {
    _BUSY: "Another program has it locked, such as a shell of SQLite in the middle of a transaction, or a copy that is"
    " made of it. Wait for that, and run again",
    _FULL: "The disk is full, or fails. Make room, and run again",
    _CLOSED: "It has to be a file in a folder, both of which this user may read and write: SQLite keeps -wal and -shm"
    " beside it",
    _BROKEN: "It is no journal, or damaged. Where it was one, look in LedgerBee what is booked before these entries are"
    " posted with another journal, or with an older copy of it: what was booked since would be sent again",
}


def opened(name: str, path: Path) -> sqlite3.Connection:
    """
    Open a journal, or begin one where there is none; an older one is only read.

    Raises:
        JournalError: there is something else, or a journal of another version.
        sqlite3.Error: it cannot be opened.
    """
    if lock_of(path).exists() and path.exists() and not path.stat().st_size:
        words = (
            f"{name} is empty, and a run has used it before: what it knew is lost, and its entries would be sent again."
        )
        raise JournalError(f"{words} Look in LedgerBee what is booked; then delete it and {lock_of(path).name}.")
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _set_up(connection, is_new=not _checked(name, connection))
    except BaseException:
        connection.close()
        raise
    return connection


def _checked(name: str, connection: sqlite3.Connection) -> bool:
    """Return whether this is a journal; False where it is empty."""
    tables = dict[str, set[str]]()
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        found = connection.execute("SELECT name || iif(pk, ' key', '') FROM pragma_table_info(?)", (table,))
        tables[table] = {column for (column,) in found.fetchall()}
    if tables.get("facts", set()) >= _NAMES["facts"]:
        version = connection.execute("SELECT value FROM facts WHERE name = 'schema'").fetchone()
        check_schema(name, version[0] if version else None)
    if tables and not all(columns <= tables.get(table, set()) for table, columns in _NAMES.items()):
        words = f"{name} is an SQLite file, but no journal of a posting run, or one that lost a table or a column;"
        raise JournalError(f"{words} nothing was sent. Give the path of a journal, or of a file that does not exist.")
    return bool(tables)


def _set_up(connection: sqlite3.Connection, *, is_new: bool) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")  # For macOS, where fsync() leaves data in the drive's memory.
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    if is_new:  # All at once: a program that is killed here leaves an empty file or a whole journal.
        connection.execute("BEGIN IMMEDIATE")
        if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():  # Unless another process was faster.
            for statement in _TABLES:
                connection.execute(statement)
        connection.commit()


def lock_of(path: Path) -> Path:
    """Return the file that is locked while a process posts from a journal."""
    return path.with_name(f"{path.name}-lock")


def locked(name: str, path: Path) -> sqlite3.Connection:
    """
    Lock a journal; the lock ends with the process, however that ends.

    Raises:
        JournalError: another process has it.
        sqlite3.Error: it cannot be locked.
    """
    lock = sqlite3.connect(lock_of(path), timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        lock.close()
        if _is(error, _BUSY):
            raise JournalError(
                f"{name} is in use by another process, which may be posting right now; wait for it to end."
                " For several workers keep the journal in PostgreSQL."
            ) from None
        raise
    return lock


def last_of(name: str, connection: sqlite3.Connection) -> tuple[int, int]:
    """
    Return the number of the last pass, and that of the last request.

    Raises:
        JournalError: a row holds what this library does not write.
    """
    last, chunk, is_strange = connection.execute(_LAST).fetchone()
    if is_strange:
        row_of(name, connection.execute(_STRANGE_ROW).fetchone())
        raise JournalError(f"{name}: a number of a pass or a request is out of bounds; nothing was sent.")
    return last or 0, chunk or 0


def error_of(name: str, error: sqlite3.Error) -> JournalError:
    """Return the error of a journal that cannot be read or written, with what to do."""
    advice = next((words for codes, words in _ADVICE.items() if _is(error, codes)), "")
    return JournalError(f"{name}: {error}. {advice + '.' if advice else ''}".rstrip())


def _is(error: sqlite3.Error, codes: tuple[int, ...]) -> bool:
    # The lowest byte; the others say more of the same.
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in codes
