"""The books: what the sandbox remembers. They know no HTTP and no operation."""

from ledgerbee_sandbox.books.books import Books
from ledgerbee_sandbox.books.clock import Clock
from ledgerbee_sandbox.books.table import Record, Table

__all__ = ["Books", "Clock", "Record", "Table"]
