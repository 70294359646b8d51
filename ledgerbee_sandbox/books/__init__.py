"""The books: what the sandbox remembers. They know no HTTP and no operation."""

from ledgerbee_sandbox.books.books import Books
from ledgerbee_sandbox.books.clock import Clock
from ledgerbee_sandbox.books.shelf import Record, Shelf

__all__ = ["Books", "Clock", "Record", "Shelf"]
