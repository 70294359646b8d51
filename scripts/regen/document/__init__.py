"""
From the bytes of a document to its operations.

In: bytes. Out: a list of `Operation`, and the document as checked JSON that they point into.
"""
