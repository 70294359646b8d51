"""
From the API to formatted source.

In: an `Api`. Out: `Built`, file contents by path below the package, and the views that they were printed from.
"""
