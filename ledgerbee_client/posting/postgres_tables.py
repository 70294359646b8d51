"""The tables of journals in PostgreSQL: every statement, and a connection that keeps what it was told."""

from __future__ import annotations

import os

from ..errors import ConfigurationError
from .journal import check_schema

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
    from psycopg.rows import TupleRow
except ImportError:
    words = "a journal in PostgreSQL needs psycopg, which is not installed: pip install 'ledgerbee-client[postgres]'."
    raise ConfigurationError(words) from None

Connection = psycopg.Connection[TupleRow]
DatabaseError = psycopg.Error
DeadlockError = psycopg.errors.DeadlockDetected
Rollback = psycopg.Rollback
_WAITS = {"connect_timeout": 30, "keepalives_idle": 30, "keepalives_interval": 10, "tcp_user_timeout": 60_000}
"""A database that went away without a word is left: seconds, and milliseconds for the last one."""
_LOCK = 7_423_390_215
"""Of the transaction that makes the tables: two that are begun at once wait for each other."""
_TABLES = """
CREATE TABLE IF NOT EXISTS ledgerbee_facts (
    journal text, name text, value text NOT NULL, PRIMARY KEY (journal, name)
);
CREATE TABLE IF NOT EXISTS ledgerbee_chunks (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, journal text NOT NULL, worker text NOT NULL,
    ends timestamptz NOT NULL, is_unknown boolean NOT NULL DEFAULT false
);
CREATE TABLE IF NOT EXISTS ledgerbee_entries (
    journal text, key text, digest text NOT NULL, state text NOT NULL, chunk bigint, id text, error text, worker text,
    PRIMARY KEY (journal, key)
);
CREATE INDEX IF NOT EXISTS ledgerbee_chunks_ends ON ledgerbee_chunks (journal, ends);
CREATE INDEX IF NOT EXISTS ledgerbee_entries_open ON ledgerbee_entries (chunk) WHERE state IN ('sending', 'unknown');
"""
CHUNK = """
INSERT INTO ledgerbee_chunks (journal, worker, ends)
VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s)) RETURNING number
"""
BEGIN = """
INSERT INTO ledgerbee_entries (journal, key, digest, state, chunk, worker)
SELECT %s, key, digest, 'sending', %s, %s FROM unnest(%s::text[], %s::text[]) AS new (key, digest) ORDER BY key
ON CONFLICT DO NOTHING
"""
LOCKED = """
SELECT key FROM ledgerbee_entries WHERE journal = %s AND key = ANY(%s::text[]) AND state IN ('planned', 'refused')
ORDER BY key FOR UPDATE
"""
AGAIN = """
UPDATE ledgerbee_entries SET state = 'sending', chunk = %s, worker = %s, digest = new.digest, error = NULL
FROM unnest(%s::text[], %s::text[]) AS new (key, digest) WHERE journal = %s AND ledgerbee_entries.key = new.key
"""
MINE = "SELECT 1 FROM ledgerbee_chunks WHERE number = %s FOR UPDATE"
FINISH = """
UPDATE ledgerbee_entries SET state = new.state, id = new.id, error = new.error
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS new (key, state, id, error)
WHERE journal = %s AND ledgerbee_entries.key = new.key AND chunk = %s
"""
UNSENDABLE = """
INSERT INTO ledgerbee_entries (journal, key, digest, state, error, worker) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (journal, key) DO UPDATE SET state = excluded.state, error = excluded.error, digest = excluded.digest
WHERE ledgerbee_entries.state IN ('planned', 'refused')
"""
DONE = """
DELETE FROM ledgerbee_chunks WHERE number = %s
AND NOT EXISTS (SELECT 1 FROM ledgerbee_entries WHERE chunk = %s AND state IN ('sending', 'unknown'))
"""
UNKNOWN = """
UPDATE ledgerbee_chunks SET is_unknown = true WHERE number = %s
AND EXISTS (SELECT 1 FROM ledgerbee_entries WHERE chunk = %s AND state = 'unknown')
"""
ENDED = """
SELECT number FROM ledgerbee_chunks
WHERE journal = %s AND CASE WHEN is_unknown THEN %s ELSE ends < clock_timestamp() END
ORDER BY number FOR UPDATE SKIP LOCKED
"""
KEEP = """
UPDATE ledgerbee_chunks SET ends = clock_timestamp() + make_interval(secs => %s) WHERE worker = %s AND number = ANY(%s)
"""
TAKE = "UPDATE ledgerbee_entries SET chunk = %s WHERE chunk = %s AND state IN ('sending', 'unknown')"
_COLUMNS = "key, digest, state, chunk, id, error"
OF_CHUNK = f"""
SELECT {_COLUMNS} FROM ledgerbee_entries WHERE chunk = %s AND state IN ('sending', 'unknown') ORDER BY key
"""  # noqa: S608
_IS_LEFT = """
state = 'unknown' AND EXISTS (SELECT 1 FROM ledgerbee_chunks WHERE number = ledgerbee_entries.chunk AND is_unknown)
"""
ROWS = f"""
SELECT {_COLUMNS}, worker = %s, {_IS_LEFT} FROM ledgerbee_entries WHERE journal = %s AND key = ANY(%s::text[])
"""  # noqa: S608
MEET = """
UPDATE ledgerbee_entries SET worker = %s WHERE journal = %s AND key IN (
    SELECT key FROM ledgerbee_entries WHERE journal = %s AND key = ANY(%s::text[]) AND state IN ('booked', 'refused')
    ORDER BY key FOR UPDATE SKIP LOCKED
)
"""
"""Of settled entries, which only those who meet them write: whoever meets one twice in a pass was given it twice."""
STRANGE = f"""
SELECT {_COLUMNS} FROM ledgerbee_entries WHERE journal = %s AND NOT CASE
    WHEN state IN ('sending', 'unknown') THEN EXISTS (
        SELECT 1 FROM ledgerbee_chunks WHERE number = ledgerbee_entries.chunk AND journal = %s
    )
    ELSE state IN ('planned', 'booked', 'refused')
END LIMIT 1
"""  # noqa: S608
PAGE = f"""
SELECT {_COLUMNS} FROM ledgerbee_entries
WHERE journal = %s AND key > %s AND (%s::text IS NULL OR state = %s) ORDER BY key LIMIT %s
"""  # noqa: S608


def opened(name: str, url: str, journal: str) -> Connection:
    """
    Open a connection, and make the tables where there are none.

    Raises:
        ConfigurationError: the URL cannot be read.
        JournalError: the tables or the journal are of another version.
        psycopg.Error: the database cannot be used.
    """
    connection = psycopg.connect(_conninfo(url), autocommit=True)
    try:
        connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        # What is committed is on disk, whatever was set for this user or database; stricter settings stay.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        # Looked for first: whoever only reads, or may not make tables, is no worse for it.
        if connection.execute("SELECT to_regclass('ledgerbee_entries')").fetchone() == (None,):
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                connection.execute(_TABLES)
        query = "SELECT value FROM ledgerbee_facts WHERE journal = %s AND name = 'schema'"
        if (found := connection.execute(query, (journal,)).fetchone()) is not None:
            check_schema(name, found[0])
    except BaseException:
        connection.close()
        raise
    return connection


def _conninfo(url: str) -> str:
    try:
        given = conninfo_to_dict(url)
        is_good = all(port.isdecimal() for port in str(given.get("port") or "0").split(","))
    except psycopg.Error:
        given, is_good = {}, False
    if not is_good:  # The text of libpq's own error would show a part of the password.
        words = "the postgresql:// URL of the journal cannot be read. Percent-encode what is special in its password,"
        raise ConfigurationError(f"{words} such as %2F for a slash, or set PGPASSWORD.") from None
    own = "connect_timeout" if "PGCONNECT_TIMEOUT" in os.environ else ""
    return make_conninfo(url, **{name: str(value) for name, value in _WAITS.items() if name not in {*given, own}})
