"""
From the bytes of a document to its operations.

In: bytes. Out: the document as checked JSON, and a list of `Operation` that points into it.
"""
